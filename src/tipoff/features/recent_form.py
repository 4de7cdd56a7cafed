"""Recent form: how much the player has scored and played in the games before."""

import polars as pl

from tipoff.features.declare import feature
from tipoff.features.expressions import at_least, run_length, slope

_CACHE = "player_daily_cache"
_GAMES = "player_games"


@feature(index=0, unit="points", bounds=(0, 70), since="v8", source=_CACHE, need="required")
def points_avg_last_5() -> pl.Expr:
    """Mean points over the last 5 games of the season."""
    return pl.col("points_avg_last_5")


@feature(index=1, unit="points", bounds=(0, 70), since="v8", source=_CACHE, need="required")
def points_avg_last_10() -> pl.Expr:
    """Mean points over the last 10 games of the season."""
    return pl.col("points_avg_last_10")


@feature(index=2, unit="points", bounds=(0, 70), since="v8", source=_CACHE, need="required")
def points_avg_season() -> pl.Expr:
    """Mean points over the season's games before the date."""
    return pl.col("points_avg_season")


@feature(index=3, unit="points", bounds=(0, 30), since="v8", source=_CACHE, need="required")
def points_std_last_10() -> pl.Expr:
    """Sample standard deviation of points over the last 10 games of the season."""
    return pl.col("points_std_last_10")


@feature(index=11, unit="step", bounds=(-2, 2), since="v8", source=_GAMES)
def recent_trend() -> pl.Expr:
    """Mean of the last 2 games less the mean of the 3 before, in steps.

    At least 5 points gives 2, at least 2 gives 1, likewise downwards; needs 5 games.
    """
    points = pl.col("recent_points")
    change = points.list.head(2).list.mean() - points.list.slice(2, 3).list.mean()
    step = (
        pl.when(change >= 5)
        .then(2)
        .when(change >= 2)
        .then(1)
        .when(change <= -5)
        .then(-2)
        .when(change <= -2)
        .then(-1)
        .otherwise(0)
    )
    return at_least(points, 5, step)


@feature(index=12, unit="step", bounds=(-2, 2), since="v8", source=_CACHE)
def minutes_change() -> pl.Expr:
    """Minutes of the last 10 games against the season's mean, in steps of 10 % up to +-2."""
    season = pl.col("minutes_avg_season")
    change = (pl.col("minutes_avg_last_10") - season) / season
    step = (
        pl.when(change >= 0.2)
        .then(2)
        .when(change >= 0.1)
        .then(1)
        .when(change <= -0.2)
        .then(-2)
        .when(change <= -0.1)
        .then(-1)
        .otherwise(0)
    )
    return pl.when(change.is_not_null()).then(step)


@feature(index=31, unit="minutes", bounds=(0, 60), since="v8", source=_CACHE, need="required")
def minutes_avg_last_10() -> pl.Expr:
    """Mean minutes over the last 10 games of the season."""
    return pl.col("minutes_avg_last_10")


@feature(index=32, unit="points a minute", bounds=(0, 3), since="v8", source=_GAMES)
def ppm_avg_last_10() -> pl.Expr:
    """Points a minute over the last 10 games: sum of points over sum of minutes."""
    minutes = pl.col("recent_minutes").list.sum()
    return pl.when(minutes > 0).then(pl.col("recent_points").list.sum() / minutes)


@feature(index=33, unit="share", bounds=(0, 1), since="v10", source=_GAMES)
def dnp_rate() -> pl.Expr:
    """Share of the team's last 10 games, since his first of the season, that he did not play."""
    games = pl.col("team_games_since_first")
    return pl.when(games >= 3).then(1 - pl.col("games_played_of_these") / games)


@feature(index=34, unit="points a game", bounds=(-15, 15), since="v10", source=_GAMES)
def pts_slope_10g() -> pl.Expr:
    """Least-squares slope of points over the last 10 games, from old to new; needs 5 games."""
    return at_least(pl.col("recent_points"), 5, slope("recent_points", 10))


@feature(index=35, unit="standard deviations", bounds=(-3, 3), since="v10", source=_CACHE)
def pts_vs_season_zscore() -> pl.Expr:
    """Last-5 mean less the season's, over the last-10 deviation, within +-3."""
    deviation = pl.col("points_std_last_10")
    score = (pl.col("points_avg_last_5") - pl.col("points_avg_season")) / deviation
    return pl.when(deviation > 0).then(score.clip(-3, 3))


@feature(index=36, unit="flag", bounds=(0, 1), since="v10", source=_CACHE)
def breakout_flag() -> pl.Expr:
    """1 where the last-5 mean is above the season's by more than 1.5 deviations."""
    limit = pl.col("points_avg_season") + 1.5 * pl.col("points_std_last_10")
    return (pl.col("points_avg_last_5") > limit).cast(pl.Float64)


@feature(index=43, unit="points", bounds=(0, 80), since="v12", source=_GAMES)
def points_avg_last_3() -> pl.Expr:
    """Mean points over the last 3 games; needs 2 games."""
    points = pl.col("recent_points")
    return at_least(points, 2, points.list.head(3).list.mean())


@feature(index=44, unit="points a game", bounds=(-25, 25), since="v12", source=_GAMES)
def scoring_trend_slope() -> pl.Expr:
    """Least-squares slope of points over the last 7 games, from old to new; needs 4 games."""
    return at_least(pl.col("recent_points"), 4, slope("recent_points", 7))


@feature(index=45, unit="standard deviations", bounds=(-10, 10), since="v12", source=_GAMES)
def deviation_from_avg_last3() -> pl.Expr:
    """Last-3 mean less the season's, over the last-10 deviation."""
    deviation = pl.col("points_std_last_10")
    last_3 = pl.col("recent_points").list.head(3).list.mean()
    return pl.when(deviation > 0).then(
        ((last_3 - pl.col("points_avg_season")) / deviation).clip(-10, 10)
    )


@feature(index=46, unit="games", bounds=(0, 10), since="v12", source=_GAMES)
def consecutive_games_below_avg() -> pl.Expr:
    """How many of the latest games in a row were below the season's mean, at most 10."""
    return run_length("recent_points", lambda points: points < pl.col("points_avg_season"))


@feature(index=48, unit="usage", bounds=(0, 100), since="v12", source=_GAMES)
def usage_rate_last_5() -> pl.Expr:
    """Mean usage over the last 5 games, 0-100; needs 3 games."""
    usage = pl.col("recent_usage")
    return at_least(usage, 3, usage.list.head(5).list.mean())
