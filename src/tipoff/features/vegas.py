"""The market: what books say of the player and of the game, as known at the decision instant."""

import polars as pl

from tipoff.features.declare import feature
from tipoff.features.expressions import run_length

_QUOTES = "prop_quotes"


@feature(index=25, unit="points", bounds=(0, 80), since="v8", source=_QUOTES, freshness_days=3)
def vegas_points_line() -> pl.Expr:
    """DraftKings' last line, else the median of the books' last lines."""
    return pl.col("line_last")


@feature(index=26, unit="points", bounds=(0, 80), since="v8", source=_QUOTES, freshness_days=3)
def vegas_opening_line() -> pl.Expr:
    """The first line known."""
    return pl.col("line_open")


@feature(index=27, unit="points", bounds=(-30, 30), since="v8", source=_QUOTES, freshness_days=3)
def vegas_line_move() -> pl.Expr:
    """The last line less the first."""
    return pl.col("line_last") - pl.col("line_open")


@feature(index=28, unit="flag", bounds=(0, 1), since="v8", source=_QUOTES, freshness_days=3)
def has_vegas_line() -> pl.Expr:
    """1 where a line is known."""
    return pl.col("line_last").is_not_null().cast(pl.Float64)


@feature(index=50, unit="points", bounds=(0, 15), since="v12", source=_QUOTES, freshness_days=3)
def multi_book_line_std() -> pl.Expr:
    """Standard deviation of the books' last lines; needs 2 books."""
    return pl.col("line_std")


@feature(index=51, unit="games", bounds=(0, 10), since="v12", source="lined_games")
def prop_over_streak() -> pl.Expr:
    """How many of the latest lined games in a row went over, at most 10."""
    return run_length("recent_margins", lambda margin: margin > 0)


@feature(index=52, unit="games", bounds=(0, 10), since="v12", source="lined_games")
def prop_under_streak() -> pl.Expr:
    """How many of the latest lined games in a row went under, at most 10."""
    return run_length("recent_margins", lambda margin: margin < 0)


@feature(index=53, unit="points", bounds=(-40, 40), since="v12", source=_QUOTES, freshness_days=3)
def line_vs_season_avg() -> pl.Expr:
    """The last line less the season's mean."""
    return pl.col("line_last") - pl.col("points_avg_season")
