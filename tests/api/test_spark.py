"""Spark reads the active files of a table and gets the same rows: ``make spark`` runs it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import tipoff as tp
from tipoff.store.content import content_hash
from tipoff.store.lake import Lake, table_hash
from tipoff.workflows.lake import TABLES

NAMES = ("games", "player_boxes", "prop_quotes", "ml_feature_store")


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed; 'make spark' does")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not here")
    folder = tmp_path_factory.mktemp("spark")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        .getOrCreate()
    )
    yield session
    session.stop()


def _read(spark: Any, lake: Lake, table: str) -> Any:
    return (
        spark.read.option("basePath", f"{lake.url}/{table}")
        .option("mergeSchema", "true")
        .parquet(*tp.table_files(lake, table))
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("table", NAMES)
def test_spark_reads_the_same_rows(
    spark: Any, built_lake: Lake, table: str, tmp_path: Path
) -> None:
    own = TABLES[table]
    found = _read(spark, built_lake, table)
    assert dict(found.dtypes)["season"] == "string"
    # What Spark has read it writes itself, so that nothing but Spark has looked at the lake.
    found.coalesce(1).write.parquet(str(tmp_path / "out"))
    rows = pl.read_parquet(tmp_path / "out" / "*.parquet").select(list(own.columns))
    rows = rows.cast(own.columns)  # type: ignore[arg-type]
    assert rows.height > 100
    assert content_hash(rows, own.key) == table_hash(built_lake, own)
