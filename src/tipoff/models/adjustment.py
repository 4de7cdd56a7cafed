"""What is made of a learner's own prediction: turned into a median, and drawn to the market.

With ``x`` the learner's prediction, its median is ``y = shift + slope x``, fitted by least absolute
deviations; where no median is asked for it is ``x``. With ``m`` what the market expects by the
posted line and its prices, itself a median, the prediction is ``y + weight (m - y)`` where a line
is posted and ``y`` elsewhere. All of it is settled on rows that the learner was not grown on, and
never on rows that are tested.
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
_NOTHING = 1e-12
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
    found = Adjustment()
    if spec.point == "median":
        shift, slope = least_absolute(own.to_numpy(), rows["actual"].to_numpy())
        found = Adjustment(shift=shift, slope=slope)
    if spec.prior == "none":
        return found
    return replace(found, weight=_weight(adjusted(own, rows, found), rows))


def adjusted(own: pl.Series, rows: pl.DataFrame, how: Adjustment) -> pl.Series:
    """Return the predictions that are made of a learner's own, in the rows' order."""
    found = how.shift + how.slope * own.to_numpy()
    if how.weight is not None:
        market = _floats(rows[MARKET_MEAN])
        found = np.where(np.isfinite(market), found + how.weight * (market - found), found)
    return pl.Series("prediction", found, dtype=pl.Float64)


def _weight(own: pl.Series, rows: pl.DataFrame) -> float:
    """Least squares of (actual - y) on (m - y) and a constant, with a belief worth so many rows.

    The constant takes what lies between a mean and a median.
    """
    market = _floats(rows[MARKET_MEAN])
    known = np.isfinite(market)
    if not known.any():
        return USUAL_WEIGHT
    away = market[known] - own.to_numpy()[known]
    error = rows["actual"].to_numpy()[known] - own.to_numpy()[known]
    away, error = away - away.mean(), error - error.mean()
    believed = BELIEF * float(np.mean(away**2))
    square = float(away @ away) + believed
    weight = (float(away @ error) + believed * USUAL_WEIGHT) / max(square, _NOTHING)
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
