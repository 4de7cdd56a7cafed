"""What parsers may look up, made from stored rows."""

import polars as pl

from tipoff.sources.format import Reference
from tipoff.sources.identity import NAME_ONLY
from tipoff.sources.line_rows import with_name_key
from tipoff.store.games import merged_games


def reference(
    games: pl.DataFrame, boxes: pl.DataFrame, rosters: pl.DataFrame | None = None
) -> Reference:
    """Return the known games, one row each, and the players that sources with ids show.

    Args:
        games: rows of ``games`` of all sources.
        boxes: ``season, team, player_id, name_key`` of box scores.
        rosters: rows of ``rosters``, for players who have not played yet.
    """
    has_id = pl.col("player_id").is_not_null() & ~pl.col("player_id").str.starts_with(NAME_ONLY)
    players = boxes.filter(has_id).select("season", "team", "player_id", "name_key").unique()
    if rosters is None or rosters.is_empty():
        return Reference(merged_games(games), players)
    listed = with_name_key(rosters).select(players.columns)
    return Reference(merged_games(games), pl.concat([players, listed]).unique())
