"""Box scores and shots of a season that was played."""

import numpy as np
import polars as pl

from tipoff.sources.league.play import Season, tie_breakers
from tipoff.sources.league.rosters import Floats, Ints
from tipoff.sources.league.schedule import Schedule
from tipoff.sources.league.sheet import known_after, shaped
from tipoff.sources.shots import numbered
from tipoff.store.facts import COUNTS
from tipoff.tables.raw import PLAYER_BOXES, SHOTS, TEAM_BOXES

_OTHERS = (
    "offensive_rebounds", "defensive_rebounds", "assists", "steals", "blocks", "turnovers", "fouls",
)  # fmt: skip
_REGULATION_SECONDS = 12 * 60
_OVERTIME_SECONDS = 5 * 60


def break_ties(plan: Schedule, season: Season) -> None:
    """Give the home side's first man one more free throw where both sides scored the same."""
    team, place, game = tie_breakers(plan, season.is_home, season.points(), season.seconds)
    season.free_throws[team, place, game] += 1


def player_rows(rng: np.random.Generator, season: Season, sheet: pl.DataFrame) -> pl.DataFrame:
    """Return the box-score lines of all who played, with the sheet's columns."""
    threes = slice(3, 5)
    columns = {
        "field_goals_made": season.makes.sum(axis=-1),
        "field_goals_attempted": season.attempts.sum(axis=-1),
        "threes_made": season.makes[..., threes].sum(axis=-1),
        "threes_attempted": season.attempts[..., threes].sum(axis=-1),
        "free_throws_made": season.free_throws[..., 1],
        "free_throws_attempted": season.free_throws[..., 0],
        **{name: season.others[..., i] for i, name in enumerate(_OTHERS)},
    }
    rows = sheet.sort("line").with_columns(
        **{name: pl.Series(values.ravel()) for name, values in columns.items()},
        rebounds=pl.Series(season.others[..., :2].sum(axis=-1).ravel()),
        noise=pl.Series(rng.normal(0, 5, sheet.height)),
    )
    played = rows.filter(pl.col("seconds_played") > 0)
    own = pl.col("points").sum().over("game_id", "team")
    margin = 2 * own - pl.col("points").sum().over("game_id")
    share = pl.col("seconds_played") / (48 * 60)
    return played.with_columns(
        margin=margin, plus_minus=(margin * share + pl.col("noise")).round().clip(-60, 60)
    )


def player_boxes(played: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``player_boxes``."""
    return shaped(PLAYER_BOXES, played, known_after())


def team_boxes(played: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``team_boxes``: the sums of the players' lines."""
    game = ("season", "game_id", "game_date", "tip_off_at", "overtime")
    sums = played.group_by(*game, "team", "opponent", "is_home").agg(
        *[pl.col(name).sum() for name in COUNTS], plus_minus=pl.col("margin").first()
    )
    return shaped(TEAM_BOXES, sums, known_after())


def shots(rng: np.random.Generator, season: Season, sheet: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``shots``: each attempt of the box score, with a place of its zone."""
    attempts = season.attempts.reshape(-1, 5)
    makes = season.makes.reshape(-1, 5)
    line, zone = np.nonzero(attempts)
    count = attempts[line, zone]
    of_line, of_zone = np.repeat(line, count), np.repeat(zone, count)
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    is_made = nth < np.repeat(makes[line, zone], count)
    x, y = _places(rng, of_zone)
    periods = rng.integers(1, 5, len(of_line))
    clock = rng.random(len(of_line))
    extra = rng.random(len(of_line)) < 0.09
    names = np.array(
        ["restricted_area", "paint_non_ra", "mid_range", "corner", "above_break_three"]
    )[of_zone]
    corner = np.where(x < 0, "left_corner_three", "right_corner_three")
    rows = pl.DataFrame(
        {
            "line": of_line,
            "zone": np.where(names == "corner", corner, names),
            "is_three": of_zone >= 3,
            "is_made": is_made,
            "x_feet": x.round(1),
            "y_feet": y.round(1),
            "distance_feet": np.floor(np.hypot(x, y)),
            "period": periods,
            "clock": clock,
            "extra": extra,
        }
    )
    in_overtime = pl.col("extra") & pl.col("overtime")
    length = pl.when(in_overtime).then(_OVERTIME_SECONDS).otherwise(_REGULATION_SECONDS)
    placed = rows.join(sheet, on="line").with_columns(
        period=pl.when(in_overtime).then(5).otherwise("period"),
        seconds_left=(pl.col("clock") * length).floor().cast(pl.Int32),
    )
    return shaped(SHOTS, numbered(placed), known_after())


def _places(rng: np.random.Generator, zone: Ints) -> tuple[Floats, Floats]:
    """Draw a place of each zone, in feet from the hoop."""
    nearest = np.array([0.0, 4.3, 9.0, 22.0, 23.9])[zone]
    farthest = np.array([3.9, 8.0, 21.0, 22.9, 27.5])[zone]
    radius = nearest + (farthest - nearest) * rng.random(len(zone))
    angle = np.pi * rng.uniform(0.16, 0.84, len(zone))
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    is_corner = zone == 3
    side = np.where(rng.random(len(zone)) < 0.5, -1, 1)
    depth = rng.uniform(-4, 7.5, len(zone))
    return np.where(is_corner, side * radius, x), np.where(is_corner, depth, y)
