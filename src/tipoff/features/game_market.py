"""The game's market: total, spread and the team total that they imply."""

import polars as pl

from tipoff.features.declare import feature

_LINES = ("game_lines",)
_NO_TOTAL = "nobody quoted the total"
_NO_SPREAD = "nobody quoted the spread"


@feature(
    index=38,
    unit="points",
    bounds=(150, 300),
    since="v11",
    reads=_LINES,
    freshness_days=3,
    lacks=_NO_TOTAL,
)
def game_total_line() -> pl.Expr:
    """Median over books of the last total."""
    return pl.col("game_total")


@feature(
    index=41,
    unit="points",
    bounds=(0, 40),
    since="v12",
    reads=_LINES,
    freshness_days=3,
    lacks=_NO_SPREAD,
)
def spread_magnitude() -> pl.Expr:
    """Size of the spread, median over books."""
    return pl.col("home_spread").abs()


@feature(
    index=42,
    unit="points",
    bounds=(70, 170),
    since="v12",
    reads=_LINES,
    freshness_days=3,
    lacks="nobody quoted both total and spread",
)
def implied_team_total() -> pl.Expr:
    """Half the total less his team's spread: what the market expects his team to score."""
    own = pl.when("is_home").then(pl.col("home_spread")).otherwise(-pl.col("home_spread"))
    return (pl.col("game_total") - own) / 2
