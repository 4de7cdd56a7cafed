"""The ledger: what the lake's own committed rows say has been done.

Every derived row carries the fingerprints that it was built from, and a unit of dates is
replaced in one commit, so the rows themselves are the ledger and can not disagree with it. Only
dates without rows (they failed, or nobody could be listed) are noted apart.
"""

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl

from tipoff.store.lake import Lake, log, replace, scan
from tipoff.tables.derived import LEDGER_NOTES, READY
from tipoff.tables.table import Table


def done(lake: Lake, table: Table) -> pl.DataFrame:
    """Return one row per game date that a derived table holds.

    Returns:
        ``game_date``, ``code_fingerprint``, ``input_fingerprint``, ``rows_written``,
        ``rows_explained``; the fingerprints are null where a date mixes several.
    """
    one_code = pl.col("code_fingerprint").n_unique() == 1
    one_input = pl.col("input_fingerprint").n_unique() == 1
    return (
        scan(lake, table)
        .select("game_date", "state", "code_fingerprint", "input_fingerprint")
        .group_by("game_date")
        .agg(
            code_fingerprint=pl.when(one_code).then(pl.col("code_fingerprint").first()),
            input_fingerprint=pl.when(one_input).then(pl.col("input_fingerprint").first()),
            rows_written=(pl.col("state") == READY).sum().cast(pl.Int64),
            rows_explained=(pl.col("state") != READY).sum().cast(pl.Int64),
        )
        .sort("game_date")
        .collect()
    )


def commit(
    lake: Lake, table: Table, rows: pl.DataFrame, season: str, dates: Sequence[date]
) -> None:
    """Replace all rows of some game dates of one season by new ones, in one commit."""
    listed = ", ".join(f"'{day.isoformat()}'" for day in sorted(dates))
    replace(lake, table, rows, f"season = '{season}' AND game_date IN ({listed})")


def note(
    lake: Lake,
    processor: str,
    state: str,
    fingerprints: Sequence[tuple[date, str, str]],
    now: datetime,
    error: str | None = None,
) -> None:
    """Write down dates (with code and input fingerprints) that have no rows, and why."""
    rows = pl.DataFrame(
        {
            "processor": processor,
            "game_date": [day for day, _, _ in fingerprints],
            "noted_at": now,
            "state": state,
            "code_fingerprint": [code for _, code, _ in fingerprints],
            "input_fingerprint": [inputs for _, _, inputs in fingerprints],
            "error": pl.Series([error] * len(fingerprints), dtype=pl.String),
        }
    )
    log(lake, LEDGER_NOTES, rows)


def notes(lake: Lake) -> pl.DataFrame:
    """Return the newest note of each (processor, game date)."""
    return (
        scan(lake, LEDGER_NOTES)
        .sort("noted_at")
        .unique(["processor", "game_date"], keep="last", maintain_order=True)
        .collect()
    )
