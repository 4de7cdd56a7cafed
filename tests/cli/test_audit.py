"""``tipoff audit file``: one document, exit codes, sentences."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.workflows.prediction_files import season, written
from typer.testing import CliRunner, Result

from tipoff.cli.app import app

KEYS = {
    "file", "line_file", "box_file", "joins", "duplicates", "timing", "prices", "stated", "market",
    "lines", "all", "baselines", "headline", "evidence", "returns", "thermometer", "signs",
    "conditions", "verdict", "sentences", "card", "seconds",
}  # fmt: skip


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["audit", "file", *[str(a) for a in arguments]])


def _document(result: Result) -> dict[str, Any]:
    lines = result.stdout.strip().splitlines()
    assert len(lines) == 1, result.stdout
    found: dict[str, Any] = json.loads(lines[0])
    return found


@pytest.mark.parametrize(("making", "code"), [("clean", 0), ("inclusive", 3), ("constant", 3)])
def test_a_suspected_leak_does_not_exit_0(tmp_path: Path, making: str, code: int) -> None:
    path = written(tmp_path, season(), making)
    result = _call(path, "--out", tmp_path / "card", "--json")
    assert result.exit_code == code, result.output
    report = _document(result)
    assert set(report) >= KEYS
    assert all(Path(card).is_file() for card in report["card"].values())
    assert report["card"]["html"].endswith(f"{making}_audit.html")
    plain = _call(path, "--out", tmp_path / "card")
    assert plain.exit_code == code
    assert "Traceback" not in plain.output
    assert ("Quarantined" in plain.stderr) == (code == 3)


def test_columns_can_be_mapped(tmp_path: Path) -> None:
    path = written(tmp_path, season(), "clean", prediction="Crystal ball", actual="Ended with")
    assert _call(path, "--out", tmp_path).exit_code == 2
    mapped = ["--map", "prediction=Crystal ball", "--map", "actual=Ended with"]
    report = _document(_call(path, *mapped, "--out", tmp_path, "--json"))
    assert report["file"]["columns"]["prediction"] == "Crystal ball"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--map", "prediction"], "ROLE=COLUMN"),
        (["--map", "bets.line=x"], "lines.ROLE"),
        (["--map", "line=nowhere"], "nowhere"),
        (["--market", "dunks"], "dunks"),
        (["--box", "absent.csv"], "absent.csv"),
    ],
)
def test_bad_input_costs_a_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    path = written(tmp_path, season(players=10, days=30), "clean")
    result = _call(path, *arguments, "--out", tmp_path, "--json")
    assert result.exit_code == 2
    assert said in _document(result)["error"]


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    result = _call(tmp_path / "none.csv", "--json")
    assert result.exit_code == 2
    assert "none.csv" in _document(result)["error"]
