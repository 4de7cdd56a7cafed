"""The Parquet files that a table's rows are in, for engines that do not read its log."""

from pathlib import Path
from urllib.parse import unquote

import polars as pl

from tipoff.store.delta import opened
from tipoff.store.lake import Lake
from tipoff.tables.table import Table

_COLUMNS = {"path": pl.String, "rows": pl.Int64, "bytes": pl.Int64}


def active_files(lake: Lake, table: Table, *, at: int | None = None) -> pl.DataFrame:
    """Return the files of a table's version; those that were replaced are not among them.

    Args:
        lake: the lake.
        table: the table.
        at: a version; the newest by default.

    Returns:
        ``path`` (absolute, or a URL), ``rows`` and ``bytes``, sorted by path; none where the table
        does not exist yet.

    Raises:
        StoreError: the version that was asked for is not there (any more).
    """
    delta = opened(lake, table, at)
    if delta is None:
        return pl.DataFrame(schema=_COLUMNS)
    url = lake.table_url(table)
    home = str(Path(url).resolve()) if lake.is_local else url
    stated = pl.DataFrame(delta.get_add_actions(flatten=True)).select(
        "path", rows="num_records", bytes="size_bytes"
    )
    # The log has paths relative to the table, with what is odd in them encoded.
    paths = [f"{home}/{unquote(path)}" for path in stated["path"]]
    return stated.with_columns(path=pl.Series(paths, dtype=pl.String)).sort("path")
