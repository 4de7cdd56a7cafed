"""A column that was declared later: older lakes are read with nulls in it, and are extended."""

from pathlib import Path

import dataframely as dy
import polars as pl
import pytest

from tipoff.store.lake import Lake, open_lake, replace, scan
from tipoff.tables.table import Kind, Table


class Narrow(dy.Schema):
    number = dy.Int64(primary_key=True)
    season = dy.String()


class Wide(Narrow):
    average = dy.Float64(nullable=True)


NARROW = Table("rows", Narrow, Kind.DERIVED)
WIDE = Table("rows", Wide, Kind.DERIVED)
OLD, NEW = "2021-22", "2022-23"


def _narrow(season: str) -> pl.DataFrame:
    return pl.DataFrame({"number": [int(season[:4])], "season": [season]})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = open_lake(str(tmp_path / "a lake"))
    for season in (OLD, NEW):
        replace(lake, NARROW, _narrow(season), f"season = '{season}'")
    return lake


def _averages(lake: Lake) -> list[tuple[str, float | None]]:
    rows: list[tuple[str, float | None]] = (
        scan(lake, WIDE).sort("number").select("season", "average").collect().rows()
    )
    return rows


def test_an_older_lake_has_null_in_a_new_column(lake: Lake) -> None:
    assert _averages(lake) == [(OLD, None), (NEW, None)]


@pytest.mark.parametrize("season", [OLD, NEW])
def test_an_older_lake_is_extended_season_by_season(lake: Lake, season: str) -> None:
    rows = _narrow(season).with_columns(average=pl.lit(1.5))
    replace(lake, WIDE, rows, f"season = '{season}'")
    assert dict(_averages(lake)) == {OLD: None, NEW: None, season: 1.5}


def test_code_that_does_not_know_the_column_still_reads_and_writes(lake: Lake) -> None:
    rows = _narrow(NEW).with_columns(average=pl.lit(1.5))
    replace(lake, WIDE, rows, f"season = '{NEW}'")
    assert scan(lake, NARROW).collect().height == 2
    replace(lake, NARROW, _narrow(OLD), f"season = '{OLD}'")
    assert _averages(lake) == [(OLD, None), (NEW, 1.5)]


def test_an_old_version_of_a_table_is_read_in_todays_columns(lake: Lake) -> None:
    replace(lake, WIDE, _narrow(OLD).with_columns(average=pl.lit(2.0)), f"season = '{OLD}'")
    assert scan(lake, WIDE, at=1).select("average").collect()["average"].to_list() == [None, None]
    assert _averages(lake) == [(OLD, 2.0), (NEW, None)]
