"""Fixtures that every test may use."""

import os
import shutil
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tipoff.sources.league import League, LeagueSettings, append_to, generate
from tipoff.store.lake import Lake, open_lake
from tipoff.workflows.backfill import Request, backfill

if TYPE_CHECKING:
    from tests.workflows.daily_league import Daily

# Examples are few and the machine may be busy: time is no reason to fail.
settings.register_profile("tipoff", deadline=None)
settings.load_profile("tipoff")


@cache
def _sharing(module: Path) -> Path | None:
    """The package or module whose fixtures its tests share."""
    conftest = module.parent / "conftest.py"
    if conftest.exists() and 'scope="package"' in conftest.read_text("utf-8"):
        return module.parent
    return module if 'scope="module"' in module.read_text("utf-8") else None


class _SharedOnce(LoadScopeScheduling):  # type: ignore[misc]
    """Sends the tests that share fixtures to one worker, so that these are set up once."""

    def _split_scope(self, nodeid: str) -> str:
        shared = _sharing(self.config.rootpath / nodeid.partition("::")[0])
        return nodeid if shared is None else str(shared)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _SharedOnce(config, log)


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


# The dates that models of the tests are trained and graded on.
TRAIN = (date(2022, 11, 20), date(2023, 1, 31))
TEST = (date(2023, 2, 1), date(2023, 2, 28))


@pytest.fixture(scope="session")
def raw_lake(league: League, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with the small league's raw rows; not to be written to."""
    lake = open_lake(str(tmp_path_factory.mktemp("raw") / "lake"))
    append_to(lake, league)
    return lake


@pytest.fixture(scope="session")
def built_lake(raw_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The same with feature rows of the dates of the tests; not to be written to."""
    folder = tmp_path_factory.mktemp("built") / "lake"
    shutil.copytree(raw_lake.url, folder)
    lake = open_lake(str(folder))
    backfill(lake, Request(TRAIN[0], TEST[1]), lambda *_: None)
    return lake


@pytest.fixture
def lake(built_lake: Lake, tmp_path: Path) -> Lake:
    """A copy of the built lake that a test may write to."""
    folder = tmp_path / "a lake"
    shutil.copytree(built_lake.url, folder)
    return open_lake(str(folder))


@pytest.fixture(scope="session")
def daily(built_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> "Daily":
    """A predicted game date of the small league; not to be written to."""
    from tests.workflows.daily_league import lived  # noqa: PLC0415 -- it looks at this module

    return lived(built_lake, tmp_path_factory.mktemp("daily"))
