"""Every feature of every market equals an independent slow computation, value by value."""

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.oracle.compare import differences
from tests.oracle.disturbances import disturbed
from tipoff.domain.market import FEATURE_MARKETS
from tipoff.features.declare import POINTS
from tipoff.sources.league import LeagueSettings, generate
from tipoff.store.lake import Lake, open_lake, read, scan
from tipoff.tables.raw import GAMES, PLAYER_BOXES, RAW_TABLES, ROSTERS
from tipoff.workflows.ingest import ingest_files

PLAYER_DATES, DATES = 200, 2
SEASONS = ("2023-24", "2024-25")
FILES = (
    "boxscores/nbaapi/player_logs_2022-23.csv.gz",
    "boxscores/nbaapi/player_logs_2023-24.csv.gz",
    "boxscores/nbaapi/player_logs_2024-25.csv.gz",
    "boxscores/with_playoffs/player_game_logs_2024-25.csv.gz",
    "schedules/mxufc29_nbahxschedule_15-25.csv.gz",
    "team/hoopiq_game_logs_2022-23_2025-26.parquet",
    "game_lines/mostgood1_closing_lines.parquet",
    "props/2024-25_multibook_oddsapi_spon7ge.parquet",
    "props/2024-25_2025-26_threes_multibook_MylesThomas.parquet",
    "shots/NBA_2024_Shots.csv.zip",
    "shots/NBA_2025_Shots.csv.zip",
)


def _world(seed: int) -> dict[str, pl.DataFrame]:
    return generate(LeagueSettings(seasons=2, teams=12, games_per_team=26, seed=seed)).frames


def _days(frames: dict[str, pl.DataFrame]) -> list[date]:
    games = frames["games"].filter(pl.col("season") == "2022-23")
    days: list[date] = games["game_date"].unique().sort().to_list()
    return [days[6], days[len(days) // 2], days[-4]]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_worlds_agree_in_every_feature_of_every_market(seed: int) -> None:
    frames = _world(seed)
    days = _days(frames)
    compared, found = differences(
        disturbed(frames, seed), days, FEATURE_MARKETS, sample=12, seed=seed
    )
    assert not found, found[:10]
    assert compared > 2_000


def test_the_planted_fault_disagrees() -> None:
    frames = _world(4)
    day = _days(frames)[-1:]
    _, clean = differences(frames, day, [POINTS], sample=6)
    _, planted = differences(frames, day, [POINTS], sample=6, plant="inclusive-date")
    assert not clean
    assert any(" points_avg_last_5 " in line for line in planted)


@pytest.fixture(scope="module")
def real_lake(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = open_lake(str(tmp_path_factory.mktemp("real") / "lake"))
    ingest_files(lake, [real_data / name for name in FILES])
    return lake


@pytest.mark.real
def test_real_player_dates_agree(real_lake: Lake) -> None:
    chance = random.Random(9)
    sampled, share = 0, PLAYER_DATES // len(SEASONS) // DATES
    for season in SEASONS:
        played = scan(real_lake, PLAYER_BOXES).filter(pl.col("season") == season)
        days = sorted(played.select("game_date").unique().collect()["game_date"])
        for day in sorted(chance.sample(days, DATES)):
            frames = _around(real_lake, day)
            compared, found = differences(frames, [day], [POINTS], sample=share, seed=sampled)
            assert not found, found[:10]
            assert compared > 0
            sampled += share
    assert sampled == PLAYER_DATES


def _around(lake: Lake, day: date) -> dict[str, pl.DataFrame]:
    """Raw rows of a year and a half before a day and of a week after it."""
    inside = pl.col("game_date").is_between(day - timedelta(days=550), day + timedelta(days=7))
    whole = {name: scan(lake, table).filter(inside).collect() for name, table in RAW_TABLES.items()}
    assert not whole[GAMES.name].is_empty()
    whole[ROSTERS.name] = read(lake, ROSTERS)
    return whole
