"""What is made of a learner's own prediction: drawn to the market, and turned into a median.

With ``x`` the learner's prediction and ``m`` what the market expects by the posted line and its
prices, the mean is ``x + weight (m - x)`` where a line is posted and ``x`` elsewhere; the
prediction is ``shift + slope mean``, fitted by least absolute deviations, where a median is asked
for. All of it is settled on rows that the learner was not grown on, and never on rows that are
tested.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from tipoff.models.spec import ModelSpec

MARKET_MEAN = "market_mean"
# The weight of the market before any line was seen, and how many lines this belief is worth.
USUAL_WEIGHT = 0.85
BELIEF = 1_000
_ROUNDS = 100
_LEAST_ERROR = 1e-3
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Adjustment:
    """A settled adjustment.

    Attributes:
        weight: of the market's mean, from 0 to 1; None where it has no say.
        shift, slope: of the median; 0 and 1 where a mean is asked for.
    """

    weight: float | None = None
    shift: float = 0.0
    slope: float = 1.0


def settled(spec: ModelSpec, own: pl.Series, rows: pl.DataFrame) -> Adjustment | None:
    """Settle what a recipe asks for.

    Args:
        spec: the recipe.
        own: a learner's predictions of rows that it was not grown on.
        rows: these rows: ``actual`` and, for the market's prior, ``market_mean``.
    """
    if spec.prior == "none" and spec.point == "mean":
        return None
    found = Adjustment(weight=_weight(own, rows) if spec.prior == "market" else None)
    if spec.point == "mean":
        return found
    mean = adjusted(own, rows, found).to_numpy()
    shift, slope = least_absolute(mean, rows["actual"].to_numpy())
    return replace(found, shift=shift, slope=slope)


def adjusted(own: pl.Series, rows: pl.DataFrame, how: Adjustment) -> pl.Series:
    """Return the predictions that are made of a learner's own, in the rows' order."""
    mean = own.to_numpy()
    if how.weight is not None:
        market = _floats(rows[MARKET_MEAN])
        mean = np.where(np.isfinite(market), mean + how.weight * (market - mean), mean)
    return pl.Series("prediction", how.shift + how.slope * mean, dtype=pl.Float64)


def _weight(own: pl.Series, rows: pl.DataFrame) -> float:
    """Least squares of (actual - x) on (m - x), with a belief worth so many rows."""
    market = _floats(rows[MARKET_MEAN])
    known = np.isfinite(market)
    away = market[known] - own.to_numpy()[known]
    error = rows["actual"].to_numpy()[known] - own.to_numpy()[known]
    usual = float(np.mean(away**2)) if known.any() else 1.0
    square = float(away @ away) + BELIEF * usual
    weight = (float(away @ error) + BELIEF * usual * USUAL_WEIGHT) / max(square, 1e-12)
    return float(np.clip(weight, 0.0, 1.0))


def least_absolute(x: Floats, y: Floats) -> tuple[float, float]:
    """Return shift and slope of the line with the least absolute error.

    Least squares, each row weighing one over its last error, again and again (Schlossmacher 1973).
    """
    design = np.column_stack([np.ones_like(x), x])
    weight = np.ones_like(x)
    found = np.array([0.0, 1.0])
    for _ in range(_ROUNDS):
        left = (design * weight[:, None]).T @ design
        step = np.linalg.lstsq(left, (design * weight[:, None]).T @ y, rcond=None)[0]
        moved = float(np.abs(step - found).max())
        found = step
        if moved < _LEAST_ERROR / 10:
            break
        weight = 1 / np.maximum(np.abs(y - design @ found), _LEAST_ERROR)
    return float(found[0]), float(found[1])


def _floats(values: pl.Series) -> Floats:
    found: Floats = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return found
