"""What a download has spent so far, and where the provider's own account stands, by the archive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from tipoff.sources.answer import Request
from tipoff.sources.budget import FREE
from tipoff.store.archive import kept
from tipoff.store.lake import Lake
from tipoff.workflows.fetch_order import Order


@dataclass(frozen=True)
class Stood:
    """How accounts stood when a provider was last asked.

    Attributes:
        spent: credits that the download has spent.
        used: what the provider stated as used in all; None where it never did.
        counted, unsure: what was counted since then, and how much of it by expectation alone.
        left: what the provider stated as left.
    """

    spent: int
    used: int | None
    counted: int
    unsure: int
    left: int | None


def account(lake: Lake, order: Order, wanted: Sequence[Request], now: datetime) -> Stood:
    """Return how the accounts stood after the newest answer that is kept.

    What was spent on answers that are too old by now was spent on another day's download.
    """
    rows = kept(lake, provider=order.provider.name)
    since = {r.key: now - r.good_for if r.good_for is not None else None for r in wanted}
    own = rows.filter(pl.col("plan") == order.name).select("request", "fetched_at", "credits")
    spent = 0
    for key, came, cost in own.iter_rows():
        oldest = since.get(key)
        if key in since and (oldest is None or came > oldest):
            spent += cost
    left = rows["credits_left"].drop_nulls()
    used = _newest_total(rows["credits_used"].drop_nulls())
    counted, unsure = (0, 0) if used is None else _since(rows, used)
    return Stood(spent, used, counted, unsure, int(left[-1]) if len(left) else None)


def _newest_total(totals: Iterable[int]) -> int | None:
    """Return the newest of a provider's running totals, in the order in which they came.

    Answers under way at a time may come in another order than they were counted in: a total that
    is a little less than one before is older. One that is far less is another month's.
    """
    newest: int | None = None
    for total in totals:
        newest = total if newest is None or 2 * total < newest else max(newest, total)
    return newest


def _since(rows: pl.DataFrame, used: int) -> tuple[int, int]:
    """Return what was counted for tries that state no total, and began after the newest came."""
    told_at = rows.filter(pl.col("credits_used") == used)["fetched_at"].max()
    began = pl.col("fetched_at") - pl.duration(microseconds=pl.col("seconds") * 1e6)
    later = rows.filter(pl.col("credits_used").is_null(), began > told_at)
    is_unsure = ~pl.col("verdict").is_in([verdict.value for verdict in FREE])
    return int(later["credits"].sum()), int(later.filter(is_unsure)["credits"].sum())
