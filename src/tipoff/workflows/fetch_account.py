"""What a download has spent so far, and where the provider's own account stands, by the archive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from tipoff.sources.answer import Request
from tipoff.sources.budget import FREE
from tipoff.store.archive import kept
from tipoff.store.lake import Lake
from tipoff.workflows.fetch_order import Order

_FREE = [verdict.value for verdict in FREE]


@dataclass(frozen=True)
class Stood:
    """How accounts stood when a provider was last asked.

    Attributes:
        spent: credits that the download has spent.
        used: what the provider stated as used in all, when it was last asked for one thing alone;
            None where it never was.
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

    What was spent on answers that are too old by now was spent on another day's download. Answers
    that were under way at a time may overtake each other, so only the total of one that was asked
    for alone tells what came before it; a run goes on from there as if it had never ended.
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
    told = rows.filter("is_alone", pl.col("credits_used").is_not_null()).tail(1)
    later = rows.filter(pl.col("fetched_at") > told["fetched_at"].max()) if len(told) else told
    is_unsure = pl.col("credits_used").is_null() & ~pl.col("verdict").is_in(_FREE)
    return Stood(
        spent=spent,
        used=told["credits_used"].item() if len(told) else None,
        counted=int(later["credits"].sum()),
        unsure=int(later.filter(is_unsure)["credits"].sum()),
        left=int(left[-1]) if len(left) else None,
    )
