"""Box scores, shots, assists and time on the floor of a season that was played."""

import numpy as np
import polars as pl

from tipoff.sources.league.assists import NOBODY, assisted, moments
from tipoff.sources.league.floor import in_game, pieces
from tipoff.sources.league.play import Season, tie_breakers
from tipoff.sources.league.rosters import Floats, Ints
from tipoff.sources.league.schedule import Schedule
from tipoff.sources.league.sheet import known_after, shaped
from tipoff.sources.shots import numbered
from tipoff.store.facts import COUNTS
from tipoff.tables.raw import MADE_SHOTS, PLAYER_BOXES, PLAYER_PERIODS, SHOTS, TEAM_BOXES

_OTHERS = (
    "offensive_rebounds", "defensive_rebounds", "assists", "steals", "blocks", "turnovers", "fouls",
)  # fmt: skip


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


def shots(
    rng: np.random.Generator, chance: np.random.Generator, season: Season, played: pl.DataFrame
) -> pl.DataFrame:
    """Return each attempt of the box score, with a place of its zone and a time on the floor.

    Args:
        rng: source of chance of the places.
        chance: source of chance of the times, and of who assists whom.
        season: what happened.
        played: the box score's lines with their arcs on the floor.

    Returns:
        The columns of ``shots`` and of ``made_shots``.
    """
    attempts = season.attempts.reshape(-1, 5)
    makes = season.makes.reshape(-1, 5)
    line, zone = np.nonzero(attempts)
    count = attempts[line, zone]
    of_line, of_zone = np.repeat(line, count), np.repeat(zone, count)
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    is_made = nth < np.repeat(makes[line, zone], count)
    x, y = _places(rng, of_zone)
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
        }
    )
    timed = _timed(chance, rows, played)
    return numbered(timed.join(played, on="line", maintain_order="left"))


def _timed(rng: np.random.Generator, rows: pl.DataFrame, played: pl.DataFrame) -> pl.DataFrame:
    """Say who assisted, and when each attempt was: while those two were on the floor."""
    sides = played.select("line", side=pl.struct("game_id", "team").rank("dense").cast(pl.Int64))
    arcs = played.join(sides, on="line")
    placed = rows.join(sides, on="line", maintain_order="left").sort("side", maintain_order=True)
    is_made = placed["is_made"].to_numpy()
    passer = np.full(placed.height, NOBODY, dtype=np.int64)
    passer[is_made] = assisted(rng, placed.filter("is_made"), arcs)
    shooter = placed["line"].to_numpy()
    at = moments(rng.random(placed.height), shooter, passer, arcs)
    overtime = placed.select("line").join(
        played.select("line", "overtime"), on="line", maintain_order="left"
    )
    period, left = in_game(at, overtime["overtime"].to_numpy())
    who = played.select(
        pl.col("line").alias("passer"),
        assist_player_name="player_name",
        assist_player_id="player_id",
    )
    return (
        placed.with_columns(
            passer=pl.Series(passer),
            period=pl.Series(period, dtype=pl.Int32),
            seconds_left=pl.Series(left, dtype=pl.Int32),
            is_assisted=pl.Series(passer != NOBODY),
        )
        .join(who, on="passer", how="left", maintain_order="left")
        .drop("passer", "side")
    )


def shot_rows(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``shots``."""
    return shaped(SHOTS, attempts, known_after())


def made_shots(attempts: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``made_shots``."""
    return shaped(MADE_SHOTS, numbered(attempts.filter("is_made")), known_after())


def player_periods(played: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``player_periods``: those of every period of a game that a player played in.

    Args:
        played: the box score's lines with their arcs on the floor.
    """
    counted = (
        pieces(played)
        .group_by("line", "period")
        .agg(seconds=(pl.col("came_at") - pl.col("left_at")).sum())
    )
    last = pl.when("overtime").then(5).otherwise(4)
    every = played.with_columns(period=pl.int_ranges(1, last + 1, dtype=pl.Int32)).explode("period")
    rows = every.join(counted, on=["line", "period"], how="left").with_columns(
        pl.col("seconds").fill_null(0), namesake=pl.lit(1)
    )
    return shaped(PLAYER_PERIODS, rows, known_after())


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
