"""American, decimal and fractional odds of one side, and what they imply.

American odds say what 100 units staked would win (+150) or what must be staked to win 100 (-150);
decimal odds what one staked unit returns, the stake among it (2.5); fractional odds what one
staked unit wins (3/2, as ``fractions.Fraction`` or as text). Without a stated form, a price is
American. Even money is +100, 2.0 and 1/1.
"""

import math
import re
from fractions import Fraction

from tipoff.errors import InputError

_FRACTION = re.compile(r"\s*(\d+)\s*(?:/|-to-|\s+to\s+)\s*(\d+)\s*", re.IGNORECASE)
_EVENS = frozenset({"evens", "even", "evs"})
_LARGEST_DENOMINATOR = 1_000


def implied_probability(price: float) -> float:
    """Return the probability at which a side at this American price breaks even."""
    _check_american(price)
    return -price / (100 - price) if price < 0 else 100 / (100 + price)


def payout(price: float) -> float:
    """Return the units won on one unit staked at this American price."""
    _check_american(price)
    return 100 / -price if price < 0 else price / 100


def hold(over_price: float, under_price: float) -> float:
    """Return the book's margin: the sum of both implied probabilities minus one."""
    return implied_probability(over_price) + implied_probability(under_price) - 1


def american_to_decimal(price: float) -> float:
    """Return the units that one unit at this American price returns, the stake among them."""
    return 1 + payout(price)


def american_to_fraction(price: float) -> Fraction:
    """Return the exact units won on one unit staked at this American price."""
    _check_american(price)
    exact = Fraction(price)
    return 100 / -exact if price < 0 else exact / 100


def decimal_to_american(decimal: float) -> float:
    """Return the American price of these decimal odds, not rounded; even money is +100.

    Raises:
        InputError: the odds are not above 1, so that a winner would win nothing.
    """
    _check_decimal(decimal)
    won = decimal - 1
    return 100 * won if won >= 1 else -100 / won


def decimal_to_fraction(decimal: float) -> Fraction:
    """Return the units won on one unit staked, as the simplest fraction within rounding.

    A denominator of up to a thousand is tried, so that 1.91 is 91/100 and 1.9090909 is 10/11;
    where that would win nothing, the odds are taken to the last digit.

    Raises:
        InputError: the odds are not above 1.
    """
    _check_decimal(decimal)
    near = Fraction(decimal).limit_denominator(_LARGEST_DENOMINATOR)
    return (near if near > 1 else Fraction(decimal)) - 1


def fraction_to_american(fraction: Fraction) -> float:
    """Return the American price of fractional odds, not rounded; even money is +100."""
    _check_fraction(fraction)
    return float(100 * fraction) if fraction >= 1 else float(-100 / fraction)


def fraction_to_decimal(fraction: Fraction) -> float:
    """Return the decimal odds of fractional odds."""
    _check_fraction(fraction)
    return float(1 + fraction)


def fraction_from_text(text: str) -> Fraction:
    """Read fractional odds: ``11/10``, ``11-to-10``, ``11 to 10`` or ``evens``.

    Raises:
        InputError: the text is none of these, or the odds are not above nought.
    """
    if text.strip().casefold() in _EVENS:
        return Fraction(1)
    found = _FRACTION.fullmatch(text)
    if found is None or int(found[1]) == 0 or int(found[2]) == 0:
        raise InputError(
            f"Expected fractional odds such as 11/10 or evens, got {text!r}; "
            "give both as whole numbers above nought."
        )
    return Fraction(int(found[1]), int(found[2]))


def fraction_to_text(fraction: Fraction) -> str:
    """Write fractional odds in lowest terms, even money as ``1/1``."""
    _check_fraction(fraction)
    return f"{fraction.numerator}/{fraction.denominator}"


def _check_american(price: float) -> None:
    if not (math.isfinite(price) and abs(price) >= 100):
        raise InputError(f"American odds are at most -100 or at least +100, got {price:g}.")


def _check_decimal(decimal: float) -> None:
    if not (math.isfinite(decimal) and decimal > 1):
        raise InputError(
            f"Decimal odds are above 1, for they hold the stake; got {decimal:g}. "
            "Give American odds to the functions for these."
        )


def _check_fraction(fraction: Fraction) -> None:
    if fraction <= 0:
        raise InputError(f"Fractional odds are above nought, got {fraction}.")
