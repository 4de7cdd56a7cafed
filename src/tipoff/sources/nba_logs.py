"""Layouts of the NBA's own game logs of players, with and without attempts."""

from collections.abc import Mapping

import polars as pl

from tipoff.sources.format import Content, Format, Parsed, Reference, Stage
from tipoff.sources.game_rows import (
    NO_PLAYER,
    POINTS_DO_NOT_ADD_UP,
    count,
    in_game,
    kind_of_id,
    kind_of_name,
    known_after_game,
    matchup_sides,
    nba_id,
    parsed,
    refuse_unplaced,
    stated_games,
)
from tipoff.sources.line_rows import day, has_columns, team, with_name_key
from tipoff.tables.raw import PLAYER_BOXES

# column of the box score: column of the file
COUNTS_OF_NBA: dict[str, str] = {
    "points": "PTS",
    "field_goals_made": "FGM",
    "field_goals_attempted": "FGA",
    "threes_made": "FG3M",
    "threes_attempted": "FG3A",
    "free_throws_made": "FTM",
    "free_throws_attempted": "FTA",
    "offensive_rebounds": "OREB",
    "defensive_rebounds": "DREB",
    "rebounds": "REB",
    "assists": "AST",
    "steals": "STL",
    "blocks": "BLK",
    "turnovers": "TOV",
    "fouls": "PF",
    "plus_minus": "PLUS_MINUS",
}
_PLAYER = {"PLAYER_ID", "PLAYER_NAME", "TEAM_ABBREVIATION", "GAME_DATE", "MATCHUP", "MIN", "PTS"}
_SHOOTING = {"FGM", "FGA", "FG3M", "FTM"}


def counts(columns: Mapping[str, str], present: list[str]) -> list[pl.Expr]:
    """Return the counts that a file states, by tipoff's names."""
    return [count(theirs).alias(ours) for ours, theirs in columns.items() if theirs in present]


def points_add_up() -> pl.Expr:
    """Whether points are what the shots and free throws give; null where not stated."""
    made = 2 * pl.col("field_goals_made") + pl.col("threes_made") + pl.col("free_throws_made")
    return pl.col("points") == made


def _parse_attempts(content: Content, reference: Reference) -> list[Parsed]:
    return _boxes(content, reference, NBA_LOG_ATTEMPTS.name)


def _parse_plain(content: Content, reference: Reference) -> list[Parsed]:
    return _boxes(content, reference, NBA_LOG.name)


def _boxes(content: Content, reference: Reference, source: str) -> list[Parsed]:
    """One row per player-game; minutes are whole, so seconds are full minutes."""
    rows = content.read("")
    stated = rows.with_columns(
        nba_game_id=nba_id("GAME_ID") if "GAME_ID" in rows.columns else pl.lit(None, pl.String)
    ).select(
        "nba_game_id",
        *counts(COUNTS_OF_NBA, rows.columns),
        game_date=day("GAME_DATE"),
        season_type=kind_of_name("SEASON_TYPE")
        if "SEASON_TYPE" in rows.columns
        else kind_of_id("nba_game_id"),
        player_name=pl.col("PLAYER_NAME").str.strip_chars(),
        player_id=pl.col("PLAYER_ID").cast(pl.String),
        seconds_played=count("MIN") * 60,
        **matchup_sides(team("TEAM_ABBREVIATION"), "MATCHUP"),
    )
    reasons = {NO_PLAYER: pl.col("name_key") == ""}
    if set(rows.columns) >= _SHOOTING:
        reasons[POINTS_DO_NOT_ADD_UP] = ~points_add_up()
    kept, rejected = refuse_unplaced(with_name_key(stated), reasons)
    placed = in_game(kept, reference.games)
    return [
        parsed(PLAYER_BOXES, placed, source, known_after_game(), rejected),
        stated_games(placed, source),
    ]


NBA_LOG_ATTEMPTS = Format(
    name="nba_log_attempts",
    about="Player game logs of the NBA with game ids, attempts and fouls.",
    stage=Stage.BOX_WITH_IDS,
    recognises=lambda content: has_columns(content, {*_PLAYER, *_SHOOTING, "GAME_ID"}),
    parse=_parse_attempts,
)
NBA_LOG = Format(
    name="nba_log",
    about="Player game logs of the NBA with season types, without attempts and game ids.",
    stage=Stage.BOX_WITH_IDS,
    recognises=lambda content: has_columns(content, {*_PLAYER, "SEASON_TYPE"}, {"FGA", "GP"}),
    parse=_parse_plain,
)
FORMATS: tuple[Format, ...] = (NBA_LOG_ATTEMPTS, NBA_LOG)
