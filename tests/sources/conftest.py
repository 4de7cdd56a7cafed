"""Files as contents, and games to look up."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from tests.sources.three_games import three_games

from tipoff.sources.format import Content, Reference
from tipoff.sources.line_rows import day, season_expr, team

AsContent = Callable[..., Content]


@pytest.fixture
def as_content() -> AsContent:
    """Turn a frame, or named frames, into a file's content."""

    def make(frames: pl.DataFrame | dict[str, pl.DataFrame], name: str = "file.csv") -> Content:
        tables = {"": frames} if isinstance(frames, pl.DataFrame) else frames
        columns = {key: tuple(frame.columns) for key, frame in tables.items()}
        return Content(Path(name), columns, tables.__getitem__)

    return make


def _sqlite(path: Path) -> dict[str, pl.DataFrame]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        names = [r[0] for r in database.execute("select name from sqlite_master order by name")]
        tables = {}
        for name in names:
            cursor = database.execute(f'select * from "{name}"')
            rows = [[None if v is None else str(v) for v in row] for row in cursor]
            tables[name] = pl.DataFrame(rows, [c[0] for c in cursor.description], orient="row")
    return tables


@pytest.fixture
def content_of(as_content: AsContent) -> Callable[[Path], Content]:
    """Open a real file, in the plainest way."""

    def opened(path: Path) -> Content:
        if path.suffix == ".sqlite":
            return as_content(_sqlite(path), path.name)
        if path.suffix == ".xlsx":
            return as_content(pl.read_excel(path), path.name)
        if path.suffix == ".parquet":
            return as_content(pl.read_parquet(path), path.name)
        return as_content(pl.read_csv(path, infer_schema=False), path.name)

    return opened


def _reference(games: pl.DataFrame) -> Reference:
    columns = ["game_id", "game_date", "season", "home_team", "away_team", "tip_off_at"]
    return Reference(games.select(columns), pl.DataFrame())


@pytest.fixture
def reference() -> Reference:
    """Two games of 2024-10-22 and 23, and one on each side of midnight UTC."""
    return three_games()


@pytest.fixture(scope="session")
def real_reference(real_data: Path) -> Reference:
    """Every game of the real schedules, read in the plainest way."""
    folder = real_data / "schedules"
    eastern = pl.read_csv(folder / "mxufc29_nbahxschedule_15-25.csv.gz", infer_schema=False)
    local = (pl.col("etdate") + " " + pl.col("ettime")).str.to_datetime(
        "%Y-%m-%d %H:%M:%S", strict=False
    )
    listed = pl.read_csv(folder / "mrees002_nba_schedule_games.csv.gz", infer_schema=False)
    late = pl.read_csv(folder / "mostgood1_schedule_2025_26.csv", infer_schema=False)
    start = pl.col("datetime_utc").str.to_datetime("%Y-%m-%d %H:%M:%S%z")
    zone = "America/New_York"
    games = pl.concat(
        [
            eastern.select(
                game_date=day("etdate"),
                home_team=team("h.ta"),
                away_team=team("v.ta"),
                tip_off_at=local.dt.replace_time_zone(zone, non_existent="null"),
            ).with_columns(pl.col("tip_off_at").dt.convert_time_zone("UTC")),
            late.select(
                game_date=start.dt.convert_time_zone(zone).dt.date(),
                home_team=team("home_tricode"),
                away_team=team("away_tricode"),
                tip_off_at=start.dt.convert_time_zone("UTC"),
            ),
            listed.select(
                game_date=day("game_date"), home_team=team("home_team"), away_team=team("away_team")
            ),
        ],
        how="diagonal",
    ).drop_nulls(["game_date", "home_team", "away_team"])
    once = games.group_by("game_date", "home_team", "away_team").agg(
        pl.col("tip_off_at").drop_nulls().min()
    )
    return _reference(
        once.with_columns(
            game_id=pl.col("game_date").dt.strftime("%Y%m%d")
            + pl.format("_{}_{}", "away_team", "home_team"),
            season=season_expr("game_date"),
        )
    )
