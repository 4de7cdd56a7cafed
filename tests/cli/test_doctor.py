"""The doctor: a planted fault for every check that can be wrong."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tipoff.cli.app import app
from tipoff.store.lake import Lake
from tipoff.tables.ledger import TIMINGS
from tipoff.tables.raw import GAMES
from tipoff.workflows import doctor
from tipoff.workflows.doctor import Machine, examine, lacking
from tipoff.workflows.doctor_lake import lake_checks

SOUND = Machine((3, 11, 4), 50 * 1024**3, 8 * 1024**3, 4, datetime(2026, 1, 1, tzinfo=UTC))


def _states(lake: str, machine: Machine = SOUND) -> dict[str, dict[str, Any]]:
    return {row["check"]: row for row in examine(lake, {}, machine)["checks"]}


def test_a_sound_machine_has_nothing_wrong(built_lake: Lake) -> None:
    report = examine(built_lake.url, {}, SOUND)
    assert report["wrong"] == []
    for row in report["checks"]:
        assert row["found"]
        assert bool(row["advice"]) or row["state"] in ("ok", "absent")
    states = {row["check"]: row["state"] for row in report["checks"]}
    for name in ("python", "libraries", "time zones", "lake", "lake writable", "clock"):
        assert states[name] == "ok"


PLANTED = {
    "python": replace(SOUND, python=(3, 10, 0)),
    "disk": replace(SOUND, free_disk=1024),
    "memory": replace(SOUND, free_memory=1024),
    "clock": replace(SOUND, now=datetime(2001, 1, 1, tzinfo=UTC)),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_of_the_machine_is_found(built_lake: Lake, fault: str) -> None:
    row = _states(built_lake.url, PLANTED[fault])[fault]
    assert row["state"] == "wrong"
    assert row["advice"]


def test_too_many_threads_are_a_warning(built_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_THREADS", "9")
    row = _states(built_lake.url)["cores"]
    assert (row["state"], row["advice"]) == ("warning", "State threads = 4.")
    monkeypatch.setenv("TIPOFF_THREADS", "many")
    assert _states(built_lake.url)["cores"]["state"] == "wrong"


def test_an_old_or_absent_library_is_found(
    built_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lacking("polars>=2.1") is None
    assert lacking("polars>=999") == f"polars {pl.__version__} is older than 999"
    assert lacking("no-such-thing>=1") == "no-such-thing is not installed"
    assert all(lacking(text) is None for text in requires("tipoff") or [] if "extra" not in text)
    monkeypatch.setattr(doctor, "requires", lambda _: ["polars>=999", 'x>=1; extra == "more"'])
    states = _states(built_lake.url)
    assert states["libraries"]["state"] == "wrong"
    assert states["extra more"]["state"] == "absent"
    assert states["extra more"]["advice"] == "Run 'pip install tipoff[more]' to use it."


def test_broken_time_zones_are_found(built_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ZoneInfo", lambda _: UTC)
    assert _states(built_lake.url)["time zones"]["state"] == "wrong"


def test_a_lake_that_is_not_there_is_no_fault_but_a_file_is_one(tmp_path: Path) -> None:
    assert _states(str(tmp_path / "none"))["lake"]["state"] == "absent"
    (tmp_path / "file").write_text("")
    assert _states(str(tmp_path / "file"))["lake"]["state"] == "wrong"


def test_a_lake_of_a_newer_version_is_found(lake: Lake) -> None:
    newer = pl.DataFrame({**{n: [None] for n in TIMINGS.columns}, "mood": ["good"]})
    newer.cast(pl.Schema(TIMINGS.columns)).write_delta(
        lake.table_url(TIMINGS), mode="overwrite", delta_write_options={"schema_mode": "overwrite"}
    )
    row = {r.check: r for r in lake_checks(lake.url, SOUND.now)}["lake tables"]
    assert row.state == "wrong"
    assert "mood" in row.found


def test_a_broken_table_is_found(lake: Lake) -> None:
    for file in Path(lake.table_url(GAMES)).rglob("*.parquet"):
        file.write_bytes(b"nothing")
    rows = {r.check: r for r in lake_checks(lake.url, SOUND.now)}
    assert rows["lake tables"].state == "wrong"


def test_a_lake_that_can_not_be_written_is_found(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> int:
        raise PermissionError(13, "Permission denied")

    before = sorted(Path(lake.url).iterdir())
    assert {r.check: r for r in lake_checks(lake.url, SOUND.now)}["lake writable"].state == "ok"
    assert sorted(Path(lake.url).iterdir()) == before
    monkeypatch.setattr(Path, "write_bytes", refused)
    row = {r.check: r for r in lake_checks(lake.url, SOUND.now)}["lake writable"]
    assert (row.state, row.found) == ("wrong", "Permission denied")


def test_keys_are_told_of_but_not_told(built_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_ODDS_API_KEY", "sesame")
    result = CliRunner().invoke(app, ["doctor", "--lake", built_lake.url, "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["check"]: row for row in json.loads(result.stdout)["checks"]}
    assert rows["key THE_ODDS_API_KEY"]["found"] == "set"
    assert "sesame" not in result.output


def test_a_wrong_file_that_the_project_names_is_exit_code_3(
    built_lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "day.toml").write_text("model = 1")
    (tmp_path / "tipoff.toml").write_text('daily_config = "day.toml"\n')
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["doctor", "--lake", built_lake.url])
    assert result.exit_code == 3
    assert result.stderr == "Wrong: daily_config.\n"
    assert "what to do" in result.stdout


def test_the_machine_is_measured(tmp_path: Path) -> None:
    found = doctor.machine(str(tmp_path / "not yet"))
    assert found.free_disk
    assert 1 <= found.cores <= (os.cpu_count() or 1)
    assert abs(datetime.now(UTC) - found.now) < timedelta(minutes=5)
    assert doctor.machine("s3://bucket/lake").free_disk is None
