import json
from pathlib import Path

import polars as pl
import pytest

from tipoff.errors import InputError
from tipoff.store.lake import Lake, open_lake, scan
from tipoff.tables.experiments import EXPERIMENTS
from tipoff.workflows.experiments import Run, attempts, counted, refuse_repeated


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "lake"))


def _run(run_id: str = "r1") -> Run:
    return Run(run_id, "name", {"loss": "MAE"}, "", "print")


def _events(lake: Lake) -> list[tuple[str, str]]:
    rows = scan(lake, EXPERIMENTS).select("run_id", "event", "at").collect()
    return rows.sort("at", "event").select("run_id", "event").rows()


def test_a_run_that_ends_is_logged_with_its_report(lake: Lake) -> None:
    with counted(lake, _run()) as run:
        run.report = {"verdict": "passed", "n": 3}
    assert sorted(_events(lake)) == [("r1", "finished"), ("r1", "started")]
    done = scan(lake, EXPERIMENTS).filter(pl.col("event") == "finished").collect()
    assert done["verdict"].item() == "passed"
    assert json.loads(done["report"].item()) == {"verdict": "passed", "n": 3}


def test_a_run_that_fails_is_counted_and_says_why(lake: Lake) -> None:
    with pytest.raises(InputError), counted(lake, _run()):
        raise InputError("Expected more rows.")
    failed = scan(lake, EXPERIMENTS).filter(pl.col("event") == "failed").collect()
    assert "Expected more rows." in failed["report"].item()
    assert attempts(lake) == 1


def test_a_run_that_is_aborted_is_counted(lake: Lake) -> None:
    with pytest.raises(KeyboardInterrupt), counted(lake, _run()):
        raise KeyboardInterrupt
    assert _events(lake) == [("r1", "started")]
    assert attempts(lake) == 1


def test_only_a_finished_run_is_refused_a_second_time(lake: Lake) -> None:
    refuse_repeated(lake, "r1")
    with pytest.raises(KeyboardInterrupt), counted(lake, _run()):
        raise KeyboardInterrupt
    refuse_repeated(lake, "r1")
    with counted(lake, _run()):
        pass
    with pytest.raises(InputError, match="--force"):
        refuse_repeated(lake, "r1")
    refuse_repeated(lake, "r2")


def test_a_forced_run_is_counted_again(lake: Lake) -> None:
    for _ in range(2):
        with counted(lake, _run()):
            pass
    assert attempts(lake) == 2


def test_a_new_lake_has_no_tries(lake: Lake) -> None:
    assert attempts(lake) == 0
