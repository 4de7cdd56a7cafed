"""``tipoff audit thermometer`` and ``ceilings``: one document, exit codes, sentences."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tipoff.cli.app import app
from tipoff.store.lake import Lake

OWN = ["--hit-rate", "0.85", "--n", "878", "--mae", "3.68", "--line-mae", "5.0"]


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["audit", *[str(a) for a in arguments]])


def _document(result: Result) -> dict[str, Any]:
    lines = result.stdout.strip().splitlines()
    assert len(lines) == 1, result.stdout
    found: dict[str, Any] = json.loads(lines[0])
    return found


def test_the_published_rows_are_judged_without_any_number() -> None:
    result = _call("thermometer", "--json")
    assert result.exit_code == 3, result.output
    report = _document(result)
    assert (len(report["rows"]), report["quarantined"]) == (8, 4)
    assert all("measured on" in row["line_mae_of"] for row in report["rows"])


def test_own_numbers_are_judged_and_said() -> None:
    result = _call("thermometer", *OWN)
    assert result.exit_code == 3
    assert "points: quarantined. 85.0% of 878 picks 3 off the line" in result.stdout
    assert "QUARANTINED: 1 of 1." in result.stderr
    honest = _call("thermometer", "--hit-rate", 0.54, "--n", 400, "--line-mae", 5.0, "--json")
    assert honest.exit_code == 0
    (row,) = _document(honest)["rows"]
    assert row["verdict"] == "plausible"
    threes = _call(
        "thermometer", "--hit-rate", 0.6, "--n", 300, "--line-mae", 0.9, "--market", "3pt", "--json"
    )
    assert _document(threes)["rows"][0]["edge"] == 0.5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hit-rate", "0.85"], "--n, --line-mae as well"),
        (["--market", "threes"], "numbers for --market threes"),
        ([*OWN, "--market", "dunks"], "dunks"),
        (["--hit-rate", "85", "--n", "9", "--line-mae", "5"], "0.85 for 85 %"),
        (["--hit-rate", "0.6", "--n", "0", "--line-mae", "5"], "one pick or more"),
        (["--hit-rate", "0.6", "--n", "9", "--line-mae", "0"], "above zero"),
    ],
)
def test_bad_numbers_are_refused(arguments: list[str], said: str) -> None:
    result = _call("thermometer", *arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_ceilings_need_finished_runs(raw_lake: Lake, tmp_path: Path) -> None:
    shutil.copytree(raw_lake.url, tmp_path / "lake")
    result = _call("ceilings", "--lake", tmp_path / "lake", "--json")
    assert result.exit_code == 2
    assert "tipoff multiseason --market all" in _document(result)["error"]
