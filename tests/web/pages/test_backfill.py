"""The page of the backfill: states of the ledger, as the command tells them."""

import shutil
import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from queue import Queue

import polars as pl
import pytest
from tests.web.pages.showing import shown

from tipoff.processors.catalogue import PROCESSORS
from tipoff.store.lake import Lake, open_lake, read
from tipoff.store.watched import Watched
from tipoff.web.site.pages.backfill import PAGE, _stretches
from tipoff.workflows import plan
from tipoff.workflows.backfill import Request, backfill, status
from tipoff.workflows.plan import MISSING
from tipoff.workflows.under_way import telling, under_way

SPAN = (date(2022, 11, 20), date(2023, 1, 10))


def test_it_counts_what_the_command_counts(lived: Lake) -> None:
    told = {row["name"]: row for row in status(lived, None, None)["processors"]}
    rows = shown(PAGE, lived)["processors"].frame.to_dicts()
    assert [row["processor"] for row in rows] == [p.name for p in PROCESSORS]
    for row in rows:
        own = told[row["processor"]]
        states = ("done", "stale", "failed", "missing")
        assert [row[s] for s in states] == [own[s] for s in states]
    assert sum(row["done"] for row in rows) > 0


def test_what_is_left_says_why(lived: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shown(PAGE, lived)
    undone = before["plan"].frame
    assert set(undone["reason"]) <= {MISSING}
    # Rows of other code than that of now are stale, and the reason is said.
    monkeypatch.setattr(plan, "is_current", lambda *_: False)
    after = shown(PAGE, lived)
    stale = after["plan"].frame.filter(pl.col("state") == "stale")
    done = before["map"].frame.filter(pl.col("state") == "done")
    # All but the dates that were noted as empty, which no rows say anything of.
    assert stale.height > 0
    key = ["game_date", "processor"]
    assert stale.join(done, on=key, how="anti").is_empty()
    assert set(stale["reason"]) == {"input changed"}


@pytest.fixture
def fresh(raw_lake: Lake, tmp_path: Path) -> Lake:
    shutil.copytree(raw_lake.url, tmp_path / "lake")
    return open_lake(str(tmp_path / "lake"))


def test_a_running_backfill_is_followed(fresh: Lake) -> None:
    # As it is served: what was found in tables that did not change is kept.
    lake = Watched(fresh).lake
    steps: Queue[bool] = Queue()
    go_on = threading.Semaphore(0)

    def step(*_: object) -> None:
        steps.put(True)
        assert go_on.acquire(timeout=60)

    def build() -> None:
        try:
            backfill(fresh, Request(*SPAN), step)
        finally:
            steps.put(False)

    runner = threading.Thread(target=build)
    runner.start()
    seen = []
    while steps.get(timeout=60):
        blocks = shown(PAGE, lake)
        assert blocks["running"].is_live
        seen.append((blocks["running"].frame, blocks["processors"].frame))
        go_on.release()
    runner.join()

    began, ended = seen[0][0], seen[-1][0]
    assert began["done"].sum() == began["rows"].sum() == ended["left"].sum() == 0
    assert began["rows_a_second"].null_count() == began["seconds_left"].null_count() == len(began)
    counts = [(run["done"].sum(), run["rows"].sum()) for run, _ in seen]
    assert counts == sorted(counts)
    assert len(set(counts)) > len(PROCESSORS)
    for run, states in seen:
        # What the run is through with is what the ledger has.
        assert run["done"].to_list() == states["done"].to_list()
        assert (run["done"] + run["left"]).to_list() == began["left"].to_list()
        begun = run.filter(pl.col("done") > 0)
        assert (begun["rows_a_second"] > 0).all()
        assert (begun["dates_a_second"] > 0).all()
        assert begun["seconds_left"].null_count() == 0
    assert ended["rows"].to_list() == [read(fresh, p.table).height for p in PROCESSORS]
    assert shown(PAGE, lake)["running"].frame.is_empty()
    # The time of a run is what the next one is estimated by.
    assert shown(PAGE, lake)["processors"].frame["left"].null_count() == 0


_KILLED = """
import os, signal, sys
from datetime import date
from tipoff.store.location import Lake
from tipoff.workflows.under_way import telling, under_way

lake = Lake(sys.argv[1])
with telling(lake, (date(2023, 1, 1), date(2023, 1, 2)), ["player_shot_zone"]):
    print(len(under_way(lake)), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_backfill_is_not_under_way(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path)], stdout=subprocess.PIPE, check=False
    )
    assert (told.returncode, told.stdout) == (-signal.SIGKILL, b"1\n")
    lake = Lake(str(tmp_path))
    assert under_way(lake) == []
    # What it left behind is in nobody's way, and two that run are both told of.
    with (
        telling(lake, SPAN, ["team_defense_zone"]) as first,
        telling(lake, SPAN, ["player_shot_zone"]),
    ):
        first.begin()
        first.through("team_defense_zone", dates=1, failed=1, rows=0)
        told_of = [run["processors"] for run in under_way(lake)]
        assert [list(own) for own in told_of] == [["team_defense_zone"], ["player_shot_zone"]]
        own = told_of[0]["team_defense_zone"]
        assert (own.planned, own.done, own.failed) == (1, 1, 1)
    assert under_way(lake) == []


def test_days_on_end_in_one_state_are_one_stretch() -> None:
    days = [date(2024, 1, day) for day in (1, 2, 3, 5, 6)]
    cells = pl.DataFrame(
        {
            "game_date": days * 2,
            "processor": ["a"] * 5 + ["b"] * 5,
            "state": [*("done", "done", "stale", "stale", "stale"), *["done"] * 5],
        }
    )
    found = _stretches(cells.sample(fraction=1, shuffle=True, seed=3))
    assert [tuple(word[:10] for word in row) for row in found.rows()] == [
        ("a", "done", "2024-01-01", "2024-01-03"),
        ("a", "stale", "2024-01-03", "2024-01-04"),
        ("a", "stale", "2024-01-05", "2024-01-07"),
        ("b", "done", "2024-01-01", "2024-01-04"),
        ("b", "done", "2024-01-05", "2024-01-07"),
    ]
