"""What all parsers of schedules, box scores and shots share: games, sides, counts, the clocks."""

from collections.abc import Mapping, Sequence

import polars as pl

from tipoff.domain.clock import ASSUMED, ASSUMED_TIP_OFF_CLOCK, BOX_SCORE_DELAY, SCHEDULE_CLOCK
from tipoff.sources.format import Parsed
from tipoff.sources.line_rows import DUPLICATE, eastern_clock, refuse, season_expr, team, with_games
from tipoff.tables.raw import GAMES
from tipoff.tables.table import UTC_MOMENT, Table

NO_DATE = "no date of the game"
NO_TEAM = "a team that is no NBA team"
NO_PLAYER = "no player's name"
POINTS_DO_NOT_ADD_UP = "points are not 2 x field goals + threes + free throws"
CONFLICT = "another row of the file is about the same thing and says otherwise"

# The third digit of the NBA's game id tells the kind of game.
_KIND_OF_ID = {
    "001": "preseason",
    "002": "regular",
    "003": "all_star",
    "004": "playoffs",
    "005": "play_in",
    "006": "cup_final",
}
_KIND_OF_NAME = {
    "regular season": "regular",
    "regular": "regular",
    "playoffs": "playoffs",
    "post season": "playoffs",
    "play-in": "play_in",
    "play_in": "play_in",
    "playin": "play_in",
    "pre season": "preseason",
    "preseason": "preseason",
    "all star": "all_star",
    "all_star": "all_star",
}


def nba_id(column: str) -> pl.Expr:
    """Return the NBA's ten-digit game id; null where the text is another provider's id."""
    text = pl.col(column).cast(pl.String).str.strip_chars().str.zfill(10)
    return pl.when(text.str.contains(r"^00[1-6]\d{7}$")).then(text)


def kind_of_id(id_column: str) -> pl.Expr:
    """Return the season type that an NBA game id tells."""
    digits = pl.col(id_column).str.slice(0, 3)
    return digits.replace_strict(_KIND_OF_ID, default=None, return_dtype=pl.String)


def kind_of_name(column: str) -> pl.Expr:
    """Return the season type of a provider's word for it."""
    word = pl.col(column).cast(pl.String).str.strip_chars().str.to_lowercase()
    return word.replace_strict(_KIND_OF_NAME, default=None, return_dtype=pl.String)


def count(column: str) -> pl.Expr:
    """Return a column of counts as whole numbers; what is no number is null."""
    text = pl.col(column).cast(pl.String).str.strip_chars()
    return text.cast(pl.Float64, strict=False).round().cast(pl.Int32, strict=False)


def sides(own: pl.Expr, other: pl.Expr, is_home: pl.Expr) -> dict[str, pl.Expr]:
    """Return ``team, opponent, is_home, home_team, away_team`` from the row's own point of view."""
    return {
        "team": own,
        "opponent": other,
        "is_home": is_home,
        "home_team": pl.when(is_home).then(own).otherwise(other),
        "away_team": pl.when(is_home).then(other).otherwise(own),
    }


def matchup_sides(own: pl.Expr, column: str) -> dict[str, pl.Expr]:
    """Return the sides of a row from "AAA vs. BBB" (AAA at home) or "AAA @ BBB".

    Usually AAA is the row's own team, but some files write a game one way for both teams.
    """
    first, second = (
        team(pl.col(column).str.extract(r"^\s*(\S+)\s+(?:@|vs\.?)\s+(\S+)\s*$", part))
        for part in (1, 2)
    )
    away_first = pl.col(column).str.contains("@", literal=True)
    home = pl.when(away_first).then(second).otherwise(first)
    other = pl.when(own == first).then(second).when(own == second).then(first)
    return sides(own, other, own == home)


