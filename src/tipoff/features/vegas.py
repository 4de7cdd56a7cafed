"""The market: what books say of the player, as known at the decision instant."""

import polars as pl

from tipoff.domain.market import Market
from tipoff.features.declare import feature
from tipoff.features.expressions import run_length

_QUOTES = ("prop_quotes",)
_LINED = ("lined_games",)


@feature(index=25, unit="points", bounds=(0, 120), since="v8", reads=_QUOTES, freshness_days=3)
def vegas_points_line(market: Market) -> pl.Expr:
    """DraftKings' last line on {unit}, else the median of the books' last lines."""
    return pl.col("line_last")


@feature(index=26, unit="points", bounds=(0, 120), since="v8", reads=_QUOTES, freshness_days=3)
def vegas_opening_line(market: Market) -> pl.Expr:
    """The first line known, of DraftKings where it quotes."""
    return pl.col("line_open")


@feature(index=27, unit="points", bounds=(-30, 30), since="v8", reads=_QUOTES, freshness_days=3)
def vegas_line_move(market: Market) -> pl.Expr:
    """The last line less the first."""
    return pl.col("line_last") - pl.col("line_open")


@feature(index=28, unit="flag", bounds=(0, 1), since="v8", reads=("schedule",))
def has_vegas_line(market: Market) -> pl.Expr:
    """1 where a line is known, else 0."""
    return pl.col("line_last").is_not_null()


@feature(
    index=50,
    unit="points",
    bounds=(0, 20),
    since="v12",
    reads=_QUOTES,
    freshness_days=3,
    lacks="fewer than 2 books quoted him",
)
def multi_book_line_std(market: Market) -> pl.Expr:
    """Sample standard deviation of the books' last lines; needs 2 books."""
    return pl.col("line_std")


@feature(index=51, unit="games", bounds=(0, 10), since="v12", reads=_LINED)
def prop_over_streak(market: Market) -> pl.Expr:
    """How many of the latest lined games in a row went over, at most 10."""
    return run_length("recent_margins", lambda margin: margin > 0)


@feature(index=52, unit="games", bounds=(0, 10), since="v12", reads=_LINED)
def prop_under_streak(market: Market) -> pl.Expr:
    """How many of the latest lined games in a row went under, at most 10."""
    return run_length("recent_margins", lambda margin: margin < 0)


@feature(
    index=53,
    unit="points",
    bounds=(-60, 60),
    since="v12",
    reads=("prop_quotes", "player_games"),
    freshness_days=3,
    lacks="fewer than 3 games this season",
)
def line_vs_season_avg(market: Market) -> pl.Expr:
    """The last line less the season's mean."""
    return pl.col("line_last") - pl.col(f"{market.name}_avg_season")


@feature(
    index=54,
    unit="points",
    bounds=(-60, 60),
    since="later",
    reads=("prop_quotes", "lined_games"),
    freshness_days=14,
    lacks="no line in the 14 days before",
)
def prop_line_delta(market: Market) -> pl.Expr:
    """Median of the books' last lines less that of his last lined game, at most 14 days ago."""
    recent = pl.when(pl.col("lined_days_ago") <= 14).then(pl.col("line_median_before"))
    return pl.col("line_median") - recent


@feature(
    index=55,
    unit="share",
    bounds=(0, 1),
    since="v16",
    reads=_LINED,
    lacks="fewer than 5 lined games this season",
)
def over_rate_last_10(market: Market) -> pl.Expr:
    """Share of his last 10 lined games of the season that went over; needs 5."""
    margins = pl.col("recent_margins")
    overs = margins.list.eval((pl.element() > 0).cast(pl.Float64)).list.mean()
    return pl.when(margins.list.len() >= 5).then(overs)


@feature(
    index=56,
    unit="points",
    bounds=(-80, 80),
    since="v16",
    reads=_LINED,
    lacks="fewer than 3 lined games this season",
)
def margin_vs_line_avg_last_5(market: Market) -> pl.Expr:
    """Mean of result less line over his last 5 lined games of the season; needs 3."""
    margins = pl.col("recent_margins")
    return pl.when(margins.list.len() >= 3).then(margins.list.head(5).list.mean())


@feature(
    index=60,
    unit="points",
    bounds=(-30, 30),
    since="v18",
    reads=_QUOTES,
    freshness_days=1,
    lacks="DraftKings quoted no line on the game date",
)
def line_movement_direction(market: Market) -> pl.Expr:
    """DraftKings' last line less its first known on the game date (Eastern)."""
    return pl.col("line_last_preferred") - pl.col("line_first_today")


@feature(
    index=61,
    unit="probability",
    bounds=(-1, 1),
    since="v18",
    reads=_QUOTES,
    freshness_days=3,
    lacks="no book quoted both prices",
)
def vig_skew(market: Market) -> pl.Expr:
    """Implied probability of the over less that of the under, mean of the books' last quotes."""
    return pl.col("price_skew")


@feature(
    index=63,
    unit="changes",
    bounds=(0, 500),
    since="v18",
    reads=_QUOTES,
    freshness_days=1,
    lacks="no quote states its time",
)
def late_line_movement_count(market: Market) -> pl.Expr:
    """How often a book's line changed in the last 240 minutes before tip-off, as of the decision.

    Summed over books; counts quotes with a stated time only.
    """
    return pl.col("late_moves")
