"""Games merged over the sources of the schedule: one row per game."""

from collections.abc import Mapping

import polars as pl

# Sources that state when games really started come before those as published; the rest by name.
GAME_SOURCES: tuple[str, ...] = (
    "league",
    "nba_schedule",
    "nba_schedule_stats",
    "schedule_eastern",
    "schedule_nba",
    "schedule_utc",
)
_COLUMNS = (
    "game_id",
    "game_date",
    "season",
    "season_type",
    "home_team",
    "away_team",
    "tip_off_at",
    "nba_game_id",
)
_SPECIFIC = ("play_in", "playoffs", "preseason", "all_star", "cup_final")


def merged_games(games: pl.DataFrame) -> pl.DataFrame:
    """Return one row per game: ``game_id, game_date, season, season_type, teams, tip_off_at``.

    Of each source the newest row counts. Who is at home is what most sources say. The tip-off is
    that of the first source, in order of precedence, that states one; the season type likewise,
    but a source that knows a game to be something other than regular is believed before one that
    does not.
    """
    ordered = _ranked(_newest(games))
    sides = game_ids(games).select("game_id", pl.col("canonical").alias("_canonical"))
    specific = pl.col("season_type").filter(pl.col("season_type").is_in(_SPECIFIC))
    right = pl.col("game_id") == pl.col("_canonical")
    return (
        ordered.join(sides, on="game_id", maintain_order="left")
        .group_by("_canonical", maintain_order=True)
        .agg(
            pl.col("game_date", "season").first(),
            pl.col("home_team", "away_team").filter(right).first(),
            pl.coalesce(specific.first(), pl.col("season_type").drop_nulls().first()).alias(
                "season_type"
            ),
            # A source that has the sides wrong may be about another game of the same pair.
            pl.coalesce(
                pl.col("tip_off_at").filter(right).drop_nulls().first(),
                pl.col("tip_off_at").drop_nulls().first(),
            ).alias("tip_off_at"),
            pl.col("nba_game_id").drop_nulls().first(),
        )
        .rename({"_canonical": "game_id"})
        .sort("game_id")
        .select(_COLUMNS)
    )


def game_ids(games: pl.DataFrame) -> pl.DataFrame:
    """Return ``game_id, canonical``: which id counts where sources differ on who is at home.

    Two teams meet once on a date at most, so ids of one date and pair are one game. The one that
    most sources state counts; of equals that of the first source in precedence, then by name.
    """
    pair = [
        pl.col("game_date"),
        pl.min_horizontal("home_team", "away_team").alias("_one"),
        pl.max_horizontal("home_team", "away_team").alias("_two"),
    ]
    stated = _ranked(_newest(games)).select("game_id", "source", "_rank", *pair)
    # A source that states both is no witness for either.
    torn = pl.col("game_id").n_unique().over("source", "game_date", "_one", "_two") > 1
    votes = stated.with_columns(_torn=torn).group_by("game_id", "game_date", "_one", "_two")
    counted = votes.agg(_votes=(~pl.col("_torn")).sum(), _rank=pl.col("_rank").min())
    best = counted.sort(-pl.col("_votes").cast(pl.Int64), "_rank", "game_id")
    place = ["game_date", "_one", "_two"]
    return best.with_columns(canonical=pl.col("game_id").first().over(place)).select(
        "game_id", "canonical"
    )


def turned_ids(games: pl.DataFrame) -> dict[str, str]:
    """Return the id that counts by each id that does not, for rows of ``games`` of all sources."""
    turned = game_ids(games).filter(pl.col("game_id") != pl.col("canonical"))
    return dict(turned.iter_rows())


def with_canonical_ids(rows: pl.DataFrame, games: pl.DataFrame | Mapping[str, str]) -> pl.DataFrame:
    """Give rows of games that were stored under a turned id the id that counts.

    Args:
        rows: rows of any raw table.
        games: rows of ``games`` of all sources, or what ``turned_ids`` found in them.
    """
    ids = turned_ids(games) if isinstance(games, pl.DataFrame) else games
    if not ids or "game_id" not in rows.columns:
        return rows
    return rows.with_columns(pl.col("game_id").replace(ids))


def _newest(games: pl.DataFrame) -> pl.DataFrame:
    return (
        games.sort("observed_at", "source", "game_id")
        .unique(["game_id", "source"], keep="last", maintain_order=True)
        .filter(~pl.col("is_deleted"))
    )


def _ranked(games: pl.DataFrame) -> pl.DataFrame:
    rank = {source: i for i, source in enumerate(GAME_SOURCES)}
    return games.with_columns(
        _rank=pl.col("source").replace_strict(rank, default=len(rank), return_dtype=pl.Int32)
    ).sort("game_id", "_rank", "source")
