"""Graded rows are read back unchanged, also those that are older than a column."""

from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake
from tests.backtest.runs import run

from tipoff.backtest.numbers import numbers
from tipoff.domain.market import MARKETS
from tipoff.store.content import content_hash
from tipoff.store.lake import Lake, open_lake
from tipoff.tables.graded import GRADED_ROWS
from tipoff.workflows.graded import keep, kept, rows_hash

KEY = ("game_date", "game_id", "player_id")


@pytest.fixture(scope="module")
def on_lines() -> pl.DataFrame:
    return run()[1]


@pytest.fixture
def empty(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "lake"))


def test_labels_are_kept_and_tell_numbers_apart(on_lines: pl.DataFrame, empty: Lake) -> None:
    rows = kept(empty, keep(empty, on_lines))
    ordered = on_lines.with_columns(pl.col("player_id").cast(pl.String)).sort(KEY)
    assert rows["in_warm_up"].to_list() == ordered["in_warm_up"].to_list()
    found = numbers(rows, MARKETS["points"], by=["warm_up"], wanted=["mae"])
    parts = {name: found[f"warm_up={name}/mae"]["n"] for name in ("inside", "settled")}
    assert parts["inside"] > 0
    assert sum(parts.values()) == found["all/mae"]["n"]
    other = on_lines.with_columns(in_warm_up=~pl.col("in_warm_up"))
    assert rows_hash(other) != rows_hash(on_lines)


def test_rows_that_are_older_than_the_label_keep_their_hash(
    on_lines: pl.DataFrame, empty: Lake
) -> None:
    own = on_lines.select(
        pl.col(name).cast(dtype)
        for name, dtype in GRADED_ROWS.columns.items()
        if name not in ("rows_hash", "in_warm_up")
    )
    old = content_hash(own, KEY)[:32]
    write_deltalake(
        empty.table_url(GRADED_ROWS),
        own.with_columns(rows_hash=pl.lit(old)),
        partition_by=GRADED_ROWS.partition or None,
    )
    rows = kept(empty, old)
    assert rows.height == own.height
    assert rows["in_warm_up"].null_count() == rows.height
    assert not any(
        name.startswith("warm_up=")
        for name in numbers(rows, MARKETS["points"], by=["warm_up"], wanted=["mae"])
    )
    # The table is extended as it is written to.
    assert kept(empty, keep(empty, on_lines))["in_warm_up"].null_count() == 0
    assert kept(empty, old).height == own.height
