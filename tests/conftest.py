"""Fixtures that every test may use."""

import os
from pathlib import Path

import polars as pl
import pytest

from tipoff.sources.league import League, LeagueSettings, generate

SMALL = LeagueSettings(seasons=2, teams=12, games_per_team=40)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real research data; the test is skipped where it is absent."""
    stated = os.environ.get("TIPOFF_REAL_DATA")
    folder = Path(stated) if stated else Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "boxscores").is_dir():
        pytest.skip(f"the real research data is not at {folder}")
    return folder


@pytest.fixture(scope="session")
def league() -> League:
    """Two seasons of a small league."""
    return generate(SMALL)


@pytest.fixture(scope="session")
def league_frames(league: League) -> dict[str, pl.DataFrame]:
    """Its rows of every raw table, by name."""
    return league.frames
