"""How new each raw table is, by source, as far as its newest season says: cheap enough to look at.

Whether that is in time for a game date is for ``workflows.freshness`` to judge.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from tipoff.domain.clock import ASSUMED
from tipoff.store.delta import opened, rows_of
from tipoff.store.location import Lake
from tipoff.tables.raw import RAW_TABLES
from tipoff.tables.table import UTC_MOMENT, Table

AGES: dict[str, pl.DataType] = {
    "table": pl.String(),
    "source": pl.String(),
    "season": pl.String(),
    "rows": pl.Int64(),
    "last_game_date": pl.Date(),
    "newest_at": UTC_MOMENT,
    "assumed_share": pl.Float64(),
}

_AT_ONCE = 4


def table_ages(lake: Lake, tables: Mapping[str, Table] = RAW_TABLES) -> pl.DataFrame:
    """Return what each source brought last, in the newest season of each raw table.

    Returns:
        ``AGES``: of each table and source the ``season``, its ``rows``, the last game date that
        they are about, when the newest became known and the share of these moments that is
        assumed. A table that does not exist has one row without a source.
    """
    asked, absent = [], []
    # Opening reads a log of commits, which takes longest, so several are opened at once.
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        deltas = list(threads.map(lambda table: opened(lake, table), tables.values()))
    for (name, table), delta in zip(tables.items(), deltas, strict=True):
        parts = [] if delta is None else delta.partitions()
        if delta is None or not parts:
            absent.append({"table": name})
            continue
        season = max(str(part["season"]) for part in parts)
        asked.append(
            rows_of(lake, table, delta)
            .filter(pl.col("season") == season)
            .group_by("source")
            .agg(
                table=pl.lit(name),
                season=pl.lit(season),
                rows=pl.len().cast(pl.Int64),
                last_game_date=pl.col("game_date").max(),
                newest_at=pl.col("observed_at").max(),
                assumed_share=(pl.col("observed_basis") == ASSUMED).mean(),
            )
            .select(list(AGES))
        )
    nothing = pl.DataFrame(absent, schema=AGES)
    return pl.concat([*pl.collect_all(asked), nothing]).sort("table", "source")
