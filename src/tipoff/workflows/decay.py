"""How the picks of each recipe are doing, and the halt that follows where they have decayed.

A recipe is judged over all the models that it was fitted to: a fit of last Monday has no history.
Picks that were held back by a halt are judged too, or a block could never be lifted.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from tipoff.backtest.current import current_grades, current_predictions
from tipoff.domain.seasons import season_of
from tipoff.monitoring.decay import decay
from tipoff.monitoring.rules import BLOCKED, DEGRADING, STATES
from tipoff.registry.stages import live
from tipoff.store.lake import Lake, log, scan
from tipoff.tables.models import CHAMPION
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.watch import MODEL_STATES
from tipoff.workflows.halts import set_halt
from tipoff.workflows.registered import events_of, record_named
from tipoff.workflows.world import known_games

BLOCKED_STATE = STATES[BLOCKED]
_ALARMING = (STATES[DEGRADING], BLOCKED_STATE)
_HALT = "blocked"
_BY = "decay"
_ROW = ["slate", "game_id", "player_id"]
_NUMBERS = ("e_value", "hit_e_value", "gap_e_value", "recovery_e_value", "days_in_state")


def judged_picks(lake: Lake, day: date) -> pl.DataFrame:
    """Return the picks of a season before a date, with what became of them.

    Args:
        lake: the lake.
        day: picks of this date and later are left out.

    Returns:
        Columns of ``monitoring.days``: ``model_id`` names the recipe as ``market/name``. A pick
        that was held back by a halt is among them; one without a grade has a null outcome.
    """
    season = season_of(day)
    rows = scan(lake, PREDICTIONS).filter(pl.col("season") == season, pl.col("game_date") < day)
    made = current_predictions(rows.collect())
    held_back = pl.col("no_pick_reason").str.starts_with("halted")
    picks = made.filter(pl.col("is_pick") | held_back.fill_null(value=False))
    # Of one recipe's models the one that spoke last before the game counts.
    recipe = pl.concat_str("market", "model_name", separator="/")
    newest = pl.col("slate") == pl.col("slate").max().over("market", "model_name", "game_id")
    grades = current_grades(scan(lake, GRADES).filter(pl.col("season") == season).collect())
    told = grades.select(*_ROW, "outcome", "actual")
    return (
        picks.filter(newest)
        .join(told, on=_ROW, how="left")
        .select(
            "game_date",
            "game_id",
            "player_id",
            "outcome",
            "side",
            "prediction",
            "actual",
            "line",
            "over_probability",
            "break_even",
            model_id=recipe,
        )
    )


def decay_states(lake: Lake, day: date, *, now: datetime | None = None) -> dict[str, Any]:
    """Judge every recipe as of the eve of a date, note it, and halt or let go on.

    Args:
        lake: the lake.
        day: the game date that is decided next.
        now: the moment of it; the current time by default.

    Returns:
        ``states``: of each recipe ``market, model_name, game_date, state, reason`` and the numbers
        behind it; ``halts``: markets whose halt was set or lifted, with ``is_on``.
    """
    at = now or datetime.now(UTC)
    picks = judged_picks(lake, day)
    # Of the whole season: on some of its dates nothing may have been picked.
    dates = known_games(lake, [season_of(day)])["game_date"].unique().sort()
    rows = decay(picks, game_dates=dates.filter(dates < day).to_list())
    newest = rows.sort("game_date").unique("model_id", keep="last").sort("model_id")
    states = [_told(row) for row in newest.to_dicts()]
    noted = [
        {**{n: s[n] for n in ("market", "model_name", "game_date", "state", "reason")}, "at": at}
        | {"numbers": json.dumps(s["numbers"], default=str)}
        for s in states
    ]
    if noted:
        log(lake, MODEL_STATES, pl.DataFrame(noted, schema=MODEL_STATES.columns))
    return {"states": states, "halts": _halts(lake, states, at)}


def decayed(report: Mapping[str, Any]) -> str | None:
    """Return which recipes are degrading or blocked, and why, or None."""
    rows = [row for row in report["states"] if row["state"] in _ALARMING]
    told = [f"{row['model_name']} is {row['state']}: {row['reason']}" for row in rows]
    return "; ".join(told) or None


def _told(row: dict[str, Any]) -> dict[str, Any]:
    market, _, name = row["model_id"].partition("/")
    numbers = {n: v for n, v in row.items() if n not in {"model_id", "season", "state", "reason"}}
    about = {"market": market, "model_name": name, "game_date": row["game_date"]}
    return {**about, "state": row["state"], "reason": row["reason"], "numbers": numbers}


def _halts(lake: Lake, states: Sequence[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    """Halt the markets whose champion's recipe is blocked; lift the halts of the others."""
    told = []
    for market in sorted({state["market"] for state in states}):
        own = live(events_of(lake), market).filter(pl.col("stage") == CHAMPION)
        if own.is_empty():
            continue
        name = record_named(lake, own["model_id"][-1])["name"]
        of = [s for s in states if (s["market"], s["model_name"]) == (market, name)]
        blocked = [s for s in of if s["state"] == BLOCKED_STATE]
        sentence = blocked[0]["reason"] if blocked else f"{name} is no longer blocked."
        found = set_halt(
            lake, market, _HALT, is_on=bool(blocked), by=_BY, sentence=sentence, now=at
        )
        if found["changed"]:
            told.append(found)
    return told
