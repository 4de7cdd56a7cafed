"""Matchup: the opponent, the place and the history against this opponent."""

import polars as pl

from tipoff.domain.market import Market
from tipoff.features.declare import feature
from tipoff.store.exact import over

_BOTH_TEAMS = ("team_games", "opponent_games")
_OPPONENT = ("opponent_games",)
_FEW = "fewer than 5 games of the opponent this season"


@feature(
    index=6,
    unit="score",
    bounds=(-10, 10),
    since="v8",
    reads=("player_shots", "opponent_shots"),
    lacks="too few shots of his, of the opponent or of the league",
)
def shot_zone_mismatch_score() -> pl.Expr:
    """The opponent's weakness in the zone that he scores from, against the league's."""
    return pl.col("shot_zone_mismatch_score")


@feature(
    index=7,
    unit="score",
    bounds=(-3, 3),
    since="v8",
    reads=_BOTH_TEAMS,
    need="required",
    lacks="a team has not played this season",
)
def pace_score() -> pl.Expr:
    """Half of the team's pace less the opponent's (last 10 games each), within +-3."""
    return pl.col("pace_score")


@feature(
    index=8,
    unit="score",
    bounds=(-3, 3),
    since="v8",
    reads=("player_games", "availability"),
    need="required",
    lacks="fewer than 3 games this season",
)
def usage_spike_score() -> pl.Expr:
    """Usage of the last 3 games less that of the last 10, times 0.3, within +-3.

    Where positive and a report says that stars are out: times 1.15 for one, 1.3 for more.
    """
    return pl.col("usage_spike_score")


@feature(
    index=13,
    unit="rating",
    bounds=(60, 180),
    since="v8",
    reads=_OPPONENT,
    need="required",
    lacks=_FEW,
)
def opponent_def_rating() -> pl.Expr:
    """Points that the opponent allows per 100 possessions, last 15 games of the season."""
    return pl.col("opponent_defensive_rating_last_15")


@feature(
    index=14,
    unit="possessions",
    bounds=(60, 150),
    since="v8",
    reads=_OPPONENT,
    need="required",
    lacks=_FEW,
)
def opponent_pace() -> pl.Expr:
    """Possessions per 48 minutes of those who played the opponent, last 15 games."""
    return pl.col("opponent_opponent_pace_last_15")


@feature(index=15, unit="flag", bounds=(0, 1), since="v8", reads=("schedule",), need="required")
def home_away() -> pl.Expr:
    """1 at home, 0 away."""
    return pl.col("is_home")


@feature(
    index=17,
    unit="flag",
    bounds=(0, 1),
    since="v8",
    reads=("schedule",),
    need="required",
    lacks="no source says what kind of game it is",
)
def playoff_game() -> pl.Expr:
    """1 in the playoffs, 0 in the regular season, the cup final and the play-in."""
    return pl.col("season_type") == "playoffs"


@feature(
    index=29,
    unit="points",
    bounds=(0, 120),
    since="v8",
    reads=("player_games",),
    freshness_days=365,
    lacks="he did not meet this opponent in the last 365 days",
)
def avg_points_vs_opponent(market: Market) -> pl.Expr:
    """Mean {unit} against this opponent in the last 365 days; null where they did not meet."""
    return pl.col("value_vs_opponent_avg")


@feature(
    index=30,
    unit="games",
    bounds=(0, 30),
    since="v8",
    reads=("player_games",),
    need="required",
    freshness_days=365,
)
def games_vs_opponent() -> pl.Expr:
    """Games that he played against this opponent in the last 365 days."""
    return pl.col("games_vs_opponent").fill_null(0)


@feature(
    index=59,
    unit="possessions",
    bounds=(-60, 60),
    since="v17",
    reads=_BOTH_TEAMS,
    lacks=_FEW,
)
def opponent_pace_mismatch() -> pl.Expr:
    """His team's pace (last 10 games) less that of those who played the opponent (last 15)."""
    return pl.col("team_pace_last_10") - pl.col("opponent_opponent_pace_last_15")


@feature(
    index=70,
    unit="possessions",
    bounds=(0, 60),
    since="v14",
    reads=("player_games", "team_games", "opponent_games"),
    lacks="usage, minutes or a pace is not known",
)
def expected_scoring_possessions() -> pl.Expr:
    """Possessions that he may be expected to end.

    Mean of the team's and the opponent's pace / 48 x minutes (last 10) x usage (last 10) / 100.
    """
    pace = (pl.col("team_pace_last_10") + pl.col("opponent_opponent_pace_last_15")) / 2
    minutes, usage = pl.col("minutes_avg_last_10"), pl.col("usage_rate_last_10")
    return over(over(pace, 48) * minutes * usage, 100)
