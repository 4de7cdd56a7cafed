"""What a model's picks came to over the last 7, 14 and 30 days, with intervals by game date."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from tipoff.backtest.resampling import Codes, Floats
from tipoff.backtest.statistics import Interval, Spread, share_of, spreads
from tipoff.monitoring.days import Days

WINDOWS = (7, 14, 30)
LONGEST = max(WINDOWS)
# Means are worked out for so many models at once: dates of a window x models x dates are in memory.
_AT_ONCE = 100


@dataclass(frozen=True)
class Windows:
    """Sums over a window of calendar days that ends with each game date.

    Attributes:
        days: sums by model and date.
        starts: for each number of calendar days the place of the first date of each window.
    """

    days: Days
    starts: dict[int, Codes]

    def total(self, name: str, length: int) -> Floats:
        """Return a sum over the window that ends with each date, ``models x dates``."""
        values = self.days.sums[name]
        before = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
        return np.asarray(before[:, 1:] - before[:, self.starts[length]])

    def dates(self, length: int) -> Floats:
        """Return the number of dates with a settled pick in each window."""
        has_pick = (self.days.sums["n"] > 0).astype(np.float64)
        before = np.concatenate([np.zeros((len(has_pick), 1)), np.cumsum(has_pick, axis=1)], axis=1)
        return np.asarray(before[:, 1:] - before[:, self.starts[length]])

    def mean(self, name: str, length: int, of: str = "n") -> Floats:
        """Return a mean over each window, not a number where there are no rows."""
        return mean(self.total(name, length), self.total(of, length))


def mean(total: Floats, n: Floats) -> Floats:
    """Return total over n, not a number where there are no rows."""
    return np.where(n > 0, total / np.where(n > 0, n, 1.0), np.nan)


def windows(days: Days) -> Windows:
    """Find the windows of every game date; a window does not reach back into another season."""
    numbers = np.array([day.toordinal() for day in days.dates], dtype=np.int64)
    season_starts = np.searchsorted(days.seasons, days.seasons)
    starts = {
        length: np.maximum(np.searchsorted(numbers, numbers - length, side="right"), season_starts)
        for length in WINDOWS
    }
    return Windows(days, starts)


def rolling(found: Windows) -> pl.DataFrame:
    """Return the rolling numbers, a row per model and date in the order of ``models x dates``.

    Returns:
        For each window ``n_7, hit_rate_7, break_even_7, low_7, high_7``; over the longest one
        ``played, model_mae, line_mae, mae_gap, mae_gap_low, mae_gap_high, bias`` (prediction minus
        actual), ``stated`` and ``brier``, and ``missing``. Intervals are of 95 %, clustered by
        game date, and fit for a single look. Null where there are no rows.
    """
    columns: dict[str, list[float | None] | Floats] = {}
    for length in WINDOWS:
        rates = [share_of(found_) for found_ in _spreads(found, "wins", "n", length)]
        columns[f"n_{length}"] = found.total("n", length).ravel()
        columns[f"hit_rate_{length}"] = [rate.value for rate in rates]
        columns[f"break_even_{length}"] = found.mean("expected", length).ravel()
        columns |= _bounds(rates, f"low_{length}", f"high_{length}")
    gap = {"gap": found.days.sums["model_error"] - found.days.sums["line_error"]}
    days = found.days
    with_gap = Windows(
        Days(days.models, days.dates, days.seasons, days.is_on, {**days.sums, **gap}), found.starts
    )
    gaps = [one.interval() for one in _spreads(with_gap, "gap", "played", LONGEST)]
    columns["played"] = found.total("played", LONGEST).ravel()
    for name, told in (("model_error", "model_mae"), ("line_error", "line_mae")):
        columns[told] = found.mean(name, LONGEST, "played").ravel()
    columns["mae_gap"] = [one.value for one in gaps]
    columns |= _bounds(gaps, "mae_gap_low", "mae_gap_high")
    columns["bias"] = found.mean("bias", LONGEST, "played").ravel()
    columns["stated"] = found.total("stated", LONGEST).ravel()
    columns["brier"] = found.mean("brier", LONGEST, "stated").ravel()
    columns["missing"] = found.total("missing", LONGEST).ravel()
    counts = [name for name in columns if name.startswith("n_")] + ["played", "stated", "missing"]
    numbers = {name: pl.Series(name, values, dtype=pl.Float64) for name, values in columns.items()}
    return pl.DataFrame(numbers).with_columns(
        pl.all().exclude(counts).fill_nan(None), pl.col(counts).cast(pl.Int64)
    )


def _bounds(found: list[Interval], low: str, high: str) -> dict[str, list[float | None] | Floats]:
    return {low: [one.low for one in found], high: [one.high for one in found]}


def _spreads(found: Windows, total: str, n: str, length: int) -> list[Spread]:
    """Means of all windows with their errors: the dates of a window are its clusters."""
    starts = found.starts[length]
    places = np.arange(len(starts))
    back = np.arange(int((places - starts).max(initial=0)) + 1)
    taken = places[None, :] - back[:, None]
    is_in = taken >= starts[None, :]
    results: list[Spread] = []
    for first in range(0, len(found.days.models), _AT_ONCE):
        parts = []
        for name in (total, n):
            values = found.days.sums[name][first : first + _AT_ONCE]
            lagged = np.where(is_in, values[:, np.maximum(taken, 0)], 0.0)
            parts.append(lagged.transpose(1, 0, 2).reshape(len(back), -1))
        results += spreads(parts[0], parts[1], [-1] * parts[0].shape[1])
    return results
