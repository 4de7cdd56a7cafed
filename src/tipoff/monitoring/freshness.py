"""Freshness: of each table, source and game date, what should be known by now, and what is.

A partition is judged by its own games and its own observations. What came in about other dates,
however new, says nothing of it, so a backfill of old dates makes nothing fresh. Sources are judged
one by one: one that stopped is named, whoever else fills the table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from tipoff.domain.guard import guard
from tipoff.monitoring.schedule import GameDay, game_day, last_dates
from tipoff.tables.raw import (
    AVAILABILITY,
    AVAILABILITY_REPORTS,
    GAME_LINES,
    GAMES,
    MADE_SHOTS,
    PLAYER_BOXES,
    PLAYER_PERIODS,
    PROP_QUOTES,
    SHOTS,
    TEAM_BOXES,
)
from tipoff.tables.table import UTC_MOMENT, Table

# Sources that filled one of so many last game dates are expected to go on.
SOURCE_GAME_DATES = 60
# So many last game dates of played games are looked at.
PLAYED_GAME_DATES = 3
DEFAULT_MAX_AGE_HOURS = 24.0
_NAMED = 5


class State(StrEnum):
    """How fresh a partition is."""

    FRESH = "FRESH"
    LATE = "LATE"
    MISSING = "MISSING"
    NOT_DUE = "NOT_DUE"


@dataclass(frozen=True)
class Cadence:
    """When a table's rows about a game are due.

    Attributes:
        table: the table.
        hours: hours after tip-off; negative ones before it.
        share: of the due games that must be there.
        is_perishable: what is there must have been observed lately, too.
        is_essential: nothing works without it: that no source fills it is no excuse.
        least_games: fewer due games of a date say nothing, as a game may have no row.
        slow: hours for sources whose names begin so.
    """

    table: Table
    hours: float
    share: float = 1.0
    is_perishable: bool = False
    is_essential: bool = False
    least_games: int = 1
    slow: Mapping[str, float] = field(default_factory=dict)

    def hours_of(self, source: str) -> float:
        """Hours after tip-off at which a source's rows are due."""
        return next((h for name, h in self.slow.items() if source.startswith(name)), self.hours)


# Bought files come the next morning.
_FILES = {"bigdataball": 24.0}
CADENCES: tuple[Cadence, ...] = (
    Cadence(GAMES, -12, is_essential=True),
    Cadence(PLAYER_BOXES, 6, is_essential=True, slow=_FILES),
    Cadence(TEAM_BOXES, 6, slow=_FILES),
    Cadence(SHOTS, 8, slow=_FILES),
    Cadence(MADE_SHOTS, 8, slow=_FILES),
    Cadence(PLAYER_PERIODS, 8, slow=_FILES),
    Cadence(GAME_LINES, -3, share=0.8, is_perishable=True),
    Cadence(PROP_QUOTES, -2, share=0.8, is_perishable=True, is_essential=True),
    # A game of which nobody is listed has no row, but its teams file lists.
    Cadence(AVAILABILITY, -2, share=0.5, is_perishable=True, least_games=4),
    Cadence(AVAILABILITY_REPORTS, -2, share=0.9, is_perishable=True),
)

SOURCES: dict[str, pl.DataType] = {
    "source": pl.String(),
    "first_game_date": pl.Date(),
    "last_game_date": pl.Date(),
    "newest_at": UTC_MOMENT,
}
ROWS: dict[str, pl.DataType] = {
    "source": pl.String(),
    "game_date": pl.Date(),
    "game_id": pl.String(),
    "rows": pl.Int64(),
    "newest_at": UTC_MOMENT,
    "assumed": pl.Int64(),
}


@dataclass(frozen=True)
class Filled:
    """What a table held at an instant.

    Attributes:
        sources: every source that ever filled it: ``source``, the first and the last game date
            that it filled, and its ``newest_at`` moment, whatever date it was about.
        rows: of the partitions looked at, by source and game: number of ``rows``, their
            ``newest_at`` moment and how many of these moments are ``assumed``.
    """

    sources: pl.DataFrame
    rows: pl.DataFrame


@dataclass(frozen=True)
class Asked:
    """What is asked for.

    Attributes:
        now: the instant at which it is judged.
        day: the game date.
        max_age_hours: how old what perishes may be.
        retired: sources that are known to have ended.
    """

    now: datetime
    day: date
    max_age_hours: float = DEFAULT_MAX_AGE_HOURS
    retired: tuple[str, ...] = ()


def partitions(schedule: pl.DataFrame, day: date, table: Table) -> list[date]:
    """Return the game dates of a table that are looked at for a date."""
    return last_dates(schedule, day, PLAYED_GAME_DATES) if table.is_outcome else [day]


def freshness(
    asked: Asked, schedule: pl.DataFrame, filled: Mapping[str, Filled]
) -> list[dict[str, Any]]:
    """Judge every table, source and partition.

    Args:
        asked: the instant and the date.
        schedule: the games known at the instant (``schedule_at``).
        filled: what was known at the instant, by table; it reaches over ``partitions``.

    Returns:
        One row each: ``table, source`` (null where none fills it), ``game_date, state, due,
        there`` (games), ``rows, due_at`` (of the first game), ``newest_at, age_hours,
        assumed_share, missing`` (ids of due games that are not there) and ``sentence``.
    """
    day = game_day(schedule, asked.day)
    found = []
    for cadence in CADENCES:
        own = filled[cadence.table.name]
        if not expected_sources(own, schedule, asked.day, asked.retired):
            found.append(_unfilled(cadence, day, own))
            continue
        for part in partitions(schedule, asked.day, cadence.table) or [asked.day]:
            of_part = day if part == asked.day else game_day(schedule, part)
            found += _of_partition(cadence, of_part, own, schedule, asked)
    return found


