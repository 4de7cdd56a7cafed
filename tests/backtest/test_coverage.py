"""Intervals cover what they say, where the truth is known and rows share dates and players."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from tipoff.backtest.statistics import (
    BY_DATE_AND_PLAYER,
    clustered_mean,
    mean_interval,
    share_interval,
)
from tipoff.workflows.coverage_study import Method, coverage

REPLICATIONS = 1_000
RATE = 0.53
METHODS: dict[str, Method] = {
    "percentile, date": clustered_mean,
    "left out, date": mean_interval,
    "left out, date and player": lambda rows, value: mean_interval(rows, value, BY_DATE_AND_PLAYER),
    "share, date and player": lambda rows, value: share_interval(rows, value, BY_DATE_AND_PLAYER),
}
PAYOUTS = (0.8, 0.91, 1.05)
TRUTH = {"won": RATE, "error": 0.1, "profit": RATE * (1 + sum(PAYOUTS) / 3) - 1}


def _month(rng: np.random.Generator, dates: int, shock: float, skill: float) -> pl.DataFrame:
    """Picks of a month: small and large slates, some players taken often, most seldom."""
    players = 80
    sizes = np.clip(rng.negative_binomial(2, 0.2, dates), 1, players)
    often = rng.gamma(0.8, 1, players)
    taken = [rng.choice(players, size, replace=False, p=often / often.sum()) for size in sizes]
    date, player = np.repeat(np.arange(dates), sizes), np.concatenate(taken)
    shared = rng.normal(0, shock, dates)[date] + rng.normal(0, skill, players)[player]
    level = norm.ppf(RATE) * (1 + shock**2 + skill**2) ** 0.5
    won = level + shared + rng.normal(size=len(date)) > 0
    payout = rng.choice(PAYOUTS, len(date))
    return pl.DataFrame(
        {
            "game_date": date,
            "player_id": player,
            "won": won,
            "error": TRUTH["error"] + shared + rng.standard_t(5, len(date)),
            "profit": np.where(won, payout, -1.0),
        }
    )


def _covered(value: str, dates: int, shock: float, skill: float, *names: str) -> dict[str, float]:
    rng = np.random.default_rng(20_23)
    months = [_month(rng, dates, shock, skill) for _ in range(REPLICATIONS)]
    methods = {name: METHODS[name] for name in names}
    found = coverage(months, value, TRUTH[value], methods)
    assert all(row["replications"] == REPLICATIONS for row in found)
    return {row["method"]: row["covered"] for row in found}


@pytest.mark.parametrize("dates", [20, 40])
@pytest.mark.parametrize("value", ["won", "error", "profit"])
def test_dates_that_move_together_are_covered(value: str, dates: int) -> None:
    covered = _covered(value, dates, 0.25, 0.0, "left out, date", "left out, date and player")
    assert all(0.93 <= share <= 0.97 for share in covered.values()), covered


@pytest.mark.parametrize("value", ["won", "error", "profit"])
def test_dates_and_players_are_covered_two_ways_and_by_date_alone_they_are_not(value: str) -> None:
    two_way = "left out, date and player"
    covered = _covered(value, 40, 0.2, 0.35, two_way, "left out, date")
    assert 0.93 <= covered[two_way] <= 0.97, covered
    assert covered["left out, date"] < 0.93, covered


def test_a_share_is_covered_two_ways() -> None:
    covered = _covered("won", 28, 0.2, 0.2, "share, date and player")
    assert all(0.93 <= share <= 0.97 for share in covered.values()), covered


def test_the_percentiles_of_drawn_dates_cover_less_than_they_say() -> None:
    covered = _covered("won", 15, 0.25, 0.0, "percentile, date", "left out, date")
    assert covered["percentile, date"] < 0.925, covered
    assert 0.93 <= covered["left out, date"] <= 0.97, covered
