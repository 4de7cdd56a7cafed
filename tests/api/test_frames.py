"""Frames in and out through Arrow: Polars, pandas, PyArrow and DuckDB give and take the same."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal
from tests.workflows.prediction_files import season

import tipoff as tp
from tipoff.api.given import frame
from tipoff.api.results import Audit
from tipoff.errors import InputError

KINDS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda rows: rows,
    "lazy": lambda rows: rows.lazy(),
    "pandas": lambda rows: rows.to_pandas(),
    "pandas with an index": lambda rows: rows.to_pandas().set_index(
        pd.Index(np.arange(rows.height)[::-1])
    ),
    "pandas with Arrow types": lambda rows: rows.to_pandas(use_pyarrow_extension_array=True),
    "pyarrow": lambda rows: rows.to_arrow(),
    "batches": lambda rows: pa.RecordBatchReader.from_batches(
        rows.to_arrow().schema, rows.to_arrow().to_batches(max_chunksize=100)
    ),
    "duckdb": lambda rows: duckdb.sql("SELECT * FROM rows"),
}
MAPPING = """
[[file]]
match = ["GameDay", "Scored"]
table = "player_boxes"
source = "club"
[file.columns]
game_date = "GameDay"
player_name = "Name"
player_id = "Id"
team = "Club"
opponent = "Versus"
is_home = "AtHome"
points = "Scored"
seconds_played = "Seconds"
"""
COLUMNS = ["player", "game_date", "prediction", "line", "over_odds", "under_odds", "actual"]


@pytest.fixture(scope="module")
def predictions() -> pl.DataFrame:
    """Two months of honest predictions with lines, prices and results."""
    return season(days=60).with_columns(prediction="clean").select(COLUMNS)


@pytest.fixture(scope="module")
def from_polars(predictions: pl.DataFrame) -> Audit:
    return tp.audit(predictions)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_of_every_library_are_audited_alike(
    kind: str, predictions: pl.DataFrame, from_polars: Audit
) -> None:
    found = tp.audit(KINDS[kind](predictions))
    told = {k: v for k, v in found.report.items() if k != "seconds"}
    assert told == {k: v for k, v in from_polars.report.items() if k != "seconds"}
    assert found.verdict == "underpowered"
    assert not found.is_suspected


def test_a_frame_is_audited_as_its_file_is(
    predictions: pl.DataFrame, from_polars: Audit, tmp_path: Path
) -> None:
    predictions.write_parquet(tmp_path / "own.parquet")
    found = tp.audit(tmp_path / "own.parquet", out=tmp_path / "card")
    for part in ("lines", "all", "verdict", "conditions", "joins", "thermometer"):
        assert found.report[part] == from_polars.report[part]
    assert Path(found.report["card"]["html"]).is_file()
    assert_frame_equal(found.hit_rates, from_polars.hit_rates)


def test_a_leaked_frame_is_suspected_with_lines_and_results_apart() -> None:
    rows = season(days=90).with_columns(MyPred="copied")
    who = ["player", "game_date"]
    found = tp.audit(
        rows.select(*who, "MyPred").to_pandas(),
        lines=rows.select(*who, "over_odds", "under_odds", Handicap="line").to_arrow(),
        box=rows.select(*who, pts="actual"),
        columns={"prediction": "MyPred", "lines.line": "Handicap"},
    )
    assert found.is_suspected
    assert found.report["file"]["columns"]["prediction"] == "MyPred"
    assert found.conditions.filter(state="failed").height >= 1


def test_what_is_wrong_is_said_in_python(predictions: pl.DataFrame) -> None:
    with pytest.raises(InputError, match=r"columns=\{'prediction': 'COLUMN'\}"):
        tp.audit(predictions.drop("prediction"))
    with pytest.raises(InputError, match=r"give lines= and box="):
        tp.audit(predictions.drop("line", "over_odds", "under_odds"))
    with pytest.raises(InputError, match="found none"):
        tp.audit(predictions.clear())
    with pytest.raises(InputError, match="got a dict, which does not hand out Arrow"):
        tp.audit({"prediction": [1.0]})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="Expected columns by role"):
        tp.audit(predictions, columns={"odds.line": "x"})


def test_types_that_others_have_come_as_plain_ones() -> None:
    given: Any = duckdb.sql(
        "SELECT 1.5::DECIMAL(5, 2) AS d, 'a'::ENUM('a', 'b') AS e, DATE '2022-11-01' AS day"
    )
    found = frame(given, "rows")
    assert found.schema == {"d": pl.Float64, "e": pl.String, "day": pl.Date}
    assert found.row(0) == (1.5, "a", date(2022, 11, 1))
    boxed = pd.DataFrame({"c": pd.Categorical(["x", "y"])}, index=[5, 6])
    assert frame(boxed, "rows").to_dict(as_series=False) == {"c": ["x", "y"]}


def test_what_comes_out_goes_into_every_library() -> None:
    out = tp.audit(season(days=60).with_columns(prediction="clean").select(COLUMNS)).hit_rates
    n = int(out["n"].sum())
    summed: Any = duckdb.sql("SELECT sum(n) FROM out")
    assert summed.fetchall() == [(n,)]
    assert pd.DataFrame.from_arrow(out)["n"].sum() == n
    assert out.to_pandas()["n"].sum() == n
    assert pa.table(out).column("n").to_pylist() == out["n"].to_list()


@pytest.mark.parametrize("kind", ["polars", "pandas", "duckdb"])
def test_frames_are_taken_into_a_lake(kind: str, tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "GameDay": ["2023-01-05", "2023-01-05"],
            "Name": ["Ada Byron", "Grace Hopper"],
            "Id": ["1", "2"],
            "Club": ["BOS", "DAL"],
            "Versus": ["DAL", "BOS"],
            "AtHome": [False, True],
            "Scored": [21, 17],
            "Seconds": [1800, 1700],
        }
    )
    (tmp_path / "own.toml").write_text(MAPPING)
    lake = tp.open_lake(tmp_path / "lake")
    found = tp.ingest(lake, KINDS[kind](rows), mapping=tmp_path / "own.toml")
    assert found.files["path"].to_list() == ["frame.parquet"]
    assert found.files["reason"].to_list() == [None]
    stored = tp.scan(lake, "player_boxes").sort("points").collect()
    assert stored["points"].to_list() == [17, 21]
    again = tp.ingest(lake, KINDS[kind](rows), mapping=tmp_path / "own.toml", again=True)
    assert not any(again.added.values())
