"""Facts that play-by-play and rosters tell: assisted makes, minutes of the fourth, birth dates.

As in ``tipoff.store.facts``, a fact row is about one (game, player) and its versions; nothing here
looks at another game.
"""

import polars as pl

from tipoff.store.facts import one_source_per_game, with_game
from tipoff.store.versions import KNOWN_AT, at_each_instant, by_precedence, with_ends

# Sources that state who was on the floor come before those it is inferred from.
PERIOD_SOURCES: tuple[str, ...] = ("bigdataball_play_by_play", "nba_play_by_play")
MADE_SHOT_SOURCES: tuple[str, ...] = ("nba_play_by_play", "bigdataball_play_by_play")
_PERIOD = 4


def creation_games(made_shots: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Return one row per game, player and version: his makes, and those that were assisted.

    Only makes count of which a source says whether they were assisted; a game in which he made
    none has no row. Where several sources tell of a game the first in precedence counts.

    Args:
        made_shots: rows of ``made_shots``; rows of unresolved players are left out.
        games: one row per game, as ``tipoff.store.games.merged_games`` gives them.

    Returns:
        The game's columns, ``player_id``, ``makes``, ``assisted_makes``, ``known_at`` and
        ``superseded_at``.
    """
    rows = made_shots.select(
        "game_id", "shot_number", "source", "observed_at", "is_deleted", "player_id", "is_assisted"
    ).filter(pl.col("player_id").is_not_null())
    versions = at_each_instant(rows, ["game_id"], ["game_id", "shot_number", "source"])
    told = one_source_per_game(versions.drop_nulls("is_assisted"), MADE_SHOT_SOURCES)
    counts = told.group_by("game_id", "player_id", KNOWN_AT).agg(
        makes=pl.len().cast(pl.Int64), assisted_makes=pl.col("is_assisted").sum().cast(pl.Int64)
    )
    return with_ends(with_game(counts, games), rows)


def fourth_periods(player_periods: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Return one row per game, player and version: ``seconds`` on the floor in the fourth period.

    A player who played in the game but not in its fourth period has zero.

    Args:
        player_periods: rows of ``player_periods``; rows of unresolved players are left out.
        games: as for ``creation_games``.
    """
    rows = player_periods.select(
        "game_id", "player_id", "period", "source", "observed_at", "is_deleted", "seconds"
    ).filter(pl.col("period") == _PERIOD, pl.col("player_id").is_not_null())
    versions = at_each_instant(rows, ["game_id"], ["game_id", "player_id", "source"])
    merged = by_precedence(versions, ["game_id", "player_id", KNOWN_AT], PERIOD_SOURCES)
    return with_ends(with_game(merged.drop("period", "source"), games), rows)


def birth_dates(rosters: pl.DataFrame) -> pl.DataFrame:
    """Return what lists said of players' birth dates, and since when, where it changed.

    Args:
        rosters: rows of ``rosters``. Who leaves a team was born all the same, so deletions do not
            count.

    Returns:
        ``player_id, birth_date, known_at``, ordered by player and moment.
    """
    stated = rosters.filter(pl.col("birth_date").is_not_null(), ~pl.col("is_deleted"))
    said = stated.select("player_id", "birth_date", "source", pl.col("observed_at").alias(KNOWN_AT))
    ordered = said.unique().sort("player_id", KNOWN_AT, "source", "birth_date")
    before = pl.col("birth_date").shift(1).over("player_id")
    return ordered.filter(before.ne_missing(pl.col("birth_date"))).drop("source")
