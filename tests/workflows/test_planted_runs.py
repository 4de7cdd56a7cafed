"""Runs with planted faults: marked, suspected, and never mixed with clean ones."""

import json
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


def _run(lake: Lake, *more: str) -> Result:
    asked = ["train", "--name", "own", "--no-vegas", "--iterations", "30", *_WINDOWS]
    return CliRunner().invoke(app, [*asked, "--lake", lake.url, "--json", *more])


def _report(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_faults_of_training_and_grading_read_the_clean_rows_and_are_suspected(
    lake: Lake,
) -> None:
    before = table_hash(lake, TABLES["ml_feature_store"])
    clean = _report(_run(lake))
    overlap = _run(lake, "--plant", "train-test-overlap")
    latest = _run(lake, "--plant", "latest-line")
    assert overlap.exit_code == latest.exit_code == 3
    learnt, graded = _report(overlap), _report(latest)
    assert {learnt["verdict"], graded["verdict"]} == {"leak suspected"}
    assert learnt["plant"] == "train-test-overlap"
    assert len({clean["run_id"], learnt["run_id"], graded["run_id"]}) == 3
    assert learnt["train_rows"] > clean["train_rows"] == graded["train_rows"]
    assert learnt["lines"]["mae"] < clean["lines"]["mae"]
    kept = [pl.read_parquet(r["artifact"]["predictions"]) for r in (clean, graded)]
    both = kept[0].join(kept[1], on=["game_id", "player_id"], suffix="_late")
    assert both.height > 0.9 * kept[0].height
    assert both["prediction"].equals(both["prediction_late"])
    assert not both["over_price"].equals(both["over_price_late"])
    assert table_hash(lake, TABLES["ml_feature_store"]) == before


def test_a_fault_of_features_needs_a_view_of_its_own(lake: Lake) -> None:
    without = _run(lake, "--plant", "season-final-averages")
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
