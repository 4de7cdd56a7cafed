"""From feature rows to the matrix a learner sees: by name, in order of the key, null as NaN."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from tipoff.errors import InputError

KEY = ("game_date", "game_id", "player_id")
Matrix = npt.NDArray[np.float64]


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort rows by the whole key: learners depend on the order of rows."""
    return rows.sort(*KEY)


def matrix(rows: pl.DataFrame, features: Sequence[str]) -> Matrix:
    """Return ``rows x features`` as float64; null becomes NaN, in the order of ``features``.

    Raises:
        InputError: a feature is missing.
    """
    missing = [name for name in features if name not in rows.columns]
    if missing:
        raise InputError(f"Expected feature columns {', '.join(missing)}; the rows have none.")
    return rows.select(pl.col(name).cast(pl.Float64) for name in features).to_numpy()


def last_part_by_date(rows: pl.DataFrame, share: float) -> date:
    """Return the first game date of the latest part of the rows.

    The part is made of whole dates and holds at least ``share`` of the rows, but never all dates.

    Raises:
        InputError: the rows are of a single date.
    """
    per_date = rows.group_by("game_date").len().sort("game_date", descending=True)
    if per_date.height < 2:
        raise InputError("Expected training rows of several game dates, got one date.")
    reached = per_date["len"].cum_sum() >= share * rows.height
    first = min(int(reached.arg_max() or 0), per_date.height - 2)
    found: date = per_date["game_date"][first]
    return found
