"""What is made of a learner's prediction: drawn to the market, and turned into a median."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog

from tipoff.models.adjustment import USUAL_WEIGHT, Adjustment, adjusted, least_absolute, settled
from tipoff.models.spec import ModelSpec


def _spec(**more: Any) -> ModelSpec:
    return ModelSpec(name="one", **more)


def _world(n: int, weight: float, seed: int = 1) -> tuple[pl.Series, pl.DataFrame]:
    """A learner and a market whose best mean gives the market so much weight."""
    rng = np.random.default_rng(seed)
    own, market = rng.uniform(5, 25, n), rng.uniform(5, 25, n)
    actual = own + weight * (market - own) + rng.normal(0, 3, n)
    return pl.Series(own), pl.DataFrame({"actual": actual, "market_mean": market})


def test_nothing_is_made_of_it_where_nothing_is_asked_for() -> None:
    own, rows = _world(50, 0.5)
    assert settled(_spec(), own, rows) is None


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_many_lines_say_how_much_the_market_weighs(weight: float) -> None:
    own, rows = _world(200_000, weight)
    found = settled(_spec(prior="market"), own, rows)
    assert found is not None
    assert found.weight == pytest.approx(weight, abs=0.02)
    assert (found.shift, found.slope) == (0.0, 1.0)


def test_few_lines_leave_it_near_what_is_usual() -> None:
    own, rows = _world(40, 0.2)
    found = settled(_spec(prior="market"), own, rows)
    assert found is not None
    assert found.weight == pytest.approx(USUAL_WEIGHT, abs=0.05)
    without = settled(_spec(prior="market"), own, rows.with_columns(market_mean=None))
    assert without == Adjustment(weight=pytest.approx(USUAL_WEIGHT))  # type: ignore[arg-type]


def test_rows_without_a_line_keep_the_learners_prediction() -> None:
    own = pl.Series([10.0, 10.0])
    rows = pl.DataFrame({"market_mean": [20.0, None]})
    assert adjusted(own, rows, Adjustment(weight=0.25)).to_list() == [12.5, 10.0]


def test_a_median_is_taken_before_the_market_is_looked_at() -> None:
    """A line is a median: what lies between mean and median must not be taken from it as well."""
    own, rows = _world(50_000, 1.0)
    rng = np.random.default_rng(4)
    skewed = rows.with_columns(
        actual=pl.col("market_mean") + rng.exponential(4, rows.height) - 2.77
    )
    found = settled(_spec(prior="market", point="median"), own, skewed)
    assert found is not None
    assert found.weight == pytest.approx(1.0, abs=0.02)
    drawn = adjusted(own, skewed, found).to_numpy()
    assert np.mean(skewed["actual"].to_numpy() < drawn) == pytest.approx(0.5, abs=0.02)


def test_a_median_has_half_of_what_happens_on_either_side() -> None:
    rng = np.random.default_rng(2)
    own = rng.uniform(2, 30, 20_000)
    actual = rng.negative_binomial(own / 2, 1 / 3)
    rows = pl.DataFrame({"actual": actual.astype(float)})
    found = settled(_spec(point="median"), pl.Series(own), rows)
    assert found is not None
    assert found.weight is None
    median = adjusted(pl.Series(own), rows, found).to_numpy()
    assert np.mean(actual < median) == pytest.approx(0.5, abs=0.02)
    assert np.mean(actual < own) > 0.52
    assert np.abs(actual - median).mean() < np.abs(actual - own).mean()


def test_the_least_absolute_error_is_that_of_linear_programming() -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 30, 120)
    y = 1.0 + 0.9 * x + rng.standard_t(2, 120) * 4
    shift, slope = least_absolute(x, y)
    n = len(x)
    # Least sum of u + v with y = a + b x + u - v.
    costs = np.concatenate([np.zeros(2), np.ones(2 * n)])
    equal = np.hstack([np.ones((n, 1)), x[:, None], np.eye(n), -np.eye(n)])
    bounds = [(None, None)] * 2 + [(0, None)] * (2 * n)
    exact = linprog(costs, A_eq=equal, b_eq=y, bounds=bounds)
    assert np.abs(y - shift - slope * x).sum() == pytest.approx(exact.fun, rel=1e-3)
