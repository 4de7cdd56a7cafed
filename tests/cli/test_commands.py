"""The contract of every command: one JSON document, exit codes, sentences."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import TEST, TRAIN
from typer.testing import CliRunner, Result

from tipoff.cli.app import app
from tipoff.sources.league import League
from tipoff.store.lake import Lake

RUN = CliRunner()


def _call(*arguments: object) -> Result:
    return RUN.invoke(app, [str(a) for a in arguments])


def _document(result: Result) -> dict[str, Any]:
    """The one document on stdout."""
    lines = result.stdout.strip().splitlines()
    assert len(lines) == 1, result.stdout
    found: dict[str, Any] = json.loads(lines[0])
    return found


READING = {
    "features list": ["features"],
    "lines coverage": ["rows"],
    "lines coverage --by month": ["rows"],
    "lines coverage --market all --start-date 2023-01-01": ["rows", "window", "schedule"],
    "availability": ["rows", "statuses", "conflicts"],
    "availability --lead-minutes 1440 --start-date 2023-01-01": ["rows", "lead_minutes"],
    "lake hash": ["tables"],
    "backfill status": ["processors"],
    "backfill --start-date 2023-01-10 --end-date 2023-01-12 --plan": ["planned", "processors"],
}


@pytest.mark.parametrize("command", sorted(READING))
def test_every_report_is_one_document(built_lake: Lake, command: str) -> None:
    where = [] if command.startswith("features") else ["--lake", built_lake.url]
    result = _call(*command.split(), *where, "--json")
    assert result.exit_code == 0, result.output
    document = _document(result)
    assert all(key in document for key in READING[command])
    assert "Traceback" not in _call(*command.split(), *where).output


def test_coverage_counts_what_the_league_posts(built_lake: Lake, league: League) -> None:
    report = _document(_call("lines", "coverage", "--lake", built_lake.url, "--json"))
    keys = {
        "season", "month", "source", "book", "market", "game_dates", "games", "player_games",
        "priced", "known_time", "usable", "games_scheduled", "median_players", "regulars_share",
        "usable_for_evaluation", "quotes", "before_tip_off", "two_sided", "whole_line_share",
        "known_tip_off_share", "first_hours_before", "last_hours_before",
    }  # fmt: skip
    assert all(keys <= set(row) for row in report["rows"])
    games = league.frames["games"].group_by("season").len()
    assert {(r["season"], r["games"]) for r in report["rows"] if r["book"] == "draftkings"} == set(
        games.iter_rows()
    )


def test_coverage_is_drawn(built_lake: Lake, tmp_path: Path) -> None:
    plot, out = tmp_path / "lines.svg", tmp_path / "out"
    result = _call(
        "lines", "coverage", "--lake", built_lake.url, "--by", "month", "--plot", plot, "--out", out
    )
    assert result.exit_code == 0, result.output
    assert plot.read_text(encoding="utf-8").startswith("<svg")
    assert (out / "coverage.csv").exists()
    assert max(map(len, result.stdout.splitlines()[:6])) <= 80


WRONG = {
    "turned window": [
        "lines", "coverage", "--start-date", "2023-02-01", "--end-date", "2023-01-02",
    ],
    "a plot of another kind": ["lines", "coverage", "--plot", "lines.png"],
    "a time without a zone": ["ingest", "files", "x", "--fetched-at", "2024-10-22T12:00"],
    "no lake": ["backfill", "--start-date", "2023-01-01", "--end-date", "2023-01-02"],
    "no date": ["backfill", "--start-date", "soon", "--end-date", "2023-01-02"],
    "turned dates": ["backfill", "--start-date", "2023-02-01", "--end-date", "2023-01-02"],
    "unknown processor": [
        "backfill", "--start-date", "2023-01-01", "--end-date", "2023-01-02", "--only", "magic",
    ],
    "unknown plant": [
        "backfill", "--start-date", "2023-01-01", "--end-date", "2023-01-02", "--plant", "weed",
    ],
    "market without features": [
        "backfill", "--start-date", "2023-01-01", "--end-date", "2023-01-02", "--market", "steals",
    ],
    "table of an unknown market": ["multiseason", "--market", "dunks"],
    "unknown market": ["lines", "coverage", "--market", "dunks"],
    "unknown table": ["lake", "hash", "--table", "nothing"],
    "unknown feature": ["features", "show", "luck"],
    "no file": ["ingest", "files", "nowhere.csv"],
    "no configuration": ["multiseason", "--config", "nowhere.toml"],
}  # fmt: skip


@pytest.mark.parametrize("fault", sorted(WRONG))
def test_bad_input_is_a_sentence_and_exit_code_2(
    built_lake: Lake, tmp_path: Path, fault: str
) -> None:
    lake = tmp_path / "nowhere" if fault == "no lake" else built_lake.url
    where = [] if WRONG[fault][0] == "features" else ["--lake", lake]
    result = _call(*WRONG[fault], *where, "--json")
    assert result.exit_code == 2, result.output
    assert _document(result)["exit_code"] == 2
    sentence = result.stderr.strip()
    assert sentence.startswith("tipoff: ")
    assert sentence.endswith(".")


def _train(lake: Lake, *extra: object, as_json: bool = True) -> Result:
    windows = (
        "--train-start", TRAIN[0], "--train-end", TRAIN[1],
        "--eval-start", TEST[0], "--eval-end", TEST[1],
    )  # fmt: skip
    return _call(
        "train", "--name", "t", "--no-vegas", "--iterations", 40, *windows,
        "--line-source", "median", "--lake", lake.url, *(["--json"] if as_json else []), *extra,
    )  # fmt: skip


def test_train_reports_and_a_failed_gate_is_exit_code_3(lake: Lake) -> None:
    result = _train(lake, "--walkforward", "--include-no-line")
    report = _document(result)
    assert result.exit_code == {"passed": 0}.get(report["verdict"], 3)
    assert report["verdict"] == "gates failed"
    for key in ("run_id", "spec", "train_rows", "all", "gates", "artifact", "fingerprint"):
        assert key in report
    assert set(report["lines"]["hr"]) == {"1", "3", "5"}
    assert set(report["lines"]["hr"]["3"]) >= {"rate", "n", "low", "high", "break_even"}
    assert Path(report["artifact"]["path"]).is_file()
    assert len(report["gates"]) == 6
    assert report["weekly"]
    assert 0 < report["line_coverage"]["share"] <= 1


def test_a_market_that_was_not_built_says_how_to_build_it(lake: Lake) -> None:
    result = _train(lake, "--market", "3pt")
    assert result.exit_code == 2
    assert "tipoff backfill --market threes" in result.stderr


def test_train_takes_a_market_and_says_its_edges_and_unit(lake: Lake) -> None:
    built = _call(
        "backfill", "--start-date", TRAIN[0], "--end-date", TEST[1], "--market", "threes",
        "--lake", lake.url, "--json",
    )  # fmt: skip
    assert built.exit_code == 0, built.output
    report = _document(_train(lake, "--market", "threes"))
    assert (report["market"], report["unit"]) == ("threes", "threes")
    assert list(report["lines"]["hr"]) == ["0.25", "0.5", "1"]
    assert report["lines"]["edges"]["usual"] == "0.5"
    text = _train(lake, "--market", "threes", "--force", as_json=False).stdout
    assert "edge, threes" in text
    assert "MAE in threes" in text


def test_overlapping_windows_are_refused(lake: Lake) -> None:
    result = _train(lake, "--eval-start", TRAIN[1])
    assert result.exit_code == 2
    assert "overlap" in result.stderr


def test_the_planted_fault_is_suspected_and_exits_3(lake: Lake) -> None:
    plant = ("--plant", "inclusive-date")
    built = _call(
        "backfill", "--start-date", TRAIN[0], "--end-date", TEST[1], "--lake", lake.url, "--json",
        *plant,
    )  # fmt: skip
    assert built.exit_code == 0, built.output
    result = _train(lake, *plant)
    report = _document(result)
    assert result.exit_code == 3
    assert report["verdict"] == "leak suspected"
    assert report["lines"]["hr"]["3"]["rate"] > 0.75
    assert report["lines"]["mae"] < 0.95 * report["lines"]["line_mae"]
    assert any(not condition["passed"] for condition in report["alarm"])
    assert "LEAK SUSPECTED" in result.stderr
