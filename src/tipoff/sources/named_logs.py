"""Layout of game logs that name players and teams only: no ids, no home side, to the second."""

import polars as pl

from tipoff.sources.format import Content, Format, Parsed, Reference, Stage
from tipoff.sources.game_rows import (
    NO_DATE,
    NO_PLAYER,
    NO_TEAM,
    POINTS_DO_NOT_ADD_UP,
    known_after_game,
    parsed,
)
from tipoff.sources.line_rows import NO_GAME, has_columns, refuse, team, with_name_key
from tipoff.sources.nba_logs import counts, points_add_up
from tipoff.tables.raw import PLAYER_BOXES

_NEEDED = {"Player", "Date", "Team", "Opponent", "Status", "MIN", "PTS", "3PM", "FGM", "ORB", "FIC"}
_COUNTS = {
    "points": "PTS",
    "field_goals_made": "FGM",
    "field_goals_attempted": "FGA",
    "threes_made": "3PM",
    "threes_attempted": "3PA",
    "free_throws_made": "FTM",
    "free_throws_attempted": "FTA",
    "offensive_rebounds": "ORB",
    "defensive_rebounds": "DRB",
    "rebounds": "REB",
    "assists": "AST",
    "steals": "STL",
    "blocks": "BLK",
    "turnovers": "TOV",
    "fouls": "PF",
}


def seconds(column: str) -> pl.Expr:
    """Return "39:46" as seconds."""
    parts = pl.col(column).str.strip_chars().str.extract_groups(r"^(?<m>\d+):(?<s>\d{2})$")
    minutes = parts.struct.field("m").cast(pl.Int32, strict=False)
    return minutes * 60 + parts.struct.field("s").cast(pl.Int32, strict=False)


def _parse(content: Content, reference: Reference) -> list[Parsed]:
    """One row per player-game; the schedule tells who was at home.

    Such files also hold preseason, summer and other leagues under the names of the season: only
    rows whose teams met that day in a known game are NBA rows.
    """
    rows = content.read("")
    status = pl.col("Status").str.to_lowercase()
    stated = rows.select(
        *counts(_COUNTS, rows.columns),
        game_date=pl.col("Date").str.to_date("%m/%d/%Y", strict=False),
        player_name=pl.col("Player").str.strip_chars(),
        seconds_played=seconds("MIN"),
        is_starter=pl.when(status.is_in(["starter", "bench"])).then(status == "starter"),
        team=team("Team"),
        opponent=team("Opponent"),
    )
    reasons = {
        NO_DATE: pl.col("game_date").is_null(),
        NO_TEAM: pl.any_horizontal(pl.col("team", "opponent").is_null()),
        NO_PLAYER: pl.col("name_key") == "",
        POINTS_DO_NOT_ADD_UP: ~points_add_up(),
    }
    kept, rejected = refuse(with_name_key(stated), reasons)
    placed = kept.join(_meetings(reference.games), on=["game_date", "team", "opponent"], how="left")
    in_game, no_game = refuse(placed, {NO_GAME: pl.col("game_id").is_null()})
    return [
        parsed(PLAYER_BOXES, in_game, NAMED_LOG.name, known_after_game(), {**rejected, **no_game})
    ]


def _meetings(games: pl.DataFrame) -> pl.DataFrame:
    """Each known game from both sides."""
    shared = ("game_id", "game_date", "season", "season_type", "nba_game_id", "tip_off_at")
    home = games.select(*shared, team="home_team", opponent="away_team", is_home=pl.lit(value=True))
    away = games.select(
        *shared, team="away_team", opponent="home_team", is_home=pl.lit(value=False)
    )
    return pl.concat([home, away]).unique(["game_date", "team", "opponent"], keep="none")


NAMED_LOG = Format(
    name="realgm_log",
    about="Player game logs by name, with attempts, starters and minutes to the second.",
    stage=Stage.BOX_WITH_NAMES,
    recognises=lambda content: has_columns(content, _NEEDED),
    parse=_parse,
)
FORMATS: tuple[Format, ...] = (NAMED_LOG,)
