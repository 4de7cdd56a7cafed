"""Halts: while one is on, nothing is picked, and whoever reads the picks is told why."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from tipoff.errors import not_among
from tipoff.store.lake import Lake, appended_on_top, scan
from tipoff.tables.watch import HALTS

MANUAL = "manual"
REASONS = (MANUAL, "blocked", "stale", "failed checks", "off season")
ALL = "all"


def active_halts(lake: Lake, market: str | None = None) -> list[dict[str, Any]]:
    """Return the halts that are on, the oldest first: rows of ``halts``.

    Args:
        lake: the lake.
        market: those of one market and of all of them; every market's where None.
    """
    rows = scan(lake, HALTS).sort("number").collect()
    newest = rows.unique(["market", "reason"], keep="last", maintain_order=True)
    return [
        row
        for row in newest.filter("is_on").to_dicts()
        if market is None or row["market"] in (market, ALL)
    ]


def halted_by(lake: Lake, market: str) -> str | None:
    """Return why a market's picks are halted; None where they are not."""
    found = active_halts(lake, market)
    return "; ".join(f"{row['reason']}: {row['sentence']}" for row in found) or None


def set_halt(
    lake: Lake,
    market: str,
    reason: str,
    *,
    is_on: bool,
    by: str,
    sentence: str,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Halt picks or let them go on; an event that changes nothing is not written.

    Args:
        lake: the lake.
        market: a market's name, or ``all``.
        reason: one of ``REASONS``; each is lifted by itself.
        is_on: halt, or lift the halt.
        by: who does it.
        sentence: why, in words.
        now: when; the current time by default.

    Returns:
        ``market, reason, is_on`` and ``changed``.

    Raises:
        InputError: the reason is unknown.
    """
    if reason not in REASONS:
        raise not_among("a reason", REASONS, reason)
    told = {"market": market, "reason": reason, "is_on": is_on}

    def decided(stored: pl.LazyFrame) -> tuple[pl.DataFrame, bool]:
        rows = stored.sort("number").collect()
        own = rows.filter(pl.col("market") == market, pl.col("reason") == reason)
        was_on = bool(own["is_on"][-1]) if own.height else False
        if was_on == is_on:
            return HALTS.empty(), False
        number = int(rows["number"][-1]) + 1 if rows.height else 1
        row = {**told, "number": number, "by": by, "sentence": sentence}
        row["at"] = now or datetime.now(UTC)
        return pl.DataFrame([row], schema=HALTS.columns), True

    return {**told, "changed": appended_on_top(lake, HALTS, decided)}
