"""Forecasters side by side on the same rows, with the line itself among them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from tipoff.backtest.probabilities import over_given_decided
from tipoff.backtest.scores import log_loss
from tipoff.backtest.statistics import Interval, difference_interval, mean_interval
from tipoff.errors import InputError

LINE = "line"
LAST_10 = "last-10 average"
_KEY = ["game_date", "game_id", "player_id"]
# What a line without prices says of its over.
_EVEN = 0.5


def compared(frames: Mapping[str, pl.DataFrame], reference: str) -> list[dict[str, Any]]:
    """Compare forecasters on the player-games that all of them were graded on.

    The line's own log loss is that of its fair probability, or of a half where it has no prices;
    log losses are of lines that were not hit exactly.

    Args:
        frames: by forecaster, graded rows of the same lines (as of ``with_lines``).
        reference: name of the forecaster that the others are compared with.

    Returns:
        For each forecaster and ``line``, in the order given: ``name``, ``mae``, ``log_loss`` and
        ``crps`` (null of the line), and where they mean something ``mae_minus_line``,
        ``mae_minus_reference``, ``log_loss_minus_line`` and ``log_loss_minus_reference``, each
        ``value, n, low, high``: 95 % intervals by game date, negative is better.

    Raises:
        InputError: the forecasters share no rows, or were graded on other lines.
    """
    rows = _together(frames)
    found = []
    for name in (*frames, LINE):
        entry: dict[str, Any] = {
            "name": name,
            "mae": _mean(rows, f"{name}/error"),
            "log_loss": _mean(rows, f"{name}/log_loss"),
            "crps": None if name == LINE else _mean(rows, f"{name}/crps"),
        }
        for label, other in (("line", LINE), ("reference", reference)):
            is_itself = name == other
            for measure, column in (("mae", "error"), ("log_loss", "log_loss")):
                entry[f"{measure}_minus_{label}"] = (
                    None
                    if is_itself
                    else _told(difference_interval(rows, f"{name}/{column}", f"{other}/{column}"))
                )
        found.append(entry)
    return found


def _together(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per player-game that all were graded on, with each forecaster's errors."""
    rows: pl.DataFrame | None = None
    for name, frame in frames.items():
        own = frame.drop_nulls(["actual", "prediction"])
        scored = own.select(*_KEY, "line", *_scores(own, name))
        if rows is None:
            rows = own.select(*_KEY, "line", "actual", *_line_scores(own))
        rows = rows.join(scored, on=[*_KEY, "line"], how="inner", validate="1:1")
    if rows is None or rows.is_empty():
        raise InputError(
            f"Expected player-games that {', '.join(frames)} were all graded on, found none. "
            "Grade them on the same lines and dates."
        )
    return rows.sort(_KEY)


def _scores(own: pl.DataFrame, name: str) -> list[pl.Series]:
    error = (own["prediction"] - own["actual"]).abs()
    model = own.select(over_given_decided()).to_series()
    return [
        error.alias(f"{name}/error"),
        _log_loss(own, model).alias(f"{name}/log_loss"),
        own["crps"].alias(f"{name}/crps"),
    ]


def _line_scores(own: pl.DataFrame) -> list[pl.Series]:
    error = (own["line"] - own["actual"]).abs()
    fair = own["fair_over"].fill_null(_EVEN)
    return [error.alias(f"{LINE}/error"), _log_loss(own, fair).alias(f"{LINE}/log_loss")]


def _log_loss(own: pl.DataFrame, over: pl.Series) -> pl.Series:
    """Log loss of each row; null where the line was hit exactly or nothing is said."""
    happened = (own["actual"] > own["line"]).to_numpy()
    losses = pl.Series(log_loss(over.cast(pl.Float64).fill_null(np.nan).to_numpy(), happened))
    counts = own["actual"] != own["line"]
    return pl.select(pl.when(counts & over.is_not_null()).then(losses)).to_series()


def _mean(rows: pl.DataFrame, column: str) -> dict[str, Any] | None:
    found = mean_interval(rows, column)
    return None if found.value is None else _told(found)


def _told(found: Interval) -> dict[str, Any]:
    numbers = {"value": found.value, "low": found.low, "high": found.high}
    rounded = {name: None if v is None else round(v, 6) for name, v in numbers.items()}
    return {**rounded, "n": found.n}
