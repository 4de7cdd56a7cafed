"""Load what checks look at from the lake, as it was known at an instant."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache

import polars as pl

from tipoff.domain.seasons import season_of, seasons_between
from tipoff.features.declare import POINTS
from tipoff.features.quality import row_quality
from tipoff.features.sets import feature_set
from tipoff.monitoring.data_checks import HISTORY_DAYS, USUAL_DATES
from tipoff.monitoring.model_checks import BIAS_DAYS
from tipoff.monitoring.scene import SCHEMAS, Need, Scene
from tipoff.monitoring.schedule import last_dates
from tipoff.processors.catalogue import feature_store
from tipoff.store.archive import kept
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import AVAILABILITY, AVAILABILITY_REPORTS, PLAYER_BOXES, PROP_QUOTES
from tipoff.tables.table import Table
from tipoff.tables.watch import JOB_STEPS
from tipoff.workflows.decisions import SERVED
from tipoff.workflows.expected import outputs_of
from tipoff.workflows.freshness import Question, built, known_schedule, raw_freshness
from tipoff.workflows.reconcile import asked_for, reconcile
from tipoff.workflows.standing import grades_of, live_models, predictions_of

ANSWER_DAYS, STEP_DAYS, OUTPUT_DAYS = 8, 30, 2
JUDGED_FOR = "v12"


def scene_of(
    lake: Lake,
    day: date,
    now: datetime,
    *,
    clock: datetime | None = None,
    retired: tuple[str, ...] = (),
    services: pl.DataFrame | None = None,
    deployed: pl.DataFrame | None = None,
) -> Scene:
    """Return what checks look at of a date at an instant.

    Args:
        lake: the lake; nothing is written.
        day: the game date.
        now: the instant; what came later is in no frame.
        clock: the present by a clock that is right; the instant by default.
        retired: sources that are known to have ended.
        services: what services report of themselves (``SCHEMAS[Need.SERVICES]``).
        deployed: whether each runs what it should (``SCHEMAS[Need.DEPLOYED]``).
    """
    since = day - timedelta(days=BIAS_DAYS)
    question = Question(day, now, clock, retired=retired)
    fresh = cache(lambda: raw_freshness(lake, question))
    schedule = cache(lambda: known_schedule(lake, day, now))
    return Scene(
        now,
        day,
        {
            Need.SCHEDULE: schedule,
            Need.FRESHNESS: lambda: _framed(Need.FRESHNESS, fresh()[0]),
            Need.CLOCKS: lambda: _framed(Need.CLOCKS, fresh()[1]),
            Need.LEDGER: lambda: built(lake, schedule(), day, now),
            Need.BOXES: lambda: _boxes(lake, day, now),
            Need.ANSWERS: lambda: _answers(lake, now),
            Need.MODELS: lambda: live_models(lake, now),
            Need.EXPECTED: lambda: asked_for(lake, day, now).expected,
            Need.PREDICTIONS: lambda: predictions_of(lake, since, day, now),
            Need.GRADES: lambda: grades_of(lake, since, day, now),
            Need.FEATURES: lambda: _features(lake, day, now),
            Need.LINES: lambda: _lines(lake, schedule(), day, now),
            Need.NEWS: lambda: _news(lake, day, now),
            Need.PROBLEMS: lambda: _problems(lake, day, now),
            Need.OUTPUTS: lambda: outputs_of(lake, day - timedelta(days=OUTPUT_DAYS), day, now),
            Need.STEPS: lambda: _steps(lake, now),
            Need.SERVICES: lambda: services,
            Need.DEPLOYED: lambda: deployed,
        },
    )


def _framed(need: Need, rows: Sequence[dict[str, object]]) -> pl.DataFrame:
    types = SCHEMAS[need]
    return pl.DataFrame([{n: row[n] for n in types} for row in rows], schema=dict(types))


def _known(lake: Lake, table: Table, dates: tuple[date, date], now: datetime) -> pl.LazyFrame:
    """Rows of a span of game dates that were known by an instant, deletions included."""
    return scan(lake, table).filter(
        pl.col("season").is_in(seasons_between(*dates)),
        pl.col("game_date").is_between(*dates),
        pl.col("observed_at") <= now,
    )


def _boxes(lake: Lake, day: date, now: datetime) -> pl.DataFrame:
    dates = (day - timedelta(days=HISTORY_DAYS), day)
    rows = _known(lake, PLAYER_BOXES, dates, now).sort("observed_at")
    newest = rows.unique(PLAYER_BOXES.entity, keep="last").filter(~pl.col("is_deleted"))
    return (
        newest.group_by("game_id", "team", "source")
        .agg(seconds=pl.col("seconds_played").sum().cast(pl.Int64))
        .collect()
    )


def _answers(lake: Lake, now: datetime) -> pl.DataFrame:
    columns = tuple(SCHEMAS[Need.ANSWERS])
    found = kept(lake, since=now - timedelta(days=ANSWER_DAYS), columns=columns)
    return found.filter(pl.col("fetched_at") <= now)


def _features(lake: Lake, day: date, now: datetime) -> pl.DataFrame:
    """The newest serving of each game, else what the feature store holds."""
    of_day = pl.col("season") == season_of(day), pl.col("game_date") == day
    served = scan(lake, SERVED).filter(
        *of_day, pl.col("served_at") <= now, pl.col("market") == POINTS.name
    )
    rows = served.sort("serving").unique(["game_id", "player_id"], keep="last").collect()
    if rows.is_empty():
        rows = scan(lake, feature_store(POINTS).table).filter(*of_day).collect()
    judged = rows.select("game_id", "player_id", *row_quality(feature_set(JUDGED_FOR), POINTS))
    return judged.select(list(SCHEMAS[Need.FEATURES]))


def _lines(lake: Lake, schedule: pl.DataFrame, day: date, now: datetime) -> pl.DataFrame:
    dates = [*last_dates(schedule, day - timedelta(days=1), USUAL_DATES), day]
    key = [n for n in SCHEMAS[Need.LINES] if n != "first_at"]
    quotes = _known(lake, PROP_QUOTES, (dates[0], day), now).filter(
        pl.col("game_date").is_in(dates), ~pl.col("is_deleted"), ~pl.col("is_stale")
    )
    return quotes.group_by(key).agg(first_at=pl.col("observed_at").min()).collect()


def _news(lake: Lake, day: date, now: datetime) -> pl.DataFrame:
    said = _known(lake, AVAILABILITY, (day, day), now)
    lists = _known(lake, AVAILABILITY_REPORTS, (day, day), now).filter("is_submitted")
    key = ["game_id", "team", "source"]
    both = pl.concat([rows.select(*key, "observed_at") for rows in (said, lists)])
    return both.group_by(key).agg(newest_at=pl.col("observed_at").max()).collect()


def _problems(lake: Lake, day: date, now: datetime) -> pl.DataFrame:
    counts = reconcile(lake, day, now)["counts"]
    return pl.DataFrame(list(counts.items()), schema=dict(SCHEMAS[Need.PROBLEMS]), orient="row")


def _steps(lake: Lake, now: datetime) -> pl.DataFrame:
    since = now - timedelta(days=STEP_DAYS)
    return scan(lake, JOB_STEPS).filter(pl.col("at").is_between(since, now)).collect()
