"""Build the world that processors may ask: facts of some seasons, from the lake's raw tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from tipoff.domain.plant import Plant
from tipoff.domain.seasons import previous_season
from tipoff.store.door import World
from tipoff.store.facts import lined_games, player_games, team_games, with_rates, zone_games
from tipoff.store.games import merged_games, with_canonical_ids
from tipoff.store.lake import Lake, read, scan
from tipoff.store.versions import KNOWN_AT
from tipoff.tables.raw import GAMES, PROP_QUOTES, RAW_TABLES

MARKET = "points"


@dataclass(frozen=True)
class Loaded:
    """What a span of game dates is built from.

    Attributes:
        games: one row per game of the seasons, merged over sources.
        world: the facts; its upstream is still empty.
        spines: spines built so far, by kind and dates: several processors fill the same one.
    """

    games: pl.DataFrame
    world: World
    spines: dict[tuple[str, tuple[date, ...], int], pl.DataFrame] = field(default_factory=dict)


def planted_lake(lake: Lake, plant: Plant) -> Lake:
    """The separate, marked view of a lake that a planted run writes to."""
    return Lake(f"{lake.url.rstrip('/')}/planted/{plant.name}", lake.storage_options)


def known_games(lake: Lake, seasons: Sequence[str] | None = None) -> pl.DataFrame:
    """Return one row per game, merged over the sources of the schedule."""
    return merged_games(read(lake, GAMES, seasons=seasons))


def load(lake: Lake, seasons: Sequence[str], lead_minutes: int) -> Loaded:
    """Load the facts of some seasons and of the season before each."""
    wanted = sorted({*seasons, *map(previous_season, seasons)})
    # Only the market's quotes are read: a lake may hold many more.
    frames = {
        name: scan(lake, table)
        .filter(pl.col("season").is_in(wanted), _of_market(name))
        .drop("row_hash")
        .collect()
        for name, table in RAW_TABLES.items()
    }
    return assemble(frames, lead_minutes)


def _of_market(table: str) -> pl.Expr:
    return pl.col("market") == MARKET if table == PROP_QUOTES.name else pl.lit(value=True)


def assemble(frames: Mapping[str, pl.DataFrame], lead_minutes: int) -> Loaded:
    """Turn raw rows into the world that processors may ask.

    Args:
        frames: rows of every raw table, by its name.
        lead_minutes: minutes before tip-off of the decision instant.
    """
    games = merged_games(frames["games"])
    frames = {name: with_canonical_ids(rows, frames["games"]) for name, rows in frames.items()}
    quotes = _events(frames["prop_quotes"])
    players = player_games(frames["player_boxes"], games)
    teams = team_games(players, frames["team_boxes"], games)
    rated = with_rates(players, teams)
    facts = {
        "player_games": rated,
        "team_games": teams,
        "player_zone_games": zone_games(frames["shots"], games, ("player_id",)),
        "team_zone_games": zone_games(frames["shots"], games, ("opponent",)),
        "lined_games": lined_games(rated, quotes, games, lead_minutes),
        "prop_quotes": quotes,
        "game_lines": _events(frames["game_lines"]),
        "availability": _events(frames["availability"]),
    }
    return Loaded(games, World(facts, {}))


def _events(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that are events of their own (quotes, reports): each counts from when it was seen."""
    return rows.filter(~pl.col("is_deleted")).rename({"observed_at": KNOWN_AT}).drop("is_deleted")
