"""Plans written down before they are run, and seasons that open once."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import TEST, TRAIN
from typer.testing import CliRunner

from tipoff.backtest.lines import line_choice
from tipoff.cli.app import app
from tipoff.errors import InputError
from tipoff.models.spec import ModelSpec, Windows
from tipoff.store.lake import Lake, open_lake
from tipoff.workflows.dataset import Dataset, dataset
from tipoff.workflows.experiments import listed
from tipoff.workflows.promises import plan_hash, register, registration, seal, seals
from tipoff.workflows.train import Options, asked_of, run_on

SPEC = ModelSpec(name="small", no_vegas=True, iterations=5, learning_rate=0.2)
WINDOWS = Windows(train_start=TRAIN[0], train_end=TRAIN[1], eval_start=TEST[0], eval_end=TEST[1])
CHOICE = line_choice("median")
SEASON = "2022-23"


@pytest.fixture(scope="module")
def data(built_lake: Lake) -> Dataset:
    return dataset(built_lake, [SEASON], with_market=False)


@pytest.fixture
def lake(built_lake: Lake, tmp_path: Path) -> Lake:
    shutil.copytree(built_lake.url, tmp_path / "lake")
    return open_lake(str(tmp_path / "lake"))


def _run(lake: Lake, data: Dataset, **more: Any) -> dict[str, Any]:
    options = replace(Options(Path(lake.url) / "m", min_train_rows=100, threads=1), **more)
    return run_on(lake, data, SPEC, WINDOWS, CHOICE, options).report


def test_a_plan_that_came_first_is_said_to_have(lake: Lake, data: Dataset) -> None:
    asked = asked_of(SPEC, WINDOWS, CHOICE)
    assert registration(lake, asked) is None
    written = register(lake, "small", asked, WINDOWS.eval_start)
    assert written["came_first"] == "before its window was looked at here"
    assert written["is_open"]
    report = _run(lake, data)
    assert report["preregistered"]["plan_hash"] == plan_hash(asked)
    assert report["preregistered"]["came_first"] == "before its window was looked at here"


def test_a_plan_that_came_after_a_look_proves_nothing(lake: Lake, data: Dataset) -> None:
    assert _run(lake, data)["preregistered"] is None
    other = asked_of(SPEC.model_copy(update={"depth": 4}), WINDOWS, CHOICE)
    assert register(lake, "other", other, WINDOWS.eval_start)["came_first"] is None


def test_a_plan_for_days_to_come_came_first(lake: Lake) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    asked = {"plan": {"start": tomorrow.isoformat()}, "spec": {}}
    written = register(lake, "future", asked, tomorrow)
    assert written["came_first"] == "before the window opened"
    assert not written["is_open"]
    again = register(lake, "future", asked, tomorrow)
    assert again["at"] == written["at"]


def test_the_hash_is_of_everything_that_will_be_done() -> None:
    asked = asked_of(SPEC, WINDOWS, CHOICE)
    others = [
        asked_of(SPEC.model_copy(update={"seed": 43}), WINDOWS, CHOICE),
        asked_of(SPEC, WINDOWS.model_copy(update={"eval_end": date(2023, 3, 3)}), CHOICE),
        asked_of(SPEC, WINDOWS, line_choice("draftkings")),
    ]
    assert len({plan_hash(a) for a in (asked, *others)}) == 4
    assert plan_hash(asked) == plan_hash(json.loads(json.dumps(asked)))


def test_a_sealed_season_opens_once_and_every_look_is_noted(lake: Lake, data: Dataset) -> None:
    assert seal(lake, SEASON)["state"] == "sealed"
    with pytest.raises(InputError, match="the season is sealed"):
        _run(lake, data)
    assert listed(lake)["experiments"] == []
    assert _run(lake, data, open_seal=True)["seals"] == {SEASON: 1}
    with pytest.raises(InputError, match="opened already"):
        _run(lake, data, force=True)
    assert _run(lake, data, force=True, open_seal=True)["seals"] == {SEASON: 2}
    (entry,) = seals(lake)["seals"]
    assert entry["state"] == "opened"
    assert [event["event"] for event in entry["events"]] == ["sealed", "opened", "peeked"]
    with pytest.raises(InputError, match="never sealed"):
        seal(lake, SEASON)


def test_what_was_looked_at_can_not_be_sealed(lake: Lake, data: Dataset) -> None:
    _run(lake, data)
    with pytest.raises(InputError, match="1 runs of this ledger were graded on 2022-23"):
        seal(lake, SEASON)
    assert seal(lake, "2023-24")["state"] == "sealed"
    _run(lake, data, force=True)


def test_the_ledger_lists_what_was_forced_failed_and_aborted(lake: Lake, data: Dataset) -> None:
    _run(lake, data)
    _run(lake, data, force=True)
    with pytest.raises(InputError):
        _run(lake, data, force=True, min_train_rows=10**9)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run(lake, data, force=True, step=killed)
    rows = listed(lake)["experiments"]
    assert [row["state"] for row in rows] == ["finished", "finished", "failed", "aborted"]
    assert [row["forced"] for row in rows] == [False, True, True, True]
    assert [row["number"] for row in rows] == [1, 2, 3, 4]


def test_the_commands_speak_the_contract(lake: Lake) -> None:
    def asked(*words: str) -> Any:
        return CliRunner().invoke(app, [*words, "--lake", lake.url, "--json"])

    assert json.loads(asked("experiments", "seal", "2025-26").stdout)["state"] == "sealed"
    assert asked("experiments", "seal", "2025").exit_code == 2
    assert json.loads(asked("experiments", "seals").stdout)["seals"][0]["season"] == "2025-26"
    assert json.loads(asked("experiments", "list").stdout) == {"experiments": []}
    span = ["--start-date", "2023-02-01", "--end-date", "2023-03-01"]
    written = json.loads(asked("backtest", *span, "--preregister").stdout)
    assert written["name"] == "walk-forward"
