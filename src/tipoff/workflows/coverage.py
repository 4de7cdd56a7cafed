"""What lines a lake holds: per season or month, source and book."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

import polars as pl

from tipoff.domain.clock import ASSUMED_TIP_OFF_CLOCK, EASTERN, RECORDED
from tipoff.domain.market import market_named
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, read, scan
from tipoff.tables.raw import GAMES, MARKS, PROP_QUOTES

By = Literal["season", "month"]

_COLUMNS = [
    "season", "game_date", "game_id", "name_key", "source", "book", "market",
    "over_price", "under_price", "observed_at", "observed_basis", "is_deleted", *MARKS,
]  # fmt: skip


def coverage(
    lake: Lake,
    market: str = "points",
    by: By = "season",
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> Mapping[str, Any]:
    """Count what lines the lake holds on one market.

    Args:
        lake: the lake.
        market: name or spelling of a market.
        by: one row per season, or per season and month of the game date.
        lead_minutes: minutes before tip-off by which a usable quote must be known.

    Returns:
        ``rows``: one per season (and month), source and book, with ``game_dates``, ``games`` and
        ``player_games`` that have a line; and how many of the player-games have a quote that is
        ``priced`` on both sides, has a ``known_time`` (recorded, not assumed), and is ``usable``:
        no mark, both prices unless the source gives none at all, known before tip-off minus
        the lead. Stale rows count nowhere: they are about a game of another day.
    """
    known = market_named(market).name
    quotes = (
        scan(lake, PROP_QUOTES)
        .filter(pl.col("market") == known)
        .select(_COLUMNS)
        .collect()
        .filter(~pl.col("is_deleted") & ~pl.col("is_stale"))
    )
    games = merged_games(read(lake, GAMES)).select("game_id", "tip_off_at")
    return {"market": known, "by": by, "rows": summarise(quotes, games, by, lead_minutes)}


def summarise(
    quotes: pl.DataFrame, games: pl.DataFrame, by: By, lead_minutes: int
) -> list[dict[str, Any]]:
    """Summarise quotes that are not stale; ``games`` gives ``tip_off_at`` per ``game_id``."""
    month = pl.col("game_date").dt.strftime("%Y-%m") if by == "month" else pl.lit(None, pl.String)
    group = ["season", "month", "source", "book", "market"]
    player_game = ["game_id", "name_key"]
    timed = quotes.join(games, on="game_id", how="left").with_columns(
        month=month, _before=_known_in_time(lead_minutes), _two=_two_sided()
    )
    one_price = pl.col("over_price").is_not_null() | pl.col("under_price").is_not_null()
    judged = timed.with_columns(_sold=one_price.any().over("source")).with_columns(
        _usable=~pl.any_horizontal(MARKS) & (pl.col("_two") | ~pl.col("_sold")) & pl.col("_before")
    )
    each = judged.group_by([*group, "game_date", *player_game]).agg(
        priced=pl.col("_two").any(),
        known_time=(pl.col("observed_basis") == RECORDED).any(),
        usable=pl.col("_usable").any(),
    )
    rows = each.group_by(group).agg(
        game_dates=pl.col("game_date").n_unique(),
        games=pl.col("game_id").n_unique(),
        player_games=pl.len(),
        priced=pl.col("priced").sum(),
        known_time=pl.col("known_time").sum(),
        usable=pl.col("usable").sum(),
    )
    return rows.sort(group).to_dicts()


def _two_sided() -> pl.Expr:
    return pl.col("over_price").is_not_null() & pl.col("under_price").is_not_null()


def _known_in_time(lead_minutes: int) -> pl.Expr:
    """Known by the decision instant; a game without a stated tip-off starts at 19:00 Eastern."""
    assumed = (
        (
            pl.col("game_date").cast(pl.Datetime("us"))
            + pl.duration(hours=ASSUMED_TIP_OFF_CLOCK.hour)
        )
        .dt.replace_time_zone(EASTERN.key)
        .dt.convert_time_zone("UTC")
    )
    start = pl.coalesce("tip_off_at", assumed)
    return pl.col("observed_at") <= start - timedelta(minutes=lead_minutes)
