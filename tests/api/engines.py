"""Read a table's active files with other engines, as docs/open-tables.md says."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable

import tipoff as tp
from tipoff.store.lake import Lake


def by_polars(lake: Lake, table: str) -> pl.DataFrame:
    return pl.scan_parquet(
        tp.table_files(lake, table),
        hive_partitioning=True,
        hive_schema={"season": pl.String},
        missing_columns="insert",
    ).collect()


def by_duckdb(lake: Lake, table: str) -> pl.DataFrame:
    files = tp.table_files(lake, table)
    with duckdb.connect() as engine:
        rows = engine.sql(
            "SELECT * FROM read_parquet($files, union_by_name = true, hive_partitioning = true, "
            "hive_types = {'season': VARCHAR})",
            params={"files": files},
        )
        return pl.DataFrame(rows)


def by_pyarrow(lake: Lake, table: str) -> pl.DataFrame:
    files = tp.table_files(lake, table)
    schema = pa.unify_schemas([pq.read_schema(file) for file in files])
    parts = ds.HivePartitioning(pa.schema([("season", pa.string())]))
    rows = ds.dataset(
        files, schema=schema.append(pa.field("season", pa.string())), partitioning=parts
    )
    return pl.DataFrame(rows.to_table())


def by_pandas(lake: Lake, table: str) -> pl.DataFrame:
    parts = [
        pd.read_parquet(file, partitioning=None).assign(
            season=Path(file).parent.name.removeprefix("season=")
        )
        for file in tp.table_files(lake, table)
    ]
    return pl.DataFrame(pd.concat(parts))


def by_the_log(lake: Lake, table: str) -> pl.DataFrame:
    return pl.DataFrame(DeltaTable(f"{lake.url}/{table}").to_pyarrow_table())


def by_datafusion(lake: Lake, table: str) -> pl.DataFrame:
    from deltalake import QueryBuilder  # noqa: PLC0415

    delta = DeltaTable(f"{lake.url}/{table}")
    return pl.DataFrame(QueryBuilder().register("t", delta).execute("SELECT * FROM t"))


ENGINES: dict[str, Callable[[Lake, str], pl.DataFrame]] = {
    "polars": by_polars,
    "duckdb": by_duckdb,
    "pyarrow": by_pyarrow,
    "pandas": by_pandas,
    "pyarrow by the log": by_the_log,
    "datafusion by the log": by_datafusion,
}
