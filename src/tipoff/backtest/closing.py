"""Closing line value: whether the market went on to say what a pick had said.

The close of a pick is the last quote of the same book on that player-game before tip-off that
takes the same side; closing quotes are known to grading only, never to a model. It must be quoted
*after* the entry: an entry that is itself the last quote has not been seen at the close, and to
count it as unmoved would be a guess. Nor is a close found by an assumed time.

In line points, positive is good:

    over: close - entry        under: entry - close

In probability, all of the entry's side at the *entry's* line and given no push (a push gives the
stake back): the fair probability of the closing market minus that of the entry's own prices.
Where the line has moved, the closing market is read at the entry's line by ``line_moves``. The
``clv_value`` is what one unit at the entry's own price would win on average if the closing market
were right: P(win) x payout - P(loss), pushes weighing nothing.
"""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from tipoff.backtest.fair import USUAL, Method, with_fair
from tipoff.backtest.line_moves import at_other_line
from tipoff.backtest.metrics import interval
from tipoff.backtest.returns import payout
from tipoff.backtest.statistics import mean_interval, share_interval
from tipoff.domain.clock import ASSUMED, RECORDED

NO_SIDE = "no side taken"
ENTRY_ASSUMED = "the entry's time is assumed"
CLOSE_ASSUMED = "the times of later quotes are assumed"
NOT_SEEN = "no quote after the entry"
TOO_EARLY = "the last quote is too long before tip-off"

# A quote that is older than this at tip-off is not what the market closed at.
LATEST_CLOSE = timedelta(hours=1)

_GAME_BOOK = ["game_id", "player_id", "book"]
_NEVER = ("is_alternate", "is_stale", "is_after_tip_off", "is_odd_date")
_ORDER = ["observed_at", "source", "quote_number", "line"]
# Differences below this are the arithmetic's, not the market's.
_DIGITS = 9


def with_close(
    rows: pl.DataFrame,
    quotes: pl.DataFrame,
    *,
    market: str,
    method: Method = USUAL,
    within: timedelta | None = None,
) -> pl.DataFrame:
    """Add the close and the closing line value of each graded row.

    Args:
        rows: graded rows: ``game_id, player_id, line, over_price, under_price, book,
            observed_at, observed_basis, side, is_placeholder``.
        quotes: quotes of the market that still count at tip-off, with ``tip_off_at``. Those
            marked as alternate, stale, in-game or oddly dated are no close, nor is one that
            leaves out the side while it prices the other; a placeholder's only where the entry
            is one.
        market: name of the market.
        method: how fair probabilities are taken (``fair``).
        within: the longest time before tip-off at which a last quote is still a close; any
            where None.

    Returns:
        The rows in their order with ``close_line, close_over_price, close_under_price,
        close_source, close_at, close_lead`` (minutes before tip-off), ``close_absent`` (the reason;
        null where there is a close), ``clv_line`` (in the market's unit), ``entry_fair``,
        ``close_fair``, ``clv_probability`` (from -1 to 1) and ``clv_value`` (units per unit
        staked); null where not known.
    """
    entries = rows.with_row_index("_entry")
    later = _later_quotes(entries, quotes)
    timed = later.filter(pl.col("_basis") == RECORDED)
    last = timed.unique("_entry", keep="last", maintain_order=True).drop("_basis")
    untimed = later.filter(pl.col("_basis") == ASSUMED).select("_entry").unique()
    joined = entries.join(last, on="_entry", how="left", maintain_order="left").with_columns(
        close_absent=_reason(untimed["_entry"], within)
    )
    is_closed = pl.col("close_absent").is_null()
    names = [c for c in last.columns if c != "_entry"]
    closed = joined.with_columns(pl.when(is_closed).then(pl.col(c)).alias(c) for c in names)
    return _with_values(closed, market, method).drop("_entry")


def _later_quotes(entries: pl.DataFrame, quotes: pl.DataFrame) -> pl.DataFrame:
    """Return per entry the quotes that could be its close, the last one last."""
    wanted = entries.select(
        "_entry", *_GAME_BOOK, "side", "is_placeholder", _entered="observed_at"
    ).drop_nulls("side")
    known = quotes.filter(
        pl.col("observed_at") < pl.col("tip_off_at"),
        ~pl.any_horizontal(_NEVER),
    )
    own = pl.when(pl.col("side") == "over").then("over_price").otherwise("under_price")
    other = pl.when(pl.col("side") == "over").then("under_price").otherwise("over_price")
    later = known.select(
        *_GAME_BOOK,
        *_ORDER,
        "observed_basis",
        "tip_off_at",
        "over_price",
        "under_price",
        "is_placeholder_price",
    ).join(wanted, on=_GAME_BOOK)
    return (
        later.filter(
            pl.col("observed_at") > pl.col("_entered"),
            own.is_not_null() | other.is_null(),
            pl.col("is_placeholder") | ~pl.col("is_placeholder_price"),
        )
        .sort("_entry", *_ORDER)
        .select(
            "_entry",
            _basis="observed_basis",
            close_line="line",
            close_over_price="over_price",
            close_under_price="under_price",
            close_source="source",
            close_at="observed_at",
            close_lead=(pl.col("tip_off_at") - pl.col("observed_at"))
            .dt.total_minutes()
            .cast(pl.Float64),
        )
    )


