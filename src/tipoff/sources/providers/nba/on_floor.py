"""What the NBA's play by play tells of who was on the floor, as rows of ``player_periods``."""

import polars as pl

from tipoff.sources.format import Parsed, Reference
from tipoff.sources.game_rows import count, kind_of_id, parsed
from tipoff.sources.line_rows import team, with_name_key
from tipoff.sources.on_floor import (
    NO_FIVE,
    from_substitutions,
    in_every_period,
    numbered,
    period_length,
)
from tipoff.sources.providers.nba.fields import lawful, player_id
from tipoff.tables.raw import PLAYER_PERIODS

CLOCK = r"^PT(\d{1,2})M(\d{1,2})(?:\.\d+)?S$"
# What is done on the floor. A technical foul may be called on the bench.
_DONE = ("2pt", "3pt", "freethrow", "rebound", "turnover", "steal", "block", "foul", "jumpball")
_STEPS = {"in": 1, "out": -1}


def seconds_left(column: str) -> pl.Expr:
    """Return whole seconds of "PT05M48.00S"; null for anything else."""
    minutes, seconds = (pl.col(column).str.extract(CLOCK, part) for part in (1, 2))
    return minutes.cast(pl.Int32, strict=False) * 60 + seconds.cast(pl.Int32, strict=False)


def player_periods(
    rows: pl.DataFrame,
    game: pl.DataFrame,
    reference: Reference,
    source: str,
    clock: dict[str, pl.Expr],
) -> Parsed:
    """Return how long each player was on the floor in every period that can be told.

    Args:
        rows: all actions of a game that is over, as text.
        game: the known game: one row with ``nba_game_id`` and the game's columns.
        reference: whose box scores tell who was there without doing anything.
        source, clock: of the rows.
    """
    told = _told(rows, game)
    boxes = reference.boxes.filter(pl.col("game_id") == game["game_id"][0])
    found, refused = from_substitutions(
        told.drop("name"), boxes.select("game_id", "seconds_played", person="player_id")
    )
    # Somebody who only passed is named by those who scored.
    names = told.drop_nulls("name").sort("place").unique(["team", "person"], keep="first")
    named = in_every_period(found).join(
        names.select("team", "person", "name"), on=["team", "person"]
    )
    is_home = pl.col("team") == pl.col("home_team")
    complete = with_name_key(named.with_columns(player_name="name", player_id="person")).join(
        game, on="game_id"
    )
    return lawful(
        parsed(
            PLAYER_PERIODS,
            numbered(complete).with_columns(
                opponent=pl.when(is_home).then("away_team").otherwise("home_team"),
                season_type=kind_of_id("nba_game_id"),
            ),
            source,
            rejected={NO_FIVE: refused} if refused else {},
            **clock,
        )
    )


def _told(rows: pl.DataFrame, game: pl.DataFrame) -> pl.DataFrame:
    """Return who came on, went off or did something on the floor, in order."""
    order = rows["order"].cast(pl.Int64, strict=False)
    whole = rows.with_columns(
        place=order if order.null_count() == 0 else pl.int_range(pl.len(), dtype=pl.Int64),
        period=count("period_stated"),
        seconds_left=seconds_left("clock"),
        own=team("team_stated"),
        initial_name=pl.col("initial_name").str.strip_chars(),
        game_id=pl.lit(game["game_id"][0]),
    )
    sides = game["home_team"][0], game["away_team"][0]
    other = pl.col("own").replace(dict(zip(sides, sides[::-1], strict=True)))
    kind = pl.col("kind")
    is_done = kind.is_in(_DONE) & (pl.col("sub_kind").fill_null("") != "technical")
    done = whole.filter(is_done.fill_null(value=False))
    swaps = whole.filter(kind == "substitution").with_columns(
        step=pl.col("sub_kind").replace_strict(_STEPS, default=None, return_dtype=pl.Int32)
    )
    nothing = pl.lit(None, pl.String)
    parts = [
        _part(swaps, "own", "person", pl.col("initial_name"), pl.col("step")),
        _part(done, "own", "person", pl.col("initial_name"), pl.lit(0)),
        _part(done, "own", "assist_person", pl.col("assist_name").str.strip_chars(), pl.lit(0)),
        _part(done.with_columns(own=other), "own", "drawn_person", nothing, pl.lit(0)),
    ]
    told = pl.concat(parts).filter(pl.col("team").is_in(sides))
    inside = pl.col("seconds_left").is_between(0, period_length(pl.col("period")))
    return told.drop_nulls(["person", "period", "seconds_left", "step"]).filter(inside)


def _part(rows: pl.DataFrame, own: str, person: str, name: pl.Expr, step: pl.Expr) -> pl.DataFrame:
    return rows.select(
        "game_id",
        "period",
        "seconds_left",
        "place",
        team=own,
        person=player_id(person),
        name=pl.when(name != "").then(name),
        step=step.cast(pl.Int32),
    )
