"""Mapped rows of games, box scores, shots and availability: identity, clocks, schema, refusals."""

import polars as pl

from tipoff.domain.clock import ASSUMED, BOX_SCORE_DELAY, RECORDED, SCHEDULE_CLOCK
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.line_rows import (
    NO_GAME,
    daily_known,
    eastern_clock,
    refuse,
    start,
    with_games,
    with_name_key,
)
from tipoff.sources.mapped_games import NO_TEAM_GAME
from tipoff.sources.mapping_spec import FileMapping
from tipoff.tables.raw import GAMES, RAW_TABLES
from tipoff.tables.table import UTC_MOMENT, Table

_SHOT_ORDER = ["period", "_late", "team", "name_key", "x_feet", "y_feet", "is_three", "is_made"]


def mapped_rows(spec: FileMapping, rows: pl.DataFrame, reference: Reference) -> list[Parsed]:
    """Return the rows of a table that is not about lines, and the games that box rows state.

    Args:
        spec: the mapping.
        rows: typed target columns with teams (``mapped_games.with_teams``).
        reference: the known games.
    """
    table = RAW_TABLES[spec.table]
    rows, rejected = refuse(rows, _unreadable(spec))
    placed = with_games(_with_start(rows), reference.games, within_days=0)
    if "is_home" in placed.columns:
        placed = placed.with_columns(is_home=pl.col("is_home") != pl.col("is_turned"))
    if table is not GAMES and "tip_off_at" in rows.columns:
        placed = placed.with_columns(tip_off_at=pl.coalesce("tip_off_at", "commence_at"))
    placed, no_game = refuse(placed, {NO_GAME: _unknown_game(spec)})
    known = _with_clock(spec, placed)
    if "name_key" in table.columns:
        known = with_name_key(known)
    if spec.table == "shots":
        known = _with_shot_number(known)
    parsed = _checked(table, known, spec.source)
    counts = {**rejected, **no_game, **parsed.rejected}
    stated = [Parsed(table, parsed.frame, counts)]
    return [*stated, _games(known, spec.source)] if spec.table.endswith("_boxes") else stated


def _unreadable(spec: FileMapping) -> dict[str, pl.Expr]:
    no_teams = pl.any_horizontal(pl.col("home_team", "away_team").is_null())
    reasons = {
        NO_TEAM_GAME: pl.col("by_team_alone") & no_teams,
        "a team that is no NBA team": no_teams,
        "no date of the game": pl.col("game_date").is_null(),
    }
    if spec.table in ("player_boxes", "team_boxes", "shots", "availability"):
        reasons["no team"] = pl.col("team").is_null()
    return reasons


def _with_start(rows: pl.DataFrame) -> pl.DataFrame:
    """A start that the row itself states stands beside the schedule's."""
    stated = pl.col("tip_off_at") if "tip_off_at" in rows.columns else pl.lit(None, UTC_MOMENT)
    return (
        rows.with_columns(commence_at=stated.cast(UTC_MOMENT), is_stale=pl.lit(value=False))
        .drop("tip_off_at", strict=False)
        .rename({"game_date": "stated_date"})
    )


def _unknown_game(spec: FileMapping) -> pl.Expr:
    """Schedules and box scores tell of games themselves; other rows need a known one."""
    if spec.table in ("games", "player_boxes", "team_boxes"):
        return pl.lit(value=False)
    return ~pl.col("is_known_game") & pl.col("is_known_season")


def _with_clock(spec: FileMapping, rows: pl.DataFrame) -> pl.DataFrame:
    """Say when a row was known.

    As stated; else a schedule row at noon of the day before, a box score and a shot four hours
    after tip-off, a report like an untimed daily line.
    """
    assumed = start() + BOX_SCORE_DELAY
    if spec.table == "games":
        assumed = eastern_clock("game_date", SCHEDULE_CLOCK.hour - 24)
    elif spec.table == "availability":
        assumed = daily_known()
    if "file_date" not in rows.columns:
        rows = rows.with_columns(file_date=pl.lit(None, pl.Date))
    stated = pl.col("observed_at") if "observed_at" in rows.columns else pl.lit(None, UTC_MOMENT)
    return rows.with_columns(
        observed_at=pl.coalesce(stated.cast(UTC_MOMENT), assumed).cast(UTC_MOMENT),
        observed_basis=pl.when(stated.is_not_null())
        .then(pl.lit(RECORDED))
        .otherwise(pl.lit(ASSUMED)),
        tip_off_at=pl.col("commence_at") if spec.table == "games" else pl.col("tip_off_at"),
    )


def _with_shot_number(rows: pl.DataFrame) -> pl.DataFrame:
    """Number a game's shots in the order of (period, clock, team, player, place)."""
    columns = [c for c in _SHOT_ORDER if c in rows.columns or c == "_late"]
    ordered = rows.with_columns(_late=-pl.col("seconds_left")).sort(["game_id", *columns])
    return ordered.with_columns(
        shot_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("game_id")
    ).drop("_late")


def _checked(table: Table, rows: pl.DataFrame, source: str) -> Parsed:
    """Bring rows to the table's columns; rows that break its rules are refused, by rule."""
    complete = rows.with_columns(
        source=pl.lit(source), is_deleted=pl.lit(value=False), row_hash=pl.lit(0, pl.Int64)
    )
    frame = (
        complete.select(
            pl.col(name).cast(dtype)
            if name in complete.columns
            else pl.lit(None, dtype).alias(name)
            for name, dtype in table.columns.items()
        )
        .unique()
        .sort(table.key)
    )
    good, failure = table.schema.filter(frame)
    broken = {f"breaks the rule {rule}": n for rule, n in sorted(failure.counts().items())}
    return Parsed(table, pl.DataFrame(good), broken)


def _games(rows: pl.DataFrame, source: str) -> Parsed:
    """The games that box rows state; known as early as a schedule is taken to be."""
    known = rows.with_columns(
        tip_off_at="commence_at",
        observed_at=eastern_clock("game_date", SCHEDULE_CLOCK.hour - 24).cast(UTC_MOMENT),
        observed_basis=pl.lit(ASSUMED),
    )
    columns = [c for c in GAMES.columns if c in known.columns]
    once = known.select(columns).sort(columns).unique("game_id", keep="first", maintain_order=True)
    return _checked(GAMES, once, source)
