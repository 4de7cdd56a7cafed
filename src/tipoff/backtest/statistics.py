"""Intervals of hit rates, errors and returns, clustered by game date and by player.

Games of one date share their slate, news and lines, and a player's games share the player, so
dates and players are what is left out or drawn again, never rows.

``clustered_mean`` is the percentile bootstrap over clusters (Cameron, Gelbach and Miller 2008,
section II); on the 20 to 40 dates of a month it covers less than it says (docs/decisions/
intervals.md). ``mean_interval``, ``ratio_interval``, ``share_interval`` and
``difference_interval`` leave clusters out instead and count in quantiles of Student's t; they
cover what they say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from scipy.stats import binomtest, t

from tipoff.backtest.resampling import (
    Codes,
    Floats,
    Statistic,
    cluster_sums,
    left_out_variance,
    ratio,
    ratio_difference,
    two_way_variance,
)
from tipoff.errors import InputError

RESAMPLES = 2_000
SEED = 42
LEVEL = 0.95
# A standard error of a share below it is rounding.
_NO_SPREAD = 1e-9
BY_DATE = ("game_date",)
BY_DATE_AND_PLAYER = ("game_date", "player_id")


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
    draws = np.random.default_rng(SEED).multinomial(
        clusters, np.full(clusters, 1 / clusters), size=RESAMPLES
    )
    means = (draws @ totals) / (draws @ sizes)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def wilson(wins: int, n: int, z: float = 1.959963984540054) -> tuple[float, float] | None:
    """Return Wilson's score interval of a share (Wilson 1927), as if rows were independent."""
    if n == 0:
        return None
    share = wins / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return centre - half, centre + half


@dataclass(frozen=True)
class Spread:
    """An estimate with its standard error from clusters.

    Attributes:
        value: None where there are no rows.
        n: rows that count.
        clusters: number of clusters; of two-way clusters, of the fewer.
        error: None for fewer than two clusters, or where the value hangs on a single one.
    """

    value: float | None
    n: int
    clusters: int
    error: float | None

    def interval(self, level: float = LEVEL) -> Interval:
        """Return the interval by Student's t with one degree of freedom less than clusters."""
        if self.value is None or self.error is None:
            return Interval(self.value, self.n, self.clusters, None, None)
        half = _quantile(level, self.clusters - 1) * self.error
        return Interval(self.value, self.n, self.clusters, self.value - half, self.value + half)


@cache
def _quantile(level: float, freedom: int) -> float:
    """Student's t; asked for again and again with the same few numbers of game dates."""
    return float(t.ppf((1 + level) / 2, freedom))


def spread(rows: pl.DataFrame, value: str, by: Sequence[str] = BY_DATE) -> Spread:
    """Return the mean of a column with its cluster-robust standard error.

    Args:
        rows: rows with a numeric or boolean ``value`` (nulls are left out) and the clusters.
        value: name of the column.
        by: one column of clusters, or two that cut across each other, that of the fewer first.
    """
    return _spread(_columns(rows, [pl.col(value), pl.lit(1.0)], by), ratio)


def mean_interval(
    rows: pl.DataFrame, value: str, by: Sequence[str] = BY_DATE, level: float = LEVEL
) -> Interval:
    """Return the mean of a column (of errors, of returns per unit) with its interval.

    Args:
        rows, value, by: as of ``spread``.
        level: how often such intervals shall cover the truth.
    """
    return spread(rows, value, by).interval(level)


def ratio_interval(
    rows: pl.DataFrame, numerator: str, denominator: str, by: Sequence[str] = BY_DATE
) -> Interval:
    """Return the ratio of two sums, such as units won over units staked, with its interval.

    Args:
        rows: rows with both columns; rows that lack either are left out.
        numerator, denominator: names of the columns.
        by: as of ``spread``.
    """
    known = rows.drop_nulls([numerator, denominator])
    columns = [pl.col(numerator), pl.col(denominator)]
    return _spread(_columns(known, columns, by), ratio).interval()


