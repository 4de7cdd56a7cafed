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
    assert teams.height == 2 * 12 * 40
    assert teams["points"].mean() == pytest.approx(113, abs=4)
    assert teams["field_goals_attempted"].mean() == pytest.approx(88, abs=4)
    assert teams["rebounds"].mean() == pytest.approx(45, abs=4)
    assert teams["assists"].mean() == pytest.approx(25.5, abs=2)
    assert teams["points"].std() == pytest.approx(13, abs=2)
    margins = teams.filter("is_home")["plus_minus"]
    # In the real league about 14; 480 games leave a standard error of 0.5.
    assert margins.std() == pytest.approx(15.5, abs=2.5)
    played = league.frames["player_boxes"].group_by("game_id", "team").len()["len"]
    assert 9 <= float(played.mean()) <= 11  # type: ignore[arg-type]


def test_every_team_is_at_home_half_of_the_time(league: League) -> None:
    games = league.frames["team_boxes"].group_by("season", "team").agg(pl.col("is_home").sum())
    half = SMALL.games_per_team // 2
    assert games["is_home"].is_between(half - 1, half + 1).all()


def test_minutes_sum_to_those_of_the_game(league: League) -> None:
    played = league.frames["player_boxes"]
    seconds = played.group_by("game_id", "team").agg(pl.col("seconds_played").sum())
    # Each of ten players is rounded to a second.
    minutes = (seconds["seconds_played"] / 60).round()
    assert set(minutes.to_list()) == {240, 265}


def test_a_team_counts_no_more_than_the_game_offered(league: League) -> None:
    teams = league.frames["team_boxes"]
    missed = pl.col("field_goals_attempted", "free_throws_attempted").sum()
    made = pl.col("field_goals_made", "free_throws_made").sum()
    games = teams.group_by("game_id").agg(
        total=pl.col("rebounds").sum(),
        missed=pl.sum_horizontal(missed) - pl.sum_horizontal(made),
    )
    assert games.filter(pl.col("total") > pl.col("missed")).is_empty()
    assert teams.filter(pl.col("assists") > pl.col("field_goals_made")).is_empty()
    other = teams.select("game_id", opponent="team", lost="turnovers")
    both = teams.join(other, on=["game_id", "opponent"])
    assert both.filter(pl.col("steals") > pl.col("lost")).is_empty()


def test_who_plays_long_shoots(league: League) -> None:
    long = league.frames["player_boxes"].filter(pl.col("seconds_played") > 300)
    assert long.height > 5_000
    assert float((long["field_goals_attempted"] == 0).mean()) < 0.03  # type: ignore[arg-type]


def test_shots_lie_in_their_zones(league: League) -> None:
    shots = league.frames["shots"]
    is_three = pl.col("zone").str.contains("three")
    assert shots.filter(is_three != pl.col("is_three")).is_empty()
    distance = (pl.col("x_feet") ** 2 + pl.col("y_feet") ** 2).sqrt()
    assert shots.filter(
        (distance - pl.col("distance_feet")).is_between(-0.1, 1.1).not_()
    ).is_empty()
    near, left = pl.col("zone") == "restricted_area", pl.col("zone") == "left_corner_three"
    assert shots.filter(near, pl.col("distance_feet") >= 4).is_empty()
    assert shots.filter(left, pl.col("x_feet") > 0).is_empty()
    assert shots.filter(is_three, pl.col("distance_feet") < 22).is_empty()


def test_teams_defend_zones_unequally_well() -> None:
    whole = generate(LeagueSettings(seasons=1, teams=12, games_per_team=82, extra_markets=False))
    near = whole.frames["shots"].filter(pl.col("zone") == "restricted_area")
    allowed = near.group_by("opponent").agg(share=pl.col("is_made").mean(), n=pl.len())
    chance = (pl.col("share") * (1 - pl.col("share")) / pl.col("n")).mean()
    observed = float(allowed["share"].var())  # type: ignore[arg-type]
    # Chance alone would give a ratio of 1, above 2.3 in one league of a hundred.
    assert observed > 2.3 * allowed.select(chance).item()


