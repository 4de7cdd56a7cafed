"""A season's arrays as one table of player-games, and the columns that all raw tables share."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from tipoff.domain.clock import RECORDED
from tipoff.domain.teams import TEAM_CODES
from tipoff.sources.league.play import Season
from tipoff.sources.league.schedule import Schedule
from tipoff.sources.league.settings import SOURCE
from tipoff.tables.table import UTC_MOMENT, Table

BOX_DELAY = timedelta(hours=2, minutes=30)
OVERTIME = timedelta(minutes=20)


def sheet(plan: Schedule, season: Season, identities: pl.DataFrame) -> pl.DataFrame:
    """Return one row per place in a roster and game, whether he plays or not.

    Args:
        plan: the schedule.
        season: what happened.
        identities: ``number, player_id, player_name, name_key`` of every player.
    """
    teams, places, games = season.player.shape
    codes = np.array(TEAM_CODES)
    team = np.broadcast_to(np.arange(teams)[:, None, None], season.player.shape)
    game = np.broadcast_to(plan.of_team[:, None, :], season.player.shape)
    place = np.broadcast_to(np.arange(places)[None, :, None], season.player.shape)
    opponent = np.broadcast_to(season.opponent[:, None, :], season.player.shape)
    is_home = np.broadcast_to(season.is_home[:, None, :], season.player.shape)
    present = np.cumsum(season.seconds > 0, axis=1)
    rows = pl.DataFrame(
        {
            "game": game.ravel(),
            "place": place.ravel(),
            "number": season.player.ravel(),
            "team": codes[team.ravel()],
            "opponent": codes[opponent.ravel()],
            "is_home": is_home.ravel(),
            "is_out": season.is_out.ravel(),
            "is_sudden": season.is_sudden.ravel(),
            "is_doubtful": season.is_doubtful.ravel(),
            "expected": season.expected.ravel(),
            "expected_early": season.expected_early.ravel(),
            "deviation": season.deviation.ravel(),
            "believed": season.believed.final.ravel(),
            "believed_early": season.believed.early.ravel(),
            "in_segment": season.believed.in_segment.ravel(),
            **{
                f"{name}_early": season.early_counts[..., i].ravel()
                for i, name in enumerate(("rebounds", "assists", "threes"))
            },
            "seconds_played": season.seconds.ravel(),
            "is_starter": ((present <= 5) & (season.seconds > 0)).ravel(),
            "points": season.points().ravel(),
            "overtime": season.overtime[game.ravel()],
            "line": np.arange(teams * places * games),
        }
    )
    return rows.join(
        plan.games.with_row_index("game").with_columns(pl.col("game").cast(pl.Int64)), on="game"
    ).join(identities, on="number")


def shaped(table: Table, rows: pl.DataFrame, observed_at: pl.Expr) -> pl.DataFrame:
    """Return rows in a raw table's columns; columns not stated are null."""
    complete = rows.with_columns(
        source=pl.lit(SOURCE),
        observed_at=observed_at.cast(UTC_MOMENT),
        observed_basis=pl.lit(RECORDED),
        is_deleted=pl.lit(value=False),
        row_hash=pl.lit(0, pl.Int64),
        season_type=pl.lit("regular"),
    )
    frame = complete.select(
        (pl.col(name) if name in complete.columns else pl.lit(None, dtype)).cast(dtype).alias(name)
        for name, dtype in table.columns.items()
    )
    return frame.sort(table.key)


def known_after() -> pl.Expr:
    """When a box score is published."""
    return (
        pl.col("tip_off_at") + BOX_DELAY + pl.when("overtime").then(OVERTIME).otherwise(timedelta())
    )


def published(year: int) -> datetime:
    """When a season's schedule is published: mid-August."""
    return datetime.fromisoformat(f"{year}-08-15T16:00:00+00:00")
