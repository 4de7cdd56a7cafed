"""What published numbers alone say of how much of the surprise was known: a bound from below.

No prediction that knows a share r of a normal surprise errs less than sqrt(1 - r) of the line's
error, and one that is no bolder than it may be wins at least as often as its edges say. Both bounds
allow for chance. Rows are better where there are any (``thermometer``).
"""

from dataclasses import dataclass
from math import exp, inf, log, pi, sqrt

from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, owens_t

from tipoff.backtest.bounds import DIRECTION, USUAL_BREAK_EVEN
from tipoff.backtest.ceilings import ceiling_of
from tipoff.backtest.statistics import wilson
from tipoff.backtest.thermometer import PLAUSIBLE, QUARANTINED, WARM, WARM_SHARE, share_by_mae
from tipoff.domain.market import Market
from tipoff.errors import InputError

# So many deviations out a ratio of two tiny numbers is not exact any more.
_FAR, _FARTHEST = 5.0, 30.0
_LOG_ROOT = log(2 * pi) / 2


@dataclass(frozen=True)
class Numbers:
    """Numbers that somebody published, of which no rows are known.

    Attributes:
        hit_rate: share of picks won, pushes left out.
        n: picks.
        edge: their least distance from the line, in the market's unit.
        mae: the predictions' error; None where it was not published.
    """

    hit_rate: float
    n: int
    edge: float
    mae: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.hit_rate <= 1:
            raise InputError(
                f"Expected a hit rate from 0 to 1, got {self.hit_rate:g}. Give 0.85 for 85 %."
            )
        if self.n < 1:
            raise InputError(f"Expected one pick or more, got {self.n}.")
        if not 0 <= self.edge < inf or (self.mae is not None and not 0 <= self.mae < inf):
            raise InputError("Expected an edge and an error that are not negative.")


@dataclass(frozen=True)
class NumberHeat:
    """What published numbers say.

    Attributes:
        share: the larger of both bounds.
        by_mae: the bound by the error; None where it is not below the line's, or not known.
        by_hit_rate: the bound by the hit rate.
        ceiling: of the market.
        verdict: quarantined, warm or plausible.
        reason: the same in one line.
    """

    share: float
    by_mae: float | None
    by_hit_rate: float
    ceiling: float
    verdict: str
    reason: str


def heat_of_numbers(own: Numbers, line_mae: float, market: Market) -> NumberHeat:
    """Judge published numbers.

    Args:
        own: the numbers.
        line_mae: the line's mean absolute error, on the same rows or of such lines.
        market: the market that was predicted.

    Returns:
        The least share of the surprise known, allowing for chance: by the lower end of Wilson's
        interval of the hit rate, and by an error that is two standard errors larger.

    Raises:
        InputError: the line's error is not above zero.
    """
    if not 0 < line_mae < inf:
        raise InputError(f"Expected the line's error above zero, got {line_mae:g}.")
    ceiling = ceiling_of(market)
    bounds = wilson(round(own.hit_rate * own.n), own.n)
    # Coarse lines are won more often than half, at prices that say so: that is no knowledge.
    dear = USUAL_BREAK_EVEN.get(market.name, DIRECTION) - DIRECTION
    by_rate = share_by_hit_rate(bounds[0] - dear, own.edge, line_mae) if bounds else 0.0
    # The mean absolute size of a normal variable has a relative error of sqrt((pi / 2 - 1) / n);
    # the two means are taken as if they were of different rows.
    doubt = 1 + 2 * sqrt(2 * (pi / 2 - 1) / own.n)
    by_mae = None if own.mae is None else share_by_mae(own.mae * doubt, line_mae)
    share = max(by_rate, by_mae or 0.0)
    warm = WARM if share > WARM_SHARE * ceiling else PLAUSIBLE
    verdict = QUARANTINED if share > ceiling else warm
    reason = _reason(own, line_mae, share, verdict)
    return NumberHeat(share, by_mae, by_rate, ceiling, verdict, reason)


def share_by_hit_rate(rate: float, edge: float, line_mae: float) -> float:
    """Return the least share of the surprise known by picks that win as often.

    The surprise is taken as normal, with a mean absolute size of ``line_mae``; predictions are
    taken to be as bold as they may. Bolder ones must know more to win as often.

    Args:
        rate: share of picks won, pushes left out.
        edge: their least distance from the line, in the market's unit.
        line_mae: the line's mean absolute error.

    Returns:
        A share from 0 to 1; 0 where such picks may be won without knowing much.
    """
    sigma = line_mae * sqrt(pi / 2)

    def excess(r: float) -> float:
        return _expected_rate(sqrt(r) * sigma, sqrt(1 - r) * sigma, edge) - rate

    low, high = 1e-4, 1 - 1e-9
    if excess(low) >= 0:
        return 0.0
    return float(brentq(excess, low, high)) if excess(high) > 0 else 1.0


def _expected_rate(spread: float, rest: float, edge: float) -> float:
    """Return the share won by edges beyond ``edge``, of normal ones that mean what they say."""
    start, bold = edge / spread, spread / rest
    if start > _FARTHEST:
        return float(ndtr(edge / rest))
    if start < _FAR:
        # What lies beyond of a skew normal variable, by Owen's T (Azzalini 1985).
        return 0.5 + float(owens_t(start, bold)) / float(ndtr(-start))
    tail = float(log_ndtr(-start)) + _LOG_ROOT

    def part(z: float) -> float:
        return exp(-z * z / 2 - tail) * float(ndtr(z * bold))

    return float(quad(part, start, start + 12)[0])


def _reason(own: Numbers, line_mae: float, share: float, verdict: str) -> str:
    picks = f"{own.hit_rate:.1%} of {own.n:,} picks {own.edge:g} off the line"
    ratio = None if own.mae is None else own.mae / line_mae
    if verdict == PLAUSIBLE:
        error = "" if ratio is None else f" with an error of {ratio:.2f} of the line's"
        return f"{picks}{error} can be won by chance and without knowing much of the surprise"
    error = "" if ratio is None else f", with an error of {ratio:.2f} of the line's,"
    return f"{picks}{error} take at least {share:.1%} of the surprise to be known beforehand"
