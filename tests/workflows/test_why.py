"""Why a value is what it is: the rows behind it make it, and later ones are told apart."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from tipoff.errors import InputError
from tipoff.features.catalogue import FEATURES
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import GAMES
from tipoff.workflows import why as why_module
from tipoff.workflows import why_copies
from tipoff.workflows.why import why

DAY = date(2023, 1, 20)


@pytest.fixture(scope="module")
def player(built_lake: Lake) -> dict[str, Any]:
    """Somebody with a full record and quotes on the day."""
    from tipoff.features.declare import POINTS  # noqa: PLC0415

    rows = scan(built_lake, feature_store(POINTS).table).filter(pl.col("game_date") >= DAY)
    known = rows.drop_nulls(["vegas_points_line", "points_avg_last_5", "prop_over_streak"])
    return known.sort("game_date", "player_id").head(1).collect().row(0, named=True)


@pytest.fixture(scope="module")
def report(built_lake: Lake, player: dict[str, Any]) -> dict[str, Any]:
    return why(built_lake, "all", player["player_name"].upper(), player["game_date"])


def test_what_is_explained_is_what_is_stored(report: dict[str, Any]) -> None:
    assert len(report["features"]) == len(FEATURES)
    for row in report["features"]:
        assert row["is_stored"]
        assert row["agrees"], row["name"]
        assert (row["why_missing"] is None) == (row["value"] is not None), row["name"]


def test_the_rows_behind_an_average_make_it(report: dict[str, Any], player: dict[str, Any]) -> None:
    season = [r for r in report["inputs"]["player_games"]["rows"] if r["seconds_played"] > 0]
    latest = sorted(season, key=lambda r: r["game_date"], reverse=True)[:5]
    assert sum(r["points"] for r in latest) / 5 == pytest.approx(player["points_avg_last_5"])


def test_nothing_used_became_known_after_the_decision(report: dict[str, Any]) -> None:
    for name, part in report["inputs"].items():
        for row in part["rows"]:
            assert row["known_at"] <= report["as_of"], name
            assert row["sources"] or name == "schedule"
            assert not row["is_this_game"] or name not in ("player_games", "team_games")


def test_the_own_box_score_is_shown_as_not_used(report: dict[str, Any]) -> None:
    for name in ("player_games", "team_games", "player_shots"):
        later = report["inputs"][name]["not_used"]
        assert any(row["is_this_game"] for row in later), name
        assert all(row["known_at"] > report["as_of"] for row in later), name


def test_one_feature_shows_its_own_inputs_only(built_lake: Lake, player: dict[str, Any]) -> None:
    found = why(built_lake, "team_pace", player["player_id"], player["game_date"])
    assert [row["name"] for row in found["features"]] == ["team_pace"]
    assert list(found["inputs"]) == ["team_games"]


def test_other_markets_explain_their_own_columns(built_lake: Lake, player: dict[str, Any]) -> None:
    found = why(
        built_lake,
        "rebounds_avg_last_5",
        player["player_name"],
        player["game_date"],
        market="rebounds",
    )
    (row,) = found["features"]
    assert row["name"] == "rebounds_avg_last_5"
    assert not row["is_stored"]
    games = [r for r in found["inputs"]["player_games"]["rows"] if r["seconds_played"] > 0]
    assert row["value"] == pytest.approx(sum(r["rebounds"] for r in games[:5]) / 5)


def test_players_who_are_not_meant_get_a_sentence(built_lake: Lake, player: dict[str, Any]) -> None:
    misspelt = player["player_name"][:-1]
    with pytest.raises(InputError, match=f"Did you mean .*{player['player_name']}"):
        why(built_lake, "all", misspelt, player["game_date"])
    with pytest.raises(InputError, match="Expected a game with known players"):
        why(built_lake, "all", player["player_name"], date(2023, 8, 1))


def test_reports_are_shown_word_by_word(built_lake: Lake) -> None:
    """Who is out on the last list, each by himself; the lists before count no more."""
    from tipoff.features.declare import POINTS  # noqa: PLC0415

    rows = scan(built_lake, feature_store(POINTS).table).filter(pl.col("star_teammates_out") > 1)
    own = rows.sort("game_date", "player_id").head(1).collect().row(0, named=True)
    report = why(built_lake, "star_teammates_out", own["player_id"], own["game_date"])
    used = report["inputs"]["availability"]["rows"]
    lists = [row for row in used if row.get("is_submitted") is not None]
    said = [row for row in used if row.get("status") is not None]
    assert len(lists) + len(said) == len(used)
    assert len({(row["known_at"], row["player_id"]) for row in said}) == len(said)
    newest = max(row["report_at"] for row in lists if row["is_submitted"])
    (feature,) = report["features"]
    assert feature["value"] == own["star_teammates_out"]
    moved = [row for row in feature["rows"] if row.get("status") is not None]
    assert len(moved) == own["star_teammates_out"]
    assert all(row["report_at"] == newest and row["status"] == "out" for row in moved)
    assert all(row["without"] == own["star_teammates_out"] - 1 for row in moved)
    assert all(row["player_name"] for row in moved)


# Of each kind of input one: his games, his team's, shots against the opponent, quotes, reports.
TRIED = (
    "points_avg_last_5", "team_pace", "shot_zone_mismatch_score", "vegas_points_line",
    "prop_over_streak", "star_teammates_out",
)  # fmt: skip


@pytest.mark.parametrize("name", TRIED)
def test_many_worlds_at_once_say_what_one_after_the_other_says(
    built_lake: Lake, player: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (built_lake, name, player["player_id"], player["game_date"])
    at_once = why(*asked)
    # Where the unchanged world does not give the known value, each is built by itself.
    runs, in_copies = [], why_copies._in_copies

    def untrue(*args: Any) -> list[float | None]:
        runs.append(len(args[-1]))
        return [*in_copies(*args)[:-1], -1.0]

    monkeypatch.setattr(why_copies, "_in_copies", untrue)
    assert why(*asked) == at_once
    assert runs
    # Games that nobody may ask about are left out; with all of them it says the same.
    everything = scan(built_lake, GAMES).select("game_id").collect()["game_id"].to_list()
    monkeypatch.undo()
    monkeypatch.setattr(why_module, "_near", lambda *_: set(everything))
    assert why(*asked) == at_once
