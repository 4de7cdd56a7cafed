"""Halts of picks: which are on, and which picks they keep back.

A pick is kept back where its market was halted from when it was made until its tip-off, or until
now. A halt that came later leaves a pick that was published where it is, marked.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

ALL_MARKETS = "all"
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def active(halts: pl.DataFrame, at: datetime | None = None) -> pl.DataFrame:
    """Return the halts that are on: the newest event of each market and reason, if it is on.

    Args:
        halts: rows of ``halts``.
        at: a moment of the past; None for now, where every event counts, also one that a clock
            set ahead has dated later.
    """
    known = halts if at is None else halts.filter(pl.col("at") <= at)
    newest = known.sort("number").unique(["market", "reason"], keep="last")
    return newest.filter("is_on").sort("market", "reason")


def of_market(halts: pl.DataFrame, market: str) -> pl.DataFrame:
    """Return those of some halts that halt a market."""
    return halts.filter(pl.col("market").is_in([market, ALL_MARKETS]))


def words(halts: pl.DataFrame) -> str:
    """Say why picks are halted, each reason with its sentence."""
    return " ".join(
        f"Halted ({reason}): {sentence}"
        for reason, sentence in halts.select("reason", "sentence").iter_rows()
    )


def spans(halts: pl.DataFrame, markets: Sequence[str]) -> pl.DataFrame:
    """Return when each market was halted, whatever the reason.

    Args:
        halts: rows of ``halts``.
        markets: the markets of interest; a halt of all markets is one of each.

    Returns:
        ``market, start, end, why`` (the reason that began it), no two of a market overlapping;
        ``end`` is of the far future where the halt is still on.
    """
    each = pl.DataFrame({"market": list(markets)}, schema={"market": pl.String})
    group = ["market", "reason"]
    events = halts.sort("number").with_columns(_was_on=pl.col("is_on").shift(1).over(group))
    # An event that says the same again begins nothing, and ends nothing.
    changes = events.filter(pl.col("is_on").ne_missing(pl.col("_was_on").fill_null(value=False)))
    on = (
        changes.with_columns(end=pl.col("at").shift(-1).over(group).fill_null(_NEVER))
        .filter("is_on")
        .select("market", "end", start="at", why="reason")
    )
    everywhere = on.filter(market=ALL_MARKETS).drop("market").join(each, how="cross")
    single = pl.concat([on.select(everywhere.columns), everywhere]).join(
        each, on="market", how="semi"
    )
    return _merged(single.sort("market", "start", "end", "why"))


def _merged(on: pl.DataFrame) -> pl.DataFrame:
    before = pl.col("end").cum_max().shift(1).over("market")
    begins = (pl.col("start") > before).fill_null(value=True)
    return (
        on.with_columns(_span=begins.cum_sum().over("market"))
        .group_by("market", "_span", maintain_order=True)
        .agg(pl.col("start").min(), pl.col("end").max(), pl.col("why").first())
        .select("market", "start", "end", "why")
        .sort("market", "start")
    )


def marked(rows: pl.DataFrame, halts: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Say of each row whether a halt keeps its pick back, and which halt came by its tip-off.

    Args:
        rows: ``market, made_at, tip_off_at``.
        halts: rows of ``halts``.
        now: the present moment.

    Returns:
        The rows in their order with ``is_kept_back`` (halted from ``made_at`` on until its
        tip-off or until now) and ``halt`` (the reason of a halt that was on then; null else).
    """
    on = spans(halts, rows["market"].unique().to_list())
    last = pl.min_horizontal(pl.lit(now), pl.col("tip_off_at"))
    timed = rows.with_row_index("_row").with_columns(_last=last)
    at_end = _covering(timed, on, "_last", "_end_start", "halt")
    at_begin = _covering(timed, on, "made_at", "_begin_start", "_why")
    found = timed.join(at_end, on="_row", how="left").join(at_begin, on="_row", how="left")
    # One and the same span covers both, so no moment between was free.
    same = pl.col("_begin_start") == pl.col("_end_start")
    return (
        found.with_columns(is_kept_back=same.fill_null(value=False))
        .sort("_row")
        .drop("_row", "_last", "_end_start", "_begin_start", "_why")
    )


def _covering(
    rows: pl.DataFrame, on: pl.DataFrame, moment: str, start: str, why: str
) -> pl.DataFrame:
    """The span that covers a moment of each row, by its start; only rows that have one."""
    ordered = rows.select("_row", "market", _moment=moment).sort("_moment")
    spanned = on.with_columns(_start="start").sort("start")
    return (
        ordered.join_asof(
            spanned,
            left_on="_moment",
            right_on="start",
            by="market",
            strategy="backward",
            check_sortedness=False,
        )
        .filter(pl.col("end") > pl.col("_moment"))
        .select("_row", pl.col("_start").alias(start), pl.col("why").alias(why))
    )


def entries(halts: pl.DataFrame) -> list[dict[str, Any]]:
    """Return halts as documents list them."""
    return halts.select("market", "reason", "sentence", "by", "at").to_dicts()
