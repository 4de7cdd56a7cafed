"""What a check of drift says, and the correction for many checks and many looks.

These checks are fit for a single look each. Who looks ``looks`` times in a season says so: the
chance of any false DRIFTED in all of them is then held at ``ALPHA`` (Bonferroni over looks, Holm
over what is checked in one look).
"""

from collections.abc import Sequence

import polars as pl

from tipoff.backtest.multiplicity import holm
from tipoff.errors import InputError

STABLE, SHIFTED, DRIFTED, INSUFFICIENT = "STABLE", "SHIFTED", "DRIFTED", "INSUFFICIENT"
ALPHA = 0.05
FEWEST_ROWS, FEWEST_DATES = 50, 5


def corrected(p_values: Sequence[float | None], looks: int) -> list[float | None]:
    """Return p-values for all checks of all looks; None where there is none.

    Raises:
        InputError: there is less than one look.
    """
    if looks < 1:
        raise InputError(f"Expected the number of looks of a season, 1 or more; got {looks}.")
    known = [p for p in p_values if p is not None]
    adjusted = iter(holm(known) if known else [])
    return [None if p is None else min(1.0, looks * next(adjusted)) for p in p_values]


def refuse_without(rows: pl.DataFrame, columns: Sequence[str], what: str) -> None:
    """Raise an InputError where rows lack a column."""
    absent = [name for name in columns if name not in rows.columns]
    if absent:
        raise InputError(f"Expected {what} with the columns {', '.join(columns)}; {absent} lack.")
