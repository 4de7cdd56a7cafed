"""Recent form: how much the player has done and played in the games before."""

import polars as pl

from tipoff.domain.guard import guard
from tipoff.domain.market import Market
from tipoff.features.declare import feature
from tipoff.features.expressions import at_least, run_length, slope, steps

_OWN = ("player_games",)
_FEW_3 = "fewer than 3 games this season"
_FEW_5 = "fewer than 5 games this season"
_STEADY = "fewer than 3 games this season, or the same figure in each of the last 10"


@feature(
    index=0,
    unit="points",
    bounds=(0, 110),
    since="v8",
    reads=_OWN,
    need="required",
    lacks=_FEW_3,
)
def points_avg_last_5(market: Market) -> pl.Expr:
    """Mean {unit} over the last 5 games of the season; needs 3 games."""
    return pl.col(f"{market.name}_avg_last_5")


@feature(
    index=1,
    unit="points",
    bounds=(0, 110),
    since="v8",
    reads=_OWN,
    need="required",
    lacks=_FEW_3,
)
def points_avg_last_10(market: Market) -> pl.Expr:
    """Mean {unit} over the last 10 games of the season; needs 3 games."""
    return pl.col(f"{market.name}_avg_last_10")


@feature(
    index=2,
    unit="points",
    bounds=(0, 110),
    since="v8",
    reads=_OWN,
    need="required",
    lacks=_FEW_3,
)
def points_avg_season(market: Market) -> pl.Expr:
    """Mean {unit} over the season's games before the date; needs 3 games."""
    return pl.col(f"{market.name}_avg_season")


@feature(
    index=3,
    unit="points",
    bounds=(0, 60),
    since="v8",
    reads=_OWN,
    need="required",
    lacks=_FEW_3,
)
def points_std_last_10(market: Market) -> pl.Expr:
    """Sample standard deviation of {unit} over the last 10 games of the season; needs 3 games."""
    return pl.col(f"{market.name}_std_last_10")


@feature(
    index=11,
    unit="step",
    bounds=(-2, 2),
    since="v8",
    reads=_OWN,
    need="required",
    lacks=_FEW_5,
)
def recent_trend(market: Market) -> pl.Expr:
    """Mean {unit} of the last 2 games less the mean of the 3 before, in steps.

    For points: 2 from 5 on, 1 from 2 on, likewise downwards; other markets have marks of their
    own. Needs 5 games.
    """
    values = pl.col("recent_values")
    recent, older = _last_2_and_3_before(values)
    return at_least(values, 5, steps(recent.list.mean() - older.list.mean(), *market.trend))


