"""A lake on which every page has something to show: some days of the daily job on a little league."""

from pathlib import Path

from tests.faults.week.life import RECIPE, begun
from tipoff.store.lake import Lake
from tipoff.workflows.day import Day
from tipoff.workflows.daily import run_day


def lived_lake(folder: Path) -> Lake:
    """Two mornings and a day's decisions of a little league."""
    week = begun(folder)
    first, second = week.days[:2]
    week.morning(first)
    week.decisions(first)
    week.morning(second)
    return week.lake
