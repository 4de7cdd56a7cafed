"""Layouts of shots. All become feet from the centre of the hoop, x with the NBA's sign."""

from collections.abc import Mapping

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.format import Content, Format, Parsed, Reference, Stage
from tipoff.sources.game_rows import (
    NO_PLAYER,
    count,
    in_game,
    kind_of_id,
    known_after_game,
    nba_id,
    parsed,
    refuse_unplaced,
    stated_games,
)
from tipoff.sources.line_rows import has_columns, number, team, with_name_key
from tipoff.tables.raw import SHOTS

_CHART = {"GAME_DATE", "GAME_ID", "HOME_TEAM", "AWAY_TEAM", "SHOT_MADE", "BASIC_ZONE", "QUARTER"}
_DETAIL = {"GRID_TYPE", "GAME_ID", "SHOT_ZONE_BASIC", "SHOT_MADE_FLAG", "HTM", "VTM", "PERIOD"}
ZONE_NAMES = {
    "restricted area": "restricted_area",
    "in the paint (non-ra)": "paint_non_ra",
    "mid-range": "mid_range",
    "left corner 3": "left_corner_three",
    "right corner 3": "right_corner_three",
    "above the break 3": "above_break_three",
    "backcourt": "backcourt",
}
NO_ZONE = "a zone that tipoff does not know"
NO_CLOCK = "no period or clock"
# The hoop's centre is 5.25 feet from the baseline.
_HOOP_FROM_BASELINE = 5.25
# The unit is found where the places agree with the stated distances to within this, in feet.
_LARGEST_ERROR = 1.0

Place = tuple[pl.Expr, pl.Expr]


def _units() -> dict[str, Place]:
    """Return ``(x_feet, y_feet)`` for each unit that shot files use for LOC_X and LOC_Y.

    "feet from baseline" counts y from the baseline and x with the opposite sign; "scaled twice"
    is that with the NBA's sign after a division by ten too many, around a hoop at 5.775.
    """
    x, y = number("LOC_X"), number("LOC_Y")
    return {
        "tenths of feet from the hoop": (x / 10, y / 10),
        "feet from the baseline": (-x, y - _HOOP_FROM_BASELINE),
        "scaled twice": (x * 10, (y - 5.775) * 10),
    }


def unit_of(rows: pl.DataFrame) -> str:
    """Return the unit of LOC_X and LOC_Y: the one that agrees best with SHOT_DISTANCE.

    Raises:
        InputError: none agrees.
    """
    errors = {
        unit: ((x**2 + y**2).sqrt() - number("SHOT_DISTANCE")).abs().median()
        for unit, (x, y) in _units().items()
    }
    found: Mapping[str, float] = rows.select(**errors).fill_null(float("inf")).row(0, named=True)
    best = min(found, key=lambda unit: found[unit])
    if found[best] > _LARGEST_ERROR:
        raise InputError(
            "Expected LOC_X and LOC_Y to be in one of the known units "
            f"({', '.join(found)}); none agrees with SHOT_DISTANCE. Bring the file in with --map."
        )
    return best


def _parse_chart(content: Content, reference: Reference) -> list[Parsed]:
    rows = content.read("")
    x_feet, y_feet = _units()[unit_of(rows)]
    stated = rows.with_columns(nba_game_id=nba_id("GAME_ID")).select(
        "nba_game_id",
        game_date=pl.col("GAME_DATE").str.to_date("%m-%d-%Y", strict=False),
        home_team=team("HOME_TEAM"),
        away_team=team("AWAY_TEAM"),
        team=team("TEAM_ID"),
        player_name="PLAYER_NAME",
        player_id=pl.col("PLAYER_ID").cast(pl.String),
        period=count("QUARTER"),
        seconds_left=count("MINS_LEFT") * 60 + count("SECS_LEFT"),
        zone=zone_of("BASIC_ZONE"),
        is_three=pl.col("SHOT_TYPE").str.starts_with("3"),
        is_made=pl.col("SHOT_MADE").cast(pl.String).str.to_lowercase() == "true",
        distance_feet=number("SHOT_DISTANCE"),
        x_feet=x_feet,
        y_feet=y_feet,
    )
    return _shots(stated, reference, SHOT_CHART.name)


