"""Intervals of hit rates and errors, clustered by game date.

Games of one date share their slate, news and lines, so dates are resampled, not rows: the
percentile bootstrap over clusters (Cameron, Gelbach and Miller 2008, section II).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

RESAMPLES = 2_000
SEED = 42
LEVEL = 0.95
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A share or mean with its number of rows, clusters and 95 % interval.

    ``value`` is None where there are no rows; the bounds are None for fewer than two clusters.
    """

    value: float | None
    n: int
    clusters: int
    low: float | None
    high: float | None


def clustered_mean(rows: pl.DataFrame, value: str, cluster: str = "game_date") -> Interval:
    """Return the mean of a column with an interval from resampling whole clusters.

    Args:
        rows: rows with a numeric or boolean ``value`` (nulls are left out) and ``cluster``.
        value: name of the column.
        cluster: rows of one value of it are resampled together.
    """
    counted = (
        rows.drop_nulls(value)
        .group_by(cluster)
        .agg(total=pl.col(value).cast(pl.Float64).sum(), n=pl.len())
        .sort(cluster)
    )
    n = int(counted["n"].sum())
    if n == 0:
        return Interval(None, 0, 0, None, None)
    totals = counted["total"].to_numpy()
    sizes = counted["n"].to_numpy().astype(np.float64)
    mean = float(totals.sum() / sizes.sum())
    if counted.height < 2:
        return Interval(mean, n, counted.height, None, None)
    low, high = _bounds(totals, sizes)
    return Interval(mean, n, counted.height, low, high)


def _bounds(totals: Floats, sizes: Floats) -> tuple[float, float]:
    clusters = len(totals)
    draws = _draws(clusters)
    means = (draws @ totals) / (draws @ sizes)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def ratio_intervals(
    totals: Floats, counts: Floats, minus: npt.NDArray[np.int_]
) -> tuple[Floats, Floats, Floats]:
    """Return many ratios of sums with intervals, as ``clustered_mean`` gives them one at a time.

    Ratios that have rows in the same clusters are resampled together.

    Args:
        totals: sums per cluster and ratio, ``clusters x ratios``.
        counts: rows per cluster and ratio.
        minus: for each ratio the place of a ratio of the same rows that is subtracted, or -1.

    Returns:
        Values and lower and upper bounds; NaN where there are no rows, bounds also for fewer than
        two clusters.
    """
    values = _ratios(totals.sum(axis=0)[None, :], counts.sum(axis=0)[None, :], minus)[0]
    bounds = np.full((2, totals.shape[1]), np.nan)
    held, which = np.unique(counts > 0, axis=1, return_inverse=True)
    tail = (1 - LEVEL) / 2
    for number in range(held.shape[1]):
        inside = held[:, number]
        if inside.sum() < 2:
            continue
        own = np.flatnonzero(which.ravel() == number)
        # A ratio that is subtracted has rows in the same clusters, so it is among its own.
        place = np.array([np.flatnonzero(own == m)[0] if m >= 0 else -1 for m in minus[own]])
        draws = _draws(int(inside.sum()))
        resampled = _ratios(
            draws @ totals[np.ix_(inside, own)], draws @ counts[np.ix_(inside, own)], place
        )
        bounds[:, own] = np.quantile(resampled, [tail, 1 - tail], axis=0)
    return values, bounds[0], bounds[1]


def _ratios(totals: Floats, counts: Floats, minus: npt.NDArray[np.int_]) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        own: Floats = totals / counts
    return np.where(minus >= 0, own - own[:, np.maximum(minus, 0)], own)


@lru_cache(maxsize=64)
def _draws(clusters: int) -> Floats:
    """How often each cluster is drawn in each resample; the same for the same number of them."""
    drawn = np.random.default_rng(SEED).multinomial(
        clusters, np.full(clusters, 1 / clusters), size=RESAMPLES
    )
    return drawn.astype(np.float64)


def wilson(wins: int, n: int, z: float = 1.959963984540054) -> tuple[float, float] | None:
    """Return Wilson's score interval of a share (Wilson 1927), as if rows were independent."""
    if n == 0:
        return None
    share = wins / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return centre - half, centre + half
