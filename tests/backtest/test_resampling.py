import numpy as np
import pytest
from scipy.stats import bootstrap

from tipoff.backtest.resampling import (
    Floats,
    bias_corrected,
    cluster_sums,
    left_out_variance,
    ratio,
    ratio_difference,
    studentised,
    two_way_variance,
)

_RNG = np.random.default_rng(11)
_SUMS = np.column_stack([_RNG.normal(3, 2, 30), _RNG.integers(1, 9, 30).astype(float)])


def _ratio(y: Floats, x: Floats, axis: int = -1) -> Floats:
    return np.asarray(y.sum(axis=axis) / x.sum(axis=axis))


def test_sums_by_cluster() -> None:
    columns = np.array([[1.0, 1.0], [2.0, 1.0], [4.0, 1.0]])
    assert cluster_sums(np.array([1, 0, 1]), columns).tolist() == [[2.0, 1.0], [5.0, 2.0]]


def test_the_bias_corrected_bounds_are_those_of_scipy() -> None:
    expected = bootstrap(
        (_SUMS[:, 0], _SUMS[:, 1]), _ratio, paired=True, method="BCa", n_resamples=20_000, rng=1
    ).confidence_interval
    got = bias_corrected(_SUMS, 0.95, 20_000, 2)
    assert got == pytest.approx((expected.low, expected.high), abs=0.02)


def test_the_studentised_bounds_are_those_of_drawing_clusters_one_by_one() -> None:
    rng = np.random.default_rng(5)

    def fitted(sums: Floats) -> tuple[float, float]:
        value = float(ratio(sums.sum(axis=0)))
        rest = sums[:, 0] - value * sums[:, 1]
        return value, float((rest @ rest) ** 0.5 / sums[:, 1].sum())

    value, error = fitted(_SUMS)
    draws = [fitted(_SUMS[rng.integers(0, 30, 30)]) for _ in range(8_000)]
    low, high = np.quantile([(v - value) / e for v, e in draws], [0.025, 0.975])
    got = studentised(_SUMS, 0.95, 20_000, 2)
    assert got == pytest.approx((value - high * error, value - low * error), abs=0.03)


def test_a_statistic_that_hangs_on_one_cluster_has_no_variance() -> None:
    lone = np.array([[1.0, 1.0, 2.0, 1.0], [2.0, 1.0, 0.0, 0.0]])
    assert np.isnan(left_out_variance(lone, ratio_difference))


def test_crossed_clusters_that_are_the_same_count_once() -> None:
    codes = _RNG.integers(0, 12, 90)
    columns = np.column_stack([_RNG.normal(size=90), np.ones(90)])
    once = left_out_variance(cluster_sums(codes, columns), ratio)
    assert two_way_variance(codes, codes, columns, ratio) == pytest.approx(once)
