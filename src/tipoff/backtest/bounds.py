"""What a run is asked for: the published bounds of points, and their like for other markets.

The predecessor published numbers for points only. They say: an error below the line's own of its
day (5.14), 60 % where 52.4 % break even, biases of at most half the usual edge (1.5) and the large
edge (5). For another market they become: an error below that of the very lines, read with their
prices; as much above the break-even of the prices taken as 60 % is above that of -110; and biases
of half its usual edge and its large edge. Prices come into it because small counts make coarse
lines: on threes (0.5, 1.5 or 2.5) 60 % loses money, and a season's average beats the bare line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tipoff.backtest.edges import SMALL, USUAL, at_edge
from tipoff.backtest.metrics import ASSUMED, PRICES
from tipoff.domain.market import Market, market_named

MAE_BELOW = 5.14
HIT_RATE = 0.60
GRADED = 50
LINE_BIAS = 1.5
TIER_BIAS = 5.0
DIRECTION = 0.524

ALARM_MAE_RATIO = 0.95
ALARM_HIT_RATE = 0.60
ALARM_GRADED = 200

# What priced lines cost at the usual edge, 2022-23 to 2025-26 (docs/decisions/evaluation.md): the
# only yardstick for lines of which no prices are known.
USUAL_BREAK_EVEN = {
    "rebounds": 0.56,
    "assists": 0.57,
    "threes": 0.61,
    "points_rebounds_assists": 0.54,
}

# How far the published hit rate is above the break-even that it was published with.
MARGIN = HIT_RATE - DIRECTION


@dataclass(frozen=True)
class Bounds:
    """The bounds of one run; shares from 0 to 1, errors and biases in the market's unit.

    Attributes:
        mae: the model's error must be below it; None where there is nothing to compare with.
        yardstick: the error of the line that the alarm compares with.
        hit_rate: least hit rate at the usual edge.
        line_bias: most mean distance from the line.
        tier_bias: most mean error of any tier.
        sides: least hit rate of each side.
        alarm_usual, alarm_small: hit rates above these at the usual and the small edge are too
            good to be true.
        mae_words, hit_rate_words, sides_words: the same as a report says them.
    """

    mae: float | None
    yardstick: float | None
    hit_rate: float
    line_bias: float
    tier_bias: float
    sides: Mapping[str, float]
    alarm_usual: float
    alarm_small: float
    mae_words: str
    hit_rate_words: str
    sides_words: str


def bounds_of(run: Mapping[str, Any]) -> Bounds:
    """Return the bounds of a run: as published for points, else those of its market and prices.

    Args:
        run: a run's report with ``market``, ``lines`` and ``directions``.
    """
    market = market_named(run["market"])
    return _published(run) if market.name == "points" else _alike(market, run)


def _published(run: Mapping[str, Any]) -> Bounds:
    return Bounds(
        mae=MAE_BELOW,
        yardstick=run["lines"]["line_mae"],
        hit_rate=HIT_RATE,
        line_bias=LINE_BIAS,
        tier_bias=TIER_BIAS,
        sides={"over": DIRECTION, "under": DIRECTION},
        alarm_usual=ALARM_HIT_RATE,
        alarm_small=ALARM_HIT_RATE,
        mae_words=f"below {MAE_BELOW:g}",
        hit_rate_words=f"{HIT_RATE:.0%}",
        sides_words=f"each side at least {DIRECTION:.1%}",
    )


def _alike(market: Market, run: Mapping[str, Any]) -> Bounds:
    _, usual, large = market.edges
    least = _break_even(market, at_edge(run, USUAL)) + MARGIN
    line_mae = run["lines"]["priced_line_mae"]
    return Bounds(
        mae=line_mae,
        yardstick=line_mae,
        hit_rate=least,
        line_bias=usual / 2,
        tier_bias=large,
        sides={side: _break_even(market, found) for side, found in run["directions"].items()},
        alarm_usual=least,
        alarm_small=_break_even(market, at_edge(run, SMALL)) + MARGIN,
        mae_words="below the line's own, read with its prices"
        + ("" if line_mae is None else f": {line_mae:.4g}"),
        hit_rate_words=f"{least:.1%}, {100 * MARGIN:.1f} points over break-even",
        sides_words="each side at least its own break-even",
    )


def _break_even(market: Market, rate: Mapping[str, Any]) -> float:
    """Return the break-even of the prices taken; the usual one where none are known.

    Pick'em boards post lines that they hold to be even at prices that no market made: there it is
    that of -110.
    """
    if rate["break_even_basis"] == ASSUMED:
        return USUAL_BREAK_EVEN.get(market.name, DIRECTION)
    return float(rate["break_even"]) if rate["break_even_basis"] == PRICES else DIRECTION
