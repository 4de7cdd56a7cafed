"""Health shows what was last found, what is wrong first and the oldest of it on top."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.web.pages.showing import NOW, said, shown

from tipoff.store.delta import newest_rows
from tipoff.store.lake import Lake, log, open_lake, read
from tipoff.store.locks import held
from tipoff.tables.raw import RAW_TABLES
from tipoff.tables.table import Table
from tipoff.tables.watch import (
    CHECK_RESULTS,
    EXPECTED_OUTPUTS,
    JOB_STEPS,
    MODEL_STATES,
    NOTICES,
)
from tipoff.web.heartbeats import Heartbeat, Heartbeats
from tipoff.web.site.pages.health import PAGE
from tipoff.workflows.freshness import Question, validate_freshness
from tipoff.workflows.halts import set_halt
from tipoff.workflows.service_reports import lock_name, write_report
from tipoff.workflows.table_ages import table_ages

DAY = date(2024, 12, 3)
HOUR = timedelta(hours=1)


@pytest.fixture
def empty_lake(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "lake"))


def _log(lake: Lake, table: Table, *rows: dict[str, Any]) -> None:
    log(lake, table, pl.DataFrame(list(rows), schema=table.columns))


def _check(name: str, state: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "run_id": f"{at:%d%H%M}", "check": name, "schedule": "midday", "game_date": DAY, "at": at,
        "severity": "P2", "state": state, "observed": None, "required": "all is well",
        "sentence": f"{name} was found {state}.", **more,
    }  # fmt: skip


def _output(name: str, number: int, state: str, due: datetime, day: date = DAY) -> dict[str, Any]:
    return {
        "game_date": day, "output": name, "number": number, "at": due - HOUR, "due_at": due,
        "state": state, "n": None, "reason": None, "run_id": None,
    }  # fmt: skip


def _step(name: str, event: str, at: datetime, report: str | None = None) -> dict[str, Any]:
    return {
        "game_date": DAY, "step": name, "run_id": "run", "event": event, "at": at,
        "report": report,
    }  # fmt: skip


def _areas(lake: Lake, now: datetime = NOW) -> dict[str, dict[str, Any]]:
    return {row["area"]: row for row in shown(PAGE, lake, now)["areas"].frame.to_dicts()}


def test_a_lake_on_which_nothing_ran_is_neither_red_nor_green(empty_lake: Lake) -> None:
    blocks = shown(PAGE, empty_lake)
    sentence = said(blocks["all"])
    assert sentence.startswith("Nothing is known to be wrong; of ")
    assert "tipoff daily" in sentence
    assert {row["state"] for row in _areas(empty_lake).values()} >= {"never ran", "not judged"}


def test_what_is_wrong_comes_first_and_the_oldest_on_top(empty_lake: Lake) -> None:
    # The newest result of a check counts, whatever it said before.
    _log(
        empty_lake, CHECK_RESULTS,
        _check("lines_usual", "FAIL", NOW - 9 * HOUR), _check("lines_usual", "PASS", NOW - HOUR),
        _check("features_ready", "PASS", NOW - 9 * HOUR),
        _check("features_ready", "FAIL", NOW - 2 * HOUR),
    )  # fmt: skip
    _log(
        empty_lake, EXPECTED_OUTPUTS,
        _output("box_scores", 1, "EXPECTED", NOW - 5 * HOUR),
        _output("features", 1, "EXPECTED", NOW - 5 * HOUR),
        _output("features", 2, "COMPLETE", NOW - 5 * HOUR),
        _output("grades/points/a", 1, "EXPECTED", NOW + HOUR),
    )  # fmt: skip
    set_halt(empty_lake, "all", "manual", is_on=True, by="somebody", sentence="A trade is on.",
             now=NOW - 30 * HOUR)  # fmt: skip
    blocks = shown(PAGE, empty_lake)
    bad = blocks["areas"].frame.head(3)
    assert bad["area"].to_list() == ["picks", "outputs", "checks"]
    assert bad["state"].to_list() == ["halted", "missing", "failed"]
    assert bad["hours"].to_list() == pytest.approx([30, 5, 2])
    assert said(blocks["all"]).startswith(
        "Red: 3 of 8 areas need somebody. The oldest: picks, for 30 hours now. Halted: all (manual)"
    )
    assert blocks["checks"].frame["check"].to_list() == ["features_ready", "lines_usual"]
    outputs = dict(blocks["outputs"].frame.select("output", "state").iter_rows())
    assert outputs == {
        "box_scores": "overdue", "features": "COMPLETE", "grades/points/a": "EXPECTED",
    }  # fmt: skip


def test_all_is_green_where_all_is_well(empty_lake: Lake) -> None:
    _log(empty_lake, CHECK_RESULTS, _check("lines_usual", "PASS", NOW - HOUR))
    _log(empty_lake, EXPECTED_OUTPUTS, _output("box_scores", 1, "COMPLETE", NOW - HOUR))
    done = [_step(s, e, NOW - HOUR) for s in ("build", "freshness") for e in ("started", "done")]
    _log(empty_lake, JOB_STEPS, *done)
    _log(empty_lake, MODEL_STATES, {
        "market": "points", "model_name": "v12", "game_date": DAY, "at": NOW, "state": "HEALTHY",
        "reason": "It wins.", "numbers": "{}",
    })  # fmt: skip
    _log(empty_lake, NOTICES, {
        "day": DAY, "problem": "p", "channel": "mail", "at": NOW, "state": "sent", "tries": 1,
        "sentence": "Told.",
    })  # fmt: skip
    write_report(empty_lake, {"service": "api", "version": "1"})
    with held(empty_lake, lock_name("api"), wait=False):
        blocks = shown(PAGE, empty_lake)
    assert said(blocks["all"]) == "Green: all 8 areas are well."
    running = blocks["services"].frame.filter("is_running")
    assert running.select("service", "state", "version").rows() == [("api", "runs", "1")]
    # Once it has gone, nothing good is known of it.
    assert _areas(empty_lake)["services"]["state"] == "not running"


def test_a_step_that_never_ended_was_killed_and_one_that_was_done_later_is_done(
    empty_lake: Lake,
) -> None:
    began = NOW - 8 * HOUR
    _log(
        empty_lake, JOB_STEPS,
        _step("build", "started", began), _step("build", "failed", began, '{"error": "No disk."}'),
        _step("build", "done", began + HOUR, '{"seconds": 12.5, "error": null}'),
        _step("predict", "started", began + HOUR),
        _step("freshness", "started", began),
        _step("freshness", "done", began, '{"negative": "Not fresh: 1 late. Of a book."}'),
    )  # fmt: skip
    areas = _areas(empty_lake)
    assert (areas["daily job"]["state"], areas["daily job"]["sentence"]) == (
        "failed", "2024-12-03: predict never ended.",
    )  # fmt: skip
    assert (areas["data"]["state"], areas["data"]["sentence"]) == ("stale", "Not fresh: 1 late.")
    steps = {row["step"]: row for row in shown(PAGE, empty_lake)["steps"].frame.to_dicts()}
    assert (steps["build"]["state"], steps["build"]["seconds"]) == ("done", 12.5)
    # As long as it may still run it is under way.
    assert _areas(empty_lake, began + 2 * HOUR)["daily job"]["state"] == "under way"


def test_planned_jobs_that_failed_need_somebody(empty_lake: Lake) -> None:
    beat = Heartbeat("grade", NOW - HOUR, state="failed", sentence="No disk.")
    Heartbeats(empty_lake).put(beat)
    area = _areas(empty_lake)["services"]
    assert (area["state"], area["sentence"]) == ("failed", "Planned jobs: grade failed.")
    planned = shown(PAGE, empty_lake)["planned"].frame.filter(plan="grade")
    assert planned["sentence"].to_list() == ["No disk."]
    path = Path(empty_lake.url) / "services" / "heartbeats" / "grade.json"
    path.write_text("{", encoding="utf-8")
    planned = shown(PAGE, empty_lake)["planned"].frame.filter(plan="grade")
    assert planned["state"].to_list() == ["damaged"]


def test_the_age_of_data_is_that_of_the_tables(raw_lake: Lake) -> None:
    ages = table_ages(raw_lake)
    assert set(ages["table"]) == set(RAW_TABLES)
    for name, table in RAW_TABLES.items():
        own = ages.filter(table=name)
        stored = read(raw_lake, table)
        rows = stored.filter(pl.col("season") == pl.col("season").max())
        assert own["rows"].sum() == rows.height
        assert own["newest_at"].max() == rows["observed_at"].max()
        assert own["last_game_date"].max() == rows["game_date"].max()


def test_freshness_of_a_stated_date_is_judged(raw_lake: Lake) -> None:
    day, now = date(2023, 2, 6), datetime(2023, 2, 6, 18, tzinfo=UTC)
    block = shown(PAGE, raw_lake, now, date=day.isoformat())["freshness"]
    report = validate_freshness(raw_lake, Question(day, now))
    assert sorted(block.frame["sentence"]) == sorted(row["sentence"] for row in report["rows"])
    assert block.command == "tipoff freshness --date 2023-02-06"
    assert said(shown(PAGE, raw_lake, date="soon")["freshness"]).startswith("Expected an ISO date")


def test_old_parts_of_a_log_are_not_read(empty_lake: Lake) -> None:
    for days in (40, 20, 3, 0):
        at = NOW - timedelta(days=days)
        _log(empty_lake, CHECK_RESULTS, _check("lines_usual", "PASS", at))
    folder = Path(empty_lake.url) / CHECK_RESULTS.name
    oldest = min(folder.rglob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    # Whoever reads it would fail.
    oldest.unlink()
    for days, rows in ((0, 1), (3, 2), (21, 3)):
        found = newest_rows(empty_lake, CHECK_RESULTS, "at", timedelta(days=days)).collect()
        assert found["at"].sort().to_list()[0] == NOW - timedelta(days=(0, 3, 20)[rows - 1])
        assert found.height == rows
    nothing = newest_rows(empty_lake, NOTICES, "at", HOUR).collect()
    assert nothing.schema == NOTICES.empty().schema
