"""Rows whose moments can not be: observed after the present, or before what they tell of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from tipoff.tables.raw import RAW_TABLES

AHEAD, EARLY = "observed in the future", "observed before tip-off"
# By source: how many rows, and the first and last moment.
ODD: dict[str, pl.DataType] = {
    "source": pl.String(),
    "rows": pl.Int64(),
    "first_at": pl.Datetime("us", "UTC"),
    "last_at": pl.Datetime("us", "UTC"),
}


def ahead(rows: pl.LazyFrame, clock: datetime) -> pl.LazyFrame:
    """Return by source the rows of a raw table that were observed after the present."""
    return _by_source(rows.filter(pl.col("observed_at") > clock))


def early(rows: pl.LazyFrame, schedule: pl.DataFrame) -> pl.LazyFrame:
    """Return by source the rows that tell of a game and were recorded before it began.

    Args:
        rows: of a table that tells outcomes.
        schedule: the games (``schedule_at``).
    """
    timed = rows.join(schedule.lazy().select("game_id", "tip_off_at"), on="game_id")
    is_early = pl.col("observed_at") < pl.col("tip_off_at")
    return _by_source(timed.filter(is_early, pl.col("observed_basis") == "recorded"))


def _by_source(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.group_by("source").agg(
        rows=pl.len().cast(pl.Int64),
        first_at=pl.col("observed_at").min(),
        last_at=pl.col("observed_at").max(),
    )


def odd_clocks(
    found: Mapping[tuple[str, str], pl.DataFrame], clock: datetime
) -> list[dict[str, Any]]:
    """Name what was found.

    Args:
        found: frames of ``ahead`` and ``early`` by table and kind.
        clock: the present.

    Returns:
        ``table, source, kind, rows, first_at, last_at, sentence``.
    """
    odd = []
    for (table, kind), frame in found.items():
        for row in frame.sort("source").to_dicts():
            about = f"{row['rows']:,} rows of {table} of {row['source']} were {kind}"
            if kind == AHEAD:
                minutes = (row["last_at"] - clock).total_seconds() / 60
                said = f"{about}, by up to {minutes:,.0f} minutes: a clock is wrong; none counts."
            else:
                said = f"{about} of their games, the first at {row['first_at']:%Y-%m-%d %H:%M} UTC."
            odd.append({"table": table, "kind": kind, **row, "sentence": said})
    return odd


OUTCOMES = tuple(table for table in RAW_TABLES.values() if table.is_outcome)
