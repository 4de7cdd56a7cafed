"""Calibration drift: do overs come in as often as the model states?

The distribution of every figure without drift is made by turning the signs of whole game dates at
random (the wild cluster bootstrap of Cameron, Gelbach and Miller 2008, section III, with the null
imposed): if stated probabilities are right, a date's outcomes minus its probabilities are nothing
on average, whatever they share.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import t

from tipoff.backtest.probabilities import over_given_decided
from tipoff.backtest.resampling import Floats, cluster_sums, left_out_variance
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

MEAN, SLOPE, ERROR = "mean", "slope", "expected calibration error"
BINS = 10
FLIPS = 9_999
SEED = 31
COLUMNS = ("game_date", "over_probability", "actual", "line")
_SCHEMA: dict[str, Any] = {
    "check": pl.String,
    "n": pl.Int64,
    "dates": pl.Int64,
    "value": pl.Float64,
    "expected": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p_value": pl.Float64,
    "corrected_p": pl.Float64,
    "state": pl.String,
    "sentence": pl.String,
}
_WORDS = {
    MEAN: "Share of overs minus what was stated",
    SLOPE: "Change of what happened beyond what was stated, per unit of stated probability",
    ERROR: "Expected calibration error",
}


def calibration_drift(rows: pl.DataFrame, *, looks: int = 1) -> pl.DataFrame:
    """Hold stated probabilities of over against what happened.

    Args:
        rows: ``game_date, over_probability, actual, line``; rows that lack one and pushes are left
            out. Where there is ``under_probability``, the probability is given that it is no push.
        looks: how often in a season this is asked; see ``verdicts``.

    Returns:
        A row each for ``mean`` (of outcome minus probability), ``slope`` (of these on the
        probability; -1 where it says nothing) and ``expected calibration error`` (mean over tenths
        of probability of |observed - stated|, weighted by rows): ``check, n, dates, value``,
        ``expected`` (on average without drift, for so many rows), 95 % interval ``low, high`` (game
        dates left out), ``p_value, corrected_p, state, sentence``. INSUFFICIENT with fewer than 50
        rows or 5 game dates.

    Raises:
        InputError: a column lacks, or a probability is none.
    """
    refuse_without(rows, COLUMNS, "rows")
    has_under = "under_probability" in rows.columns
    stated = over_given_decided() if has_under else pl.col("over_probability")
    known = (
        rows.select("game_date", p=stated.cast(pl.Float64), gap=pl.col("actual") - pl.col("line"))
        .drop_nulls()
        .filter(pl.col("gap") != 0)
        .sort("game_date", "p", "gap")
    )
    wrong = known.filter(~pl.col("p").is_between(0, 1))["p"]
    if wrong.len():
        raise InputError(f"Expected probabilities of over from 0 to 1; got {wrong[0]}.")
    n, dates = known.height, known["game_date"].n_unique()
    if n < FEWEST_ROWS or dates < FEWEST_DATES:
        sentence = (
            f"{n} stated probabilities of {dates} game dates are too few to say; at least "
            f"{FEWEST_ROWS} on {FEWEST_DATES} are needed."
        )
        base = {**dict.fromkeys(_SCHEMA), "n": n, "dates": dates, "state": INSUFFICIENT}
        told = [{**base, "check": check, "sentence": sentence} for check in _WORDS]
        return pl.DataFrame(told, schema=_SCHEMA)
    checks = _checks(known, n, dates)
    adjusted = corrected([one["p_value"] for one in checks], looks)
    return pl.DataFrame(
        [_told(one, p) for one, p in zip(checks, adjusted, strict=True)], schema=_SCHEMA
    )


def _checks(known: pl.DataFrame, n: int, dates: int) -> list[dict[str, Any]]:
    p = known["p"].to_numpy()
    rest = (known["gap"].to_numpy() > 0) - p
    away = p - p.mean()
    place = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    in_bin = np.where(place[:, None] == np.arange(BINS), rest[:, None], 0.0)
    columns = np.column_stack([rest, rest * away, away * away, np.ones(n), in_bin])
    codes = (known["game_date"].rank("dense").cast(pl.Int64) - 1).to_numpy()
    sums = cluster_sums(codes, columns)
    signs = np.random.default_rng(SEED).choice([-1.0, 1.0], size=(FLIPS, dates))
    # The weights of rows (n, and how far probabilities spread) stay as they are.
    turned = np.empty((FLIPS, sums.shape[1]))
    turned[:] = sums.sum(axis=0)
    turned[:, :2], turned[:, 4:] = signs @ sums[:, :2], signs @ sums[:, 4:]
    found = []
    for check, statistic in ((MEAN, _mean), (SLOPE, _slope), (ERROR, _error)):
        value = float(statistic(sums.sum(axis=0)))
        by_chance = statistic(turned)
        half = float(t.ppf((1 + LEVEL) / 2, dates - 1)) * left_out_variance(sums, statistic) ** 0.5
        # A flip that leaves all as it is differs by rounding only.
        is_as_far = np.abs(by_chance) >= abs(value) - 1e-12
        found.append(
            {
                "check": check,
                "n": n,
                "dates": dates,
                "value": value,
                "expected": float(by_chance.mean()) if check == ERROR else 0.0,
                "low": max(0.0, value - half) if check == ERROR else value - half,
                "high": value + half,
                "p_value": (1 + int(is_as_far.sum())) / (1 + FLIPS),
            }
        )
    return found


def _mean(sums: Floats) -> Floats:
    return np.asarray(sums[..., 0] / sums[..., 3])


def _slope(sums: Floats) -> Floats:
    """Nothing where all probabilities are the same."""
    spread = np.maximum(sums[..., 2], np.finfo(float).tiny)
    return np.asarray(np.where(sums[..., 2] > 0, sums[..., 1] / spread, 0.0))


def _error(sums: Floats) -> Floats:
    return np.asarray(np.abs(sums[..., 4:]).sum(axis=-1) / sums[..., 3])


def _told(one: Mapping[str, Any], p: float | None) -> dict[str, Any]:
    state = DRIFTED if p is not None and p <= ALPHA else STABLE
    sentence = (
        f"{_WORDS[one['check']]}: {one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f}) on "
        f"{one['n']} rows of {one['dates']} game dates, {one['expected']:.3f} expected without "
        f"drift (corrected p {p:.2g})."
    )
    return {**one, "corrected_p": p, "state": state, "sentence": sentence}
