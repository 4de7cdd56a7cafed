"""Variances and bounds of ratios of sums, by leaving whole clusters out or drawing them again.

Everything is computed from one row of sums per cluster, so the number of rows costs nothing.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Statistic = Callable[[Floats], Floats]


def cluster_sums(codes: Codes, columns: Floats) -> Floats:
    """Return the sums of ``rows x columns`` by cluster, the clusters numbered from zero."""
    return np.column_stack([np.bincount(codes, weights=column) for column in columns.T])


def ratio(sums: Floats) -> Floats:
    """Return the first sum over the second."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[..., 0] / sums[..., 1])


def ratio_difference(sums: Floats) -> Floats:
    """Return the ratio of the first two sums minus that of the last two."""
    return ratio(sums[..., :2]) - ratio(sums[..., 2:])


def left_out_variance(sums: Floats, statistic: Statistic) -> float:
    """Return the variance of a statistic by leaving out one cluster at a time.

    The cluster jackknife CV3 of MacKinnon, Nielsen and Webb (2023, "Fast and reliable jackknife
    and bootstrap methods for cluster-robust inference", eq. 14), around the full estimate.

    Args:
        sums: ``clusters x columns``, two clusters or more.
        statistic: what is computed from sums over clusters.

    Returns:
        The variance; not a number where the statistic hangs on a single cluster.
    """
    clusters, whole = len(sums), sums.sum(axis=0)
    moved = statistic(whole - sums) - statistic(whole)
    return float((clusters - 1) / clusters * (moved @ moved))


def two_way_variance(first: Codes, second: Codes, columns: Floats, statistic: Statistic) -> float:
    """Return the variance of a statistic whose rows share either of two clusters.

    ``V(first) + V(second) - V(both)`` (Cameron, Gelbach and Miller 2011, eq. 2.10), each by the
    jackknife, but never less than of the first alone: chance can leave too little after the
    subtraction. Never less than of either covers too much where nothing is shared
    (docs/decisions/intervals.md).

    Args:
        first, second: clusters of the rows, numbered from zero; the first are the fewer, larger.
        columns: ``rows x columns``.
        statistic: as of ``left_out_variance``.
    """
    codes = (first, second, _crossed(first, second))
    one, other, both = (left_out_variance(cluster_sums(c, columns), statistic) for c in codes)
    return max(one + other - both, one)


def _crossed(first: Codes, second: Codes) -> Codes:
    _, codes = np.unique(first * (second.max() + 1) + second, return_inverse=True)
    return np.asarray(codes, dtype=np.int64)


def studentised(sums: Floats, level: float, resamples: int, seed: int) -> tuple[float, float]:
    """Return the bounds of a ratio by the bootstrap-t over clusters (Efron and Tibshirani 1993).

    Each resample's distance from the ratio is counted in its own standard errors.
    """
    y, x = sums.T
    value, clusters = float(ratio(sums.sum(axis=0))), len(sums)
    draws = _draws(clusters, resamples, seed)
    sizes = draws @ x
    values = (draws @ y) / sizes
    squares = draws @ (y * y) - 2 * values * (draws @ (x * y)) + values**2 * (draws @ (x * x))
    errors = np.sqrt(np.maximum(squares, np.finfo(float).tiny)) / sizes
    residuals = y - value * x
    error = float(np.sqrt(residuals @ residuals) / x.sum())
    low, high = np.quantile((values - value) / errors, _tails(level))
    return float(value - high * error), float(value - low * error)


def bias_corrected(sums: Floats, level: float, resamples: int, seed: int) -> tuple[float, float]:
    """Return the bounds of a ratio by the BCa bootstrap over clusters (Efron 1987)."""
    whole, clusters = sums.sum(axis=0), len(sums)
    draws = _draws(clusters, resamples, seed)
    values = ratio(draws @ sums)
    left = ratio(whole - sums)
    gaps = left.mean() - left
    scale = float(gaps @ gaps) ** 1.5
    acceleration = float((gaps**3).sum()) / (6 * scale) if scale else 0.0
    below = np.clip((values < ratio(whole)).mean(), 1 / resamples, 1 - 1 / resamples)
    shift = norm.ppf(below)
    z = shift + norm.ppf(_tails(level))
    low, high = np.quantile(values, norm.cdf(shift + z / (1 - acceleration * z)))
    return float(low), float(high)


def _draws(clusters: int, resamples: int, seed: int) -> Floats:
    shares = np.full(clusters, 1 / clusters)
    drawn = np.random.default_rng(seed).multinomial(clusters, shares, size=resamples)
    return drawn.astype(np.float64)


def _tails(level: float) -> list[float]:
    return [(1 - level) / 2, (1 + level) / 2]
