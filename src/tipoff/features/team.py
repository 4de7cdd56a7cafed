"""Team context: how fast and how well his team plays."""

import polars as pl

from tipoff.features.declare import feature

_CACHE = "player_daily_cache"
MIN_GAMES = 5


@feature(index=22, unit="possessions", bounds=(60, 150), since="v8", source=_CACHE, need="required")
def team_pace() -> pl.Expr:
    """His team's possessions per 48 minutes, last 10 games of the season."""
    return pl.col("team_pace_last_10")


@feature(index=23, unit="rating", bounds=(60, 180), since="v8", source=_CACHE, need="required")
def team_off_rating() -> pl.Expr:
    """His team's points per 100 possessions, last 10 games of the season."""
    return pl.col("team_offensive_rating_last_10")


@feature(index=24, unit="share", bounds=(0, 1), since="v8", source="team_games")
def team_win_pct() -> pl.Expr:
    """Share of the season's games before the date that his team won; needs 5 games."""
    games = pl.col("team_games_season")
    return pl.when(games >= MIN_GAMES).then(pl.col("team_wins_season") / games)
