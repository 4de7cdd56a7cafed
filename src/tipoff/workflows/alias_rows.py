"""Stored rows that name players: the tables they are in, and who has no player yet."""

from collections.abc import Collection
from typing import Any

import polars as pl

from tipoff.sources.identity import has_no_player, team_columns
from tipoff.sources.named_sources import named_sources
from tipoff.sources.reference import reference
from tipoff.store.lake import Lake, read, scan
from tipoff.tables.raw import GAMES, NAMED_TABLES, PLAYER_BOXES, ROSTERS
from tipoff.tables.table import Table

# A team in whose games a name stands half as often as in those of his most frequent one.
_OFTEN = 0.5


def names_only(table: Table, named: Collection[str] = ()) -> list[str]:
    """Return the sources that state no ids in a table, and further ones that are said not to."""
    return sorted({*named_sources(table.name), *named})


def stated_players(lake: Lake, named: Collection[str] = ()) -> pl.DataFrame:
    """Return ``season, team, player_id, name_key`` of players as sources with ids state them.

    Unlike the reference of a load it holds no name that was found by another, so that nothing
    rests on an alias that was taken away.
    """
    columns = ["season", "team", "player_id", "name_key"]
    is_named = pl.col("source").is_in(names_only(PLAYER_BOXES, named))
    boxes = scan(lake, PLAYER_BOXES).filter(~is_named).select(columns).unique().collect()
    return reference(GAMES.empty(), boxes, read(lake, ROSTERS)).players


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
        .group_by(*key, "season", "game_id", "game_date", *team_columns(table.columns))
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
