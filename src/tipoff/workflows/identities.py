"""Players of stored rows: who became known since, and who is still unknown."""

from typing import Any

import polars as pl

from tipoff.sources.identity import boxed, has_no_player, resolved
from tipoff.store.lake import Lake, annotate, scan
from tipoff.tables.raw import NAMED_TABLES
from tipoff.tables.table import Table


def resolve_pending(lake: Lake, players: pl.DataFrame) -> int:
    """Look again for the players of stored rows that had none; return how many rows changed.

    Only the annotation ``player_id`` changes; what was observed stays as it is.
    """
    changed = 0
    for table in NAMED_TABLES:
        names = _open_names(lake, table)
        if names.is_empty():
            continue
        rows = names.with_columns(player_id=pl.lit(None, pl.String))
        found = resolved(rows, players)
        old = names["player_id"]
        better = found.filter(
            (found["player_id"].ne_missing(old)) & found["player_id"].is_not_null()
        )
        for season in sorted(better["season"].unique()):
            changed += annotate(lake, table, season, lambda stored: _again(stored, players))
    return changed


def _open_names(lake: Lake, table: Table) -> pl.DataFrame:
    place = ["team"] if "team" in table.columns else []
    columns = ["name_key", "season", "game_id", "source", "player_id", *place]
    return scan(lake, table).filter(has_no_player()).select(columns).unique().collect()


def _again(stored: pl.DataFrame, players: pl.DataFrame) -> pl.DataFrame:
    return (boxed if "seconds_played" in stored.columns else resolved)(stored, players)


def unmatched(lake: Lake) -> list[dict[str, Any]]:
    """Return the names that no id-carrying source knows, with the number of rows they stand in.

    Each has ``name, name_key, table, source, rows``; most rows first.
    """
    frames = []
    for table in NAMED_TABLES:
        rows = scan(lake, table).filter(has_no_player())
        counted = rows.group_by("name_key", "source").agg(
            name=pl.col("player_name").min(), rows=pl.len()
        )
        frames.append(counted.with_columns(table=pl.lit(table.name)).collect())
    listed = pl.concat(frames).sort(
        ["rows", "table", "source", "name_key"], descending=[True, False, False, False]
    )
    return listed.select("name", "name_key", "table", "source", "rows").to_dicts()