def share_interval(
    rows: pl.DataFrame, value: str, by: Sequence[str] = BY_DATE, level: float = LEVEL
) -> Interval:
    """Return a share, such as a hit rate, with Wilson's interval on the effective n.

    Wilson's score interval with the number of independent rows that the clusters are worth and
    the quantile of Student's t (Franco, Little, Louis and Slud 2019, "Comparative study of
    confidence intervals for proportions in complex sample surveys"). It stays within 0 and 1 and
    has a width where all rows agree: there nothing is known of how rows vary, and each cluster
    counts as one.

    Args:
        rows, value, by: as of ``spread``; the column is boolean.
        level: as of ``mean_interval``.
    """
    return share_of(spread(rows, value, by), level)


def share_of(found: Spread, level: float = LEVEL) -> Interval:
    """Return Wilson's interval of a share from its spread, as ``share_interval`` does."""
    share, error = found.value, found.error
    if share is None or error is None:
        return Interval(share, found.n, found.clusters, None, None)
    worth = share * (1 - share) / error**2 if error > _NO_SPREAD else float(found.clusters)
    z = _quantile(level, found.clusters - 1)
    centre = (share + z * z / (2 * worth)) / (1 + z * z / worth)
    half = z / (1 + z * z / worth) * (share * (1 - share) / worth + z * z / (4 * worth**2)) ** 0.5
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Interval(share, found.n, found.clusters, low, high)


def spreads(totals: Floats, counts: Floats, minus: Sequence[int]) -> list[Spread]:
    """Return many means with their errors at once, as ``spread`` gives them one at a time.

    Args:
        totals: sums per cluster and mean, ``clusters x means``.
        counts: rows per cluster and mean.
        minus: for each mean the place of a mean of the same rows that is subtracted, or -1.
    """
    less = np.asarray(minus)
    whole = _means(totals.sum(axis=0)[None, :], counts.sum(axis=0)[None, :], less)[0]
    left = _means(totals.sum(axis=0) - totals, counts.sum(axis=0) - counts, less)
    clusters = (counts > 0).sum(axis=0)
    with np.errstate(invalid="ignore"):
        moved = np.where(counts > 0, left - whole, 0.0)
        variances = (clusters - 1) / np.maximum(clusters, 1) * (moved**2).sum(axis=0)
    return [
        Spread(
            value=float(whole[i]) if np.isfinite(whole[i]) else None,
            n=int(counts[:, i].sum()),
            clusters=int(clusters[i]),
            error=float(np.sqrt(variances[i]))
            if clusters[i] >= 2 and np.isfinite(variances[i])
            else None,
        )
        for i in range(totals.shape[1])
    ]


def _means(totals: Floats, counts: Floats, minus: Codes) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.asarray(totals / counts)
    return np.where(minus >= 0, own - own[:, np.maximum(minus, 0)], own)


@dataclass(frozen=True)
class DesignEffect:
    """How much less clustered rows know than independent ones.

    Attributes:
        value: variance of the mean over that of independent rows (Kish 1965); None where either
            is not known or is nothing.
        n: rows.
        effective_n: as many independent rows know as much.
    """

    value: float | None
    n: int
    effective_n: float | None


def design_effect(rows: pl.DataFrame, value: str, by: Sequence[str] = BY_DATE) -> DesignEffect:
    """Return how many times the variance of a mean exceeds that of independent rows.

    Args:
        rows, value, by: as of ``spread``.
    """
    found = spread(rows, value, by)
    known = rows.drop_nulls([value, *by])
    variance = known.select(pl.col(value).cast(pl.Float64).var()).item()
    if not found.error or not variance:
        return DesignEffect(None, found.n, None)
    effect = float(found.error**2 * found.n / variance)
    return DesignEffect(effect, found.n, found.n / effect)


@dataclass(frozen=True)
class Difference:
    """A model against the best placebo on the same rows.

    Attributes:
        placebo: name of the best placebo.
        ours, theirs: mean of the model and of that placebo.
        difference: ours minus theirs; ``n`` are the rows that count for either.
        flips: rows that count for both and on which they differ.
        p_value: of the exact test of McNemar on these rows, two-sided, as if rows were
            independent; None for columns that are not boolean.
    """

    placebo: str
    ours: float | None
    theirs: float | None
    difference: Interval
    flips: int
    p_value: float | None


