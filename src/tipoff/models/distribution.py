"""From a point prediction to a distribution over counts: what a model says about any line.

A distribution is calibrated on rows that the trees were not grown on (the latest part of the
training window) and never on rows that are tested. All kinds share a mean and a spread:

    mean   m = shift + slope x prediction            (least squares)
    spread s = exp(a + b log(1 + m) + c log(1 + d))   (normal likelihood; d: the player's own
                                                       standard deviation over his last games)

and differ in the shape around them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from tipoff.errors import InputError
from tipoff.models.spec import Shape

SHAPES: tuple[Shape, ...] = get_args(Shape)
Floats = npt.NDArray[np.float64]

LEAST_ROWS = 100
LEAST_MEAN = 0.05
LEAST_SPREAD = 0.25
# Residuals of the conformal shape are kept as so many quantiles; a little of a normal distribution
# is mixed in, so that nothing that can happen has no probability.
QUANTILES = 199
_SAME = 1e-6
MIXED_IN = 0.02


@dataclass(frozen=True)
class Distribution:
    """A calibrated distribution.

    Attributes:
        kind: the shape.
        shift, slope: of the mean.
        spread: a, b and c of the spread.
        own_spread: what stands for ``d`` where a player has none.
        residuals: quantiles of (actual - m) / s; of the conformal shape only.
        n: rows that it was calibrated on.
    """

    kind: Shape
    shift: float
    slope: float
    spread: tuple[float, float, float]
    own_spread: float
    residuals: tuple[float, ...]
    n: int


def calibrated(kind: Shape, predicted: Floats, actual: Floats, own_spread: Floats) -> Distribution:
    """Calibrate a distribution.

    Args:
        kind: the shape.
        predicted: predictions of rows that the model was not grown on.
        actual: what happened there, counts.
        own_spread: the players' standard deviations over their last games; NaN where unknown.

    Raises:
        InputError: there are too few rows.
    """
    if len(predicted) < LEAST_ROWS:
        raise InputError(
            f"Expected at least {LEAST_ROWS} rows to calibrate a distribution on, got "
            f"{len(predicted)}. Choose a longer training window."
        )
    slope, shift = _line(predicted, actual)
    mean = np.maximum(shift + slope * predicted, LEAST_MEAN)
    known = own_spread[np.isfinite(own_spread)]
    usual = float(np.median(known)) if len(known) else 0.0
    width = _filled(own_spread, usual)
    parameters = _fit_spread(actual - mean, mean, width)
    standardised = (actual - mean) / _spread(parameters, mean, width)
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    residuals = np.quantile(standardised, levels) if kind == "conformal" else ()
    return Distribution(
        kind=kind,
        shift=shift,
        slope=slope,
        spread=parameters,
        own_spread=usual,
        residuals=tuple(float(r) for r in residuals),
        n=len(predicted),
    )


def _line(predicted: Floats, actual: Floats) -> tuple[float, float]:
    """Least squares; predictions that are all the same say nothing but the mean."""
    if np.ptp(predicted) < _SAME:
        return 0.0, float(actual.mean())
    slope, shift = np.polyfit(predicted, actual, 1)
    return float(slope), float(shift)


def _filled(own_spread: Floats, usual: float) -> Floats:
    return np.where(np.isfinite(own_spread), own_spread, usual)


def _design(mean: Floats, width: Floats) -> Floats:
    return np.column_stack([np.ones_like(mean), np.log1p(mean), np.log1p(width)])


def _spread(parameters: tuple[float, float, float], mean: Floats, width: Floats) -> Floats:
    spread: Floats = np.exp(_design(mean, width) @ np.asarray(parameters))
    return np.maximum(spread, LEAST_SPREAD)


def _fit_spread(residual: Floats, mean: Floats, width: Floats) -> tuple[float, float, float]:
    """Maximise the normal likelihood of residuals over a, b and c; it is convex in them."""
    design, square = _design(mean, width), residual**2

    def loss(p: Floats) -> tuple[float, Floats]:
        log_spread = np.clip(design @ p, -10, 10)
        scaled = square * np.exp(-2 * log_spread)
        gradient = design.T @ (1 - scaled) / len(square)
        return float(np.mean(log_spread + scaled / 2)), gradient

    start = np.array([np.log(residual.std() + 1e-6), 0.0, 0.0])
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x
    return float(found[0]), float(found[1]), float(found[2])


def cumulative(
    distribution: Distribution, predicted: Floats, own_spread: Floats, most: int
) -> Floats:
    """Return P(count <= k) for k from 0 to ``most``, which is certain: ``rows x (most + 1)``.

    Args:
        distribution: a calibrated distribution.
        predicted: point predictions.
        own_spread: the players' standard deviations over their last games; NaN where unknown.
        most: the largest count that is told apart.
    """
    mean = np.maximum(distribution.shift + distribution.slope * predicted, LEAST_MEAN)
    width = _filled(own_spread, distribution.own_spread)
    spread = _spread(distribution.spread, mean, width)
    below = _CUMULATIVE[distribution.kind](distribution, mean, spread, np.arange(most, dtype=float))
    return np.column_stack([np.clip(below, 0.0, 1.0), np.ones(len(mean))])


def _standardised(mean: Floats, spread: Floats, counts: Floats) -> Floats:
    """How many spreads the upper border of each count lies above the mean."""
    return np.asarray((counts[None, :] + 0.5 - mean[:, None]) / spread[:, None])


def _normal(_: Distribution, mean: Floats, spread: Floats, counts: Floats) -> Floats:
    return np.asarray(special.ndtr(_standardised(mean, spread, counts)))


def _conformal(own: Distribution, mean: Floats, spread: Floats, counts: Floats) -> Floats:
    """Residuals as they were, scaled: split conformal prediction (Lei et al. 2018, section 5)."""
    borders = _standardised(mean, spread, counts)
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    seen = np.interp(borders, np.asarray(own.residuals), levels, left=0.0, right=1.0)
    return np.asarray((1 - MIXED_IN) * seen + MIXED_IN * special.ndtr(borders))


def _negative_binomial(_: Distribution, mean: Floats, spread: Floats, counts: Floats) -> Floats:
    """Counts that vary more than a Poisson's: mean m, variance s^2 > m."""
    variance = np.maximum(spread**2, 1.001 * mean)
    size = mean**2 / (variance - mean)
    return np.asarray(stats.nbinom.cdf(counts[None, :], size[:, None], (mean / variance)[:, None]))


_CUMULATIVE: Mapping[Shape, Callable[[Distribution, Floats, Floats, Floats], Floats]] = {
    "conformal": _conformal,
    "normal": _normal,
    "negative_binomial": _negative_binomial,
}


def side_probabilities(below: Floats, line: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the probabilities of over, push and under at each row's line.

    Args:
        below: P(count <= k), as of ``cumulative``.
        line: a line per row, whole or half; NaN where there is none.

    Returns:
        Three arrays that sum to one, NaN where there is no line. A push needs a whole line.
    """
    rows = np.arange(len(line))
    known = np.isfinite(line)
    at = np.where(known, line, 0.0)
    most = below.shape[1] - 1
    floor = np.clip(np.floor(at).astype(int), 0, most)
    up_to = below[rows, floor]
    before = np.where(floor > 0, below[rows, np.maximum(floor - 1, 0)], 0.0)
    is_whole = at == np.floor(at)
    push = np.where(is_whole, up_to - before, 0.0)
    over, under = 1 - up_to, np.where(is_whole, before, up_to)
    return tuple(np.where(known, p, np.nan) for p in (over, push, under))  # type: ignore[return-value]
