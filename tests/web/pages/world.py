"""A lake on which every page has something to show: days of the daily job on a little league."""

from pathlib import Path

from tests.faults.week.life import begun

from tipoff.store.lake import Lake


def lived_lake(folder: Path) -> Lake:
    """Two mornings and a day's decisions of a little league."""
    week = begun(folder)
    first, second = week.days[:2]
    week.morning(first)
    week.decisions(first)
    week.morning(second)
    return week.lake
