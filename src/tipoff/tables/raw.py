"""Schemas of the raw tables: what providers said, append-only, with two clocks.

Conventions: ``_at`` is a UTC moment, ``_date`` a US Eastern date, minutes are minutes, feet are
feet, prices are American odds. Null means that the provider did not say.
"""

import dataframely as dy

from tipoff.domain.market import MARKETS
from tipoff.tables.table import (
    GAME_ID_PATTERN,
    SEASON_PATTERN,
    Kind,
    Known,
    Table,
    moment,
)

SEASON_TYPES = ["preseason", "regular", "cup_final", "play_in", "playoffs", "all_star"]
# Games whose box scores count as form; preseason and all-star games do not.
COUNTED_SEASON_TYPES = ["regular", "cup_final", "play_in", "playoffs"]
ZONES = [
    "restricted_area",
    "paint_non_ra",
    "mid_range",
    "left_corner_three",
    "right_corner_three",
    "above_break_three",
    "backcourt",
]
STATUSES = ["available", "probable", "questionable", "doubtful", "out"]
GAME_LINE_MARKETS = ["spread", "total", "moneyline"]


def _count(most: int) -> dy.Int32:
    return dy.Int32(nullable=True, min=0, max=most)


def _price() -> dy.Int32:
    return dy.Int32(nullable=True, check=lambda price: (price <= -100) | (price >= 100))


class Game(Known):
    """One scheduled game as one source states it."""

    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    nba_game_id = dy.String(nullable=True, regex=r"^\d{10}$")
    season_type = dy.String(nullable=True, check=lambda column: column.is_in(SEASON_TYPES))
    home_team = dy.String(regex=r"^[A-Z]{3}$")
    away_team = dy.String(regex=r"^[A-Z]{3}$")
    tip_off_at = moment(nullable=True)


class _BoxLine(Known):
    """Counts of one box-score line; a null was not stated by the source."""

    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    nba_game_id = dy.String(nullable=True, regex=r"^\d{10}$")
    season_type = dy.String(nullable=True, check=lambda column: column.is_in(SEASON_TYPES))
    team = dy.String(primary_key=True, regex=r"^[A-Z]{3}$")
    opponent = dy.String(regex=r"^[A-Z]{3}$")
    is_home = dy.Bool(nullable=True)
    points = _count(250)
    field_goals_made = _count(100)
    field_goals_attempted = _count(160)
    threes_made = _count(60)
    threes_attempted = _count(100)
    free_throws_made = _count(80)
    free_throws_attempted = _count(100)
    offensive_rebounds = _count(60)
    defensive_rebounds = _count(90)
    rebounds = _count(120)
    assists = _count(80)
    steals = _count(40)
    blocks = _count(40)
    turnovers = _count(60)
    fouls = _count(80)
    plus_minus = dy.Int32(nullable=True, min=-120, max=120)


class PlayerBox(_BoxLine):
    """One player's line of one game. A player who did not play has no row or null minutes."""

    name_key = dy.String(primary_key=True, min_length=1)
    player_name = dy.String(min_length=1)
    player_id = dy.String(nullable=True)
    seconds_played = dy.Int32(nullable=True, min=0, max=60 * 85)
    is_starter = dy.Bool(nullable=True)


class TeamBox(_BoxLine):
    """One team's line of one game."""


class Shot(Known):
    """One field-goal attempt.

    ``x_feet`` and ``y_feet`` are measured from the centre of the hoop: x along the baseline
    (negative is the shooter's left, as in the NBA's own charts), y towards half court.
    ``shot_number`` counts the game's shots in order of (period, clock, team, player, place).
    """

    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    shot_number = dy.Int32(primary_key=True, min=1)
    team = dy.String(regex=r"^[A-Z]{3}$")
    opponent = dy.String(regex=r"^[A-Z]{3}$")
    name_key = dy.String(min_length=1)
    player_name = dy.String(min_length=1)
    player_id = dy.String(nullable=True)
    period = dy.Int32(min=1, max=12)
    seconds_left = dy.Int32(min=0, max=720)
    zone = dy.String(check=lambda column: column.is_in(ZONES))
    is_three = dy.Bool()
    is_made = dy.Bool()
    distance_feet = dy.Float64(nullable=True, min=0, max=100)
    x_feet = dy.Float64(nullable=True, min=-60, max=60)
    y_feet = dy.Float64(nullable=True, min=-10, max=100)


