"""After how many games of history a value settles (docs/decisions/warm-up.md).

The same value is computed twice: with the whole season before it, and as if the season had begun
later, so that it rests on k games only. Its error at k is the mean squared difference of the two
over the variance of the whole one; a value that is not there yet is off by the whole variance.
What a value does by design, however noisy, is in both and counts for nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tipoff.backtest.resampling import Floats

TOLERANCE = 0.1
# A number of games with fewer pairs of values says nothing.
LEAST_PAIRS = 100
# That a value stays within the tolerance must be seen for so many more games.
STAYS = 5
_DRAWS = 400
_SEED = 20
_BOUNDS = (0.025, 0.975)

FROM_START = "from the start"
SETTLES = "settles"
NEVER = "does not settle"
RUNS_ON = "runs on"
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Settling:
    """How a value depends on how many games of history it rests on.

    Attributes:
        state: one of the five above.
        games: from so many on its error stays within the tolerance; None where it never does, or
            was not measured.
        low, high: 95 % interval, clusters drawn again; ``high`` is None where it is open.
        measured_to: the largest number of games that was looked at.
        n: pairs of values.
        deviation: standard deviation of the whole values, in the feature's unit.
        curve: error by number of games from 0 on, as share of the variance.
    """

    state: str
    games: int | None = None
    low: int | None = None
    high: int | None = None
    measured_to: int | None = None
    n: int = 0
    deviation: float | None = None
    curve: tuple[float, ...] = ()


def settling(pairs: pl.DataFrame, least: int = LEAST_PAIRS) -> Settling:
    """Find from how many games on a value stays within a tenth of its variance.

    Args:
        pairs: ``games`` that the short value rests on, ``short`` and ``whole`` values and the
            ``cluster`` of rows that share games; pairs without a whole value are left out.
        least: pairs that a number of games must have to be looked at.
    """
    known = pairs.drop_nulls(["whole", "games"])
    measured_to = _measured_to(known, least)
    if measured_to is None:
        return Settling(NOT_MEASURED, n=known.height)
    known = known.filter(pl.col("games") <= measured_to)
    deviation = float(known["whole"].std())  # type: ignore[arg-type]
    counts, totals = _sums(known, deviation**2, measured_to + 1)
    curve = _errors(totals.sum(axis=0), counts.sum(axis=0))
    games = int(_needed(curve[None, :])[0])
    low, high = _interval(counts, totals)
    latest = measured_to + 1 - STAYS
    state = FROM_START if games == 0 else SETTLES if games <= latest else NEVER
    return Settling(
        state=state,
        games=games if games <= latest else None,
        low=min(low, games, latest + 1),
        high=max(high, games) if max(high, games) <= latest else None,
        measured_to=measured_to,
        n=known.height,
        deviation=deviation,
        curve=tuple(round(float(e), 4) for e in curve),
    )


def _measured_to(known: pl.DataFrame, least: int) -> int | None:
    """The end of the unbroken run of numbers of games, from 1 on, with enough pairs each."""
    enough = set(known["games"].value_counts().filter(pl.col("count") >= least)["games"])
    last = 0
    while last + 1 in enough:
        last += 1
    return last or None


def _sums(known: pl.DataFrame, variance: float, numbers: int) -> tuple[Floats, Floats]:
    """Pairs and summed errors, ``clusters x numbers of games``."""
    gap = pl.col("short") - pl.col("whole")
    # A value that never varies is off where it differs at all.
    off = gap**2 / variance if variance > 0 else (gap != 0).cast(pl.Float64)
    sums = known.group_by("cluster", "games").agg(
        pairs=pl.len(), total=pl.when(pl.col("short").is_null()).then(1.0).otherwise(off).sum()
    )
    codes = sums["cluster"].rank("dense").to_numpy().astype(int) - 1
    counts, totals = (np.zeros((codes.max() + 1, numbers)) for _ in range(2))
    counts[codes, sums["games"].to_numpy()] = sums["pairs"].to_numpy()
    totals[codes, sums["games"].to_numpy()] = sums["total"].to_numpy()
    return counts, totals


def _errors(totals: Floats, counts: Floats) -> Floats:
    """Mean errors; a number of games without pairs is as the one before, none as one game."""
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.atleast_2d(totals / counts)
    errors[:, 0] = np.where(np.isfinite(errors[:, 0]), errors[:, 0], errors[:, 1])
    for place in range(1, errors.shape[1]):
        before = errors[:, place - 1]
        errors[:, place] = np.where(np.isfinite(errors[:, place]), errors[:, place], before)
    return errors if totals.ndim > 1 else np.asarray(errors[0])


def _needed(errors: Floats) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The first number of games from which on the errors stay within the tolerance."""
    off = errors > TOLERANCE
    last = errors.shape[1] - np.argmax(off[:, ::-1], axis=1)
    return np.where(off.any(axis=1), last, 0)


def _interval(counts: Floats, totals: Floats) -> tuple[int, int]:
    clusters = len(counts)
    shares = np.full(clusters, 1 / clusters)
    draws = np.random.default_rng(_SEED).multinomial(clusters, shares, size=_DRAWS).astype(float)
    found = _needed(_errors(draws @ totals, draws @ counts))
    low, high = np.quantile(found, _BOUNDS, method="inverted_cdf")
    return int(low), int(high)
