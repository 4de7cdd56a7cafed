"""Games merged over the sources of the schedule: one row per game."""

import polars as pl

# Sources that state when games really started come before those as published; the rest by name.
GAME_SOURCES: tuple[str, ...] = (
    "league",
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
_SPECIFIC = ("play_in", "playoffs", "preseason", "all_star")


def merged_games(games: pl.DataFrame) -> pl.DataFrame:
    """Return one row per game: ``game_id, game_date, season, season_type, teams, tip_off_at``.

    Of each source the newest row counts. The tip-off is that of the first source, in order of
    precedence, that states one; the season type likewise, but a source that knows a game to be
    something other than regular is believed before one that does not.
    """
    newest = (
        games.sort("observed_at", "source", "game_id")
        .unique(["game_id", "source"], keep="last", maintain_order=True)
        .filter(~pl.col("is_deleted"))
    )
    rank = {source: i for i, source in enumerate(GAME_SOURCES)}
    ordered = newest.with_columns(
        _rank=pl.col("source").replace_strict(rank, default=len(rank), return_dtype=pl.Int32)
    ).sort("game_id", "_rank", "source")
    specific = pl.col("season_type").filter(pl.col("season_type").is_in(_SPECIFIC))
    return (
        ordered.group_by("game_id", maintain_order=True)
        .agg(
            pl.col("game_date", "season", "home_team", "away_team").first(),
            pl.coalesce(specific.first(), pl.col("season_type").drop_nulls().first()).alias(
                "season_type"
            ),
            pl.col("tip_off_at").drop_nulls().first(),
            pl.col("nba_game_id").drop_nulls().first(),
        )
        .select(_COLUMNS)
    )
