"""Made-up seasons of graded picks, and two naive alarms that the real one is held against."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import norm

from tipoff.monitoring.days import Days
from tipoff.monitoring.rolling import Windows

FIRST = date(2024, 10, 22)
DATES = 165
BREAK_EVEN = 110 / 210
# How much the picks of one date share, on the scale of a normal shock; a design effect of 1.2.
SHARED = 0.05


def rates(before: float, after: float | None = None, change: int = 0) -> list[float]:
    """Return the hit rate of each date of a season: one, or another one from a date on."""
    later = before if after is None else after
    return [before] * change + [later] * (DATES - change)


def seasons(
    rng: np.random.Generator,
    models: int,
    rate: list[float],
    *,
    shared: float = SHARED,
    per_date: float = 8.0,
) -> pl.DataFrame:
    """Return graded picks: each model a season, with shocks that the picks of a date share.

    Args:
        rng: where chance comes from.
        models: number of models.
        rate: by date the chance that a pick is won.
        shared: share of a pick's variance that is its date's.
        per_date: mean number of picks of a model on a date.
    """
    sizes = rng.poisson(per_date, (models, len(rate)))
    model, day = (np.repeat(place.ravel(), sizes.ravel()) for place in np.indices(sizes.shape))
    shock = rng.normal(0, shared**0.5, sizes.shape)[model, day]
    level = norm.ppf(np.asarray(rate))[day]
    won = level + shock + rng.normal(0, (1 - shared) ** 0.5, model.size) > 0
    side = rng.choice([-1.0, 1.0], model.size)
    edge = 1 + rng.exponential(2, model.size)
    miss = np.ceil(np.abs(rng.normal(0, 6, model.size))) - 0.5
    line = rng.integers(12, 30, model.size) + 0.5
    return pl.DataFrame(
        {
            "game_date": np.datetime64(FIRST, "D") + day,
            "model_id": pl.Series(model).cast(pl.String).str.zfill(5),
            "outcome": np.where(won, "win", "loss"),
            "break_even": np.full(model.size, BREAK_EVEN),
            "prediction": line + side * edge,
            "actual": line + np.where(won, side, -side) * np.maximum(miss, 0.5),
            "line": line,
            "over_probability": 0.5 + side * 0.035,
            "side": np.where(side > 0, "over", "under"),
        }
    ).with_columns(pl.col("game_date").cast(pl.Date))


def day(number: int) -> date:
    """Return a date of the season, counted from zero."""
    return FIRST + timedelta(days=number)


def naive_alarm(days: Days, alpha: float = 0.05, fewest: int = 30) -> npt.NDArray[np.bool_]:
    """The fault: a z-test of all picks so far at 5 %, one-sided, looked at every day.

    Returns:
        Whether it calls, ``models x dates``.
    """
    n, wins, expected, spread = (
        np.cumsum(days.sums[name], axis=1) for name in ("n", "wins", "expected", "spread")
    )
    z = (expected - wins) / np.sqrt(np.maximum(spread, 1e-9))
    return np.asarray((n >= fewest) & (z > norm.isf(alpha)))


def fixed_threshold(windows: Windows, bound: float = 0.524) -> npt.NDArray[np.bool_]:
    """The predecessor's rule: blocked where the hit rate of 7 days is below 52.4 %, from 5 picks.

    Returns:
        Whether it calls, ``models x dates``.
    """
    n = windows.total("n", 7)
    return np.asarray((n >= 5) & (windows.total("wins", 7) < bound * n))
