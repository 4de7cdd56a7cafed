"""Shooting: from where, how well and by whom his points come."""

import polars as pl

from tipoff.features.declare import feature
from tipoff.features.expressions import at_least, made_share, run_length

_SHOTS = ("player_shots",)
_OWN = ("player_games",)
_FEW_SHOTS = "fewer than 3 games with shots, or none for 30 days"
_NO_ATTEMPT = "no attempt, or attempts are not stated"


@feature(
    index=18,
    unit="share",
    bounds=(0, 1),
    since="v8",
    reads=_SHOTS,
    lacks=_FEW_SHOTS,
)
def pct_paint() -> pl.Expr:
    """Share of his shots from the paint, last 10 games with shots."""
    return pl.col("paint_share_last_10")


@feature(
    index=19,
    unit="share",
    bounds=(0, 1),
    since="v8",
    reads=_SHOTS,
    lacks=_FEW_SHOTS,
)
def pct_mid_range() -> pl.Expr:
    """Share of his shots from mid-range, last 10 games with shots."""
    return pl.col("mid_range_share_last_10")


@feature(
    index=20,
    unit="share",
    bounds=(0, 1),
    since="v8",
    reads=_SHOTS,
    lacks=_FEW_SHOTS,
)
def pct_three() -> pl.Expr:
    """Share of his shots that are threes, last 10 games with shots."""
    return pl.col("three_share_last_10")


@feature(
    index=21,
    unit="share",
    bounds=(0, 1),
    since="v8",
    reads=_OWN,
    need="required",
    lacks="fewer than 5 games, no points, or free throws are not stated",
)
def pct_free_throw() -> pl.Expr:
    """Share of his points from the line, last 10 games; needs 5 games and a point."""
    points = pl.col("recent_points").list.sum()
    made = pl.col("recent_free_throws_made").list.sum()
    stated = pl.col("recent_free_throws_made").list.drop_nulls().list.len()
    known = stated == pl.col("recent_points").list.len()
    share = pl.when((points > 0) & known).then(made / points)
    return at_least(pl.col("recent_points"), 5, share)


@feature(
    index=62,
    unit="share",
    bounds=(0, 1),
    since="v18",
    reads=("play_by_play",),
    lacks="fewer than 3 games with shots or with makes in play-by-play, or no shots for 30 days",
)
def self_creation_rate() -> pl.Expr:
    """Unassisted share of his made field goals, last 10 games with makes in play-by-play."""
    return pl.col("unassisted_share_last_10")


@feature(index=64, unit="share", bounds=(0, 1), since="v13", reads=_OWN, lacks=_NO_ATTEMPT)
def fg_pct_last_3() -> pl.Expr:
    """Made over attempted field goals, last 3 games of the season."""
    return made_share("recent_field_goals_made", "recent_field_goals_attempted", 3)


@feature(index=65, unit="share", bounds=(0, 1), since="v13", reads=_OWN, lacks=_NO_ATTEMPT)
def fg_pct_last_5() -> pl.Expr:
    """Made over attempted field goals, last 5 games of the season."""
    return made_share("recent_field_goals_made", "recent_field_goals_attempted", 5)


@feature(index=66, unit="share", bounds=(-1, 1), since="v13", reads=_OWN, lacks=_NO_ATTEMPT)
def fg_pct_vs_season_avg() -> pl.Expr:
    """Made share of field goals, last 5 games less season to date."""
    recent = made_share("recent_field_goals_made", "recent_field_goals_attempted", 5)
    return recent - pl.col("field_goal_share_season")


@feature(index=67, unit="share", bounds=(0, 1), since="v13", reads=_OWN, lacks=_NO_ATTEMPT)
def three_pct_last_3() -> pl.Expr:
    """Made over attempted threes, last 3 games of the season."""
    return made_share("recent_threes_made", "recent_threes_attempted", 3)


@feature(index=68, unit="share", bounds=(0, 1), since="v13", reads=_OWN, lacks=_NO_ATTEMPT)
def three_pct_last_5() -> pl.Expr:
    """Made over attempted threes, last 5 games of the season."""
    return made_share("recent_threes_made", "recent_threes_attempted", 5)


@feature(index=69, unit="games", bounds=(0, 10), since="v13", reads=_OWN, lacks=_NO_ATTEMPT)
def fg_cold_streak() -> pl.Expr:
    """How many of the latest games in a row had a made share below the season's, at most 10.

    A game without an attempt ends the run.
    """
    season = pl.col("field_goal_share_season")
    return run_length("recent_field_goal_shares", lambda share: share < season)


@feature(index=71, unit="share", bounds=(0, 2), since="v14", reads=_OWN, lacks=_NO_ATTEMPT)
def true_shooting_last_10() -> pl.Expr:
    """Mean true shooting over the last 10 games: points / (2 (FGA + 0.44 FTA))."""
    return pl.col("true_shooting_share_last_10")


@feature(index=72, unit="attempts a minute", bounds=(0, 5), since="v14", reads=_OWN)
def shots_per_minute_last_10() -> pl.Expr:
    """Field-goal attempts a minute, last 10 games of the season."""
    minutes = pl.col("recent_minutes").list.sum()
    shots = pl.col("recent_field_goals_attempted")
    known = shots.list.drop_nulls().list.len() == pl.col("recent_minutes").list.len()
    return pl.when((minutes > 0) & known).then(shots.list.sum() / minutes)


@feature(index=73, unit="share", bounds=(0, 1), since="v14", reads=_OWN, lacks=_NO_ATTEMPT)
def three_attempt_share_last_10() -> pl.Expr:
    """Threes attempted over field goals attempted, last 10 games of the season."""
    return made_share("recent_threes_attempted", "recent_field_goals_attempted", 10)


@feature(index=75, unit="share", bounds=(0, 10), since="v15", reads=_OWN, lacks=_NO_ATTEMPT)
def ft_rate_season() -> pl.Expr:
    """Free throws attempted over field goals attempted, season to date."""
    return pl.col("free_throw_rate_season")
