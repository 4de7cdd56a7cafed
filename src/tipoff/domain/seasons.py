"""Seasons and their names.

A season is named by its years, ``"2022-23"``. A game date belongs to the season that started
in the preceding autumn; the 2019-20 season alone ran on into October 2020.
"""

import re
from datetime import date

from tipoff.errors import InputError

_NAME = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_BUBBLE = (date(2020, 7, 1), date(2020, 10, 31))
_FIRST_MONTH = 8

# First regular-season day, where known; other seasons are taken to start on their first game.
STARTS = {
    2018: date(2018, 10, 16),
    2019: date(2019, 10, 22),
    2020: date(2020, 12, 22),
    2021: date(2021, 10, 19),
    2022: date(2022, 10, 18),
    2023: date(2023, 10, 24),
    2024: date(2024, 10, 22),
    2025: date(2025, 10, 21),
    2026: date(2026, 10, 21),
}


def season_name(start_year: int) -> str:
    """Return ``"2022-23"`` for 2022."""
    return f"{start_year}-{(start_year + 1) % 100:02d}"


def season_of(day: date) -> str:
    """Return the season that a game date (US Eastern) belongs to."""
    if _BUBBLE[0] <= day <= _BUBBLE[1]:
        return season_name(2019)
    return season_name(day.year if day.month >= _FIRST_MONTH else day.year - 1)


def start_year(season: str) -> int:
    """Return 2022 for ``"2022-23"``; an InputError for anything else."""
    match = _NAME.fullmatch(season)
    if match is None or (int(match[1]) + 1) % 100 != int(match[2]):
        raise InputError(f"Expected a season such as 2022-23, got {season!r}.")
    return int(match[1])


def seasons_between(start: date, end: date) -> list[str]:
    """Return the seasons of a span of game dates, in order of time."""
    first, last = (start_year(season_of(day)) for day in (start, end))
    return [season_name(year) for year in range(first, last + 1)]


def previous_season(season: str) -> str:
    """Return the season before."""
    return season_name(start_year(season) - 1)
