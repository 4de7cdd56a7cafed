"""What parsers may look up, made from stored rows."""

import polars as pl

from tipoff.sources.format import BOX_SECONDS, Reference
from tipoff.sources.identity import has_no_player
from tipoff.sources.line_rows import with_name_key
from tipoff.store.games import merged_games


def reference(
    games: pl.DataFrame,
    boxes: pl.DataFrame,
    rosters: pl.DataFrame | None = None,
    lines: pl.DataFrame | None = None,
) -> Reference:
    """Return the known games, one row each, and the players that sources with ids show.

    Args:
        games: rows of ``games`` of all sources.
        boxes: ``season, team, player_id, name_key`` of box scores.
        rosters: rows of ``rosters``, for players who have not played yet.
        lines: ``game_id, player_id, seconds_played`` of box scores, of one or more sources.
    """
    players = (
        boxes.filter(~has_no_player()).select("season", "team", "player_id", "name_key").unique()
    )
    if rosters is not None and not rosters.is_empty():
        listed = with_name_key(rosters).select(players.columns)
        players = pl.concat([players, listed]).unique()
    return Reference(merged_games(games), players, _seconds(lines))


def _seconds(lines: pl.DataFrame | None) -> pl.DataFrame:
    if lines is None:
        return pl.DataFrame(schema=BOX_SECONDS)
    played = lines.select(list(BOX_SECONDS)).drop_nulls()
    return played.group_by("game_id", "player_id").agg(pl.col("seconds_played").max())
