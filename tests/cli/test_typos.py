"""A mistyped name is answered with the nearest ones, wherever names are listed."""

import pytest
from typer.testing import CliRunner

from tipoff.cli.app import app
from tipoff.errors import nearest, not_among
from tipoff.store.lake import Lake

TYPOS = {
    ("lake", "hash", "--table", "prop_qoutes"): "prop_quotes",
    ("lines", "coverage", "--market", "reboounds"): "rebounds",
    ("features", "show", "points_avg_last5"): "points_avg_last_5",
    ("quality", "--feature-set", "v12_no_vega"): "v12_no_vegas",
    ("backfill", "--start-date", "2023-01-01", "--end-date", "2023-01-02", "--only",
     "team_defence_zone"): "team_defense_zone",
    ("fetch", "espm", "days", "--plan"): "espn",
    ("fetch", "espn", "summry", "--plan"): "summary",
    ("daily", "--skip", "publsh", "--plan"): "publish",
    ("league", "generate", "--knob", "seasns=1"): "seasons",
    ("validate", "--schedule", "overnght"): "overnight",
}  # fmt: skip


@pytest.mark.parametrize("typo", TYPOS, ids=lambda t: " ".join(t[:2]))
def test_the_nearest_name_is_suggested(built_lake: Lake, typo: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, list(typo), env={"TIPOFF_LAKE": built_lake.url})
    assert result.exit_code == 2, result.output
    assert f"Did you mean '{TYPOS[typo]}'" in result.stderr


def test_options_and_commands_are_suggested() -> None:
    wrong = CliRunner().invoke(app, ["lake", "hash", "--tabel", "x"])
    assert "--table" in wrong.stderr
    assert "'hash'" in CliRunner().invoke(app, ["lake", "hsh"]).stderr


def test_a_name_like_none_is_answered_with_the_list_alone() -> None:
    said = str(not_among("a market", ["points", "rebounds"], "dunks"))
    assert said == "Expected a market out of points, rebounds; got 'dunks'."
    assert nearest(["points"], "Piont") == " Did you mean 'points'?"
    assert nearest([], "points") == ""
