"""The commands of the day: one JSON document each, exit codes, sentences."""

import importlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from tests.workflows.daily_league import DAY, Daily, entered
from typer.testing import CliRunner, Result

from tipoff.cli.app import app
from tipoff.store.lake import Lake, read, replace
from tipoff.tables.models import MODEL_FILES, RETIRED
from tipoff.workflows import predict as predicting

RUN = CliRunner()


@pytest.fixture
def lake(daily: Daily, tmp_path: Path) -> Lake:
    return daily.copied(tmp_path)


def _call(lake: Lake | Path, *words: object) -> Result:
    where = lake.url if isinstance(lake, Lake) else lake
    return RUN.invoke(app, [*map(str, words), "--lake", str(where)])


def _told(lake: Lake, *words: object, code: int = 0) -> dict[str, Any]:
    """The one document on stdout, after the exit code was what is expected."""
    result = _call(lake, *words, "--json")
    assert result.exit_code == code, result.output
    lines = result.stdout.strip().splitlines()
    assert len(lines) == 1, result.stdout
    found: dict[str, Any] = json.loads(lines[0])
    return found


def _shown(lake: Lake, *words: object, code: int = 0) -> str:
    """What people read."""
    result = _call(lake, *words)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert not result.stdout.startswith("{")
    return " ".join(result.output.split())


READING = {
    "models list": ["models"],
    "models list --stage shadow --market pts": ["models"],
    "models show small": ["model_id", "spec", "features", "report", "events", "stage"],
    "models verify": ["models", "passed"],
    "halt --lift": ["market", "reason", "is_on", "changed", "active"],
    f"grade --date {DAY}": [
        "rows", "settled", "void", "waiting", "new", "corrected", "voids", "waits", "overdue",
        "corrections", "account",
    ],
}  # fmt: skip


@pytest.mark.parametrize("command", sorted(READING))
def test_every_report_is_one_document(lake: Lake, command: str) -> None:
    told = _told(lake, *command.split())
    assert all(key in told for key in READING[command])
    _shown(lake, *command.split())


WRONG = {
    "an unknown model": "models show nobody",
    "an unknown model to promote": "models promote nobody",
    "an unknown model to retire": "models retire nobody",
    "an unknown model to verify": "models verify nobody",
    "an unknown stage": "models promote small --to star",
    "a stage that is no promotion": "models promote small --to retired",
    "a list of an unknown stage": "models list --stage star",
    "a list of an unknown market": "models list --market dunks",
    "nothing to go back to": "models rollback",
    "a rollback of an unknown market": "models rollback --market dunks",
    "no date to predict": "predict --date soon",
    "an unknown market to predict": "predict --market dunks",
    "an instant without a zone": f"predict --date {DAY} --at 2023-02-06T12:00",
    "caps that shrink": f"predict --date {DAY} --per-team 4 --per-game 3",
    "a model that is not live": f"predict --date {DAY} --model nobody",
    "no date to grade": "grade --date soon",
    "dates in the wrong order": f"grade --start-date 2023-02-09 --date {DAY}",
    "an unknown market to grade": f"grade --date {DAY} --market dunks",
    "a halt without a reason": "halt",
    "an unknown halt": "halt late --kind magic",
    "a halt of an unknown market": "halt late --market dunks",
}


@pytest.mark.parametrize("fault", sorted(WRONG))
def test_bad_input_is_a_sentence_and_exit_code_2(daily: Daily, fault: str) -> None:
    # Nothing of it is written, so that the shared lake can be used.
    result = _call(daily.lake, *WRONG[fault].split(), "--json")
    assert result.exit_code == 2, result.output
    assert json.loads(result.stdout)["exit_code"] == 2
    assert result.stderr.startswith("tipoff: ")
    assert result.stderr.strip().endswith(".")


@pytest.mark.parametrize("command", ["models list", "models verify", "predict", "grade", "halt x"])
def test_without_a_lake_there_is_a_sentence(tmp_path: Path, command: str) -> None:
    result = _call(tmp_path / "nowhere", *command.split(), "--json")
    assert result.exit_code == 2
    assert "there is no such folder" in result.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_model_goes_through_its_stages(lake: Lake, daily: Daily) -> None:
    other = entered(lake, daily.outcome, line_source="fanduel")
    refused = _told(lake, "models", "promote", daily.model_id[:12], code=3)
    assert refused["exit_code"] == 3
    assert "--force" in refused["error"]
    told = _told(lake, "models", "promote", daily.model_id[:12], "--force", "--by", "tester")
    assert (told["from"], told["to"], told["is_forced"]) == ("shadow", "champion", True)
    text = _shown(lake, "models", "promote", other[:12], "--to", "champion", "--force")
    assert "gates FORCED" in text
    assert f"{other[:12]}: candidate to champion" in text
    told = _told(lake, "models", "rollback", "--reason", "Worse.")
    assert (told["champion"], told["demoted"]) == (daily.model_id, other)
    assert "goes on in the shadow" in _shown(lake, "models", "rollback")
    told = _told(lake, "models", "retire", daily.model_id[:12], "--reason", "Old.")
    assert told["to"] == RETIRED
    events = _told(lake, "models", "show", daily.model_id)["events"]
    assert [one["event"] for one in events][-3:] == ["rolled back", "demoted", "retired"]
    assert events[2]["by"] == "tester"
    text = _shown(lake, "models", "list")
    assert "(forced)" in text
    assert all(model[:12] in text for model in (daily.model_id, other))


def test_a_broken_model_exits_3_with_its_report(lake: Lake, daily: Daily) -> None:
    rows = read(lake, MODEL_FILES).with_columns(body=pl.lit(b"something else"))
    replace(lake, MODEL_FILES, rows, "true")
    told = _told(lake, "models", "verify", code=3)
    assert not told["passed"]
    assert "NOT INTACT" in _shown(lake, "models", "verify", code=3)
    told = _told(lake, "predict", "--date", DAY, code=2)
    assert "its content has changed" in told["error"]


def test_predict_keeps_a_slate_and_says_so(lake: Lake, daily: Daily) -> None:
    now = daily.last + timedelta(minutes=1)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return now

    with (
        patch.object(importlib.import_module("tipoff.cli.predict"), "datetime", Clock),
        # The lake holds what will be observed later; the door keeps it out.
        patch.object(predicting, "refuse_clock_behind", lambda *_: None, create=True),
    ):
        told = _told(lake, "predict", "--date", DAY, "--due", "--point-edge", 1)
        (slate,) = told["slates"]
        assert (told["state"], slate["kept"], slate["picks"]) == ("predicted", True, 3)
        assert slate["reasons"]["team cap"] > 0
        text = _shown(lake, "predict", "--date", DAY, "--due", "--point-edge", 1)
        assert "the same as slate 5" in text


def test_a_halt_is_told_until_it_is_lifted(lake: Lake) -> None:
    told = _told(lake, "halt", "lines are late", "--by", "tester")
    assert (told["changed"], len(told["active"])) == (True, 1)
    assert "lines are late" in _shown(lake, "halt", "lines are late")
    assert "points is halted" in _shown(lake, "halt", "odd", "--market", "pts", "--kind", "stale")
    assert len(_told(lake, "halt", "--lift")["active"]) == 1
    assert "No halt is on." in _shown(
        lake, "halt", "--lift", "--market", "points", "--kind", "stale"
    )
