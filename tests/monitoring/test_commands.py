"""The commands: one document, exit code 3 for a negative verdict, sentences for bad input."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.monitoring.healthy import BEFORE, DAY, EVENING, MORNING, Healthy
from typer.testing import CliRunner, Result

from tipoff.cli.app import app
from tipoff.store.lake import append, read
from tipoff.tables.raw import GAMES, PLAYER_BOXES
from tipoff.tables.watch import CHECK_RESULTS

RUN = CliRunner()


def _call(*arguments: object) -> Result:
    return RUN.invoke(app, [str(a) for a in arguments])


def _document(result: Result) -> dict[str, Any]:
    (line,) = result.stdout.strip().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def _next(well: Healthy) -> date:
    games = read(well.lake, GAMES).filter(pl.col("game_date") > DAY + timedelta(days=1))
    (found,) = games["game_date"].sort().head(1)
    assert isinstance(found, date)
    return found


@pytest.mark.parametrize("command", ["freshness", "validate-freshness", "reconcile"])
def test_what_is_well_exits_with_zero_and_the_same_a_day_later_does_not(
    well: Healthy, command: str
) -> None:
    where = ["--lake", well.lake.url, "--date", DAY, "--json"]
    result = _call(command, *where, "--at", EVENING.isoformat())
    assert result.exit_code == 0, result.output
    document = _document(result)
    assert document["game_date"] == DAY.isoformat()
    shown = _call(command, *where[:-1], "--at", EVENING.isoformat())
    assert shown.exit_code == 0
    assert "Traceback" not in shown.output
    # On the next game date nothing has come in since.
    following = _next(well)
    later = _call(
        command,
        "--lake",
        well.lake.url,
        "--date",
        following,
        "--at",
        f"{following + timedelta(days=1)}T01:00Z",
    )
    assert later.exit_code == (0 if command == "reconcile" else 3), later.output


def test_options_of_freshness(well: Healthy) -> None:
    where = ["freshness", "--lake", well.lake.url, "--at", EVENING.isoformat()]
    assert _document(_call(*where, "--date", "TODAY", "--json"))["game_date"] == DAY.isoformat()
    strict = _call(*where, "--max-age-hours", 0.001, "--json")
    assert strict.exit_code == 3
    assert "late" in strict.stderr
    assert "FRESH" in _call(*where, "--all").output
    assert _call(*where, "--date", "someday").exit_code == 2
    assert _call("freshness", "--lake", well.lake.url, "--at", "noon").exit_code == 2


def test_validate_keeps_results_and_fails_closed(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    where = ["validate", "--lake", lake.url, "--at", EVENING.isoformat(), "--json"]
    auto = _call(*where)
    assert auto.exit_code == 0, auto.output
    assert (_document(auto)["schedule"], _document(auto)["overall"]) == (
        "pre_game_final",
        "HEALTHY",
    )
    midday = _call(*where, "--schedule", "midday", "--date", DAY)
    assert midday.exit_code == 3
    assert _document(midday)["overall"] == "CRITICAL"
    services, deployed = tmp_path / "services.json", tmp_path / "deployed.json"
    well_now = {"service": "api", "is_healthy": True, "at": EVENING.isoformat(), "sentence": "ok"}
    services.write_text(json.dumps([well_now]))
    deployed.write_text(json.dumps([{"service": "api", "is_current": True, "sentence": "ok"}]))
    given = ["--services", services, "--deployed", deployed]
    assert _call(*where, "--schedule", "midday", *given).exit_code == 0
    assert read(lake, CHECK_RESULTS)["run_id"].n_unique() == 3
    services.write_text("{}")
    bad = _call(*where, "--schedule", "midday", *given)
    assert bad.exit_code == 2
    assert "Expected a JSON list of objects" in bad.stderr
    assert _call(*where, "--schedule", "noon").exit_code == 2
    assert (
        "HEALTHY"
        in _call(
            *where[:-1], "--at", MORNING.isoformat(), "--date", DAY, "--schedule", "overnight"
        ).output
    )


def test_a_retired_source_is_not_waited_for(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    # They come after the last decision, so that no feature row is stale by them.
    rows = read(lake, PLAYER_BOXES).with_columns(
        source=pl.lit("second"), observed_at=pl.lit(EVENING - timedelta(minutes=1))
    )
    append(lake, PLAYER_BOXES, rows.filter(pl.col("game_date") < BEFORE))
    for command in (["freshness", "--date", DAY], ["validate"]):
        where = [*command, "--lake", lake.url, "--at", EVENING.isoformat()]
        late = _call(*where)
        assert late.exit_code == 3
        assert "second" in late.output
        assert _call(*where, "--retired", "second").exit_code == 0


def test_outputs_are_followed(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    where = ["outputs", "--lake", lake.url, "--date", DAY, "--at", MORNING.isoformat()]
    result = _call(*where, "--json")
    assert (result.exit_code, _document(result)["events"]) == (0, 0)
    assert "COMPLETE" in _call(*where).output
    following = _next(well)
    failed = _call(
        "outputs",
        "--lake",
        lake.url,
        "--date",
        following,
        "--at",
        f"{following + timedelta(days=1)}T12:00Z",
    )
    assert failed.exit_code == 3
    assert "is FAILED" in failed.stderr


def test_checks_are_listed() -> None:
    report = _document(_call("validate", "list", "--json"))
    assert len(report["schedules"]) == 6
    assert all(row["doc"] and row["required"] for row in report["checks"])
    assert "data_fresh" in _call("validate", "list").output