def difference_interval(
    rows: pl.DataFrame, ours: str, theirs: str, by: Sequence[str] = BY_DATE
) -> Interval:
    """Return the mean of one column minus that of another, with its interval by the same clusters.

    Each mean is over the rows that have its column: two rules take different picks of one slate.
    Where both are known on the same rows this is the mean of the paired differences.

    Args:
        rows: rows with both columns, null where one does not count.
        ours, theirs: names of the columns.
        by: as of ``spread``.
    """
    either = rows.filter(pl.col(ours).is_not_null() | pl.col(theirs).is_not_null())
    columns = [
        part
        for name in (ours, theirs)
        for part in (pl.col(name).cast(pl.Float64).fill_null(0.0), pl.col(name).is_not_null())
    ]
    return _spread(_columns(either, columns, by), ratio_difference).interval()


def minus_best_placebo(
    rows: pl.DataFrame,
    model: str,
    placebos: Sequence[str],
    *,
    lower_is_better: bool = False,
    by: Sequence[str] = BY_DATE,
) -> Difference:
    """Return the model minus the best of the placebos on the same rows.

    The best is chosen by the same rows, so chance lifts it, and the difference leans against the
    model.

    Args:
        rows: rows with a column of the model and of each placebo, null where it does not count:
            booleans (won) or errors.
        model, placebos: names of the columns.
        lower_is_better: of errors; of hit rates it is not.
        by: as of ``spread``.

    Raises:
        InputError: no placebo has a row.
    """
    means = {name: spread(rows, name).value for name in placebos}
    known = {name: mean for name, mean in means.items() if mean is not None}
    if not known:
        raise InputError(
            f"Expected a placebo with rows to compare {model} with, got none out of "
            f"{len(placebos)}; compare on rows that a placebo was graded on."
        )
    sign = 1.0 if lower_is_better else -1.0
    best = min(known, key=lambda name: (sign * known[name], name))
    both = rows.drop_nulls([model, best])
    only_ours = both.filter(pl.col(model) > pl.col(best)).height
    only_theirs = both.filter(pl.col(model) < pl.col(best)).height
    is_paired = rows.schema[model] == rows.schema[best] == pl.Boolean
    return Difference(
        placebo=best,
        ours=spread(rows, model).value,
        theirs=known[best],
        difference=difference_interval(rows, model, best, by),
        flips=only_ours + only_theirs,
        p_value=mcnemar(only_ours, only_theirs) if is_paired else None,
    )


def mcnemar(only_ours: int, only_theirs: int) -> float:
    """Return the exact two-sided p-value that two rules win as often (McNemar 1947).

    Args:
        only_ours: picks of both that we won and they lost.
        only_theirs: picks of both that they won and we lost.
    """
    flips = only_ours + only_theirs
    return float(binomtest(only_ours, flips).pvalue) if flips else 1.0


def _columns(
    rows: pl.DataFrame, columns: Sequence[pl.Expr], by: Sequence[str]
) -> tuple[Floats, list[Codes]]:
    """Return the numbers and the clusters of rows, in an order that does not depend on theirs."""
    if not 1 <= len(by) <= 2:
        raise InputError(f"Expected one or two columns of clusters, got {len(by)}.")
    named = [column.cast(pl.Float64).alias(f"_{place}") for place, column in enumerate(columns)]
    known = rows.select(*by, *named).drop_nulls()
    known = known.sort(known.columns)
    codes = known.select(pl.col(name).rank("dense").cast(pl.Int64) - 1 for name in by)
    numbers = known.select(pl.exclude(by)).to_numpy().astype(np.float64)
    return numbers, [codes[name].to_numpy() for name in by]


def _spread(rows: tuple[Floats, list[Codes]], statistic: Statistic) -> Spread:
    numbers, codes = rows
    n = len(numbers)
    if not n:
        return Spread(None, 0, 0, None)
    whole = float(statistic(numbers.sum(axis=0)))
    value = whole if np.isfinite(whole) else None
    clusters = min(int(code.max()) + 1 for code in codes)
    if clusters < 2 or value is None:
        return Spread(value, n, clusters, None)
    if len(codes) == 2:
        variance = two_way_variance(codes[0], codes[1], numbers, statistic)
    else:
        variance = left_out_variance(cluster_sums(codes[0], numbers), statistic)
    return Spread(value, n, clusters, float(np.sqrt(variance)) if np.isfinite(variance) else None)
