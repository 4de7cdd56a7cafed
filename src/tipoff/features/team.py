"""Team context: how fast and how well his team plays."""

import polars as pl

from tipoff.features.declare import feature

_TEAM = ("team_games",)
MIN_GAMES = 5
BLOWOUT_GAMES = 3
_NO_GAME = "no game of the team this season with known possessions"


@feature(
    index=22,
    unit="possessions",
    bounds=(60, 150),
    since="v8",
    reads=_TEAM,
    need="required",
    lacks=_NO_GAME,
)
def team_pace() -> pl.Expr:
    """His team's possessions per 48 minutes, last 10 games of the season."""
    return pl.col("team_pace_last_10")


@feature(
    index=23,
    unit="rating",
    bounds=(60, 180),
    since="v8",
    reads=_TEAM,
    need="required",
    lacks=_NO_GAME,
)
def team_off_rating() -> pl.Expr:
    """His team's points per 100 possessions, last 10 games of the season."""
    return pl.col("team_offensive_rating_last_10")


@feature(
    index=24,
    unit="share",
    bounds=(0, 1),
    since="v8",
    reads=_TEAM,
    need="required",
    lacks="fewer than 5 games of the team this season",
)
def team_win_pct() -> pl.Expr:
    """Share of the season's games before the date that his team won; needs 5 games."""
    games = pl.col("team_games_season")
    return pl.when(games >= MIN_GAMES).then(pl.col("team_wins_season") / games)


@feature(
    index=57,
    unit="share",
    bounds=(0, 1),
    since="v17",
    reads=_TEAM,
    lacks="fewer than 3 games of the team this season",
)
def blowout_minutes_risk() -> pl.Expr:
    """Share of his team's last 10 games won or lost by 15 points or more; needs 3 games."""
    games = pl.col("team_games_last_10")
    return pl.when(games >= BLOWOUT_GAMES).then(pl.col("team_blowouts_last_10") / games)
