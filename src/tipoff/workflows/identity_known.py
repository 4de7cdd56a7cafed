"""What a lake knows of players and games, by the source that shows it: what loads are laid beside.

Only sources count that state ids: of the others every player was found through what is known
already, so that they would bear witness to themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tipoff.sources.format import Parsed
from tipoff.sources.line_rows import with_name_key
from tipoff.sources.named_sources import named_sources
from tipoff.sources.reconcile import Known, has_told_id
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import GAMES, PLAYER_BOXES, ROSTERS

_PLAYERS = {
    "source": pl.String,
    "season": pl.String,
    "team": pl.String,
    "player_id": pl.String,
    "name_key": pl.String,
    "since": pl.Date,
    "until": pl.Date,
}
_GAMES = {
    "source": pl.String,
    "game_date": pl.Date,
    "home_team": pl.String,
    "away_team": pl.String,
}


@dataclass(frozen=True)
class Seen:
    """Who was seen where, and which games, by source.

    Attributes:
        players: ``source, season, team, player_id, name_key`` and from when to when games show
            him there; null where a roster does.
        games: ``source, game_date, home_team, away_team``.
    """

    players: pl.DataFrame
    games: pl.DataFrame

    def known(self, without: str | None = None) -> Known:
        """Return what is known, leaving out what one source shows."""
        players, games = self.players, self.games
        if without is not None:
            players = players.filter(pl.col("source") != without)
            games = games.filter(pl.col("source") != without)
        listed = pl.col("since").is_null()
        teams = players.group_by("season", "team").agg(
            players=pl.col("player_id").n_unique(),
            since=pl.when(listed.any()).then(None).otherwise(pl.col("since").min()),
            until=pl.when(listed.any()).then(None).otherwise(pl.col("until").max()),
        )
        return Known(
            players.select("season", "team", "player_id", "name_key").unique(),
            games.drop("source").unique(),
            teams,
        )


def seen_in(lake: Lake) -> Seen:
    """Return what the lake knows now."""
    boxes = (
        scan(lake, PLAYER_BOXES)
        .filter(~pl.col("is_deleted"))
        .group_by("source", "season", "team", "player_id", "name_key")
        .agg(since=pl.col("game_date").min(), until=pl.col("game_date").max())
        .collect()
    )
    rosters = scan(lake, ROSTERS).filter(~pl.col("is_deleted")).collect()
    games = (
        scan(lake, GAMES)
        .select("game_id", "observed_at", "is_deleted", *_GAMES)
        .sort("observed_at")
        .unique(["game_id", "source"], keep="last", maintain_order=True)
        .filter(~pl.col("is_deleted"))
        .select(list(_GAMES))
        .collect()
    )
    return Seen(pl.concat([_stated(boxes), _listed(rosters)]).unique(), games.unique())


def added(seen: Seen, stated: Sequence[Parsed]) -> Seen:
    """Return what is known with the rows of one more load, as parsed."""
    players, games = [seen.players], [seen.games]
    for part in stated:
        rows = part.frame
        if rows.is_empty():
            continue
        if part.table is GAMES:
            games.append(rows.filter(~pl.col("is_deleted")).select(list(_GAMES)))
        elif part.table is PLAYER_BOXES:
            dates = rows.with_columns(since="game_date", until="game_date")
            players.append(_stated(dates))
        elif part.table is ROSTERS:
            players.append(_listed(rows))
    if len(players) == len(games) == 1:
        return seen
    return Seen(pl.concat(players).unique(), pl.concat(games).unique())


def _stated(boxes: pl.DataFrame) -> pl.DataFrame:
    """Take players of sources that state the ids of all of theirs."""
    told = boxes.with_columns(_told=has_told_id(boxes))
    by_name = pl.col("source").is_in(list(named_sources(PLAYER_BOXES.name)))
    stating = told.filter(pl.col("_told").all().over("source", "season") & ~by_name)
    return stating.select(pl.col(c).cast(t) for c, t in _PLAYERS.items())


def _listed(rosters: pl.DataFrame) -> pl.DataFrame:
    never = pl.lit(None, pl.Date)
    rows = with_name_key(rosters).with_columns(since=never, until=never)
    return rows.select(pl.col(c).cast(t) for c, t in _PLAYERS.items())
