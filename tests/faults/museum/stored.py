"""Scenes that need a lake: rows that older code made, and quotes that come from a file."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import polars as pl

from tipoff.domain.guard import planted
from tipoff.processors.catalogue import PROCESSORS
from tipoff.store.lake import Lake, append, open_lake, read, scan
from tipoff.tables.raw import PROP_QUOTES, SOURCE_TABLES
from tipoff.workflows import plan as plan_module
from tipoff.workflows.backfill import Request, backfill, status
from tipoff.workflows.ingest import ingest_files

_OLD = "0123456789abcdef"
_BUILT_DATES = 6


def lake_of(folder: str, frames: Mapping[str, pl.DataFrame]) -> Lake:
    """A new lake with some raw rows."""
    lake = open_lake(str(Path(folder) / "lake"))
    for name, rows in frames.items():
        append(lake, SOURCE_TABLES[name], rows)
    return lake


def older_rows(frames: Mapping[str, pl.DataFrame]) -> int:
    """Build some dates with older code, then with today's; count what is left of the older."""
    days = frames["games"]["game_date"].unique().sort().to_list()[10 : 10 + _BUILT_DATES]
    request = Request(days[0], days[-1], allow_older_code=True)
    with TemporaryDirectory() as folder:
        lake = lake_of(folder, frames)
        with (
            planted(None),
            mock.patch.object(plan_module, "code_fingerprint", return_value=_OLD),
        ):
            backfill(lake, Request(days[0], days[_BUILT_DATES // 2]), lambda *_: None)
        backfill(lake, request, lambda *_: None)
        with planted(None):
            told = status(lake, days[0], days[-1])
        rows = 0
        stale = {own["name"] for own in told["processors"] if own["stale"]}
        for processor in PROCESSORS:
            if processor.name in stale:
                rows += scan(lake, processor.table).select(pl.len()).collect().item()
        return rows


def dates_of_files(frames: Mapping[str, pl.DataFrame]) -> tuple[int, int]:
    """Read one book's late quotes from a file with times in UTC, before any schedule is there.

    Returns:
        How many were refused, and how many were laid to another game than they are about.
    """
    quotes = frames["prop_quotes"].filter(
        pl.col("book") == "draftkings", ~pl.any_horizontal("is_alternate", "is_after_tip_off")
    )
    last = (
        quotes.sort("observed_at")
        .unique(["game_id", "player_id"], keep="last")
        .join(
            frames["games"].select("game_id", "home_team", "away_team", "tip_off_at"), on="game_id"
        )
    )
    sides = pl.concat(
        last.select(
            "event_id",
            "home_team",
            "away_team",
            "line",
            "market",
            commence_time=_text("tip_off_at"),
            bookmaker="book",
            market_last_update=_text("observed_at"),
            player="player_name",
            side=pl.lit(side),
            price=f"{side}_price",
        )
        for side in ("over", "under")
    )
    with TemporaryDirectory() as folder:
        lake = lake_of(folder, {})
        path = Path(folder) / "quotes.csv"
        sides.write_csv(path)
        ingest_files(lake, [path])
        stored = read(lake, PROP_QUOTES)
    found = stored.join(last.select("event_id", _about="game_id").unique(), on="event_id")
    moved = found.filter(pl.col("game_id") != pl.col("_about")).height
    return last.height - found.height, moved


def _text(moment: str) -> pl.Expr:
    return pl.col(moment).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
