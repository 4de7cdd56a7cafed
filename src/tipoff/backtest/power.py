"""How many picks it takes to see that a hit rate beats its break-even.

One-sided tests of one share by the normal approximation (Fleiss, Levin and Paik 2003, section
2.5), times the design effect: clustered picks count for fewer.
"""

from dataclasses import dataclass
from math import ceil, sqrt

from scipy.optimize import brentq
from scipy.stats import norm

from tipoff.errors import InputError

LEVEL = 0.05
POWER = 0.80
EFFECT = 0.03
UNDERPOWERED = "underpowered"
POWERED = "powered"


@dataclass(frozen=True)
class Adequacy:
    """Whether there are picks enough to see an effect, if it is there.

    Attributes:
        verdict: ``UNDERPOWERED`` or ``POWERED``.
        n: picks at hand.
        needed: picks needed.
        effect: share above the break-even that shall be seen.
        power: chance to see it with the picks at hand.
        detectable: smallest hit rate seen with the stated power; None where not even 1 is.
    """

    verdict: str
    n: int
    needed: int
    effect: float
    power: float
    detectable: float | None


def picks_needed(
    rate: float,
    break_even: float,
    *,
    level: float = LEVEL,
    power: float = POWER,
    design_effect: float = 1.0,
) -> int:
    """Return the picks needed to show a hit rate above its break-even.

    Args:
        rate: the hit rate that shall be seen, from 0 to 1, above ``break_even``.
        break_even: the hit rate that loses nothing.
        level: one-sided chance to see what is not there.
        power: chance to see what is there.
        design_effect: variance over that of independent picks; under 1 it counts as 1.

    Raises:
        InputError: the shares are not in order, or a chance is none.
    """
    _refuse(break_even, level, power)
    if not break_even < rate <= 1:
        raise InputError(
            f"Expected a hit rate above the break-even of {break_even:g} and at most 1, got "
            f"{rate:g}."
        )
    return ceil(_independent(rate, break_even, level, power) * max(design_effect, 1.0))


def power_at(
    n: int,
    rate: float,
    break_even: float,
    *,
    level: float = LEVEL,
    design_effect: float = 1.0,
) -> float:
    """Return the chance that ``n`` picks show a hit rate above its break-even.

    Args:
        n: picks that are won or lost.
        rate, break_even, level, design_effect: as of ``picks_needed``.
    """
    _refuse(break_even, level, POWER)
    effective = n / max(design_effect, 1.0)
    if not effective:
        return 0.0
    seen = break_even + _z(level) * sqrt(break_even * (1 - break_even) / effective)
    if rate >= 1:
        return float(seen <= 1)
    return float(norm.sf((seen - rate) / sqrt(rate * (1 - rate) / effective)))


def smallest_detectable(
    n: int,
    break_even: float,
    *,
    level: float = LEVEL,
    power: float = POWER,
    design_effect: float = 1.0,
) -> float | None:
    """Return the smallest hit rate that ``n`` picks show with the stated power.

    Args:
        n: picks that are won or lost.
        break_even, level, power, design_effect: as of ``picks_needed``.

    Returns:
        A share above the break-even; None where not even a hit rate of 1 would show.
    """
    _refuse(break_even, level, power)
    effective = n / max(design_effect, 1.0)
    if effective < _independent(1.0, break_even, level, power):
        return None
    return float(
        brentq(
            lambda rate: _independent(rate, break_even, level, power) - effective,
            break_even + 1e-9,
            1.0,
            xtol=1e-12,
        )
    )


def adequacy(
    n: int,
    break_even: float,
    *,
    effect: float = EFFECT,
    level: float = LEVEL,
    power: float = POWER,
    design_effect: float = 1.0,
) -> Adequacy:
    """Judge whether there are picks enough to see a stated effect above the break-even.

    Args:
        n: picks that are won or lost.
        effect: share above the break-even that shall be seen.
        break_even, level, power, design_effect: as of ``picks_needed``.
    """
    said = {"level": level, "design_effect": design_effect}
    needed = picks_needed(break_even + effect, break_even, power=power, **said)
    return Adequacy(
        verdict=POWERED if n >= needed else UNDERPOWERED,
        n=n,
        needed=needed,
        effect=effect,
        power=power_at(n, break_even + effect, break_even, **said),
        detectable=smallest_detectable(n, break_even, power=power, **said),
    )


def _independent(rate: float, break_even: float, level: float, power: float) -> float:
    """Return the independent picks needed, not rounded."""
    by_chance = _z(level) * sqrt(break_even * (1 - break_even))
    by_effect = _z(1 - power) * sqrt(rate * (1 - rate))
    return ((by_chance + by_effect) / (rate - break_even)) ** 2


def _z(level: float) -> float:
    return float(norm.isf(level))


def _refuse(break_even: float, level: float, power: float) -> None:
    if not (0 < break_even < 1 and 0 < level < 0.5 <= power < 1):
        raise InputError(
            "Expected a break-even between 0 and 1, a level between 0 and 0.5 and a power from "
            f"0.5 to under 1; got {break_even:g}, {level:g} and {power:g}."
        )
