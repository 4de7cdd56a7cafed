"""Load and rest: how fresh the player is, and how steady his place."""

import polars as pl

from tipoff.features.declare import feature

_CACHE = "player_daily_cache"
_COMPOSITE = "player_composite_factors"
_AVAILABILITY = "availability"


@feature(index=4, unit="games", bounds=(0, 7), since="v8", source=_CACHE, need="required")
def games_in_last_7_days() -> pl.Expr:
    """Games that he played in the 7 days before the date."""
    return pl.col("games_in_last_7_days")


@feature(index=5, unit="score", bounds=(0, 100), since="v8", source=_COMPOSITE, need="required")
def fatigue_score() -> pl.Expr:
    """100 for fresh, less what rest, density, minutes and back-to-backs cost."""
    return pl.col("fatigue_score")


@feature(index=9, unit="days", bounds=(-2, 2), since="v8", source=_COMPOSITE)
def rest_advantage() -> pl.Expr:
    """His days of rest less the opponent's, within +-2."""
    return (pl.col("days_rest") - pl.col("opponent_days_rest")).clip(-2, 2)


@feature(index=10, unit="step", bounds=(0, 3), since="v8", source=_AVAILABILITY)
def injury_risk() -> pl.Expr:
    """0 available, 1 probable, 2 questionable, 3 doubtful or out, by the last report."""
    steps = {"available": 0, "probable": 1, "questionable": 2, "doubtful": 3, "out": 3}
    return pl.col("injury_status").replace_strict(steps, default=None, return_dtype=pl.Float64)


@feature(index=16, unit="flag", bounds=(0, 1), since="v8", source=_COMPOSITE, need="required")
def back_to_back() -> pl.Expr:
    """1 where he played the day before."""
    return pl.col("is_back_to_back").cast(pl.Float64)


@feature(index=37, unit="players", bounds=(0, 10), since="v11", source=_AVAILABILITY)
def star_teammates_out() -> pl.Expr:
    """Teammates out or doubtful who average 18 points, or 28 minutes and 12 points."""
    return pl.col("star_teammates_out")


@feature(index=39, unit="days", bounds=(0, 30), since="v12", source=_COMPOSITE)
def days_rest() -> pl.Expr:
    """Days since his last game, at most 30."""
    return pl.col("days_rest").clip(upper_bound=30)


@feature(index=40, unit="minutes", bounds=(0, 300), since="v12", source=_CACHE)
def minutes_load_last_7d() -> pl.Expr:
    """Minutes that he played in the 7 days before the date."""
    return pl.col("minutes_in_last_7_days")


@feature(index=47, unit="usage", bounds=(0, 300), since="v12", source=_AVAILABILITY)
def teammate_usage_available() -> pl.Expr:
    """Sum of the season usage of teammates who are out or doubtful."""
    return pl.col("teammate_usage_out")


@feature(index=49, unit="games", bounds=(0, 30), since="v12", source="player_games")
def games_since_structural_change() -> pl.Expr:
    """Games since he changed team or was away for more than 14 days, at most 30."""
    return pl.col("games_since_change").clip(upper_bound=30)
