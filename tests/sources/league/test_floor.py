"""The league's time on the floor and assists agree with its box scores."""

import polars as pl

from tipoff.sources.league import League
from tipoff.sources.league.floor import stints

_GAME = ["game_id", "player_id"]


def test_five_of_a_team_share_every_period(league: League) -> None:
    periods = league.frames["player_periods"]
    shared = periods.group_by("game_id", "team", "period").agg(pl.col("seconds").sum())
    is_extra = pl.col("period") == 5
    assert shared.filter(
        pl.col("seconds") != 5 * pl.when(is_extra).then(300).otherwise(720)
    ).is_empty()
    assert shared["period"].max() == 5


def test_periods_add_up_to_the_box_score(league: League) -> None:
    whole = league.frames["player_periods"].group_by(_GAME).agg(pl.col("seconds").sum())
    boxes = league.frames["player_boxes"].select(*_GAME, "seconds_played")
    both = whole.join(boxes, on=_GAME, how="full", coalesce=True)
    assert both.null_count().sum_horizontal().item() == 0
    # The box score is rounded, and all of a team are scaled to the length of the game.
    assert (both["seconds"] - both["seconds_played"]).abs().max() <= 10  # type: ignore[operator]


def test_assists_are_those_of_the_box_score(league: League) -> None:
    made = league.frames["made_shots"]
    given = (
        made.drop_nulls("assist_player_id").group_by("game_id", player_id="assist_player_id").len()
    )
    boxes = league.frames["player_boxes"].select(*_GAME, "assists", "field_goals_made")
    both = boxes.join(given, on=_GAME, how="left").with_columns(pl.col("len").fill_null(0))
    left_out = int((both["assists"] - both["len"]).sum())
    assert both.filter(pl.col("len") > pl.col("assists")).is_empty()
    # An assist that fits no make is left out.
    assert left_out < 0.001 * int(both["assists"].sum())
    makes = made.group_by(_GAME).len()
    assert makes["len"].sum() == boxes["field_goals_made"].sum()
    told = made["assist_player_id"].is_not_null()
    assert (told == made["is_assisted"]).all()


def test_who_shoots_or_assists_is_on_the_floor(league: League) -> None:
    spells = stints(league.on_floor)
    made, shots = league.frames["made_shots"], league.frames["shots"]
    moments = [
        shots.select(*_GAME, "period", "seconds_left"),
        made.drop_nulls("assist_player_id").select(
            "game_id", "period", "seconds_left", player_id="assist_player_id"
        ),
    ]
    assert made.filter(pl.col("player_id") == pl.col("assist_player_id")).is_empty()
    for told in moments:
        asked = told.unique()
        there = asked.join(spells, on=[*_GAME, "period"]).filter(
            pl.col("seconds_left").is_between("left_at", "came_at")
        )
        assert there.select(asked.columns).unique().height == asked.height > 10_000
