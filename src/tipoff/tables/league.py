"""What a made-up league knows of itself. Nothing that predicts may read it.

These tables are no facts of the world: the door does not know them, no processor, feature or model
may import them (import-linter), and a lake of real games has none.
"""

from typing import Any

import dataframely as dy

from tipoff.tables.table import GAME_ID_PATTERN, SEASON_PATTERN, Kind, Table

EARLY = "early"
DECISION = "decision"
# Distributions are drawn twice apart: who picks by one batch is valued by the other.
BATCHES = (1, 2)
# Points from 0 to 60, the last with all above.
MOST = 60
# Counts with a mean and a deviation.
COUNTED = ("points", "rebounds", "assists", "threes", "points_rebounds_assists")


class _PlayerGame(dy.Schema):
    season = dy.String(regex=SEASON_PATTERN)
    game_date = dy.Date()
    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    team = dy.String(primary_key=True, regex=r"^[A-Z]{3}$")
    player_id = dy.String(primary_key=True, min_length=1)


class Truth(_PlayerGame):
    """One place in a roster and game: what was to be expected, and what the market took it for."""

    place = dy.Int32(min=0, metadata={"doc": "from the star, 0, to the last man of the bench, 14"})
    is_out = dy.Bool()
    is_sudden = dy.Bool(metadata={"doc": "out, and nobody knew on the day before"})
    is_second_night = dy.Bool()
    in_segment = dy.Bool(metadata={"doc": "of the mispriced segment"})
    form = dy.Float64(metadata={"doc": "factor of his drift in form since the season began"})
    role_lag = dy.Float64(
        metadata={"doc": "weight in minutes as the market has it, over what it is"}
    )
    expected = dy.Float64(metadata={"doc": "points, given who plays; by formula"})
    expected_early = dy.Float64(metadata={"doc": "given who was known to be out the day before"})
    deviation = dy.Float64(metadata={"doc": "of points, given who plays; by formula"})
    believed = dy.Float64(metadata={"doc": "what the market takes for expected"})
    believed_early = dy.Float64(metadata={"doc": "and for expected_early"})


def _drawn() -> dict[str, Any]:
    moments = {
        f"{name}_{what}": dy.Float64(nullable=True)
        for name in COUNTED
        for what in ("mean", "deviation")
    }
    times = {f"times_{points}": dy.Int16(min=0) for points in range(MOST + 1)}
    return {
        "knowledge": dy.String(primary_key=True, check=lambda c: c.is_in([EARLY, DECISION])),
        "batch": dy.Int32(primary_key=True, check=lambda c: c.is_in(BATCHES)),
        "played": dy.Int32(min=1, metadata={"doc": "games that he played, of those simulated"}),
        "counted": dy.Int32(min=0, metadata={"doc": "of these, with counts beside points"}),
        **moments,
        **times,
    }


class Settings(dy.Schema):
    """The knobs of the league in the lake, once each time that it was put there."""

    league = dy.String(primary_key=True, metadata={"doc": "hash of the settings"})
    at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    settings = dy.String(metadata={"doc": "as JSON"})
    games = dy.Int32(metadata={"doc": "how often each game was played for the distributions"})


LEAGUE_TRUTH = Table("league_truth", Truth, Kind.TRUTH)
LEAGUE_DISTRIBUTIONS = Table(
    "league_distributions", type("Drawn", (_PlayerGame,), _drawn()), Kind.TRUTH
)
LEAGUE_SETTINGS = Table("league_settings", Settings, Kind.LOG)
