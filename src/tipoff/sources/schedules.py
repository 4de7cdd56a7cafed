"""Layouts of schedules: Eastern times, UTC times, the NBA's own list, and season types alone."""

import polars as pl

from tipoff.domain.clock import EASTERN
from tipoff.sources.format import Content, Format, Parsed, Reference, Stage
from tipoff.sources.game_rows import (
    kind_of_id,
    kind_of_name,
    known_before_game,
    nba_id,
    parsed,
    refuse_unplaced,
    season_of_row,
)
from tipoff.sources.line_rows import day, eastern_day, has_columns, moment, team
from tipoff.tables.raw import GAMES

_EASTERN = {"gid", "etdate", "ettime", "h.ta", "v.ta"}
_UTC = {"Match Number", "Date", "Home Team", "Away Team"}
_NBA = {"game_id", "datetime_utc", "home_tricode", "away_tricode"}
_TYPES = {"season", "game_date", "season_type", "away_team", "home_team", "matchup"}
# A start at midnight is how this layout says that no time was known.
_NO_TIME = "00:00:00"


def _games(rows: pl.DataFrame, source: str) -> list[Parsed]:
    placed, rejected = refuse_unplaced(rows)
    named = placed.with_columns(
        season=season_of_row(),
        game_id=pl.concat_str(
            pl.col("game_date").dt.strftime("%Y%m%d"), "away_team", "home_team", separator="_"
        ),
    )
    return [parsed(GAMES, named, source, known_before_game(), rejected)]


def _parse_eastern(content: Content, _: Reference) -> list[Parsed]:
    """Dates and clocks are US Eastern; the NBA's game id tells the season type."""
    rows = content.read("")
    clock = pl.when(pl.col("ettime") != _NO_TIME).then(pl.col("ettime"))
    local = pl.concat_str("etdate", clock, separator=" ").str.to_datetime(
        "%Y-%m-%d %H:%M:%S", strict=False
    )
    zoned = local.dt.replace_time_zone(EASTERN.key, ambiguous="earliest", non_existent="null")
    return _games(
        rows.with_columns(nba_game_id=nba_id("gid")).select(
            "nba_game_id",
            game_date=day("etdate"),
            home_team=team("h.ta"),
            away_team=team("v.ta"),
            tip_off_at=zoned.dt.convert_time_zone("UTC"),
            season_type=kind_of_id("nba_game_id"),
        ),
        SCHEDULE_EASTERN.name,
    )


def _parse_utc(content: Content, _: Reference) -> list[Parsed]:
    """``Date`` is "DD/MM/YYYY HH:MM" in UTC; regular season only; times are those at release."""
    rows = content.read("").with_columns(
        tip_off_at=pl.col("Date")
        .str.to_datetime("%d/%m/%Y %H:%M", strict=False)
        .dt.replace_time_zone("UTC")
    )
    return _games(
        rows.select(
            "tip_off_at",
            game_date=eastern_day("tip_off_at"),
            home_team=team("Home Team"),
            away_team=team("Away Team"),
            season_type=pl.lit("regular"),
        ),
        SCHEDULE_UTC.name,
    )


def _parse_nba(content: Content, _: Reference) -> list[Parsed]:
    """The NBA's list: ``datetime_utc`` is read, for the *_est columns carry a wrong zone."""
    rows = content.read("").with_columns(
        tip_off_at=moment("datetime_utc"), nba_game_id=nba_id("game_id")
    )
    return _games(
        rows.select(
            "tip_off_at",
            "nba_game_id",
            game_date=eastern_day("tip_off_at"),
            home_team=team("home_tricode"),
            away_team=team("away_tricode"),
            season_type=kind_of_id("nba_game_id"),
        ),
        SCHEDULE_NBA.name,
    )


def _parse_types(content: Content, _: Reference) -> list[Parsed]:
    """No times; tells play-in from playoffs, which the other layouts may not."""
    return _games(
        content.read("").select(
            game_date=day("game_date"),
            home_team=team("home_team"),
            away_team=team("away_team"),
            season_type=kind_of_name("season_type"),
        ),
        SCHEDULE_TYPES.name,
    )


SCHEDULE_EASTERN = Format(
    name="schedule_eastern",
    about="Schedule with US Eastern dates and clocks and the NBA's game ids.",
    stage=Stage.SCHEDULE,
    recognises=lambda content: has_columns(content, _EASTERN),
    parse=_parse_eastern,
)
SCHEDULE_UTC = Format(
    name="schedule_utc",
    about="Regular-season fixtures with UTC start times, full team names.",
    stage=Stage.SCHEDULE,
    recognises=lambda content: has_columns(content, _UTC),
    parse=_parse_utc,
)
SCHEDULE_NBA = Format(
    name="schedule_nba",
    about="The NBA's schedule of a season with UTC start times, arenas and broadcasters.",
    stage=Stage.SCHEDULE,
    recognises=lambda content: has_columns(content, _NBA),
    parse=_parse_nba,
)
SCHEDULE_TYPES = Format(
    name="schedule_types",
    about="Game dates and season types (preseason, regular, play-in, playoffs) without times.",
    stage=Stage.SCHEDULE,
    recognises=lambda content: has_columns(content, _TYPES),
    parse=_parse_types,
)
FORMATS: tuple[Format, ...] = (SCHEDULE_EASTERN, SCHEDULE_UTC, SCHEDULE_NBA, SCHEDULE_TYPES)
