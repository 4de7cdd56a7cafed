"""Runs with planted faults: marked, suspected, and never mixed with clean ones."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.conftest import TEST, TRAIN
from typer.testing import CliRunner, Result

from tipoff.cli.app import app
from tipoff.store.lake import Lake, table_hash
from tipoff.workflows.lake import TABLES

_WINDOWS = [
    *("--train-start", str(TRAIN[0]), "--train-end", str(TRAIN[1])),
    *("--eval-start", str(TEST[0]), "--eval-end", str(TEST[1])),
]


def _run(lake: Lake, tmp_path: Path, *more: str) -> Result:
    asked = ["train", "--name", "own", "--no-vegas", "--iterations", "30", *_WINDOWS]
    where = ["--lake", lake.url, "--models", str(tmp_path / "models"), "--json"]
    return CliRunner().invoke(app, [*asked, *where, *more])


def _report(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_faults_of_training_and_grading_read_the_clean_rows_and_are_suspected(
    lake: Lake, tmp_path: Path
) -> None:
    before = table_hash(lake, TABLES["ml_feature_store"])
    clean = _report(_run(lake, tmp_path))
    overlap = _run(lake, tmp_path, "--plant", "train-test-overlap")
    latest = _run(lake, tmp_path, "--plant", "latest-line")
    assert overlap.exit_code == latest.exit_code == 3
    learnt, graded = _report(overlap), _report(latest)
    assert {learnt["verdict"], graded["verdict"]} == {"leak suspected"}
    assert learnt["plant"] == "train-test-overlap"
    assert len({clean["run_id"], learnt["run_id"], graded["run_id"]}) == 3
    assert learnt["train_rows"] > clean["train_rows"] == graded["train_rows"]
    assert learnt["lines"]["mae"] < clean["lines"]["mae"]
    predictions = [pl.read_parquet(r["artifact"]["predictions"]) for r in (clean, graded)]
    assert predictions[0]["prediction"].sum() != predictions[1]["prediction"].sum() or not (
        predictions[0]["line"].equals(predictions[1]["line"])
    )
    assert table_hash(lake, TABLES["ml_feature_store"]) == before


def test_a_fault_of_features_needs_a_view_of_its_own(lake: Lake, tmp_path: Path) -> None:
    without = _run(lake, tmp_path, "--plant", "season-final-averages")
    assert without.exit_code == 2
    assert "tipoff backfill --plant season-final-averages" in without.output


@pytest.mark.parametrize("name", ["latest-line", "utc-day-slip", "nonsense"])
def test_a_backfill_plants_faults_of_features_only(lake: Lake, name: str) -> None:
    span = ["--start-date", str(TEST[0]), "--end-date", str(TEST[0])]
    result = CliRunner().invoke(app, ["backfill", *span, "--plant", name, "--lake", lake.url])
    assert result.exit_code == 2
    assert "Expected a plant out of inclusive-date" in result.output


def test_the_plants_are_listed() -> None:
    result = CliRunner().invoke(app, ["audit", "plants", "--json"])
    assert result.exit_code == 0
    plants = _report(result)["plants"]
    assert len(plants) == 30
    assert all(plant["about"] and plant["breaks"] for plant in plants)
    assert "train-test-overlap" in CliRunner().invoke(app, ["audit", "plants"]).output
