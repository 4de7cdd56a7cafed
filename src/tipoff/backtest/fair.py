"""Fair (no-vig) probabilities: what two prices of one line say once the book's hold is taken out.

Both sides' implied probabilities sum to more than one; methods differ in who bears the excess:

``multiplicative``
    each side in proportion to its implied probability: q / (q_over + q_under).
``additive``
    both sides alike: q - hold / 2.
``power``
    each side by one power: q**k with k such that both sum to one. The long shot bears more than
    its share (Clarke, Kovalchik and Ingram 2017, "Adjusting bookmaker's odds to allow for
    overround", American Journal of Sports Science 5(6), 45-49).
``shin``
    the hold is the book's guard against bettors who know the outcome (Shin 1993, "Measuring the
    incidence of insider trading in a market for state-contingent claims", Economic Journal 103).
    With two sides it is the additive method exactly (Jullien and Salanie 1994), which is how it
    is computed; the share of insiders that it rests on is ``insider_share``. A hold below nought
    is no guard, so that it says nothing there.

A push gives the stake back and so has no part in a price: every probability here is that of the
side given that the line is not hit exactly.
"""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from tipoff.errors import InputError, not_among

Method = Literal["multiplicative", "additive", "power", "shin"]
METHODS: tuple[Method, ...] = get_args(Method)
# The plainest: on 39,713 main points quotes of 2022-23 and 2023-24 the methods' log losses differ
# by less than 0.00001, within an interval of 0.00008 either way.
USUAL: Method = "multiplicative"
Floats = npt.NDArray[np.float64]

# Newton's steps double the right digits each; from below the root no step passes it.
_STEPS = 60
_CLOSE = 1e-15
# The last digits hang on how the engine's vectors are cut; no price is known that well.
_DIGITS = 12


def fair_over(over_price: pl.Series, under_price: pl.Series, method: Method) -> pl.Series:
    """Return the fair probability of the over, given no push, of each pair of American prices.

    Args:
        over_price: prices of the overs; null where not quoted.
        under_price: prices of the unders, in the same order.
        method: how the hold is taken out; see the module.

    Returns:
        Probabilities from 0 to 1, null where a price is missing or the method says nothing.

    Raises:
        InputError: the method is unknown, or a price is no American price.
    """
    if method not in _METHODS:
        raise not_among("a method", METHODS, method)
    over, under = _implied(over_price), _implied(under_price)
    fair = np.full(len(over), np.nan)
    # A method sees whole pairs only, so that no unknown price costs it a step.
    whole = np.isfinite(over) & np.isfinite(under)
    fair[whole] = _METHODS[method](over[whole], under[whole])
    return pl.Series("fair_over", np.round(fair, _DIGITS), nan_to_null=True)


def with_fair(
    rows: pl.DataFrame,
    method: Method,
    *,
    placeholder: str = "is_placeholder",
    name: str = "fair_over",
) -> pl.DataFrame:
    """Add the fair probability of the over; a placeholder's price is nobody's opinion: null.

    Args:
        rows: ``over_price`` and ``under_price`` and the placeholder mark.
        method: how the hold is taken out.
        placeholder: name of the mark: ``is_placeholder`` of lines, ``is_placeholder_price`` of
            quotes.
        name: of the column that is added.

    Raises:
        InputError: the method is unknown, or a price is no American price.
    """
    fair = fair_over(rows["over_price"], rows["under_price"], method).alias(name)
    return rows.with_columns(fair).with_columns(
        pl.when(~pl.col(placeholder).fill_null(value=False)).then(name).alias(name)
    )


def insider_share(over_price: pl.Series, under_price: pl.Series) -> pl.Series:
    """Return Shin's z, the share of stakes laid by those who know the outcome.

    Of two sides with implied probabilities that sum to B and differ by d it is
    (B - 1)(B - d^2) / (B (1 - d^2)), the z at which Shin's probabilities sum to one. Null where a
    price is missing or the hold is below nought.

    Raises:
        InputError: a price is no American price.
    """
    over, under = _implied(over_price), _implied(under_price)
    total, square = over + under, (over - under) ** 2
    share = (total - 1) * (total - square) / (total * (1 - square))
    known = np.where(total >= 1, share, np.nan)
    return pl.Series("insider_share", np.round(known, _DIGITS), nan_to_null=True)


def holds(over_price: pl.Series, under_price: pl.Series) -> pl.Series:
    """Return the hold of each pair of American prices; null where one is missing.

    Raises:
        InputError: a price is no American price.
    """
    total = _implied(over_price) + _implied(under_price)
    return pl.Series("hold", np.round(total - 1, _DIGITS), nan_to_null=True)


def _implied(price: pl.Series) -> Floats:
    """Return break-even probabilities (domain.odds, as vectors); NaN where there is no price."""
    odds = np.array(price.cast(pl.Float64).to_numpy(), dtype=np.float64)
    wrong = np.abs(odds) < 100
    if wrong.any():
        raise InputError(
            f"American odds are at most -100 or at least +100, got {odds[wrong][0]:g} in "
            f"{int(wrong.sum())} of {len(odds)} rows of {price.name}."
        )
    size = np.abs(odds)
    return np.where(odds < 0, size, 100.0) / (100.0 + size)


def _multiplicative(over: Floats, under: Floats) -> Floats:
    return over / (over + under)


def _additive(over: Floats, under: Floats) -> Floats:
    return (over - under + 1) / 2


def _power(over: Floats, under: Floats) -> Floats:
    """Solve over**k + under**k = 1 for k by Newton's method.

    The sum falls and is convex in k, so that from any k below the root each step stays below it:
    from 1 where the hold is not negative, else from 0, where the sum is 2.
    """
    log_over, log_under = np.log(over), np.log(under)
    power = np.where(over + under >= 1, 1.0, 0.0)
    for _ in range(_STEPS):
        first, second = np.exp(power * log_over), np.exp(power * log_under)
        step = (1 - first - second) / (first * log_over + second * log_under)
        power = power + step
        if np.all(np.abs(step) <= _CLOSE * (1 + power)):
            break
    first, second = np.exp(power * log_over), np.exp(power * log_under)
    return np.asarray(first / (first + second))


def _shin(over: Floats, under: Floats) -> Floats:
    return np.where(over + under >= 1, _additive(over, under), np.nan)


_METHODS: Mapping[Method, Callable[[Floats, Floats], Floats]] = {
    "multiplicative": _multiplicative,
    "additive": _additive,
    "power": _power,
    "shin": _shin,
}
