"""``tipoff league``: one document each, exit codes, and a sentence where something is wrong."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from tipoff.cli.app import app
from tipoff.store.lake import open_lake, read, replace
from tipoff.tables.league import LEAGUE_DISTRIBUTIONS

RUN = CliRunner()
SIZE = ("seasons=1", "teams=6", "games_per_team=30", "extra_markets=false")


def call(*arguments: object) -> Result:
    return RUN.invoke(app, ["league", *(str(a) for a in arguments)])


def document(result: Result) -> dict[str, Any]:
    (line,) = result.stdout.strip().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def knobs(*others: str) -> list[str]:
    return [word for knob in (*SIZE, *others) for word in ("--knob", knob)]


def generate(lake: Path, *others: str) -> Result:
    return call(
        "generate", "--world", "stars-dear", *knobs(), *others, "--truth-games", 20,
        "--lake", lake, "--json",
    )  # fmt: skip


def test_a_league_is_put_into_a_lake_and_its_truth_holds(tmp_path: Path) -> None:
    made = generate(tmp_path)
    assert made.exit_code == 0, made.output
    report = document(made)
    assert report["league"]["games"] == 90
    assert report["truth"]["league_truth"] == 6 * 15 * 30
    assert report["settings"]["segment_mispricing"] == 0.12
    told = call("truth", "--lake", tmp_path, "--json")
    assert told.exit_code == 0, told.output
    found = document(told)
    assert found["settings"]["mispriced_segment"] == "stars"
    assert set(found["calibration"]) == {"early", "decision"}
    assert "Player-games with a true distribution" in call("truth", "--lake", tmp_path).stdout
    # Another league is refused, and so is the same with other quotes.
    for other in ("seed=8", "hold=0.01"):
        refused = generate(tmp_path, "--knob", other)
        assert refused.exit_code == 2
        assert "Expected an empty lake" in document(refused)["error"]
    _all_score_less(tmp_path)
    untrue = call("truth", "--lake", tmp_path, "--json")
    assert untrue.exit_code == 3
    assert "does not follow the true distributions" in untrue.stderr
    assert document(untrue)["calibration"]["early"]["mean"] > 0.9


def _all_score_less(folder: Path) -> None:
    """Plant a truth in which nobody scores."""
    lake = open_lake(str(folder))
    rows = read(lake, LEAGUE_DISTRIBUTIONS)
    times = [name for name in rows.columns if name.startswith("times_")]
    none = rows.with_columns(pl.lit(0, pl.Int16).alias(name) for name in times)
    replace(
        lake,
        LEAGUE_DISTRIBUTIONS,
        none.with_columns(times_0=pl.col("played").cast(pl.Int16)),
        "season = '2021-22'",
    )


def test_knobs_and_worlds_are_listed() -> None:
    listed = document(call("knobs", "--json"))["knobs"]
    assert {"name", "usual", "low", "high", "doc"} == set(listed[0])
    assert "efficient" in {row["name"] for row in document(call("worlds", "--json"))["worlds"]}
    assert "book_lag" in call("knobs").stdout
    assert "fatigue_priced=0.0" in call("worlds").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["generate", "--knob", "luck=1"], "Expected --knob NAME=VALUE with a name out of"),
        (["generate", "--knob", "hold=2"], "Expected hold from 0 to 0.5, got 2."),
        (["generate", "--world", "flat"], "Expected a world out of efficient"),
        (["generate", "--truth-games", "1"], "Expected true distributions of 4"),
        (["truth"], "tipoff league generate"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    result = call(*arguments, "--lake", tmp_path, "--json")
    assert result.exit_code == 2, result.output
    assert sentence in document(result)["error"]
