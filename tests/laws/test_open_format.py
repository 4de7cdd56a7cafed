"""Every table is plain Delta: reader version 1, writer version 2, nothing that needs more.

So any reader of Parquet that knows the active files gets the rows: there are no deletion vectors
that take rows back, and no column mapping under which names in files are others.
"""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from tipoff.store.delta import committed
from tipoff.store.lake import Lake, open_lake
from tipoff.tables.table import Table
from tipoff.workflows.lake import TABLES


def _odd(folder: Path) -> list[str]:
    """What the log of a table asks of readers beyond Parquet files and their list."""
    found: list[str] = []
    for file in sorted((folder / "_delta_log").glob("*.json")):
        for line in file.read_text("utf-8").splitlines():
            action: dict[str, Any] = json.loads(line)
            if "protocol" in action:
                protocol = action["protocol"]
                versions = (protocol["minReaderVersion"], protocol["minWriterVersion"])
                found += [] if versions == (1, 2) else [f"protocol {versions}"]
                found += protocol.get("readerFeatures") or []
            if "metaData" in action:
                found += sorted(action["metaData"]["configuration"])
            if "deletionVector" in action.get("add", {}):
                found.append("deletion vector")
    return found


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_new_table_asks_nothing_of_its_readers(table: Table, tmp_path: Path) -> None:
    lake = open_lake(str(tmp_path))
    assert committed(lake, table, table.empty(), base=None, mode="append", retries=0)
    folder = tmp_path / table.name
    assert (folder / "_delta_log").is_dir()
    assert _odd(folder) == []


def test_nor_do_tables_that_were_written_to_for_long(built_lake: Lake) -> None:
    folders = [path for path in Path(built_lake.url).iterdir() if (path / "_delta_log").is_dir()]
    assert len(folders) > 10
    assert {path.name: _odd(path) for path in folders if _odd(path)} == {}


def test_a_table_that_asks_for_more_is_noticed(tmp_path: Path) -> None:
    rows = pl.DataFrame({"moment": [None]}, schema={"moment": pl.Datetime("us")})
    write_deltalake(tmp_path / "zoneless", rows)
    assert _odd(tmp_path / "zoneless") != []
    mapped = {"delta.enableChangeDataFeed": "true"}
    DeltaTable.create(
        tmp_path / "feed", DeltaTable(tmp_path / "zoneless").schema(), configuration=mapped
    )
    assert "delta.enableChangeDataFeed" in _odd(tmp_path / "feed")
