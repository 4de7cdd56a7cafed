"""Audit every quote that the lake holds on a market."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import polars as pl

from tipoff.backtest.line_audit import audit_summary, audited
from tipoff.domain.market import market_named
from tipoff.errors import InputError
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.games import merged_games, with_canonical_ids
from tipoff.store.lake import Lake, read, scan
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT, counts_at, with_withdrawals
from tipoff.tables.raw import GAMES, PROP_QUOTES


def audit_lines(
    lake: Lake,
    market: str,
    seasons: Sequence[str] = (),
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> dict[str, Any]:
    """Say what share of each book's quotes could not really have been taken, and why.

    Args:
        lake: the lake.
        market: name or spelling of a market.
        seasons: season names; all that have quotes where empty.
        lead_minutes: minutes before tip-off of the decision.

    Returns:
        ``market`` and ``rows``, as of ``audit_summary``: by season, source and book.

    Raises:
        InputError: the lake holds no quotes on the market.
    """
    of = market_named(market)
    quotes = scan(lake, PROP_QUOTES).filter(
        pl.col("market") == of.name, pl.col("player_id").is_not_null()
    )
    held = seasons or sorted(quotes.select("season").unique().collect()["season"].to_list())
    rows = [
        row
        for season in held
        for row in _of_season(lake, quotes.filter(pl.col("season") == season), season, lead_minutes)
    ]
    if not rows:
        raise InputError(
            f"Expected quotes on {of.name} in the lake, found none. 'tipoff lines coverage "
            f"--market {of.name}' shows what there is."
        )
    return {"market": of.name, "lead_minutes": lead_minutes, "rows": rows}


def _of_season(
    lake: Lake, quotes: pl.LazyFrame, season: str, lead_minutes: int
) -> list[dict[str, Any]]:
    stated = read(lake, GAMES, seasons=[season])
    tip_offs = merged_games(stated).select("game_id", "tip_off_at").drop_nulls()
    told = with_withdrawals(quotes.drop("row_hash").collect(), PROP_QUOTES.entity)
    placed = with_canonical_ids(told, stated).join(tip_offs, on="game_id")
    counting = (
        placed.filter(counts_at(pl.col("tip_off_at")))
        .drop(SUPERSEDED_AT)
        .rename({KNOWN_AT: "observed_at"})
        .with_columns(as_of=pl.col("tip_off_at") - timedelta(minutes=lead_minutes))
    )
    if counting.is_empty():
        return []
    return audit_summary(audited(counting, market_named(counting["market"][0])))