def _parse_detail(content: Content, reference: Reference) -> list[Parsed]:
    rows = content.read("")
    x_feet, y_feet = _units()[unit_of(rows)]
    stated = rows.with_columns(nba_game_id=nba_id("GAME_ID")).select(
        "nba_game_id",
        game_date=pl.col("GAME_DATE").cast(pl.String).str.to_date("%Y%m%d", strict=False),
        home_team=team("HTM"),
        away_team=team("VTM"),
        team=team("TEAM_ID"),
        player_name="PLAYER_NAME",
        player_id=pl.col("PLAYER_ID").cast(pl.String),
        period=count("PERIOD"),
        seconds_left=count("MINUTES_REMAINING") * 60 + count("SECONDS_REMAINING"),
        zone=zone_of("SHOT_ZONE_BASIC"),
        is_three=pl.col("SHOT_TYPE").str.starts_with("3"),
        is_made=count("SHOT_MADE_FLAG") == 1,
        distance_feet=number("SHOT_DISTANCE"),
        x_feet=x_feet,
        y_feet=y_feet,
    )
    return _shots(stated, reference, SHOT_DETAIL.name)


def zone_of(column: str) -> pl.Expr:
    """Return the zone of the NBA's word for it."""
    word = pl.col(column).str.strip_chars().str.to_lowercase()
    return word.replace_strict(ZONE_NAMES, default=None, return_dtype=pl.String)


def _shots(stated: pl.DataFrame, reference: Reference, source: str) -> list[Parsed]:
    reasons = {
        NO_PLAYER: pl.col("name_key") == "",
        "a shooting team that did not play in the game": pl.col("team").is_null()
        | ((pl.col("team") != pl.col("home_team")) & (pl.col("team") != pl.col("away_team"))),
        NO_ZONE: pl.col("zone").is_null(),
        NO_CLOCK: pl.any_horizontal(pl.col("period", "seconds_left").is_null()),
    }
    kept, rejected = refuse_unplaced(with_name_key(stated), reasons)
    is_home = pl.col("team") == pl.col("home_team")
    placed = numbered(in_game(kept, reference.games)).with_columns(
        opponent=pl.when(is_home).then("away_team").otherwise("home_team"),
        season_type=kind_of_id("nba_game_id"),
    )
    return [
        parsed(SHOTS, placed, source, known_after_game(), rejected),
        stated_games(placed, source),
    ]


TWICE = "an event that is told twice"


def told_twice(number: str) -> pl.Expr:
    """Whether a row repeats one before it: the same in every column, its own number included.

    Events that are equal in everything but their number are two events.

    Args:
        number: column of the event's own number; a row without one repeats nothing.
    """
    return pl.col(number).is_not_null() & ~pl.struct(pl.all()).is_first_distinct()


def numbered(shots: pl.DataFrame) -> pl.DataFrame:
    """Number each game's shots in an order that does not depend on that of the rows.

    Rows that are equal in everything are repeated events, such as two tips in one second.
    """
    order = [
        pl.col("game_id"),
        pl.col("period"),
        -pl.col("seconds_left"),
        *[pl.col(c) for c in ("team", "player_id", "name_key", "x_feet", "y_feet", "is_made")],
        *[pl.col(c) for c in ("zone", "is_three", "distance_feet")],
    ]
    return shots.sort(order, nulls_last=True).with_columns(
        shot_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("game_id")
    )


SHOT_CHART = Format(
    name="shot_chart",
    about="Shots of a season with zones; feet in one of two units, told by the distances.",
    stage=Stage.EVENTS,
    recognises=lambda content: has_columns(content, _CHART),
    parse=_parse_chart,
)
SHOT_DETAIL = Format(
    name="shot_detail",
    about="Shots as the NBA's chart service gives them, in tenths of feet from the hoop.",
    stage=Stage.EVENTS,
    recognises=lambda content: has_columns(content, _DETAIL),
    parse=_parse_detail,
)
FORMATS: tuple[Format, ...] = (SHOT_CHART, SHOT_DETAIL)
