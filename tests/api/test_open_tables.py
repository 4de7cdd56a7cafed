"""Other engines read a lake's tables and get the same rows; what was replaced is not read."""

from pathlib import Path

import polars as pl
import pyarrow.dataset as ds
import pytest
from tests.api.engines import ENGINES

import tipoff as tp
from tipoff.errors import InputError
from tipoff.store.content import content_hash
from tipoff.store.lake import Lake, read, replace, table_hash
from tipoff.workflows.lake import TABLES

NAMES = ("games", "player_boxes", "prop_quotes", "availability", "ml_feature_store")
REPLACED = "player_daily_cache"


@pytest.fixture(scope="module")
def lake(raw_lake: Lake, built_lake: Lake) -> Lake:
    return built_lake


def _hash(rows: pl.DataFrame, table: str) -> str:
    """The hash of the same columns in tipoff's own types: engines differ in units and widths."""
    own = TABLES[table]
    return content_hash(rows.select(list(own.columns)).cast(own.columns), own.key)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("table", NAMES)
def test_engines_read_the_same_rows(lake: Lake, engine: str, table: str) -> None:
    found = ENGINES[engine](lake, table)
    assert found.height > 100
    assert _hash(found, table) == table_hash(lake, TABLES[table])


@pytest.fixture(scope="module")
def replaced(built_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake, in a folder with a space, some of whose rows were replaced by corrected ones."""
    lake = tp.open_lake(tmp_path_factory.mktemp("open tables") / "lake")
    table = TABLES[REPLACED]
    rows = read(built_lake, table)
    days = rows["game_date"].unique().sort()
    replace(lake, table, rows, f"season = '{rows['season'][0]}'")
    late = rows.filter(pl.col("game_date") >= days[-3]).with_columns(plant=pl.lit("corrected"))
    replace(lake, table, late, f"season = '{rows['season'][0]}' AND game_date >= '{days[-3]}'")
    return lake


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_replaced_is_not_read(replaced: Lake, engine: str) -> None:
    found = ENGINES[engine](replaced, REPLACED)
    assert found.filter(plant="corrected").height > 0
    assert _hash(found, REPLACED) == table_hash(replaced, TABLES[REPLACED])


def test_reading_the_folder_whole_would_read_it(replaced: Lake) -> None:
    """The planted fault of the test above: rows that are no more are there, too."""
    folder = Path(replaced.url) / REPLACED
    whole = ds.dataset([str(file) for file in folder.rglob("*.parquet")])
    active = ENGINES["polars"](replaced, REPLACED).height
    assert whole.count_rows() > active
    files = tp.table_files(replaced, REPLACED)
    assert len(files) < len(list(folder.rglob("*.parquet")))
    assert ds.dataset(files).count_rows() == active


def test_files_of_an_older_version_are_those_of_then(replaced: Lake) -> None:
    then = tp.table_files(replaced, REPLACED, at=0)
    assert set(then).isdisjoint(tp.table_files(replaced, REPLACED))
    assert "corrected" not in pl.read_parquet(then)["plant"].unique()
    old = tp.scan(replaced, REPLACED, at=0).collect()
    assert old.height == pl.read_parquet(then).height


def test_tables_that_are_not_there_are_named(replaced: Lake) -> None:
    with pytest.raises(InputError, match="Did you mean 'player_daily_cache'"):
        tp.table_files(replaced, "player_daily_cach")
    with pytest.raises(InputError, match="holds none yet"):
        tp.table_files(replaced, "games")
    with pytest.raises(InputError, match="Did you mean 'games'"):
        tp.scan(replaced, "game")
    assert tp.scan(replaced, "games").collect().is_empty()