def test_the_truth_is_the_mean_and_the_deviation(league: League) -> None:
    played = league.truth.join(
        league.frames["player_boxes"].select("game_id", "player_id", "points"),
        on=["game_id", "player_id"],
    ).with_columns(error=pl.col("points") - pl.col("expected"))
    bands = (
        played.filter(pl.col("expected") > 4)
        .group_by((pl.col("expected").clip(4, 23) / 4).floor())
        .agg(
            mean=pl.col("error").mean(),
            chance=pl.col("error").std() / pl.len().sqrt(),
            scale=((pl.col("error") / pl.col("deviation")) ** 2).mean().sqrt(),
        )
    )
    assert bands.height == 5
    # Four standard errors, and 0.2 points for the mean's formula.
    assert bands.filter(pl.col("mean").abs() > 4 * pl.col("chance") + 0.2).is_empty()
    assert bands["scale"].is_between(0.92, 1.08).all()


@pytest.mark.parametrize(
    ("market", "columns", "least"),
    [
        ("rebounds", ["rebounds"], 0.55),
        ("assists", ["assists"], 0.45),
        ("threes", ["threes_made"], 0.35),
        ("points_rebounds_assists", ["points", "rebounds", "assists"], 0.6),
    ],
)
def test_other_markets_are_lined_by_what_the_player_does(
    league: League, market: str, columns: list[str], least: float
) -> None:
    quotes = league.frames["prop_quotes"].filter(
        pl.col("market") == market, pl.col("book") == "draftkings"
    )
    boxes = league.frames["player_boxes"].select(
        "game_id", "player_id", actual=pl.sum_horizontal(columns)
    )
    graded = quotes.join(boxes, on=["game_id", "player_id"])
    assert graded.height > 3_000
    assert graded.select(pl.corr("line", "actual")).item() > least
    assert (graded["actual"] > graded["line"]).mean() == pytest.approx(0.49, abs=0.07)


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
    # The mean is best by squared error; by absolute error the median is, which a line is near.
    best = ((truth["points"] - truth["expected"]) ** 2).mean()
    market = ((truth["points"] - truth["line"]) ** 2).mean()
    assert float(best) < float(market)  # type: ignore[arg-type]


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


def test_lines_on_games_tell_who_wins(league: League) -> None:
    last = (
        league.frames["game_lines"]
        .filter(pl.col("market") == "spread", pl.col("book") == "draftkings")
        .sort("quoted_at")
        .unique("game_id", keep="last")
    )
    home = league.frames["team_boxes"].filter("is_home").select("game_id", "plus_minus")
    graded = last.join(home, on="game_id")
    assert graded.height == 480
    error = graded["plus_minus"] + graded["line"]
    assert float(error.abs().mean()) == pytest.approx(12, abs=2)  # type: ignore[arg-type]
    assert float(error.mean()) == pytest.approx(0, abs=2.5)  # type: ignore[arg-type]
    assert graded.select(pl.corr(-pl.col("line"), "plus_minus")).item() > 0.15


def test_form_tells_of_the_next_game(league: League) -> None:
    boxes = league.frames["player_boxes"].sort("player_id", "season", "game_date")
    last = pl.col("points").shift(1).rolling_mean(5).over("player_id", "season")
    known = boxes.with_columns(last=last).drop_nulls("last")
    assert 0.60 <= known.select(pl.corr("last", "points")).item() <= 0.76


def test_who_is_out_was_reported_before_tip_off(league: League) -> None:
    reports = league.frames["availability"].filter(pl.col("status") == "out")
    games = league.frames["games"].select("game_id", "tip_off_at")
    early = reports.join(games, on="game_id").filter(pl.col("observed_at") < pl.col("tip_off_at"))
    assert early.height == reports.height
    out = league.truth.filter("is_out")
    assert out.join(reports, on=["game_id", "player_id"], how="anti").is_empty()
