"""Build the world that processors may ask: facts of some seasons, from the lake's raw tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tipoff.domain.plant import Plant
from tipoff.domain.seasons import previous_season
from tipoff.store.door import World
from tipoff.store.facts import lined_games, player_games, team_games, with_rates, zone_games
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, read, scan
from tipoff.store.versions import KNOWN_AT
from tipoff.tables.raw import (
    AVAILABILITY,
    GAME_LINES,
    GAMES,
    PLAYER_BOXES,
    PROP_QUOTES,
    SHOTS,
    TEAM_BOXES,
)
from tipoff.tables.table import Table

MARKET = "points"


@dataclass(frozen=True)
class Loaded:
    """What a span of game dates is built from.

    Attributes:
        games: one row per game of the seasons, merged over sources.
        world: the facts; its upstream is still empty.
    """

    games: pl.DataFrame
    world: World


def planted_lake(lake: Lake, plant: Plant) -> Lake:
    """The separate, marked view of a lake that a planted run writes to."""
    return Lake(f"{lake.url.rstrip('/')}/planted/{plant.name}", lake.storage_options)


def known_games(lake: Lake, seasons: Sequence[str] | None = None) -> pl.DataFrame:
    """Return one row per game, merged over the sources of the schedule."""
    return merged_games(read(lake, GAMES, seasons=seasons))


def load(lake: Lake, seasons: Sequence[str], lead_minutes: int) -> Loaded:
    """Load the facts of some seasons and of the season before each."""
    wanted = sorted({*seasons, *map(previous_season, seasons)})
    games = known_games(lake, wanted)
    boxes = read(lake, PLAYER_BOXES, seasons=wanted)
    shots = read(lake, SHOTS, seasons=wanted)
    quotes = _events(lake, PROP_QUOTES, wanted, pl.col("market") == MARKET)
    players = player_games(boxes, games)
    teams = team_games(players, read(lake, TEAM_BOXES, seasons=wanted), games)
    rated = with_rates(players, teams)
    facts = {
        "player_games": rated,
        "team_games": teams,
        "player_zone_games": zone_games(shots, games, ("player_id",)),
        "team_zone_games": zone_games(shots, games, ("opponent",)),
        "lined_games": lined_games(rated, quotes, games, lead_minutes),
        "prop_quotes": quotes,
        "game_lines": _events(lake, GAME_LINES, wanted),
        "availability": _events(lake, AVAILABILITY, wanted),
    }
    return Loaded(games, World(facts, {}))


def _events(
    lake: Lake, table: Table, seasons: Sequence[str], condition: pl.Expr | None = None
) -> pl.DataFrame:
    """Rows that are events of their own (quotes, reports): each counts from when it was seen."""
    rows = scan(lake, table).filter(pl.col("season").is_in(list(seasons)), ~pl.col("is_deleted"))
    if condition is not None:
        rows = rows.filter(condition)
    return rows.rename({"observed_at": KNOWN_AT}).drop("row_hash", "is_deleted").collect()
