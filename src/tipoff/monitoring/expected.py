"""Outputs that are due for a game date, and what became of each, told by the tables alone.

An output is planned from the tip-offs and judged by what is there: no flag that somebody set makes
it complete. What is due and absent has failed, with the reason; what appears later is complete and
late. Nothing here changes the past: each change of an output's state is a new event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from tipoff.domain.clock import assumed_tip_off
from tipoff.monitoring.schedule import Day, GameDay, next_day
from tipoff.tables.table import UTC_MOMENT
from tipoff.tables.watch import (
    COMPLETE,
    DEGRADED,
    EMPTY_OK,
    EXPECTED,
    EXPECTED_OUTPUTS,
    FAILED,
    RUNNING,
)

BOX_SCORES, FEATURES, PUBLISH = "box_scores", "features", "publish"
PREDICTIONS, PICKS, GRADES, DECAY = "predictions", "picks", "grades", "decay"
OF_MODELS = (PREDICTIONS, PICKS, GRADES, DECAY)
# Hours after the last tip-off by which box scores are due; grades and decay the day after.
BOX_HOURS = 6.0
_NEXT_DAY = (GRADES, DECAY)
# Minutes before the first tip-off by which the others are.
PUBLISHED_MINUTES = 15
_ID = 12

DUE: dict[str, pl.DataType] = {
    "game_date": pl.Date(),
    "output": pl.String(),
    "due_at": UTC_MOMENT,
}
# What is there of an output: ``there`` of ``wanted`` things (games, processors, rows), ``n`` rows,
# since when, why it is empty where it is empty for a reason, what is lacking, and what is wrong
# with what is there.
THERE: dict[str, pl.DataType] = {
    "output": pl.String(),
    "there": pl.Int64(),
    "wanted": pl.Int64(),
    "n": pl.Int64(),
    "at": UTC_MOMENT,
    "empty_reason": pl.String(),
    "lack": pl.String(),
    "flaw": pl.String(),
}


def output_of(kind: str, market: str, model_id: str) -> str:
    """Return the name of a model's output, such as ``predictions/points/0a1b2c3d4e5f``."""
    return f"{kind}/{market}/{model_id[:_ID]}"


@dataclass(frozen=True)
class LiveModel:
    """A model that predicts: its id, market and lead in minutes."""

    model_id: str
    market: str
    lead_minutes: int


def planned(
    day: GameDay, models: Sequence[LiveModel], lead_minutes: int, *, with_publish: bool
) -> pl.DataFrame:
    """Return the outputs that are due for a date, by name: ``game_date, output, due_at``.

    Args:
        day: the date; without games its outputs are due at 19:00 Eastern.
        models: models that are live on it.
        lead_minutes: minutes before tip-off by which features are due.
        with_publish: a page is published.
    """
    first: Any = day.games["tip_off_at"].min() or assumed_tip_off(day.game_date)
    last: Any = day.games["tip_off_at"].max() or first
    due: dict[str, datetime] = {
        BOX_SCORES: last + timedelta(hours=BOX_HOURS),
        FEATURES: first - timedelta(minutes=lead_minutes),
    }
    if with_publish:
        due[PUBLISH] = first - timedelta(minutes=min(PUBLISHED_MINUTES, lead_minutes))
    for model in models:
        for kind in OF_MODELS:
            before = timedelta(minutes=model.lead_minutes)
            at = next_day(day.game_date) if kind in _NEXT_DAY else first - before
            due[output_of(kind, model.market, model.model_id)] = at
    rows = [(day.game_date, name, at) for name, at in sorted(due.items())]
    return pl.DataFrame(rows, schema=DUE, orient="row")


def newest(events: pl.DataFrame) -> pl.DataFrame:
    """Return the newest event of each output."""
    key = ["game_date", "output"]
    return events.sort(*key, "number").unique(key, keep="last", maintain_order=True)