class MadeShot(Known):
    """One made field goal of a source that tells who assisted it, or that nobody did.

    The shots that a chart gives do not tell, so this stands beside ``shots`` and repeats its made
    ones. ``is_assisted`` is null where the source does not say, ``assist_player_id`` where it gives
    but the name; ``shot_number`` counts the game's made shots in the order of ``shots``.
    """

    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    shot_number = dy.Int32(primary_key=True, min=1)
    team = dy.String(regex=r"^[A-Z]{3}$")
    opponent = dy.String(regex=r"^[A-Z]{3}$")
    name_key = dy.String(min_length=1)
    player_name = dy.String(min_length=1)
    player_id = dy.String(nullable=True)
    period = dy.Int32(min=1, max=12)
    seconds_left = dy.Int32(min=0, max=720)
    is_three = dy.Bool()
    is_assisted = dy.Bool(nullable=True)
    assist_player_name = dy.String(nullable=True)
    assist_player_id = dy.String(nullable=True)


class PlayerPeriod(Known):
    """How long one player was on the floor in one period of a game that he played in.

    There is a row for every period whose five players are told, with zero seconds where he was not
    among them; the players of a team share five times the period's length. ``namesake`` tells apart
    players of a team whom the source names alike.
    """

    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    team = dy.String(primary_key=True, regex=r"^[A-Z]{3}$")
    opponent = dy.String(regex=r"^[A-Z]{3}$")
    name_key = dy.String(primary_key=True, min_length=1)
    namesake = dy.Int32(primary_key=True, min=1)
    player_name = dy.String(min_length=1)
    player_id = dy.String(nullable=True)
    period = dy.Int32(primary_key=True, min=1, max=12)
    seconds = dy.Int32(min=0, max=720)


class GameLine(Known):
    """One book's two-sided quote on a game.

    ``line`` is the home side's spread (negative: home favoured) or the total; a moneyline is
    the spread of zero.
    """

    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    book = dy.String(primary_key=True, min_length=1)
    market = dy.String(primary_key=True, check=lambda column: column.is_in(GAME_LINE_MARKETS))
    line = dy.Float64(primary_key=True, min=-80, max=400)
    quote_number = dy.Int32(primary_key=True, min=1)
    home_or_over_price = _price()
    away_or_under_price = _price()
    quoted_at = moment(nullable=True)
    is_alternate = dy.Bool()
    is_stale = dy.Bool()
    is_after_tip_off = dy.Bool()


class PropQuote(Known):
    """One book's quote on one player's market, both sides in one row where both were quoted.

    The marks say why a quote can not be taken; a quote with no mark may be. ``quote_number``
    tells apart several quotes that a source gives for the same key.
    """

    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    name_key = dy.String(primary_key=True, min_length=1)
    market = dy.String(primary_key=True, check=lambda column: column.is_in(list(MARKETS)))
    book = dy.String(primary_key=True, min_length=1)
    line = dy.Float64(primary_key=True, min=0, max=200)
    quote_number = dy.Int32(primary_key=True, min=1)
    player_name = dy.String(min_length=1)
    player_id = dy.String(nullable=True)
    event_id = dy.String(nullable=True)
    over_price = _price()
    under_price = _price()
    quoted_at = moment(nullable=True)
    is_alternate = dy.Bool()
    is_stale = dy.Bool()
    is_after_tip_off = dy.Bool()
    is_placeholder_price = dy.Bool()
    is_odd_date = dy.Bool()


class Availability(Known):
    """One player's status for one game as one document states it.

    ``report_at`` is the moment of the list that he stands on, as in ``availability_reports``;
    null where the document is no list of a team, but tells of single players.
    """

    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    team = dy.String(primary_key=True, regex=r"^[A-Z]{3}$")
    name_key = dy.String(primary_key=True, min_length=1)
    player_name = dy.String(min_length=1)
    player_id = dy.String(nullable=True)
    status = dy.String(check=lambda column: column.is_in(STATUSES))
    reason = dy.String(nullable=True)
    report_at = moment(nullable=True)


