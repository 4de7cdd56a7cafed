from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tipoff.backtest.statistics import clustered_mean, wilson


def _rows(values: list[float | None], clusters: list[int]) -> pl.DataFrame:
    days = [date(2023, 1, 1) + timedelta(days=c) for c in clusters]
    return pl.DataFrame({"game_date": days, "v": values}, schema_overrides={"v": pl.Float64})


def _slow_bounds(values: list[float], clusters: list[int]) -> tuple[float, float]:
    """Draw clusters with replacement, one resample at a time."""
    rng = np.random.default_rng(1)
    names = sorted(set(clusters))
    groups = [[v for v, c in zip(values, clusters, strict=True) if c == n] for n in names]
    means = []
    for _ in range(4000):
        drawn = [groups[i] for i in rng.integers(0, len(groups), len(groups))]
        means.append(sum(map(sum, drawn)) / sum(map(len, drawn)))
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def test_the_interval_is_that_of_drawing_whole_dates() -> None:
    rng = np.random.default_rng(0)
    clusters = [int(c) for c in rng.integers(0, 30, 300)]
    effect = rng.normal(0, 1, 30)
    values = [float(effect[c] + rng.normal()) for c in clusters]
    got = clustered_mean(_rows(list(values), clusters), "v")
    low, high = _slow_bounds(values, clusters)
    assert got.low == pytest.approx(low, abs=0.05)
    assert got.high == pytest.approx(high, abs=0.05)
    assert got.value == pytest.approx(np.mean(values))


def test_rows_that_repeat_within_a_date_add_no_certainty() -> None:
    values: list[float | None] = [float(i % 2) for i in range(20)]
    once = clustered_mean(_rows(values, list(range(20))), "v")
    clusters = [c for c in range(20) for _ in range(50)]
    often = clustered_mean(_rows([values[c] for c in clusters], clusters), "v")
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert often.n == 50 * once.n


def test_the_interval_does_not_depend_on_the_order_of_rows() -> None:
    rows = _rows([float(i % 3) for i in range(60)], [i // 4 for i in range(60)])
    assert clustered_mean(rows, "v") == clustered_mean(rows.reverse(), "v")


def test_nulls_are_left_out_and_nothing_is_nothing() -> None:
    got = clustered_mean(_rows([1.0, None, 3.0], [0, 1, 2]), "v")
    assert (got.value, got.n, got.clusters) == (2.0, 2, 2)
    none = clustered_mean(_rows([None], [0]), "v")
    assert (none.value, none.n, none.low, none.high) == (None, 0, None, None)


def test_one_date_has_a_mean_but_no_interval() -> None:
    got = clustered_mean(_rows([1.0, 2.0], [0, 0]), "v")
    assert (got.value, got.low, got.high) == (1.5, None, None)


@pytest.mark.parametrize(
    ("wins", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (60, 100, 0.5020, 0.6906)],
)
def test_wilson_against_known_values(wins: int, n: int, low: float, high: float) -> None:
    got = wilson(wins, n)
    assert got is not None
    assert got[0] == pytest.approx(low, abs=5e-5)
    assert got[1] == pytest.approx(high, abs=5e-5)


def test_wilson_of_nothing_is_nothing() -> None:
    assert wilson(0, 0) is None
