"""How many games of history a value may rest on: derived from what the feature reads.

``known_<input>`` columns (``tipoff.workflows.known_games`` makes them) say how many games of each
such input were known at a row's decision instant.
"""

import polars as pl

from tipoff.features.declare import Feature

# The inputs that grow by a game at a time and start anew with every season.
COUNTED = (
    "player_games",
    "team_games",
    "opponent_games",
    "player_shots",
    "opponent_shots",
    "play_by_play",
    "lined_games",
)
KNOWN_GAMES = tuple(f"known_{name}" for name in COUNTED)
_YEAR = 365


def counted_inputs(feature: Feature) -> tuple[str, ...]:
    """The inputs of a feature whose games are counted; none for the schedule or a quote."""
    return tuple(name for name in feature.reads if name in COUNTED)


def inputs_held(feature: Feature) -> tuple[str, ...]:
    """The inputs whose games a feature is held against: his own games where none is counted."""
    return counted_inputs(feature) or ("player_games",)


def runs_on(feature: Feature) -> bool:
    """Whether its input may be a year old: then it does not start anew with a season."""
    return feature.freshness_days >= _YEAR


def games_known(feature: Feature, prefix: str = "known_") -> pl.Expr:
    """Games of history that a row's value may rest on, of the scarcest of its inputs.

    A feature without counted inputs is held against his own games: what it shows then is that it
    does not depend on them.

    Args:
        feature: the feature.
        prefix: what the columns of known games start with.
    """
    return pl.min_horizontal(pl.col(f"{prefix}{name}") for name in inputs_held(feature))
