"""What of a date should be in the lake by an instant, what is, and what is late or missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from tipoff.domain.clock import eastern_date
from tipoff.domain.seasons import previous_season, season_of
from tipoff.errors import InputError
from tipoff.features.declare import POINTS
from tipoff.monitoring.clocks import AHEAD, EARLY, ahead, early, odd_clocks
from tipoff.monitoring.freshness import (
    DEFAULT_MAX_AGE_HOURS,
    ROWS,
    SOURCES,
    Asked,
    Filled,
    State,
    freshness,
    partitions,
)
from tipoff.monitoring.schedule import last_dates, next_days, schedule_at
from tipoff.processors.catalogue import ALL_PROCESSORS, processors_for
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.games import turned_ids
from tipoff.store.lake import Lake, read, scan, version
from tipoff.tables.ledger import FAILED
from tipoff.tables.raw import GAMES, RAW_TABLES
from tipoff.tables.table import UTC_MOMENT, Table
from tipoff.workflows.decisions import SERVED
from tipoff.workflows.plan import DONE, MISSING, fingerprints, plan
from tipoff.workflows.world import known_games, view_of

DAYS = {"TODAY": 0, "TOMORROW": 1, "YESTERDAY": -1}
# Feature rows of so many last game dates are looked at.
BUILT_GAME_DATES = 3
_BUILT = {DONE: State.FRESH, MISSING: State.MISSING, FAILED: State.MISSING}


def date_named(text: str, now: datetime) -> date:
    """Read a game date: ISO, or ``TODAY``, ``TOMORROW`` or ``YESTERDAY`` in US Eastern time.

    Raises:
        InputError: it is none of these.
    """
    if text.upper() in DAYS:
        return eastern_date(now) + timedelta(days=DAYS[text.upper()])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"Expected an ISO date such as 2024-10-22, or {', '.join(DAYS)}, for --date; got "
            f"{text!r}."
        ) from None


@dataclass(frozen=True)
class Question:
    """What freshness is asked of.

    Attributes:
        day: the game date.
        now: the instant (UTC); what was observed later is not known.
        clock: the present by a clock that is right, by default the instant itself: rows observed
            after it are named. For an instant of the past it is later than that.
        max_age_hours: how old quotes, lines and reports may be.
        retired: sources that are known to have ended.
        lead_minutes: minutes before tip-off by which feature rows are due.
    """

    day: date
    now: datetime
    clock: datetime | None = None
    max_age_hours: float = DEFAULT_MAX_AGE_HOURS
    retired: tuple[str, ...] = ()
    lead_minutes: int = DEFAULT_LEAD_MINUTES


def validate_freshness(lake: Lake, question: Question) -> dict[str, Any]:
    """Say what is fresh, late, missing and not due of a date at an instant.

    Args:
        lake: the lake; nothing is written.
        question: what is asked.

    Returns:
        ``game_date, at, is_fresh, counts`` (by state), ``rows`` (of ``monitoring.freshness``, raw
        tables first, then the processors', whose source is ``backfill``) and ``clocks``: rows
        whose moments can not be.

    Raises:
        InputError: the lake holds no games.
    """
    schedule = known_schedule(lake, question.day, question.now)
    raw, clocks = raw_freshness(lake, question)
    rows = raw + _built(lake, schedule, question)
    counts = {state.value: sum(row["state"] == state for row in rows) for state in State}
    is_fresh = not (counts[State.LATE] or counts[State.MISSING] or clocks)
    return {
        "game_date": question.day,
        "at": question.now,
        "max_age_hours": question.max_age_hours,
        "is_fresh": is_fresh,
        "counts": counts,
        "rows": rows,
        "clocks": clocks,
    }


def raw_freshness(
    lake: Lake, question: Question
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of raw tables, and what moments can not be, as ``validate_freshness``."""
    stated = stated_games(lake, question.day)
    schedule = schedule_at(stated, question.now)
    clock = question.clock or question.now
    asked = Asked(question.now, question.day, question.max_age_hours, question.retired)
    filled = {
        name: _filled(lake, table, partitions(schedule, question.day, table), asked, stated)
        for name, table in RAW_TABLES.items()
    }
    odd = odd_clocks(_odd(lake, schedule, question.day, clock), clock)
    return freshness(asked, schedule, filled), odd


def not_fresh(report: Mapping[str, Any]) -> str | None:
    """Return the sentence of a report that is not fresh, or None."""
    if report["is_fresh"]:
        return None
    counts = report["counts"]
    return (
        f"Not fresh for {report['game_date']}: {counts['LATE']} late, {counts['MISSING']} missing, "
        f"{len(report['clocks'])} with moments that can not be."
    )


def _seasons(day: date) -> list[str]:
    season = season_of(day)
    return [previous_season(season), season]


def stated_games(lake: Lake, day: date) -> pl.DataFrame:
    """Return what sources say of the schedule of a date's season and the one before.

    Raises:
        InputError: the lake holds no games of them.
    """
    stated = read(lake, GAMES, seasons=_seasons(day))
    if stated.is_empty():
        raise InputError(
            f"Expected games of {season_of(day)} or the season before in the lake at {lake.url}, "
            "found none. Ingest or fetch a schedule first."
        )
    return stated


def known_schedule(lake: Lake, day: date, now: datetime) -> pl.DataFrame:
    """Return the schedule of a date's season and the one before, as it was known at an instant.

    Raises:
        InputError: the lake holds no games of them.
    """
    return schedule_at(stated_games(lake, day), now)


def _filled(
    lake: Lake, table: Table, dates: list[date], asked: Asked, stated: pl.DataFrame
) -> Filled:
    """Read what a table held at the instant: who filled it, and the partitions looked at."""
    rows = scan(lake, table).filter(pl.col("observed_at") <= asked.now)
    sources = (
        rows.filter(pl.col("game_date") <= asked.day, ~pl.col("is_deleted"))
        .group_by("source")
        .agg(
            first_game_date=pl.col("game_date").min(),
            last_game_date=pl.col("game_date").max(),
            newest_at=pl.col("observed_at").max(),
        )
    )
    own = rows.filter(
        pl.col("season").is_in(sorted({season_of(day) for day in dates})),
        pl.col("game_date").is_in(dates),
    ).select(*{*table.entity, "game_date", "source", "observed_at", "observed_basis", "is_deleted"})
    found, of_dates = pl.collect_all([sources, own])
    newest = (
        of_dates.sort("observed_at")
        .unique(table.entity, keep="last", maintain_order=True)
        .filter(~pl.col("is_deleted"))
        .with_columns(pl.col("game_id").replace(turned_ids(stated)))
    )
    games = newest.group_by("source", "game_date", "game_id").agg(
        rows=pl.len().cast(pl.Int64),
        newest_at=pl.col("observed_at").max(),
        assumed=(pl.col("observed_basis") == "assumed").sum().cast(pl.Int64),
    )
    return Filled(found.select(list(SOURCES)), games.select(list(ROWS)))


def _odd(
    lake: Lake, schedule: pl.DataFrame, day: date, clock: datetime
) -> dict[tuple[str, str], pl.DataFrame]:
    """Rows whose moments can not be; early ones of the last game dates only."""
    recent = last_dates(schedule, day, BUILT_GAME_DATES)
    asked: dict[tuple[str, str], pl.LazyFrame] = {}
    for name, table in RAW_TABLES.items():
        rows = scan(lake, table)
        asked[name, AHEAD] = ahead(rows, clock)
        if table.is_outcome:
            of_dates = rows.filter(
                pl.col("season").is_in(_seasons(day)), pl.col("game_date").is_in(recent)
            )
            asked[name, EARLY] = early(of_dates, schedule)
    found = pl.collect_all(list(asked.values()))
    return {key: frame for key, frame in zip(asked, found, strict=True) if frame.height}


def built(
    lake: Lake,
    schedule: pl.DataFrame,
    day: date,
    now: datetime,
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> pl.DataFrame:
    """Return what the ledger says of the processors on the last game dates up to a date.

    Those of markets other than points count where they were ever built.

    Args:
        lake: the lake.
        schedule: the games as known (``schedule_at``).
        day: the date.
        now: the instant; what was served later is not known.
        lead_minutes: minutes before tip-off of the decision.

    Returns:
        ``processor, game_date, reason`` (``done``, or why it is to be built) and ``due_at``: the
        first decision of the date, or the day after where its features were served.
    """
    columns = {
        "processor": pl.String(),
        "game_date": pl.Date(),
        "reason": pl.String(),
        "due_at": UTC_MOMENT,
    }
    dates = last_dates(schedule, day, BUILT_GAME_DATES)
    if not dates:
        return pl.DataFrame(schema=columns)
    view = view_of(lake, None, lead_minutes)
    used = [
        p
        for p in ALL_PROCESSORS
        if p in processors_for((POINTS,)) or version(view, p.table) is not None
    ]
    prints = fingerprints(lake, known_games(lake), dates, lead_minutes, None, used)
    # Dates between them are no game dates; what is left of them is not looked at here.
    items = plan(view, prints, used, dates, (dates[0], dates[-1]))
    due = _due(lake, schedule, dates, now, lead_minutes)
    rows = [(i.processor, i.game_date, i.reason) for i in items if i.game_date in set(dates)]
    found = pl.DataFrame(rows, schema=list(columns)[:3], orient="row")
    return found.join(due, on="game_date", how="left", maintain_order="left").select(list(columns))


def _due(
    lake: Lake, schedule: pl.DataFrame, dates: list[date], now: datetime, lead_minutes: int
) -> pl.DataFrame:
    """When feature rows of each date must be built: later where all its games were served."""
    served = scan(lake, SERVED).filter(
        pl.col("season").is_in(sorted({season_of(d) for d in dates})),
        pl.col("game_date").is_in(dates),
        pl.col("served_at") <= now,
    )
    told = served.select("game_id").unique().collect().with_columns(_served=pl.lit(value=True))
    own = schedule.filter(pl.col("game_date").is_in(dates)).join(told, on="game_id", how="left")
    first = pl.col("tip_off_at").min() - timedelta(minutes=lead_minutes)
    is_served = pl.col("_served").fill_null(value=False).all()
    each = own.group_by("game_date").agg(first=first, is_served=is_served)
    due = pl.when("is_served").then(next_days()).otherwise("first")
    return each.select("game_date", due_at=due)


def _built(lake: Lake, schedule: pl.DataFrame, question: Question) -> list[dict[str, Any]]:
    rows = []
    for row in built(lake, schedule, question.day, question.now, question.lead_minutes).to_dicts():
        state = _BUILT.get(row["reason"], State.LATE)
        if state is not State.FRESH and row["due_at"] > question.now:
            state = State.NOT_DUE
        is_there = row["reason"] not in (MISSING, FAILED)
        due = f", due since {row['due_at']:%Y-%m-%d %H:%M} UTC"
        rows.append(
            {
                "table": row["processor"],
                "source": "backfill",
                "game_date": row["game_date"],
                "state": state.value,
                "due": 1,
                "there": int(is_there),
                "rows": None,
                "due_at": row["due_at"],
                "newest_at": None,
                "age_hours": None,
                "assumed_share": None,
                "missing": [],
                "sentence": f"{row['processor']}, {row['game_date']}: {row['reason']}"
                f"{'' if state is State.FRESH else due}.",
            }
        )
    return rows