def _reason(untimed: pl.Series, within: timedelta | None) -> pl.Expr:
    """Why there is no close, the first reason that holds."""
    too_early = (
        pl.lit(value=False)
        if within is None
        else pl.col("close_lead") > within.total_seconds() / 60
    )
    return (
        pl.when(pl.col("side").is_null())
        .then(pl.lit(NO_SIDE))
        .when(pl.col("observed_basis") != RECORDED)
        .then(pl.lit(ENTRY_ASSUMED))
        .when(pl.col("close_at").is_null() & pl.col("_entry").is_in(untimed.implode()))
        .then(pl.lit(CLOSE_ASSUMED))
        .when(pl.col("close_at").is_null())
        .then(pl.lit(NOT_SEEN))
        .when(too_early)
        .then(pl.lit(TOO_EARLY))
    )


def _with_values(rows: pl.DataFrame, market: str, method: Method) -> pl.DataFrame:
    """Add the values; a null close gives null values."""
    over = pl.col("side") == "over"
    closing = rows.select(
        "is_placeholder", over_price="close_over_price", under_price="close_under_price"
    )
    fair = with_fair(closing, method)["fair_over"]
    there = at_other_line(_floats(rows["close_line"]), _floats(fair), _floats(rows["line"]), market)
    known = with_fair(rows, method, name="_entry_over").with_columns(
        pl.Series("_close_over", np.round(there.fair_over, 12), nan_to_null=True),
        pl.Series("_wins", there.over, nan_to_null=True),
        pl.Series("_loses", there.under, nan_to_null=True),
    )
    entered = pl.col("_entry_over")
    closed = pl.col("_close_over")
    wins = pl.when(over).then("_wins").otherwise("_loses")
    loses = pl.when(over).then("_loses").otherwise("_wins")
    price = pl.when(over).then("over_price").otherwise("under_price")
    moved = pl.col("close_line") - pl.col("line")
    real = ~pl.col("is_placeholder")
    return (
        known.with_columns(
            clv_line=pl.when(over).then(moved).otherwise(-moved),
            entry_fair=pl.when(over).then(entered).when(~over).then(1 - entered),
            close_fair=pl.when(over).then(closed).when(~over).then(1 - closed),
            clv_value=pl.when(real).then((wins * payout(price) - loses).round(_DIGITS)),
        )
        .with_columns(
            clv_probability=(pl.col("close_fair") - pl.col("entry_fair")).round(_DIGITS),
        )
        .drop("_entry_over", "_close_over", "_wins", "_loses")
    )


def _floats(column: pl.Series) -> np.typing.NDArray[np.float64]:
    """Return a column as floats, NaN where null."""
    return np.array(column.cast(pl.Float64).fill_null(float("nan")).to_numpy(), dtype=np.float64)


def closing_summary(rows: pl.DataFrame) -> dict[str, Any]:
    """Return what the closes say of a run's picks, each figure with its n.

    Voids count: the market moved on whether he played or not.

    Args:
        rows: of ``with_close``, with ``game_date``.

    Returns:
        ``picks`` (rows with a side), ``with_close``, ``absent`` (number by reason), ``lead``
        (median minutes from close to tip-off, and share of closes in the last hour), ``line``,
        ``probability`` and ``value`` (each ``mean, n, low, high`` clustered by game date), and
        ``beats_close``: the share of closes beaten, ``rate, n, low, high``, with ``ties`` (no
        part of the wins, but of n). A close is beaten where ``clv_probability`` is above nought,
        or ``clv_line`` where prices are unknown.
    """
    picks = rows.drop_nulls("side")
    closed = picks.filter(pl.col("close_absent").is_null())
    better = pl.coalesce("clv_probability", "clv_line")
    compared = closed.select("game_date", better=better > 0, tie=better == 0)
    absent = picks.drop_nulls("close_absent").group_by("close_absent").len()
    minutes = closed["close_lead"]
    return {
        "picks": picks.height,
        "with_close": closed.height,
        "absent": dict(sorted(absent.iter_rows())),
        "lead": {
            "median_minutes": minutes.median(),
            "last_hour_share": (minutes <= 60).mean(),
        },
        **{
            name: interval(mean_interval(closed, f"clv_{name}"), "mean")
            for name in ("line", "probability", "value")
        },
        "beats_close": {
            **interval(share_interval(compared, "better"), "rate"),
            "ties": int(compared["tie"].sum()),
        },
    }
