"""Stored rows that name players: the tables they are in, and who has no player yet."""

from typing import Any

import polars as pl

from tipoff.sources.identity import NAME_ONLY
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import AVAILABILITY, PLAYER_BOXES, PROP_QUOTES, SHOTS
from tipoff.tables.table import Table

NAMED_TABLES = (PLAYER_BOXES, SHOTS, AVAILABILITY, PROP_QUOTES)
# A team in whose games a name stands half as often as in those of his most frequent one.
_OFTEN = 0.5


def has_no_player() -> pl.Expr:
    """Whether a row's player is unknown, or known by his name only."""
    return pl.col("player_id").is_null() | pl.col("player_id").str.starts_with(NAME_ONLY)


def team_columns(table: Table) -> list[pl.Expr]:
    """Return ``team_one`` and ``team_two``: where a row's player may be."""
    if "team" in table.columns:
        return [pl.col("team").alias("team_one"), pl.col("team").alias("team_two")]
    away, home = pl.col("game_id").str.slice(9, 3), pl.col("game_id").str.slice(13, 3)
    return [away.alias("team_one"), home.alias("team_two")]


def unmatched_names(lake: Lake) -> list[dict[str, Any]]:
    """Return the names without a player, most rows first.

    Each has ``name, name_key, table, source, rows, games, seasons, first, last`` (game dates) and
    ``teams``: those whose games the name stands in most, each with the number of them.
    """
    found = [named for table in NAMED_TABLES for named in _unmatched_of(lake, table)]
    return sorted(
        found, key=lambda named: (-named["rows"], named["table"], named["source"], named["name"])
    )


def _unmatched_of(lake: Lake, table: Table) -> list[dict[str, Any]]:
    key = ["name_key", "source"]
    games = (
        scan(lake, table)
        .filter(has_no_player())
        .group_by(*key, "season", "game_id", "game_date", *team_columns(table))
        .agg(name=pl.col("player_name").min(), rows=pl.len())
        .collect()
    )
    if games.is_empty():
        return []
    counted = games.group_by(key).agg(
        pl.col("name").min(),
        pl.col("rows").sum(),
        pl.col("season").unique().sort().alias("seasons"),
        games=pl.col("game_id").n_unique(),
        first=pl.col("game_date").min(),
        last=pl.col("game_date").max(),
    )
    at = pl.concat([games.select(*key, "game_id", team=c) for c in ("team_one", "team_two")])
    teams = at.unique().group_by(*key, "team").agg(games=pl.len())
    often = teams.filter(pl.col("games") >= _OFTEN * pl.col("games").max().over(key))
    listed = (
        often.sort("games", "team", descending=[True, False])
        .group_by(key, maintain_order=True)
        .agg(teams=pl.struct("team", "games"))
    )
    joined = counted.join(listed, on=key).with_columns(table=pl.lit(table.name))
    columns = ["name", *key, "table", "rows", "games", "seasons", "first", "last", "teams"]
    return joined.select(columns).to_dicts()
