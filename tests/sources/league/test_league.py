"""The built-in league is valid, repeatable, consistent, and looks like the real one."""

from dataclasses import replace

import polars as pl
import pytest
from tests.conftest import SMALL

from tipoff.errors import InputError
from tipoff.sources.league import League, LeagueSettings, generate
from tipoff.store.content import content_hash
from tipoff.store.lake import validated
from tipoff.tables.raw import RAW_TABLES


@pytest.mark.parametrize("table", sorted(RAW_TABLES))
def test_every_table_keeps_its_rules(league: League, table: str) -> None:
    rows = validated(RAW_TABLES[table], league.frames[table])
    assert rows.height > 0
    assert rows.height == rows.unique(RAW_TABLES[table].key).height


def test_the_same_seed_gives_the_same_league(league: League) -> None:
    again = generate(SMALL)
    other = generate(replace(SMALL, seed=8))
    for name, table in RAW_TABLES.items():
        digest = content_hash(league.frames[name], table.key)
        assert content_hash(again.frames[name], table.key) == digest
        assert content_hash(other.frames[name], table.key) != digest


def test_box_scores_shots_and_teams_agree(league: League) -> None:
    boxes, shots = league.frames["player_boxes"], league.frames["shots"]
    made = 2 * boxes["field_goals_made"] + boxes["threes_made"] + boxes["free_throws_made"]
    assert (boxes["points"] == made).all()
    key = ["game_id", "team", "player_id"]
    counted = shots.group_by(key).agg(
        attempts=pl.len().cast(pl.Int32), makes=pl.col("is_made").sum().cast(pl.Int32)
    )
    both = boxes.join(counted, on=key, how="left").with_columns(
        pl.col("attempts", "makes").fill_null(0)
    )
    assert both["attempts"].equals(both["field_goals_attempted"].alias("attempts"))
    assert both["makes"].equals(both["field_goals_made"].alias("makes"))
    teams = league.frames["team_boxes"].select("game_id", "team", "points")
    sums = boxes.group_by("game_id", "team").agg(total=pl.col("points").sum())
    assert (
        teams.join(sums, on=["game_id", "team"])
        .filter(pl.col("points") != pl.col("total"))
        .is_empty()
    )


def test_no_game_ends_level_and_no_team_plays_twice_a_day(league: League) -> None:
    teams = league.frames["team_boxes"]
    assert teams.group_by("game_id").agg(pl.col("points").n_unique())["points"].min() == 2
    assert teams.group_by("game_date", "team").len()["len"].max() == 1
    games = teams.group_by("season", "team").len()
    assert games["len"].unique().to_list() == [SMALL.games_per_team]


def test_who_is_out_does_not_play(league: League) -> None:
    out = league.truth.filter("is_out")
    played = league.frames["player_boxes"]
    assert out.height > 100
    assert played.join(out, on=["game_id", "player_id"], how="semi").is_empty()


def test_it_looks_like_the_real_league(league: League) -> None:
    teams = league.frames["team_boxes"]
    assert teams["points"].mean() == pytest.approx(113, abs=4)
    assert teams["field_goals_attempted"].mean() == pytest.approx(88, abs=4)
    assert teams["rebounds"].mean() == pytest.approx(45, abs=4)
    played = league.frames["player_boxes"].group_by("game_id", "team").len()["len"]
    assert 9 <= float(played.mean()) <= 11  # type: ignore[arg-type]


def test_the_market_is_good_but_not_perfect(league: League) -> None:
    quotes = league.frames["prop_quotes"].filter(
        pl.col("market") == "points", ~pl.col("is_alternate"), ~pl.col("is_after_tip_off")
    )
    last = quotes.filter(pl.col("book") == "draftkings").sort("observed_at")
    lines = last.unique(["game_id", "player_id"], keep="last")
    boxes = league.frames["player_boxes"].select("game_id", "player_id", "points")
    graded = lines.join(boxes, on=["game_id", "player_id"])
    assert graded.height > 3_000
    error = (graded["points"] - graded["line"]).abs().mean()
    assert 4.5 <= float(error) <= 5.3  # type: ignore[arg-type]
    assert (graded["points"] > graded["line"]).mean() == pytest.approx(0.49, abs=0.03)
    truth = graded.join(
        league.truth.select("game_id", "player_id", "expected"), on=["game_id", "player_id"]
    )
    best = (truth["points"] - truth["expected"]).abs().mean()
    assert float(best) < float(error)  # type: ignore[arg-type]


def test_quotes_in_the_game_are_marked_and_late_ones_are_timed(league: League) -> None:
    quotes = league.frames["prop_quotes"].join(
        league.frames["games"].select("game_id", "tip_off_at"), on="game_id"
    )
    late = quotes["quoted_at"] >= quotes["tip_off_at"]
    assert late.equals(quotes["is_after_tip_off"].alias("quoted_at"))
    assert late.sum() > 50


def test_two_players_share_a_name(league: League) -> None:
    names = league.frames["player_boxes"].select("name_key", "player_id").unique()
    assert names.group_by("name_key").len()["len"].max() == 2


def test_a_mispriced_book_is_wrong_by_what_was_asked() -> None:
    tiny = LeagueSettings(seasons=1, teams=4, games_per_team=20, extra_markets=False)
    wrong = replace(tiny, mispriced_book="fanduel", mispricing=2.0)
    means = [
        generate(settings)
        .frames["prop_quotes"]
        .filter(pl.col("book") == "fanduel", ~pl.col("is_alternate"))["line"]
        .mean()
        for settings in (tiny, wrong)
    ]
    assert float(means[1]) - float(means[0]) == pytest.approx(2.0, abs=0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "size", [{"teams": 7}, {"teams": 2}, {"games_per_team": 200}, {"seasons": 0}, {"books": ()}]
)
def test_sizes_that_make_no_league_are_refused(size: dict[str, int]) -> None:
    with pytest.raises(InputError, match="Expected"):
        LeagueSettings(**size)  # type: ignore[arg-type]