class AvailabilityReport(Known):
    """One team's list for one game as one document states it.

    On it are the rows of ``availability`` of its source, game, team and ``report_at``, the moment
    at which the document was true; who is not among them is not listed. A team that has not
    submitted a list, or whose list could not be read in whole, is ``is_submitted`` false: nothing
    is known by it. A list of several pages begins with the first and is whole with the last.
    """

    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    team = dy.String(primary_key=True, regex=r"^[A-Z]{3}$")
    report_at = moment()
    is_submitted = dy.Bool()
    is_first_page = dy.Bool()
    is_last_page = dy.Bool()
    players_listed = dy.Int32(min=0, max=60)


class Roster(dy.Schema):
    """One player of a team in a season, as a list that was true when it was observed states it."""

    season = dy.String(primary_key=True, regex=SEASON_PATTERN)
    team = dy.String(primary_key=True, regex=r"^[A-Z]{3}$")
    player_id = dy.String(primary_key=True, min_length=1)
    player_name = dy.String(min_length=1)
    position = dy.String(nullable=True)
    birth_date = dy.Date(nullable=True)
    source = dy.String(primary_key=True, min_length=1)
    observed_at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    observed_basis = dy.String(check=lambda column: column.is_in(["recorded", "assumed"]))
    is_deleted = dy.Bool()
    row_hash = dy.Int64()


class IngestedFile(dy.Schema):
    """One file that was taken in, by the hash of its content."""

    sha256 = dy.String(primary_key=True, min_length=64, max_length=64)
    format = dy.String(primary_key=True)
    table = dy.String(primary_key=True)
    path = dy.String()
    rows = dy.Int64(min=0)
    rejected = dy.Int64(min=0)
    ingested_at = moment()


MARKS = ("is_alternate", "is_stale", "is_after_tip_off", "is_placeholder_price", "is_odd_date")

GAMES = Table("games", Game, Kind.RAW, entity=("game_id", "source"))
PLAYER_BOXES = Table(
    "player_boxes",
    PlayerBox,
    Kind.RAW,
    is_outcome=True,
    entity=("game_id", "team", "name_key", "source"),
)
TEAM_BOXES = Table(
    "team_boxes", TeamBox, Kind.RAW, is_outcome=True, entity=("game_id", "team", "source")
)
SHOTS = Table("shots", Shot, Kind.RAW, is_outcome=True, entity=("game_id", "shot_number", "source"))
MADE_SHOTS = Table(
    "made_shots",
    MadeShot,
    Kind.RAW,
    is_outcome=True,
    entity=("game_id", "shot_number", "source"),
)
PLAYER_PERIODS = Table(
    "player_periods",
    PlayerPeriod,
    Kind.RAW,
    is_outcome=True,
    entity=("game_id", "team", "name_key", "namesake", "period", "source"),
)
GAME_LINES = Table(
    "game_lines",
    GameLine,
    Kind.RAW,
    entity=("game_id", "source", "book", "market", "line", "quote_number"),
)
PROP_QUOTES = Table(
    "prop_quotes",
    PropQuote,
    Kind.RAW,
    entity=("game_id", "source", "name_key", "market", "book", "line", "quote_number"),
)
AVAILABILITY = Table(
    "availability",
    Availability,
    Kind.RAW,
    entity=("game_id", "team", "name_key", "source"),
)
AVAILABILITY_REPORTS = Table(
    "availability_reports",
    AvailabilityReport,
    Kind.RAW,
    entity=("game_id", "team", "source"),
)
# Tells who is who and when he was born. It is about no game, so it is not among the raw tables of
# games.
ROSTERS = Table("rosters", Roster, Kind.RAW, entity=("season", "team", "player_id", "source"))
INGESTED_FILES = Table("ingested_files", IngestedFile, Kind.LOG)

RAW_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        GAMES,
        PLAYER_BOXES,
        TEAM_BOXES,
        SHOTS,
        MADE_SHOTS,
        PLAYER_PERIODS,
        GAME_LINES,
        PROP_QUOTES,
        AVAILABILITY,
        AVAILABILITY_REPORTS,
    )
}
# Those whose rows name players.
NAMED_TABLES: tuple[Table, ...] = tuple(
    table for table in RAW_TABLES.values() if "name_key" in table.columns
)
# What derived rows may rest on: the tables of games, and the lists that tell birth dates.
SOURCE_TABLES: dict[str, Table] = {**RAW_TABLES, ROSTERS.name: ROSTERS}
