"""The ledger of expected outputs: planned from the schedule, closed by what the tables hold."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from tipoff.domain.seasons import season_of
from tipoff.features.declare import POINTS
from tipoff.monitoring.expected import (
    BOX_SCORES,
    DECAY,
    FEATURES,
    GRADES,
    OF_MODELS,
    PICKS,
    PREDICTIONS,
    PUBLISH,
    THERE,
    begun,
    changes,
    newest,
    output_of,
    planned,
)
from tipoff.monitoring.freshness import named
from tipoff.monitoring.missing import standing
from tipoff.monitoring.schedule import GameDay, game_day
from tipoff.processors.catalogue import feature_store
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.lake import Lake, appended_on_top, scan
from tipoff.tables.raw import PLAYER_BOXES
from tipoff.tables.table import UTC_MOMENT
from tipoff.tables.watch import DEGRADED, EXPECTED_OUTPUTS, FAILED, MODEL_STATES, OUTPUT_STATES
from tipoff.workflows.decisions import SERVED
from tipoff.workflows.freshness import built, known_schedule
from tipoff.workflows.plan import CODE, DONE, INPUT
from tipoff.workflows.standing import as_models, grades_of, live_models, predictions_of

# Rows are there, but of older code or inputs.
STALE = (CODE, INPUT)
# When a page was published for a game date, and with how many rows.
Published = Mapping[date, tuple[datetime, int]]


def follow(
    lake: Lake,
    day: date,
    now: datetime,
    *,
    published: Published | None = None,
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> dict[str, Any]:
    """Plan the outputs of a date and write down what became of each; twice is once.

    Args:
        lake: the lake; only the log of expected outputs is written to.
        day: the game date.
        now: the instant; what came later is not known.
        published: when pages were published, by game date; None where nothing is published.
        lead_minutes: minutes before tip-off by which feature rows are due.

    Returns:
        ``game_date, at, events`` (written now), ``counts`` by state and ``outputs``: the newest
        event of each output.

    Raises:
        InputError: the lake holds no games.
    """
    schedule = known_schedule(lake, day, now)
    of_day = game_day(schedule, day)
    last: Any = of_day.games["tip_off_at"].max() or now
    live = live_models(lake, min(now, last))
    due = planned(of_day, as_models(live), lead_minutes, with_publish=published is not None)
    found = _found(lake, of_day, schedule, live, now, lead_minutes)
    if published and day in published and published[day][0] <= now:
        at, n = published[day]
        page = pl.DataFrame([(PUBLISH, 1, 1, n, at, None, None, None)], schema=THERE, orient="row")
        found = pl.concat([found, page])
    written, events = _written(lake, day, lambda known: changes(due, known, found, of_day, now))
    outputs = newest(events).to_dicts()
    return {
        "game_date": day,
        "at": now,
        "events": written,
        "counts": {s: sum(row["state"] == s for row in outputs) for s in OUTPUT_STATES},
        "outputs": outputs,
    }


def not_complete(report: Mapping[str, Any]) -> str | None:
    """Return the sentence of a date of which an output failed or is there in part, or None."""
    bad = [row for row in report["outputs"] if row["state"] in (DEGRADED, FAILED)]
    if not bad:
        return None
    said = named([f"{row['output']} is {row['state']}" for row in bad])
    return f"Not all that is due for {report['game_date']} is there: {said}."


def begin(lake: Lake, day: date, outputs: Sequence[str], run_id: str, now: datetime) -> int:
    """Write down that some outputs of a date are being made; return how many events that was."""
    return _written(lake, day, lambda known: begun(known, outputs, day, run_id, now))[0]


def _written(
    lake: Lake, day: date, make: Callable[[pl.DataFrame], pl.DataFrame]
) -> tuple[int, pl.DataFrame]:
    """Write new events on top of exactly those that they follow: no number is given twice."""

    def decided(stored: pl.LazyFrame) -> tuple[pl.DataFrame, tuple[int, pl.DataFrame]]:
        known = stored.filter(pl.col("game_date") == day).collect()
        new = make(known)
        return new, (new.height, pl.concat([known, new]))

    return appended_on_top(lake, EXPECTED_OUTPUTS, decided)


def outputs_of(lake: Lake, start: date, end: date, now: datetime) -> pl.DataFrame:
    """Return the newest event by an instant of each output of some game dates."""
    rows = scan(lake, EXPECTED_OUTPUTS).filter(
        pl.col("game_date").is_between(start, end), pl.col("at") <= now
    )
    return newest(rows.collect())


def _found(
    lake: Lake,
    day: GameDay,
    schedule: pl.DataFrame,
    live: pl.DataFrame,
    now: datetime,
    lead_minutes: int,
) -> pl.DataFrame:
    """Look at the tables: what is there of each output (``THERE``)."""
    if day.games.is_empty():
        return pl.DataFrame(schema=THERE)
    date_ = day.game_date
    made = predictions_of(lake, date_, date_, now)
    graded = grades_of(lake, date_, date_, now)
    decayed = scan(lake, MODEL_STATES).filter(pl.col("at") <= now).collect()
    rows = [_box_scores(lake, day, now), _features(lake, day, schedule, now, lead_minutes)]
    for model in live.to_dicts():
        key, market = model["model_id"], model["market"]
        own = standing(made.filter(pl.col("model_id") == key, pl.col("market") == market))
        names = {kind: output_of(kind, market, key) for kind in OF_MODELS}
        slate = _predictions(names[PREDICTIONS], own, day, model["lead_minutes"], now)
        rows += [slate, _picks(names[PICKS], own, slate), _grades(names[GRADES], own, graded)]
        recipe = decayed.filter(model_name=model["name"], market=market)
        rows.append(_decay(names[DECAY], recipe, own, date_))
    return pl.DataFrame(rows, schema=THERE)


def _there(output: str, there: int, wanted: int, n: int, **more: Any) -> dict[str, Any]:
    told = {"output": output, "there": there, "wanted": wanted, "n": n}
    return {**told, "at": None, "empty_reason": None, "lack": None, "flaw": None, **more}


def _box_scores(lake: Lake, day: GameDay, now: datetime) -> dict[str, Any]:
    boxes = (
        scan(lake, PLAYER_BOXES)
        .filter(
            pl.col("season") == season_of(day.game_date),
            pl.col("game_date") == day.game_date,
            pl.col("observed_at") <= now,
            ~pl.col("is_deleted"),
        )
        .group_by("game_id")
        .agg(at=pl.col("observed_at").min(), n=pl.len().cast(pl.Int64))
        .collect()
    )
    own = boxes.join(day.games, on="game_id", how="semi")
    lacking = day.games.join(own, on="game_id", how="anti")["game_id"].sort().to_list()
    lack = f"no box score of {named(lacking)}" if lacking else None
    return _there(
        BOX_SCORES, own.height, day.games.height, int(own["n"].sum()), at=own["at"].max(), lack=lack
    )


def _features(
    lake: Lake, day: GameDay, schedule: pl.DataFrame, now: datetime, lead_minutes: int
) -> dict[str, Any]:
    """Games whose features were served, or are in a feature store that the ledger calls done."""
    own = pl.col("game_date") == day.game_date, pl.col("season") == season_of(day.game_date)
    served = scan(lake, SERVED).filter(*own, pl.col("served_at") <= now)
    first = served.group_by("game_id").agg(at=pl.col("served_at").min(), n=pl.len().cast(pl.Int64))
    games = first.collect()
    store = feature_store(POINTS)
    ledger = built(lake, schedule, day.game_date, now, lead_minutes).filter(
        pl.col("game_date") == day.game_date
    )
    undone = ledger.filter(pl.col("reason") != DONE)
    said = named([f"{r['processor']} is {r['reason']}" for r in undone.to_dicts()])
    is_stale = undone.filter(~pl.col("reason").is_in(STALE)).is_empty()
    flaw = None
    if games.height < day.games.height and is_stale:
        rows = scan(lake, store.table).filter(*own).group_by("game_id")
        stored = rows.agg(n=pl.len().cast(pl.Int64)).collect()
        games = stored.with_columns(at=pl.lit(None, UTC_MOMENT))
        flaw = f"stale: {said}" if undone.height else None
    games = games.join(day.games, on="game_id", how="semi")
    return _there(
        FEATURES,
        games.height,
        day.games.height,
        int(games["n"].sum()),
        at=games["at"].max(),
        lack=f"not served, and {said}" if said else None,
        flaw=flaw,
    )


def _predictions(
    output: str, own: pl.DataFrame, day: GameDay, lead_minutes: int, now: datetime
) -> dict[str, Any]:
    """Games with a prediction, of those whose decision has come (of all before the first has)."""
    lead = pl.duration(minutes=lead_minutes)
    due = day.games.filter(pl.col("tip_off_at") - lead <= now)
    wanted = due if due.height else day.games
    made = own.filter(pl.col("prediction").is_not_null())
    lacking = wanted.join(made, on="game_id", how="anti")["game_id"].to_list()
    first = made.sort("tip_off_at", "made_at")["made_at"]
    return _there(
        output,
        wanted.height - len(lacking),
        wanted.height,
        made.height,
        at=first[0] if made.height else None,
        lack=f"no prediction for {named(lacking)}" if lacking else None,
    )


def _picks(output: str, own: pl.DataFrame, slate: Mapping[str, Any]) -> dict[str, Any]:
    picks = own.filter("is_pick").height
    reasons = own["no_pick_reason"].drop_nulls().value_counts().sort("count", descending=True)
    said = ", ".join(f"{n} {reason}" for reason, n in reasons.iter_rows())
    return _there(
        output,
        int(own.height > 0),
        1,
        picks,
        at=slate["at"],
        empty_reason=f"no pick: {said}" if own.height and not picks else None,
        lack=None if own.height else "there is no slate to pick from",
    )


def _grades(output: str, own: pl.DataFrame, graded: pl.DataFrame) -> dict[str, Any]:
    key = ["slate", "game_id", "player_id"]
    wanted = own.filter(pl.col("prediction").is_not_null())
    first = graded.filter(pl.col("version") == 1).join(wanted, on=key, how="semi")
    there = first.select(key).unique().height
    return _there(
        output,
        there,
        wanted.height,
        there,
        at=first["graded_at"].max(),
        lack=f"{wanted.height - there} of {wanted.height} predictions have no grade"
        if wanted.height
        else "there is no prediction to grade",
    )


def _decay(output: str, states: pl.DataFrame, own: pl.DataFrame, day: date) -> dict[str, Any]:
    """A recipe's state that counts the date; one that never had a pick has none."""
    counting = states.filter(pl.col("game_date") >= day)
    is_new = states.is_empty() and own.height > 0 and own.filter("is_pick").is_empty()
    there = 1 if is_new else int(counting.height > 0)
    reason = "the recipe has no pick yet" if is_new else None
    return _there(output, there, 1, counting.height, at=counting["at"].min(), empty_reason=reason)