def in_game(rows: pl.DataFrame, games: pl.DataFrame, *, within_days: int = 0) -> pl.DataFrame:
    """Add ``game_id, season, tip_off_at`` to rows with ``game_date, home_team, away_team``.

    Where the known game has the sides the other way round, the known game is right.

    Args:
        within_days: how far a stated date may be from the game's, for layouts that state the
            date of another time zone.
    """
    stated = rows.rename({"game_date": "stated_date"}).with_columns(is_stale=pl.lit(value=False))
    placed = with_games(stated, games, within_days=within_days).drop("stated_date", "is_stale")
    if "is_home" not in placed.columns:
        return placed
    return placed.with_columns(is_home=pl.col("is_home") != pl.col("is_turned"))


def known_after_game() -> pl.Expr:
    """When a box score or shot is taken to be known (domain.clock.assumed_box_score_known)."""
    evening = eastern_clock("game_date", ASSUMED_TIP_OFF_CLOCK.hour)
    return pl.coalesce("tip_off_at", evening).cast(UTC_MOMENT) + BOX_SCORE_DELAY


def known_before_game() -> pl.Expr:
    """When a game is taken to be known of (domain.clock.assumed_schedule_known)."""
    return eastern_clock("game_date", SCHEDULE_CLOCK.hour - 24).cast(UTC_MOMENT)


def parsed(
    table: Table,
    rows: pl.DataFrame,
    source: str,
    known_at: pl.Expr,
    rejected: Mapping[str, int],
    basis: pl.Expr | None = None,
) -> Parsed:
    """Return rows in the table's columns, each thing once; columns not stated are null.

    Args:
        known_at: when a row is taken to be known.
        rejected: counts of rows refused so far.
        basis: whether that was recorded; assumed by default, for files state no time.
    """
    complete = rows.with_columns(
        source=pl.lit(source),
        observed_at=known_at,
        observed_basis=pl.lit(ASSUMED) if basis is None else basis,
        is_deleted="is_deleted" if "is_deleted" in rows.columns else pl.lit(value=False),
        row_hash=pl.lit(0, pl.Int64),
    )
    shaped = complete.select(
        (pl.col(name) if name in complete.columns else pl.lit(None, dtype)).cast(dtype).alias(name)
        for name, dtype in table.columns.items()
    )
    frame, repeated = once(shaped, table.key)
    counts = dict(rejected)
    for reason, number in repeated.items():
        counts[reason] = counts.get(reason, 0) + number
    return Parsed(table, frame, counts)


def once(rows: pl.DataFrame, key: Sequence[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Keep one row per key, the first in order of all values; count what was left out."""
    distinct = rows.unique()
    kept = distinct.sort(rows.columns, nulls_last=True).unique(
        key, keep="first", maintain_order=True
    )
    left_out = {DUPLICATE: rows.height - distinct.height, CONFLICT: distinct.height - kept.height}
    return kept.sort(key), {reason: n for reason, n in left_out.items() if n}


def stated_games(rows: pl.DataFrame, source: str) -> Parsed:
    """Return the games that rows of another table name, so that a lake needs no schedule.

    Args:
        rows: ``game_id, game_date, season, season_type, home_team, away_team`` and, where
            known, ``nba_game_id``.
    """
    columns = [
        c
        for c in ("game_id", "game_date", "season", "season_type", "home_team", "away_team")
        if c in rows.columns
    ]
    ids = pl.col("nba_game_id") if "nba_game_id" in rows.columns else pl.lit(None, pl.String)
    games = rows.group_by(columns).agg(ids.min().alias("nba_game_id"))
    return parsed(GAMES, games, source, known_before_game(), {})


def refuse_unplaced(
    rows: pl.DataFrame, others: Mapping[str, pl.Expr] | None = None
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Refuse rows without a date or with a team that is no NBA team, and for other reasons."""
    teams = pl.any_horizontal(pl.col("home_team", "away_team").is_null())
    reasons = {NO_DATE: pl.col("game_date").is_null(), NO_TEAM: teams, **(others or {})}
    return refuse(rows, reasons)


def season_of_row() -> pl.Expr:
    """Return the season of ``game_date``."""
    return season_expr("game_date")
