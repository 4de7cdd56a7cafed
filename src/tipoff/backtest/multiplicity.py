"""What a hit rate is worth once chance, and all the other tries, are taken into account.

The more experiments, the better the best of them by luck alone. A p-value says how often chance
does as well; Holm and Benjamini-Hochberg correct it for the number of tries; the expected best of
k null tries says what luck alone would have shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import binom, t

from tipoff.backtest.resampling import Floats
from tipoff.backtest.statistics import BY_DATE, Spread, spread
from tipoff.errors import InputError

LEVEL = 0.05
BEYOND_LUCK = "beyond luck"
WITHIN_LUCK = "within luck"


@dataclass(frozen=True)
class RateTest:
    """A hit rate against the break-even of the prices taken, one-sided.

    Attributes:
        rate, break_even: means over the picks; None where there are none.
        n, clusters: picks and clusters.
        excess: mean of won minus break-even.
        p_value: the larger of the clustered and the exact binomial one.
        clustered: by Student's t on the cluster-robust error; None for fewer than two clusters.
        binomial: as if picks were independent, all at the mean break-even.
    """

    rate: float | None
    break_even: float | None
    n: int
    clusters: int
    excess: float | None
    p_value: float | None
    clustered: float | None
    binomial: float | None


def rate_test(
    rows: pl.DataFrame,
    won: str = "won",
    break_even: str | float = "break_even",
    by: Sequence[str] = BY_DATE,
) -> RateTest:
    """Test whether picks win more often than their prices ask for.

    Each pick is held against its own break-even, and whole clusters vary together. With a handful
    of picks that all win there is no spread to learn from, and the clustered p-value is nothing;
    so the exact binomial one is a floor: clusters only ever take certainty away.

    Args:
        rows: settled picks, a row each; rows without a break-even are left out.
        won: name of the boolean column.
        break_even: name of the column of break-evens (0 to 1), or one for all.
        by: one or two columns of clusters.

    Returns:
        The test; its p-values are None where there are too few rows.
    """
    asked = pl.col(break_even) if isinstance(break_even, str) else pl.lit(break_even)
    picks = rows.select(*by, _won=pl.col(won).cast(pl.Float64), _asked=asked).drop_nulls()
    picks = picks.with_columns(_excess=pl.col("_won") - pl.col("_asked"))
    found = spread(picks, "_excess", by)
    if found.value is None:
        return RateTest(None, None, 0, 0, None, None, None, None)
    wins = int(picks["_won"].sum())
    rate = wins / found.n
    needed = rate - found.value
    binomial = float(binom.sf(wins - 1, found.n, needed))
    clustered = _clustered(found)
    return RateTest(
        rate=rate,
        break_even=needed,
        n=found.n,
        clusters=found.clusters,
        excess=found.value,
        p_value=None if clustered is None else max(clustered, binomial),
        clustered=clustered,
        binomial=binomial,
    )


def _clustered(found: Spread) -> float | None:
    if found.value is None or found.error is None:
        return None
    if not found.error:
        return 0.0 if found.value > 0 else 1.0
    return float(t.sf(found.value / found.error, found.clusters - 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for the family by Holm (1979), in their order.

    Calling significant what is at most alpha here keeps the chance of any false call at alpha,
    however the tries depend on each other.

    Raises:
        InputError: a p-value is not between 0 and 1.
    """
    values, order = _ordered(p_values)
    left = len(values) - np.arange(len(values))
    return _in_order(np.maximum.accumulate(values * left), order)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted by Benjamini and Hochberg (1995), in their order.

    Calling significant what is at most alpha here keeps the expected share of false calls among
    the calls at alpha, where tries are independent or positively dependent.

    Raises:
        InputError: a p-value is not between 0 and 1.
    """
    values, order = _ordered(p_values)
    scaled = values * len(values) / np.arange(1, len(values) + 1)
    return _in_order(np.minimum.accumulate(scaled[::-1])[::-1], order)


def _ordered(p_values: Sequence[float]) -> tuple[Floats, npt.NDArray[np.intp]]:
    values = np.asarray(p_values, dtype=np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError(f"Expected p-values between 0 and 1, got {list(p_values)}.")
    order = np.argsort(values, kind="stable")
    return values[order], order


def _in_order(adjusted: Floats, order: npt.NDArray[np.intp]) -> list[float]:
    back = np.empty(len(order))
    back[order] = np.minimum(adjusted, 1.0)
    return [float(value) for value in back]


@dataclass(frozen=True)
class Luck:
    """A hit rate beside what the best of as many null tries shows.

    Attributes:
        tries: number of tries counted.
        expected_best: expected hit rate of the best of them if none is worth anything.
        p_value: chance that the best of them reaches the hit rate.
        verdict: ``BEYOND_LUCK`` where that is at most the level, else ``WITHIN_LUCK``.
    """

    tries: int
    expected_best: float
    p_value: float
    verdict: str


def expected_best(tries: int, n: int, rate: float, *, design_effect: float = 1.0) -> float:
    """Return the expected hit rate of the best of several null tries.

    The mean of the largest of ``tries`` independent binomial shares, exactly: the sum of
    ``1 - F(wins) ** tries``. Bailey and Lopez de Prado (2014, "The deflated Sharpe ratio", eq. 1)
    approximate the same for normal values. Tries that share rows depend on each other, and their
    best is lower: so this is an upper bound, and leans against the model.

    Args:
        tries: experiments counted, aborted and forced ones too.
        n: picks of each that are won or lost.
        rate: their true hit rate if they are worth nothing, such as the break-even.
        design_effect: variance over that of independent picks; under 1 it counts as 1.

    Raises:
        InputError: there are no tries, no picks, or the rate is not between 0 and 1.
    """
    picks = _effective(tries, n, rate, design_effect)
    reached = binom.cdf(np.arange(picks), picks, rate) ** tries
    return float((1 - reached).sum() / picks)


def luck(
    observed: float,
    tries: int,
    n: int,
    rate: float,
    *,
    design_effect: float = 1.0,
    level: float = LEVEL,
) -> Luck:
    """Hold a hit rate against the best of as many null tries.

    Args:
        observed: the hit rate, from 0 to 1.
        tries, n, rate, design_effect: as of ``expected_best``.
        level: chance at which luck is ruled out.
    """
    picks = _effective(tries, n, rate, design_effect)
    # A hair less, so that a share of whole wins is not pushed over its own step by rounding.
    wins = np.ceil(observed * picks - 1e-9)
    once = float(binom.sf(wins - 1, picks, rate))
    p_value = float(-np.expm1(tries * np.log1p(-once))) if once < 1 else 1.0
    return Luck(
        tries=tries,
        expected_best=expected_best(tries, n, rate, design_effect=design_effect),
        p_value=p_value,
        verdict=BEYOND_LUCK if p_value <= level else WITHIN_LUCK,
    )


def _effective(tries: int, n: int, rate: float, design_effect: float) -> int:
    if tries < 1 or n < 1 or not 0 < rate < 1:
        raise InputError(
            "Expected at least one try, one pick and a hit rate between 0 and 1; got "
            f"{tries}, {n} and {rate:g}."
        )
    return max(1, round(n / max(design_effect, 1.0)))
