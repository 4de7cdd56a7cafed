"""The games that a provider of odds lists, with when they are to start."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from tipoff.domain.clock import RECORDED
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.game_rows import (
    in_game,
    kind_of_name,
    known_before_game,
    parsed,
    refuse_unplaced,
)
from tipoff.sources.line_rows import eastern_day, team
from tipoff.tables.raw import GAMES
from tipoff.tables.table import UTC_MOMENT

STATED: dict[str, pl.DataType] = {
    "event_id": pl.String(),
    "home": pl.String(),
    "away": pl.String(),
    "commence_at": UTC_MOMENT,
    "season_type": pl.String(),
}
ONE_TEAM = "a team that plays itself"


def event_games(
    stated: pl.DataFrame,
    reference: Reference,
    source: str,
    known_at: datetime | None,
    already_refused: Mapping[str, int],
) -> Parsed:
    """Return the games of a list of events, once each.

    Args:
        stated: one row per event, with the columns of ``STATED``.
        reference: the known games; where they have the sides the other way round they are right.
        source: name of the layout.
        known_at: when the list was true; where null, a schedule's assumed time.
        already_refused: counts of events that the parser refused before.
    """
    rows, rejected = _placed(stated, reference)
    found = parsed(GAMES, rows, source, known_before_game(), rejected)
    frame = found.frame
    if known_at is not None:
        frame = frame.with_columns(
            observed_at=pl.lit(known_at, UTC_MOMENT), observed_basis=pl.lit(RECORDED)
        )
    counts = dict(already_refused)
    for reason, number in found.rejected.items():
        counts[reason] = counts.get(reason, 0) + number
    return Parsed(GAMES, frame, counts)


def events_with_games(stated: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Return ``event_id, commence_at, game_id`` and the teams of events, for plans to ask by."""
    rows, _ = _placed(stated, reference)
    columns = ["event_id", "commence_at", "game_id", "home_team", "away_team"]
    return rows.drop_nulls("event_id").select(columns).unique().sort(columns)


def _placed(stated: pl.DataFrame, reference: Reference) -> tuple[pl.DataFrame, dict[str, int]]:
    rows = stated.with_columns(
        home_team=team("home"),
        away_team=team("away"),
        game_date=eastern_day("commence_at"),
        season_type=kind_of_name("season_type"),
    )
    own = pl.col("home_team") == pl.col("away_team")
    known, rejected = refuse_unplaced(rows, {ONE_TEAM: own})
    placed = in_game(known, reference.games)
    return placed.with_columns(tip_off_at="commence_at"), rejected
