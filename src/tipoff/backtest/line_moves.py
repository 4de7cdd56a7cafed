"""What the fair prices of one line say of another line of the same player-game.

A closing price stands at the closing line; where the line has moved since, the entry's line needs
a distribution. Taken is the negative binomial whose variance is a fixed multiple of its mean (NB1
of Cameron and Trivedi 1986, "Econometric models based on count data", Journal of Applied
Econometrics 1(1)): its mean is set so that at the known line over and under stand as the fair
prices say, pushes left out, and it is then read at the other line. Only the reading between
neighbouring lines rests on the shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import special

from tipoff.errors import InputError

Floats = npt.NDArray[np.float64]

# Variance over mean of what was scored given the line, by maximum likelihood with a mean linear in
# the line, on all untimed lines of 2021-22 and 2022-23 (7,241 to 18,096 player-games a market). In
# each market this shape fits better than, or as well as, one whose variance grows with the mean's
# square. Turnovers vary as a Poisson's; the least ratio stands for that.
VARIANCE_RATIOS: Mapping[str, float] = {
    "points": 3.15,
    "rebounds": 1.29,
    "assists": 1.19,
    "threes": 1.21,
    "points_rebounds_assists": 2.91,
    "points_rebounds": 3.0,
    "points_assists": 2.87,
    "rebounds_assists": 1.43,
    "steals": 1.1,
    "blocks": 1.22,
    "turnovers": 1.001,
}
LEAST_LINE = 0.5
_HALVINGS = 60


@dataclass(frozen=True)
class LineProbabilities:
    """Probabilities of over, push and under, one per row; NaN where nothing is known."""

    over: Floats
    push: Floats
    under: Floats

    @property
    def fair_over(self) -> Floats:
        """Probability of the over given that there is no push."""
        return np.asarray(self.over / (self.over + self.under))


def variance_ratio(market: str) -> float:
    """Return the variance over mean of what was scored given the line.

    Raises:
        InputError: it is not known how widely the market's counts vary.
    """
    if market not in VARIANCE_RATIOS:
        raise InputError(
            f"Expected a market out of {', '.join(VARIANCE_RATIOS)} to move a price between "
            f"lines; got {market!r}. A market of your own needs its ratio in VARIANCE_RATIOS."
        )
    return VARIANCE_RATIOS[market]


def at_other_line(line: Floats, fair_over: Floats, other: Floats, market: str) -> LineProbabilities:
    """Return over, push and under at another line.

    Args:
        line: lines whose fair probability is known, whole or half.
        fair_over: fair probabilities of the over there, given no push; NaN where unknown.
        other: the lines asked for; where it is the same line only the push is read from the
            distribution.
        market: name of the market, for how widely its counts vary.

    Raises:
        InputError: it is not known how widely the market's counts vary.
    """
    ratio = variance_ratio(market)
    known = np.isfinite(fair_over) & (line >= LEAST_LINE) & (other >= LEAST_LINE)
    mean = np.full(len(line), np.nan)
    mean[known] = mean_at(line[known], fair_over[known], ratio)
    read = line_probabilities(mean, other, ratio)
    unmoved = known & (line == other)
    stands = 1 - read.push
    return LineProbabilities(
        over=np.where(unmoved, fair_over * stands, read.over),
        push=read.push,
        under=np.where(unmoved, (1 - fair_over) * stands, read.under),
    )


def mean_at(line: Floats, fair_over: Floats, ratio: float, *, halvings: int = _HALVINGS) -> Floats:
    """Return the mean at which the over of a line has a probability, given no push.

    The probability rises with the mean, so halving the range finds it. The same few thousand pairs
    of line and price come again and again: each is solved once.

    Args:
        line: lines of at least ``LEAST_LINE``.
        fair_over: probabilities strictly between 0 and 1.
        ratio: variance over mean, above 1.
        halvings: how often the range is halved; each gives half the error.
    """
    pairs, of = np.unique(np.column_stack([line, fair_over]), axis=0, return_inverse=True)
    at, fair = pairs[:, 0], pairs[:, 1]
    low, high = np.full(len(pairs), 1e-6), 4 * at + 60
    for _ in range(halvings):
        middle = (low + high) / 2
        size = middle / (ratio - 1)
        over, under = _above(size, at, ratio), _below(size, at, ratio)
        is_below = over / (over + under) < fair
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return np.asarray((low + high) / 2)[of.ravel()]


_PAIR = ["line", "fair_over"]


@dataclass
class Means:
    """The means of one market's pairs of line and fair probability, each solved once.

    Attributes:
        ratio: variance over mean.
        halvings: as of ``mean_at``.
        found: what was solved so far: ``line``, ``fair_over`` and ``mean``.
    """

    ratio: float
    halvings: int
    found: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema=dict.fromkeys((*_PAIR, "mean"), pl.Float64))
    )

    def of(self, rows: pl.DataFrame) -> pl.Series:
        """Return the mean of each row's ``line`` and ``fair_over``; null where there is none."""
        between = pl.col("fair_over").is_between(0, 1, closed="none")
        asked = rows.select(pl.col(_PAIR).cast(pl.Float64))
        known = asked.filter(between & (pl.col("line") >= LEAST_LINE)).unique()
        new = known.join(self.found, on=_PAIR, how="anti")
        line, fair = (new[name].to_numpy() for name in _PAIR)
        solved = mean_at(line, fair, self.ratio, halvings=self.halvings)
        self.found = pl.concat([self.found, new.with_columns(mean=pl.Series(solved))])
        return asked.join(self.found, on=_PAIR, how="left", maintain_order="left")["mean"]


def line_probabilities(mean: Floats, line: Floats, ratio: float) -> LineProbabilities:
    """Return over, push and under of counts with a mean and a variance of ratio times the mean."""
    size = mean / (ratio - 1)
    up_to = _cumulative(size, np.floor(line), ratio)
    before = _below(size, line, ratio)
    return LineProbabilities(
        over=_above(size, line, ratio), push=np.asarray(up_to - before), under=before
    )


def _above(size: Floats, line: Floats, ratio: float) -> Floats:
    """P(X > line), by itself: one minus a probability near one would lose its digits."""
    return np.asarray(special.betainc(np.floor(line) + 1, size, 1 - 1 / ratio))


def _below(size: Floats, line: Floats, ratio: float) -> Floats:
    return _cumulative(size, np.ceil(line) - 1, ratio)


def _cumulative(size: Floats, count: Floats, ratio: float) -> Floats:
    """P(X <= count) of a negative binomial (NIST Digital Library 8.17.5); 0 below nought."""
    within = np.asarray(special.betainc(size, np.maximum(count, 0) + 1, 1 / ratio))
    return np.where(count < 0, 0.0 * size, within)
