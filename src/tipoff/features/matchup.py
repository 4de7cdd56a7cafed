"""Matchup: the opponent, the place and the history against this opponent."""

import polars as pl

from tipoff.features.declare import feature

_COMPOSITE = "player_composite_factors"
_DEFENCE = "team_defense_zone"


@feature(index=6, unit="score", bounds=(-10, 10), since="v8", source=_COMPOSITE)
def shot_zone_mismatch_score() -> pl.Expr:
    """The opponent's weakness in the zone that he scores from, against the league's."""
    return pl.col("shot_zone_mismatch_score")


@feature(index=7, unit="score", bounds=(-3, 3), since="v8", source=_COMPOSITE)
def pace_score() -> pl.Expr:
    """Half of the team's pace less the opponent's, within +-3."""
    return pl.col("pace_score")


@feature(index=8, unit="score", bounds=(-3, 3), since="v8", source=_COMPOSITE)
def usage_spike_score() -> pl.Expr:
    """Usage of the last 3 games less that of the last 10, times 0.3, within +-3."""
    return pl.col("usage_spike_score")


@feature(index=13, unit="rating", bounds=(60, 180), since="v8", source=_DEFENCE, need="required")
def opponent_def_rating() -> pl.Expr:
    """Points that the opponent allows per 100 possessions, last 15 games of the season."""
    return pl.col("opponent_defensive_rating_last_15")


@feature(
    index=14, unit="possessions", bounds=(60, 150), since="v8", source=_DEFENCE, need="required"
)
def opponent_pace() -> pl.Expr:
    """Possessions per 48 minutes of those who played the opponent, last 15 games."""
    return pl.col("opponent_opponent_pace_last_15")


@feature(index=15, unit="flag", bounds=(0, 1), since="v8", source="games", need="required")
def home_away() -> pl.Expr:
    """1 at home, 0 away."""
    return pl.col("is_home").cast(pl.Float64)


@feature(index=17, unit="flag", bounds=(0, 1), since="v8", source="games")
def playoff_game() -> pl.Expr:
    """1 in the playoffs, 0 in the regular season and the play-in."""
    return (pl.col("season_type") == "playoffs").cast(pl.Float64)


@feature(
    index=29,
    unit="points",
    bounds=(0, 100),
    since="v8",
    source="player_games",
    freshness_days=365,
)
def avg_points_vs_opponent() -> pl.Expr:
    """Mean points against this opponent in the last 365 days; null where they did not meet."""
    return pl.col("points_vs_opponent_avg")


@feature(
    index=30,
    unit="games",
    bounds=(0, 30),
    since="v8",
    source="player_games",
    freshness_days=365,
)
def games_vs_opponent() -> pl.Expr:
    """Games against this opponent in the last 365 days."""
    return pl.col("games_vs_opponent").fill_null(0)
