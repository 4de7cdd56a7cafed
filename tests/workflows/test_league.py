"""A league with known truth in a lake: put there once, kept from all that predicts, and judged."""

import shutil
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tipoff.domain.market import MARKETS
from tipoff.errors import InputError, TipoffError
from tipoff.sources.league import WORLDS, LeagueSettings, append_to, generate
from tipoff.store.door import World, history, known, league_history
from tipoff.store.lake import Lake, open_lake, read
from tipoff.store.lake import replace as replace_rows
from tipoff.tables.league import LEAGUE_DISTRIBUTIONS, LEAGUE_SETTINGS, LEAGUE_TRUTH
from tipoff.tables.raw import SOURCE_TABLES
from tipoff.tables.table import Kind
from tipoff.workflows.lake import TABLES, hashes
from tipoff.workflows.league import (
    LEVEL,
    knobs,
    put,
    settings_of,
    stored_settings,
    truth_report,
    worlds,
)
from tipoff.workflows.world import assemble, raw_rows

TINY = LeagueSettings(seasons=1, teams=8, games_per_team=20, extra_markets=False)
TRUTHS = (LEAGUE_TRUTH, LEAGUE_DISTRIBUTIONS)


@pytest.fixture(scope="module")
def told_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with a tiny league and its truth; not to be written to."""
    lake = open_lake(str(tmp_path_factory.mktemp("told") / "lake"))
    put(lake, TINY, truth_games=20)
    return lake


def test_twice_is_once(told_lake: Lake) -> None:
    before = hashes(told_lake)
    put(told_lake, TINY, truth_games=20)
    assert hashes(told_lake) == before
    assert set(before["tables"]) == {*SOURCE_TABLES, *(table.name for table in TRUTHS)}
    assert read(told_lake, LEAGUE_SETTINGS)["league"].n_unique() == 1
    assert stored_settings(told_lake) == TINY


@pytest.mark.parametrize("other", [{"seed": 8}, {"hold": 0.02}])
def test_other_games_and_other_quotes_are_refused_and_nothing_is_stored(
    told_lake: Lake, other: dict[str, Any]
) -> None:
    before = hashes(told_lake)
    with pytest.raises(InputError, match="Expected an empty lake"):
        put(told_lake, replace(TINY, **other), truth_games=0)
    assert hashes(told_lake) == before


def questions(world: World, spine: pl.DataFrame, table: str) -> Iterator[Any]:
    yield lambda: history(world, spine, table, by=["player_id"], columns=["expected"])
    yield lambda: league_history(world, spine, table, within=9, columns=["expected"])
    yield lambda: known(world, spine, table, by=["game_id"], columns=["expected"])


def test_the_door_does_not_open_onto_the_truth(told_lake: Lake) -> None:
    """A feature that asks for the truth gets an error, though the lake holds it."""
    frames = raw_rows(told_lake, ["2021-22"], [MARKETS["points"]])
    assert set(frames) == set(SOURCE_TABLES)
    world = assemble(frames, 30).world
    spine = frames["games"].select("game_id", "game_date", "season", as_of="tip_off_at")
    for table in TRUTHS:
        assert not read(told_lake, table).is_empty()
        assert table.kind is Kind.TRUTH
        assert TABLES[table.name] is table
        for question in questions(world, spine.with_row_index("spine_id"), table.name):
            with pytest.raises(TipoffError, match=table.name):
                question()


def test_what_happened_follows_the_truth_of_the_lake(told_lake: Lake) -> None:
    report = truth_report(told_lake)
    assert report["settings"] == {
        "seasons": 1, "teams": 8, "games_per_team": 20, "extra_markets": False,
    }  # fmt: skip
    assert report["rows"] > 1_400
    for found in report["calibration"].values():
        assert found["games"] == 80
        assert found["kolmogorov_smirnov_p"] > 0.001


@pytest.fixture
def copied(told_lake: Lake, tmp_path: Path) -> Lake:
    """A copy of the lake with the tiny league that may be written to."""
    shutil.copytree(told_lake.url, tmp_path / "lake")
    return open_lake(str(tmp_path / "lake"))


def test_a_truth_of_other_players_is_not_true(copied: Lake) -> None:
    """In each team the distributions are dealt out the other way round."""
    drawn = read(copied, LEAGUE_DISTRIBUTIONS)
    side = ["game_id", "team", "knowledge", "batch"]
    best = pl.col("player_id").sort_by("points_mean").over(side, mapping_strategy="join")
    ranked = drawn.sort(*side, "points_mean", descending=[False] * 4 + [True])
    dealt = ranked.with_columns(player_id=best.list.get(pl.int_range(pl.len()).over(side)))
    replace_rows(copied, LEAGUE_DISTRIBUTIONS, dealt, "season = '2021-22'")
    found = truth_report(copied)["calibration"]["decision"]
    assert found["kolmogorov_smirnov_p"] < LEVEL


def test_a_truth_of_games_that_nobody_played_is_refused(copied: Lake) -> None:
    drawn = read(copied, LEAGUE_DISTRIBUTIONS).with_columns(game_id=pl.lit("20211020_ATL_XXX"))
    once = drawn.unique(LEAGUE_DISTRIBUTIONS.key)
    replace_rows(copied, LEAGUE_DISTRIBUTIONS, once, "season = '2021-22'")
    with pytest.raises(InputError, match="no box score of these games"):
        truth_report(copied)


def test_a_lake_without_truth_says_how_to_get_it(raw_lake: Lake) -> None:
    with pytest.raises(InputError, match="tipoff league generate"):
        truth_report(raw_lake)


def test_a_league_that_is_in_the_lake_already_gets_its_truth(tmp_path: Path) -> None:
    lake, league = open_lake(str(tmp_path / "lake")), generate(TINY)
    append_to(lake, league)
    before = hashes(lake)["tables"]
    put(lake, TINY, truth_games=0)
    assert hashes(lake)["tables"].items() >= before.items()
    assert read(lake, LEAGUE_TRUTH).height == league.truth.height


def test_knobs_are_read_as_what_they_are() -> None:
    found = settings_of(
        ["teams=8", "hold=0.03", "extra_markets=false", "books=betmgm, fanduel", "seed=3"],
        "fatigue-ignored",
    )
    assert found == replace(
        WORLDS["fatigue-ignored"],
        teams=8, hold=0.03, extra_markets=False, books=("betmgm", "fanduel"), seed=3,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [["luck=1"], ["hold"], ["teams=many"], ["hold=much"], ["extra_markets=perhaps"], ["hold=9"]],
)
def test_wrong_knobs_are_refused_with_a_sentence(wrong: list[str]) -> None:
    with pytest.raises(InputError, match="Expected"):
        settings_of(wrong)


def test_every_knob_and_world_is_listed() -> None:
    rows = knobs()["knobs"]
    assert [row["name"] for row in rows] == [field.name for field in fields(LeagueSettings)]
    assert all(len(row["doc"]) > 10 for row in rows)
    assert {row["name"]: row["knobs"] for row in worlds()["worlds"]}.keys() == WORLDS.keys()
