"""Keep the rows behind a run's numbers, and read them back unchanged."""

import polars as pl

from tipoff.errors import InputError
from tipoff.store.content import content_hash
from tipoff.store.lake import Lake, log, scan
from tipoff.tables.graded import GRADED_ROWS

_KEY = ("game_date", "game_id", "player_id")
# Columns that rows stored before them do not have: null in all rows they are no part of the hash.
_LATER = ("in_warm_up",)


def rows_hash(on_lines: pl.DataFrame) -> str:
    """Return the hash of graded rows' content."""
    return _hash(_stored_form(on_lines))


def keep(lake: Lake, on_lines: pl.DataFrame) -> str:
    """Store graded rows unless they are stored already; return their hash."""
    rows = _stored_form(on_lines)
    found = _hash(rows)
    if _of(lake, found).select(pl.len()).collect().item() == 0:
        log(lake, GRADED_ROWS, rows.with_columns(rows_hash=pl.lit(found)))
    return found


def kept(lake: Lake, found: str) -> pl.DataFrame:
    """Return the graded rows of a hash, in order.

    Raises:
        InputError: they are gone, or are not what they were.
    """
    # Two runs that end together may both have stored them.
    rows = _of(lake, found).unique(list(_KEY), keep="any").drop("rows_hash").collect()
    ordered = rows.sort(_KEY)
    if ordered.is_empty() or _hash(ordered) != found:
        raise InputError(
            f"Expected the graded rows {found} in the lake as they were stored; found "
            f"{ordered.height} rows of other content. Run the experiment again with --force."
        )
    return ordered


def _hash(rows: pl.DataFrame) -> str:
    absent = [name for name in _LATER if rows[name].null_count() == rows.height]
    return content_hash(rows.drop(absent), _KEY)[:32]


def _of(lake: Lake, found: str) -> pl.LazyFrame:
    return scan(lake, GRADED_ROWS).filter(pl.col("rows_hash") == found)


def _stored_form(on_lines: pl.DataFrame) -> pl.DataFrame:
    """In the table's columns and types, so that what is hashed is what is read back."""
    return on_lines.select(
        pl.col(name).cast(dtype)
        for name, dtype in GRADED_ROWS.columns.items()
        if name != "rows_hash"
    )
