"""What is played on a date, as far as it was known at an instant.

That no game is known says nothing by itself: a schedule that ends before the date is silent, and
silence is no day off.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import polars as pl

from tipoff.domain.clock import EASTERN, eastern_moment
from tipoff.domain.seasons import season_of
from tipoff.store.games import merged_games
from tipoff.store.spine import game_spine

# By then (US Eastern), on the day after, the day's job has graded and built a game date.
NEXT_DAY_CLOCK = time(12, 0)
_OFF_SEASON = (7, 8, 9)
_LAST_MONTH = 6


class Day(StrEnum):
    """What a date is."""

    GAMES = "games"
    OFF = "off day"
    OFF_SEASON = "off season"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class GameDay:
    """A date and what is known of its games.

    Attributes:
        game_date: the date.
        kind: what it is.
        games: its games: ``game_id, game_date, home_team, away_team, tip_off_at`` and
            ``tip_off_basis``.
        sentence: why it is that.
    """

    game_date: date
    kind: Day
    games: pl.DataFrame
    sentence: str

    @property
    def is_off(self) -> bool:
        """Whether it is known that nothing is played."""
        return self.kind in (Day.OFF, Day.OFF_SEASON)


def schedule_at(games: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Return one row per game that counts, as the schedule was known at an instant.

    Args:
        games: rows of ``games`` of all sources.
        now: what was observed later is not known.

    Returns:
        ``game_id, game_date, season, season_type, home_team, away_team, tip_off_at`` (never null:
        assumed where not stated) and ``tip_off_basis``.
    """
    known = merged_games(games.filter(pl.col("observed_at") <= now))
    dates = known["game_date"].unique().to_list()
    return game_spine(known, dates, 0).drop("as_of", "nba_game_id").sort("tip_off_at", "game_id")


def game_day(schedule: pl.DataFrame, day: date) -> GameDay:
    """Say what a date is by a schedule (``schedule_at``)."""
    own = schedule.filter(pl.col("game_date") == day)
    if own.height:
        return GameDay(day, Day.GAMES, own, f"{own.height} games are played on {day}")
    ours = schedule.filter(pl.col("season") == season_of(day))
    last = ours["game_date"].max()
    if isinstance(last, date) and last > day:
        return GameDay(day, Day.OFF, own, f"no game is played on {day}; the next dates are known")
    if day.month in _OFF_SEASON or _is_over(ours, day):
        return GameDay(day, Day.OFF_SEASON, own, f"{day} is off season")
    ends = f"ends on {last}" if isinstance(last, date) else f"has no game of {season_of(day)}"
    return GameDay(
        day, Day.UNKNOWN, own, f"the schedule {ends}, so nobody can say what is played on {day}"
    )


def _is_over(ours: pl.DataFrame, day: date) -> bool:
    """Whether a season's last known games are the last of its playoffs."""
    if ours.is_empty() or day.month != _LAST_MONTH:
        return False
    last = ours.filter(pl.col("game_date") == pl.col("game_date").max()).row(0, named=True)
    return bool(last["season_type"] == "playoffs" and last["game_date"].month == _LAST_MONTH)


def last_dates(schedule: pl.DataFrame, until: date, count: int) -> list[date]:
    """Return the last game dates up to and including a date, in order of time."""
    dates = schedule.filter(pl.col("game_date") <= until)["game_date"].unique().sort()
    return dates.tail(count).to_list()


def over_by(schedule: pl.DataFrame, now: datetime, hours: float) -> pl.DataFrame:
    """Return the games that began so many hours before an instant, or earlier."""
    return schedule.filter(pl.col("tip_off_at") + pl.duration(minutes=round(60 * hours)) <= now)


def next_day(day: date) -> datetime:
    """Return the moment by which the day's job has graded and built a game date."""
    return eastern_moment(day + timedelta(days=1), NEXT_DAY_CLOCK)


def next_days() -> pl.Expr:
    """Return ``next_day`` of each row's ``game_date``."""
    clock = (pl.col("game_date") + pl.duration(days=1)).dt.combine(pl.lit(NEXT_DAY_CLOCK))
    eastern = clock.dt.replace_time_zone(EASTERN.key)
    return eastern.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