def _state(row: dict[str, Any], day: GameDay, now: datetime) -> tuple[str, str | None]:
    """Judge one output by what is there."""
    if day.is_off:
        return EMPTY_OK, day.sentence
    is_due = row["due_at"] <= now
    if day.kind is Day.UNKNOWN:
        return (FAILED if is_due else EXPECTED), day.sentence
    there, wanted = row["there"] or 0, row["wanted"]
    if wanted and there >= wanted:
        return _whole(row)
    lack = row["lack"] or "nothing of it is there"
    if row["was_complete"]:
        lack = f"was complete; {lack}"
    if there:
        return (DEGRADED if is_due else RUNNING), f"{there} of {wanted}; {lack}"
    return (FAILED, lack) if is_due else (EXPECTED, None)


def _whole(row: dict[str, Any]) -> tuple[str, str | None]:
    """Judge an output of which everything is there."""
    if row["empty_reason"] is not None:
        return EMPTY_OK, row["empty_reason"]
    return (COMPLETE, _late(row)) if row["flaw"] is None else (DEGRADED, row["flaw"])


def _late(row: dict[str, Any]) -> str | None:
    if row["at"] is None or row["at"] <= row["due_at"]:
        return None
    return f"late by {(row['at'] - row['due_at']) / timedelta(hours=1):.1f} h"


def changes(
    due: pl.DataFrame,
    events: pl.DataFrame,
    found: pl.DataFrame,
    day: GameDay,
    now: datetime,
) -> pl.DataFrame:
    """Return the events by which the ledger says what the tables say.

    Args:
        due: the outputs that are planned (``planned``).
        events: the events of the date so far.
        found: what is there of each (``THERE``); an output that is not among them is absent.
        day: the date.
        now: the instant.

    Returns:
        Rows of ``expected_outputs``, numbered on from those of each output; none where nothing
        changed. An output that was planned and is so no more closes as EMPTY_OK.
    """
    known = {row["output"]: row for row in newest(events).to_dicts()}
    complete = events.filter(pl.col("state") == COMPLETE)["output"].unique().to_list()
    joined = due.join(found, on="output", how="left", maintain_order="left")
    rows = joined.with_columns(was_complete=pl.col("output").is_in(complete)).to_dicts()
    new = []
    for row in rows:
        last = known.get(row["output"])
        number = int(last["number"]) if last else 0
        state, reason = _state(row, day, now)
        if last is None:
            number += 1
            new.append(_event(row, number, EXPECTED, None, now))
            last = {"state": EXPECTED, "reason": None, "n": None, "due_at": row["due_at"]}
        if (state, reason) == (EXPECTED, None) and last["state"] == RUNNING:
            continue
        told = (state, reason, _count(row, state), row["due_at"])
        if told != (last["state"], last["reason"], last["n"], last["due_at"]):
            new.append(_event(row, number + 1, state, reason, now))
    for name in sorted(set(known) - set(due["output"])):
        last = known[name]
        if last["state"] in (EXPECTED, RUNNING, FAILED):
            reason = "no longer expected: its model is not live any more"
            new.append(_event(last, int(last["number"]) + 1, EMPTY_OK, reason, now))
    return pl.DataFrame(new, schema=EXPECTED_OUTPUTS.columns)


def _event(
    row: dict[str, Any], number: int, state: str, reason: str | None, now: datetime
) -> dict[str, Any]:
    return {
        "game_date": row["game_date"],
        "output": row["output"],
        "number": number,
        "at": now,
        "due_at": row["due_at"],
        "state": state,
        "n": _count(row, state),
        "reason": reason,
        "run_id": None,
    }


def _count(row: dict[str, Any], state: str) -> int | None:
    """How many rows are there; an output that is only expected has none to count."""
    return None if state == EXPECTED else row["n"]


def begun(
    events: pl.DataFrame, outputs: Sequence[str], day: date, run_id: str, now: datetime
) -> pl.DataFrame:
    """Return the events that say that some outputs of a date are being made.

    They close nothing: an output that is under way and past due has failed all the same.
    """
    known = newest(events).filter(
        pl.col("output").is_in(list(outputs)),
        pl.col("game_date") == day,
        pl.col("state").is_in([EXPECTED, FAILED, DEGRADED]),
    )
    rows = [
        {**_event(row, int(row["number"]) + 1, RUNNING, None, now), "run_id": run_id}
        for row in known.to_dicts()
    ]
    return pl.DataFrame(rows, schema=EXPECTED_OUTPUTS.columns)