@guard
def _last_2_and_3_before(values: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The latest two games and the three before them; values come latest first."""
    return values.list.head(2), values.list.slice(2, 3)


@_last_2_and_3_before.fault("inverted-trend")
def _first_2_and_3_after(values: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The latest is looked for at the end of the list."""
    return values.list.slice(3, 2), values.list.head(3)


@feature(
    index=12,
    unit="step",
    bounds=(-2, 2),
    since="v8",
    reads=_OWN,
    need="required",
    lacks=_FEW_3,
)
def minutes_change() -> pl.Expr:
    """Mean minutes of the last 10 games over the season's mean: 2 from 20 % on, 1 from 10 %.

    Likewise downwards; needs 3 games.
    """
    season = pl.col("minutes_avg_season")
    return steps((pl.col("minutes_avg_last_10") - season) / season, 0.1, 0.2)


@feature(
    index=31,
    unit="minutes",
    bounds=(0, 70),
    since="v8",
    reads=_OWN,
    need="required",
    lacks=_FEW_3,
)
def minutes_avg_last_10() -> pl.Expr:
    """Mean minutes over the last 10 games of the season; needs 3 games."""
    return pl.col("minutes_avg_last_10")


@feature(
    index=32,
    unit="points a minute",
    bounds=(0, 30),
    since="v8",
    reads=_OWN,
    need="required",
    lacks="no game this season",
)
def ppm_avg_last_10(market: Market) -> pl.Expr:
    """Sum of {unit} over sum of minutes, last 10 games of the season."""
    minutes = pl.col("recent_minutes").list.sum()
    return pl.when(minutes > 0).then(pl.col("recent_values").list.sum() / minutes)


@feature(
    index=33,
    unit="share",
    bounds=(0, 1),
    since="v10",
    reads=("player_games", "team_games"),
    need="required",
    lacks="fewer than 3 team games since his first",
)
def dnp_rate() -> pl.Expr:
    """Share of the team's last 10 games since his first of the season that he did not play.

    Needs 3 such games.
    """
    games = pl.col("team_games_since_first")
    return pl.when(games >= 3).then(1 - pl.col("games_played_of_these") / games)


@feature(
    index=34,
    unit="points a game",
    bounds=(-30, 30),
    since="v10",
    reads=_OWN,
    need="required",
    lacks=_FEW_5,
)
def pts_slope_10g(market: Market) -> pl.Expr:
    """Least-squares slope of {unit} over the last 10 games, from old to new; needs 5 games."""
    return at_least(pl.col("recent_values"), 5, slope("recent_values", 10))


@feature(
    index=35,
    unit="standard deviations",
    bounds=(-3, 3),
    since="v10",
    reads=_OWN,
    lacks=_STEADY,
)
def pts_vs_season_zscore(market: Market) -> pl.Expr:
    """Last-5 mean less the season's, over the last-10 deviation, within +-3."""
    deviation = pl.col(f"{market.name}_std_last_10")
    change = pl.col(f"{market.name}_avg_last_5") - pl.col(f"{market.name}_avg_season")
    return pl.when(deviation > 0).then((change / deviation).clip(-3, 3))


@feature(
    index=36,
    unit="flag",
    bounds=(0, 1),
    since="v10",
    reads=_OWN,
    need="required",
    lacks=_FEW_3,
)
def breakout_flag(market: Market) -> pl.Expr:
    """1 where the last-5 mean is above the season's by more than 1.5 last-10 deviations."""
    limit = pl.col(f"{market.name}_avg_season") + 1.5 * pl.col(f"{market.name}_std_last_10")
    return pl.col(f"{market.name}_avg_last_5") > limit


@feature(
    index=43,
    unit="points",
    bounds=(0, 120),
    since="v12",
    reads=_OWN,
    lacks="fewer than 2 games this season",
)
def points_avg_last_3(market: Market) -> pl.Expr:
    """Mean {unit} over the last 3 games; needs 2 games."""
    values = pl.col("recent_values")
    return at_least(values, 2, values.list.head(3).list.mean())


@feature(
    index=44,
    unit="points a game",
    bounds=(-40, 40),
    since="v12",
    reads=_OWN,
    lacks="fewer than 4 games this season",
)
def scoring_trend_slope(market: Market) -> pl.Expr:
    """Least-squares slope of {unit} over the last 7 games, from old to new; needs 4 games."""
    return at_least(pl.col("recent_values"), 4, slope("recent_values", 7))


@feature(
    index=45,
    unit="standard deviations",
    bounds=(-10, 10),
    since="v12",
    reads=_OWN,
    lacks=_STEADY,
)
def deviation_from_avg_last3(market: Market) -> pl.Expr:
    """Last-3 mean less the season's, over the last-10 deviation, within +-10."""
    deviation = pl.col(f"{market.name}_std_last_10")
    last_3 = pl.col("recent_values").list.head(3).list.mean()
    change = last_3 - pl.col(f"{market.name}_avg_season")
    return pl.when(deviation > 0).then((change / deviation).clip(-10, 10))


@feature(
    index=46,
    unit="games",
    bounds=(0, 10),
    since="v12",
    reads=_OWN,
    lacks="no game this season",
)
def consecutive_games_below_avg(market: Market) -> pl.Expr:
    """How many of the latest games in a row were below the season's mean, at most 10."""
    average = pl.col(f"{market.name}_avg_season")
    return run_length("recent_values", lambda value: value < average)


@feature(
    index=48,
    unit="usage",
    bounds=(0, 100),
    since="v12",
    reads=_OWN,
    lacks="fewer than 3 games with known usage",
)
def usage_rate_last_5() -> pl.Expr:
    """Mean usage over the last 5 games, 0-100; needs 3 games."""
    usage = pl.col("recent_usage")
    return at_least(usage, 3, usage.list.head(5).list.mean())


@feature(
    index=58,
    unit="minutes",
    bounds=(0, 40),
    since="v17",
    reads=_OWN,
    lacks=_FEW_3,
)
def minutes_volatility_last_10() -> pl.Expr:
    """Sample standard deviation of minutes over the last 10 games of the season; needs 3 games."""
    return pl.col("minutes_std_last_10")


@feature(
    index=74,
    unit="standard deviations",
    bounds=(-10, 10),
    since="v14",
    reads=_OWN,
    lacks=_STEADY,
)
def rolling_zscore_5v10(market: Market) -> pl.Expr:
    """Last-5 mean less the last-10 mean, over the last-10 deviation, within +-10."""
    deviation = pl.col(f"{market.name}_std_last_10")
    change = pl.col(f"{market.name}_avg_last_5") - pl.col(f"{market.name}_avg_last_10")
    return pl.when(deviation > 0).then((change / deviation).clip(-10, 10))


@feature(
    index=77,
    unit="standard deviations",
    bounds=(-3, 3),
    since="v19",
    reads=_OWN,
    lacks=_STEADY,
)
def scoring_skewness_last_10(market: Market) -> pl.Expr:
    """3 (mean - median) / deviation of {unit}, last 10 games: Pearson's second coefficient."""
    deviation = pl.col(f"{market.name}_std_last_10")
    median = pl.col("recent_values").list.median()
    return pl.when(deviation > 0).then(
        (3 * (pl.col(f"{market.name}_avg_last_10") - median) / deviation).clip(-3, 3)
    )
