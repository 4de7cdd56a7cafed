"""A lake from before play-by-play was kept: it builds without, and takes it up when it comes."""

from datetime import date
from pathlib import Path

import pytest

from tipoff.processors.catalogue import PROCESSORS
from tipoff.sources.league import League, LeagueSettings, generate
from tipoff.store.lake import Lake, append, open_lake, read, table_hash
from tipoff.tables.raw import MADE_SHOTS, PLAYER_PERIODS, ROSTERS, SOURCE_TABLES
from tipoff.tables.table import Table
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.lake import TABLES

SPAN = Request(date(2021, 10, 1), date(2022, 6, 30))
LATELY = (MADE_SHOTS, PLAYER_PERIODS, ROSTERS)
COLUMNS = {
    "player_shot_zone": ["assisted_share_last_10", "unassisted_share_last_10"],
    "player_daily_cache": ["fourth_quarter_minutes_last_7", "player_age"],
}


@pytest.fixture(scope="module")
def small() -> League:
    return generate(LeagueSettings(seasons=1, teams=6, games_per_team=16, extra_markets=False))


def _lake(folder: Path, league: League, tables: list[Table]) -> Lake:
    lake = open_lake(str(folder))
    for table in tables:
        append(lake, table, league.frames[table.name])
    return lake


def _built(lake: Lake) -> int:
    report = backfill(lake, SPAN, lambda *_: None)
    assert report["failed"] == 0
    return int(report["written"])


def _known(lake: Lake) -> dict[str, int]:
    rows = {name: read(lake, TABLES[name]) for name in COLUMNS}
    return {c: rows[n][c].count() for n, columns in COLUMNS.items() for c in columns}


def test_it_is_built_and_takes_up_what_comes(small: League, tmp_path: Path) -> None:
    before = [table for table in SOURCE_TABLES.values() if table not in LATELY]
    lake = _lake(tmp_path / "older", small, before)
    assert _built(lake) > 0
    assert set(_known(lake).values()) == {0}
    for table in LATELY:
        append(lake, table, small.frames[table.name])
    assert _built(lake) > 0
    assert _built(lake) == 0
    assert min(_known(lake).values()) > 100
    fresh = _lake(tmp_path / "fresh", small, list(SOURCE_TABLES.values()))
    _built(fresh)
    for processor in PROCESSORS:
        assert table_hash(lake, processor.table) == table_hash(fresh, processor.table)