def _of_partition(
    cadence: Cadence, day: GameDay, own: Filled, schedule: pl.DataFrame, asked: Asked
) -> list[dict[str, Any]]:
    sources = expected_sources(own, schedule, day.game_date, asked.retired)
    if not day.games.height:
        state = State.NOT_DUE if day.is_off else State.MISSING
        return [
            _row(cadence, day, s, state, f"{cadence.table.name}: {day.sentence}") for s in sources
        ]
    return [_of_source(cadence, day, s, own, asked) for s in sources]


def expected_sources(
    own: Filled, schedule: pl.DataFrame, day: date, retired: Sequence[str] = ()
) -> list[str]:
    """Return the sources that filled a table for one of the last game dates, by name."""
    recent = last_dates(schedule, day, SOURCE_GAME_DATES)
    since = recent[0] if recent else day
    began, ended = pl.col("first_game_date") <= day, pl.col("last_game_date") < since
    is_on = began & ~ended & ~pl.col("source").is_in(list(retired))
    return own.sources.filter(is_on)["source"].sort().to_list()


@guard
def there(due: pl.DataFrame, own: Filled, source: str) -> pl.DataFrame:
    """Return those of a partition's due games that a source has rows about.

    Args:
        due: ``game_id`` of the games that are due.
        own: what the table held.
        source: the source.

    Returns:
        Rows of ``Filled.rows`` of these very games.
    """
    return own.rows.filter(pl.col("source") == source).join(due, on="game_id", how="semi")


def _of_source(
    cadence: Cadence, day: GameDay, source: str, own: Filled, asked: Asked
) -> dict[str, Any]:
    """Judge one source's rows of one partition."""
    hours = timedelta(hours=cadence.hours_of(source))
    timed = day.games.select("game_id", "tip_off_at", due_at=pl.col("tip_off_at") + hours)
    due = timed.filter(pl.col("due_at") <= asked.now)
    held = there(due.select("game_id"), own, source)
    missing: list[str] = (
        due.join(held, on="game_id", how="anti").sort("due_at", "game_id")["game_id"].to_list()
    )
    numbers: dict[str, Any] = {
        "due": due.height,
        "there": held.height,
        "rows": int(held["rows"].sum()),
        "due_at": timed["due_at"].min(),
        "newest_at": held["newest_at"].max(),
        "assumed_share": _share(held["assumed"].sum(), held["rows"].sum()),
        "missing": missing,
    }
    about = f"{cadence.table.name} of {source}, {day.game_date}"
    if due.height < cadence.least_games:
        state, why = State.NOT_DUE, _not_due(cadence, due, timed)
    elif held.height == 0:
        state = State.MISSING
        why = f"none of {due.height} games, due since {_clock(due['due_at'].min())}"
    elif held.height < cadence.share * due.height:
        state = State.LATE
        why = f"{held.height} of {due.height} games; missing: {named(missing)}"
    else:
        state, why, numbers["age_hours"] = _aged(cadence, due, held, asked)
    return _row(cadence, day, source, state, f"{about}: {why}", **numbers)


def _aged(
    cadence: Cadence, due: pl.DataFrame, held: pl.DataFrame, asked: Asked
) -> tuple[State, str, float | None]:
    """Judge by age what is there: how old it is now, or was when its last game began."""
    said = f"{held.height} of {due.height} games"
    if not cadence.is_perishable:
        return State.FRESH, said, None
    until, newest = min(asked.now, due["tip_off_at"].max()), held["newest_at"].max()  # type: ignore[type-var]
    assert isinstance(until, datetime)
    assert isinstance(newest, datetime)
    age = round((until - newest) / timedelta(hours=1), 1)
    if age > asked.max_age_hours:
        limit = f"{asked.max_age_hours:g} h"
        return State.LATE, f"{said}, but the newest row is {age:.1f} h old, {limit} at most", age
    return State.FRESH, f"{said}, the newest row {max(age, 0):.1f} h old", age


def _not_due(cadence: Cadence, due: pl.DataFrame, timed: pl.DataFrame) -> str:
    if due.height:
        return f"only {due.height} games are due; fewer than {cadence.least_games} say nothing"
    return f"nothing is due before {_clock(timed['due_at'].min())}"


def _unfilled(cadence: Cadence, day: GameDay, own: Filled) -> dict[str, Any]:
    """A table that no source fills any more, or ever did."""
    last = own.sources.sort("last_game_date", "source").tail(1)
    said = f"{cadence.table.name}: no source fills it"
    if last.height:
        said += f"; the last was {last['source'].item()}, up to {last['last_game_date'].item()}"
    is_bad = cadence.is_essential and not day.is_off
    return _row(cadence, day, None, State.MISSING if is_bad else State.NOT_DUE, said)


def _row(
    cadence: Cadence, day: GameDay, source: str | None, state: State, said: str, **numbers: Any
) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "due": 0,
        "there": 0,
        "rows": 0,
        "due_at": None,
        "newest_at": None,
        "age_hours": None,
        "assumed_share": None,
        "missing": [],
    }
    return {
        "table": cadence.table.name,
        "source": source,
        "game_date": day.game_date,
        "state": state.value,
        **nothing,
        **numbers,
        "sentence": f"{said}.",
    }


def _share(part: Any, whole: Any) -> float | None:
    return round(part / whole, 4) if whole else None


def _clock(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def named(ids: Sequence[str]) -> str:
    """Name the first few of some ids, and say how many more there are."""
    more = len(ids) - _NAMED
    return ", ".join(ids[:_NAMED]) + (f" and {more} more" if more > 0 else "")
