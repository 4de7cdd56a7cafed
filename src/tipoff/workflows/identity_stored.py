"""Whom and what stored rows name, beside what is known by now.

Rows may come before anybody can know whom they name, such as lines before the first box score.
They are stored, and judged with each later command that brings rows of their season.
"""

from collections.abc import Sequence

import polars as pl

from tipoff.sources.format import Reference
from tipoff.sources.reconcile import ITEMS, has_told_id, rows_items
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import (
    AVAILABILITY,
    GAME_LINES,
    GAMES,
    MADE_SHOTS,
    PLAYER_BOXES,
    PLAYER_PERIODS,
    PROP_QUOTES,
    SHOTS,
    TEAM_BOXES,
)
from tipoff.tables.table import Table

_TABLES = (
    GAMES,
    TEAM_BOXES,
    GAME_LINES,
    PLAYER_BOXES,
    SHOTS,
    MADE_SHOTS,
    PLAYER_PERIODS,
    AVAILABILITY,
    PROP_QUOTES,
)
_COLUMNS = (
    "source",
    "season",
    "game_id",
    "game_date",
    "team",
    "name_key",
    "player_name",
    "player_id",
    "is_stale",
    "is_deleted",
)
# Sources of these tables never state a player's id.
_BY_NAME = (PROP_QUOTES.name, AVAILABILITY.name)


def stored_items(lake: Lake, known: Reference, seasons: Sequence[str]) -> pl.DataFrame:
    """Return the items of the stored rows of seasons, in the columns ``reconcile.ITEMS``.

    Args:
        known: what the whole lake knows.
    """
    frames = [pl.DataFrame(schema=ITEMS)]
    for table in _TABLES if seasons else ():
        rows = _named(lake, table, seasons)
        if not rows.is_empty():
            frames.append(rows_items(table.name, rows, known))
    return pl.concat(frames)


def _named(lake: Lake, table: Table, seasons: Sequence[str]) -> pl.DataFrame:
    """Return what rows name, once each; a source of which some row lacks an id states none."""
    columns = [c for c in _COLUMNS if c in table.columns]
    wanted = scan(lake, table).filter(pl.col("season").is_in(list(seasons)))
    rows = wanted.select(columns).unique().collect()
    if "player_id" not in columns:
        return rows
    if table.name in _BY_NAME:
        return rows.with_columns(_has_id=pl.lit(value=False))
    return rows.with_columns(_told=has_told_id(rows)).with_columns(
        _has_id=pl.col("_told").all().over("source", "season")
    )
