"""Load and rest: how fresh the player is, and how steady his place."""

import polars as pl

from tipoff.features.declare import feature

_OWN = ("player_games",)
_NO_GAME = "no game this season"


@feature(
    index=4, unit="games", bounds=(0, 8), since="v8", reads=_OWN, need="required", lacks=_NO_GAME
)
def games_in_last_7_days() -> pl.Expr:
    """Games that he played in the 7 days before the date."""
    return pl.col("games_in_last_7_days")


@feature(
    index=5,
    unit="score",
    bounds=(0, 100),
    since="v8",
    reads=_OWN,
    need="required",
    lacks="fewer than 3 games this season",
)
def fatigue_score() -> pl.Expr:
    """100 for fresh, less what rest, density, minutes and back-to-backs cost; needs 3 games."""
    return pl.col("fatigue_score")


@feature(
    index=9,
    unit="days",
    bounds=(-2, 2),
    since="v8",
    reads=("player_games", "opponent_games"),
    need="required",
    lacks="he or the opponent has not played this season",
)
def rest_advantage() -> pl.Expr:
    """His days of rest less the opponent's, within +-2."""
    return (pl.col("days_rest") - pl.col("opponent_days_rest")).clip(-2, 2)


@feature(
    index=10,
    unit="step",
    bounds=(0, 3),
    since="v8",
    reads=("availability",),
    freshness_days=2,
    lacks="no injury report on the team was known",
)
def injury_risk() -> pl.Expr:
    """0 available, 1 probable, 2 questionable, 3 doubtful or out, by the last report."""
    return pl.col("injury_status").replace_strict(_RISKS, default=None, return_dtype=pl.Float64)


_RISKS = {"available": 0, "probable": 1, "questionable": 2, "doubtful": 3, "out": 3}
RULED_OUT = "doubtful or out"


def status_of(risk: str) -> pl.Expr:
    """Return what ``injury_risk`` says in words; the two worst are told apart no more."""
    words = {0.0: "available", 1.0: "probable", 2.0: "questionable", 3.0: RULED_OUT}
    return pl.col(risk).replace_strict(words, default=None, return_dtype=pl.String)


@feature(
    index=16, unit="flag", bounds=(0, 1), since="v8", reads=_OWN, need="required", lacks=_NO_GAME
)
def back_to_back() -> pl.Expr:
    """1 where he played the day before."""
    return pl.col("is_back_to_back")


@feature(
    index=37,
    unit="players",
    bounds=(0, 12),
    since="v11",
    reads=("availability",),
    freshness_days=2,
    lacks="no injury report on the team was known",
)
def star_teammates_out() -> pl.Expr:
    """Teammates out or doubtful who average 18 points, or 28 minutes and 12 points."""
    return pl.col("star_teammates_out")


@feature(index=39, unit="days", bounds=(0, 30), since="v12", reads=_OWN, lacks=_NO_GAME)
def days_rest() -> pl.Expr:
    """Days since his last game, at most 30."""
    return pl.col("days_rest").clip(upper_bound=30)


@feature(
    index=40,
    unit="minutes",
    bounds=(0, 400),
    since="v12",
    reads=_OWN,
    lacks="fewer than 3 games this season",
)
def minutes_load_last_7d() -> pl.Expr:
    """Minutes that he played in the 7 days before the date; needs 3 games this season."""
    return pl.col("minutes_in_last_7_days")


@feature(
    index=47,
    unit="usage",
    bounds=(0, 400),
    since="v12",
    reads=("availability", "player_games"),
    freshness_days=2,
    lacks="no injury report on the team was known",
)
def teammate_usage_available() -> pl.Expr:
    """Sum of the season usage of teammates who are out or doubtful."""
    return pl.col("teammate_usage_out")


@feature(index=49, unit="games", bounds=(0, 30), since="v12", reads=_OWN, lacks=_NO_GAME)
def games_since_structural_change() -> pl.Expr:
    """Games since he changed team or was away for more than 14 days, at most 30."""
    return pl.col("games_since_change").clip(upper_bound=30)


@feature(
    index=76,
    unit="share",
    bounds=(0, 1),
    since="v15",
    reads=_OWN,
    lacks="no source says who started",
)
def starter_rate_season() -> pl.Expr:
    """Share of his games of the season before the date that he started."""
    return pl.col("starter_share_season")
