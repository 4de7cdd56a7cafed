"""Residual drift: do errors still have the mean and the spread of the held-out rows?"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, sqrt
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import t

from tipoff.backtest.resampling import Floats, cluster_sums, left_out_variance, ratio
from tipoff.backtest.statistics import LEVEL
from tipoff.errors import InputError
from tipoff.monitoring.verdicts import (
    ALPHA,
    DRIFTED,
    FEWEST_DATES,
    FEWEST_ROWS,
    INSUFFICIENT,
    STABLE,
    corrected,
    refuse_without,
)

MEAN, SPREAD = "mean", "spread"
COLUMNS = ("game_date", "prediction", "actual")
_SCHEMA: dict[str, Any] = {
    "check": pl.String,
    "n": pl.Int64,
    "dates": pl.Int64,
    "value": pl.Float64,
    "reference": pl.Float64,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p_value": pl.Float64,
    "corrected_p": pl.Float64,
    "state": pl.String,
    "sentence": pl.String,
}


@dataclass(frozen=True)
class _Moments:
    """Mean and logarithm of the standard deviation of residuals, with errors by game date."""

    n: int
    dates: int
    mean: float
    mean_error: float
    log_spread: float
    log_spread_error: float


def residual_reference(rows: pl.DataFrame) -> dict[str, Any]:
    """Sum up held-out rows, so that later residuals can be held against them.

    Args:
        rows: ``game_date, prediction, actual``; rows that lack one are left out.

    Returns:
        What can be kept as JSON: ``n, dates, mean, mean_error, log_spread, log_spread_error``.

    Raises:
        InputError: there are too few rows or dates, or all residuals are the same.
    """
    found = _moments(rows)
    if found is None:
        raise InputError(
            f"Expected held-out rows with a prediction and a result, {FEWEST_ROWS} on "
            f"{FEWEST_DATES} game dates or more, with residuals that differ; got {rows.height}."
        )
    return dict(vars(found))


def residual_drift(
    reference: Mapping[str, Any], rows: pl.DataFrame, *, looks: int = 1
) -> pl.DataFrame:
    """Hold residuals (prediction minus actual) against those of held-out rows.

    Args:
        reference: what ``residual_reference`` returned.
        rows: as of ``residual_reference``.
        looks: how often in a season this is asked; see ``verdicts``.

    Returns:
        A row each for ``mean`` (in the market's unit) and ``spread`` (standard deviation):
        ``check, n, dates, value, reference, difference`` (of spreads their ratio) with its 95 %
        interval ``low, high`` (game dates left out, of both sides), ``p_value, corrected_p, state,
        sentence``. INSUFFICIENT with fewer than 50 rows or 5 game dates.
    """
    found = _moments(rows)
    if found is None:
        known = rows.drop_nulls(COLUMNS)
        n, dates = known.height, known["game_date"].n_unique()
        sentence = (
            f"{n} residuals of {dates} game dates are too few to say; at least {FEWEST_ROWS} on "
            f"{FEWEST_DATES} that differ are needed."
        )
        base = {**dict.fromkeys(_SCHEMA), "n": n, "dates": dates, "state": INSUFFICIENT}
        told = [{**base, "check": c, "sentence": sentence} for c in (MEAN, SPREAD)]
        return pl.DataFrame(told, schema=_SCHEMA)
    then = _Moments(**reference)
    checks = [
        _checked(MEAN, found.mean, then.mean, found.mean_error, then.mean_error, found, then),
        _checked(
            SPREAD,
            found.log_spread,
            then.log_spread,
            found.log_spread_error,
            then.log_spread_error,
            found,
            then,
        ),
    ]
    adjusted = corrected([one["p_value"] for one in checks], looks)
    return pl.DataFrame(
        [_told(one, p) for one, p in zip(checks, adjusted, strict=True)], schema=_SCHEMA
    )


def _moments(rows: pl.DataFrame) -> _Moments | None:
    refuse_without(rows, COLUMNS, "rows")
    known = rows.select(COLUMNS).drop_nulls().sort(COLUMNS)
    residual = (known["prediction"] - known["actual"]).cast(pl.Float64).to_numpy()
    if not np.isfinite(residual).all():
        raise InputError("Expected predictions and results that are numbers or null; got others.")
    dates = known["game_date"].n_unique()
    if known.height < FEWEST_ROWS or dates < FEWEST_DATES or residual.std() == 0:
        return None
    codes = (known["game_date"].rank("dense").cast(pl.Int64) - 1).to_numpy()
    one = np.ones_like(residual)
    # Squares are taken around the mean, so that nothing is lost where it is large.
    centred = residual - residual.mean()
    sums = cluster_sums(codes, np.column_stack([residual, one, centred, centred * centred]))
    return _Moments(
        n=known.height,
        dates=dates,
        mean=float(residual.mean()),
        mean_error=sqrt(left_out_variance(sums[:, :2], ratio)),
        log_spread=float(_log_spread(sums.sum(axis=0))),
        log_spread_error=sqrt(left_out_variance(sums, _log_spread)),
    )


def _log_spread(sums: Floats) -> Floats:
    n, x, xx = sums[..., 1], sums[..., 2], sums[..., 3]
    variance = np.maximum(xx / n - (x / n) ** 2, np.finfo(float).tiny)
    return np.asarray(np.log(variance) / 2)


def _checked(
    check: str,
    value: float,
    before: float,
    error: float,
    before_error: float,
    found: _Moments,
    then: _Moments,
) -> dict[str, Any]:
    """Welch's test of two estimates with their errors and dates less one as degrees of freedom."""
    variance = error**2 + before_error**2
    freedom = variance**2 / (error**4 / (found.dates - 1) + before_error**4 / (then.dates - 1))
    gap, half = value - before, float(t.ppf((1 + LEVEL) / 2, freedom)) * sqrt(variance)
    numbers = [value, before, gap, gap - half, gap + half]
    if check == SPREAD:
        numbers = [exp(number) for number in numbers]
    names = ("value", "reference", "difference", "low", "high")
    return {
        "check": check,
        "n": found.n,
        "dates": found.dates,
        **dict(zip(names, numbers, strict=True)),
        "p_value": float(2 * t.sf(abs(gap) / sqrt(variance), freedom)),
    }


def _told(one: Mapping[str, Any], p: float | None) -> dict[str, Any]:
    state = DRIFTED if p is not None and p <= ALPHA else STABLE
    what = "Mean residual" if one["check"] == MEAN else "Spread of residuals"
    gap = "difference" if one["check"] == MEAN else "ratio"
    sentence = (
        f"{what} {one['value']:.2f} on {one['n']} rows of {one['dates']} game dates, held-out "
        f"{one['reference']:.2f}; {gap} {one['difference']:.2f} ({one['low']:.2f} to "
        f"{one['high']:.2f}, corrected p {p:.2g})."
    )
    return {**one, "corrected_p": p, "state": state, "sentence": sentence}
