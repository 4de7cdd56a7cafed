"""American odds of one side, and what they imply."""

from tipoff.errors import InputError


def implied_probability(price: float) -> float:
    """Return the probability at which a side at this American price breaks even."""
    if -100 < price < 100:
        raise InputError(f"American odds are at most -100 or at least +100, got {price:g}.")
    return -price / (100 - price) if price < 0 else 100 / (100 + price)


def payout(price: float) -> float:
    """Return the units won on one unit staked at this American price."""
    if -100 < price < 100:
        raise InputError(f"American odds are at most -100 or at least +100, got {price:g}.")
    return 100 / -price if price < 0 else price / 100


def hold(over_price: float, under_price: float) -> float:
    """Return the book's margin: the sum of both implied probabilities minus one."""
    return implied_probability(over_price) + implied_probability(under_price) - 1
