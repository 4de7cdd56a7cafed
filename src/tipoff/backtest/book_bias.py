"""Books whose lines are off: against the other feeds, and against what happened."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from scipy.stats import t

from tipoff.backtest.lines import UNTAKEABLE, feed
from tipoff.backtest.multiplicity import holm
from tipoff.backtest.statistics import mean_interval, spread
from tipoff.domain.market import Market

LEVEL = 0.05
_GAME = ["game_id", "player_id"]
_ORDER = ["observed_at", "source", "quote_number", "line"]


def book_biases(
    quotes: pl.DataFrame, actuals: pl.DataFrame, market: Market
) -> list[dict[str, Any]]:
    """Return how far each book's lines are from the other feeds' and from what happened.

    Every book's last main quote before the decision counts, however far it is from the others:
    what is looked for is what a consensus would leave out.

    Args:
        quotes: quotes of one market known at the decision, as of ``takeable_lines``.
        actuals: ``game_id, player_id, actual``.
        market: the market.

    Returns:
        By book ``book, n`` (lines with another feed beside them), ``against_others`` (mean of its
        line minus the median of the others') and ``against_actual`` (line minus actual), each
        ``value, n, low, high`` clustered by game date in the market's unit, ``p_value`` of the
        former (two-sided, by Holm over the books) and ``is_off``: it is significant and at least
        half the market's small edge.
    """
    last = _last_quotes(quotes).join(actuals, on=_GAME, how="left")
    books = sorted(last["book"].unique().to_list())
    found = [_bias(last, book) for book in books]
    known = [row for row in found if row["p_value"] is not None]
    adjusted = holm([row["p_value"] for row in known])
    for row, p_value in zip(known, adjusted, strict=True):
        row["p_value"] = round(p_value, 10)
        size = abs(row["against_others"]["value"])
        row["is_off"] = bool(p_value <= LEVEL and size >= market.edges[0] / 2)
    return found


def _last_quotes(quotes: pl.DataFrame) -> pl.DataFrame:
    main = quotes.filter(~pl.any_horizontal(UNTAKEABLE), ~pl.col("is_placeholder_price"))
    last = main.sort(*_GAME, "book", *_ORDER).unique(
        [*_GAME, "book"], keep="last", maintain_order=True
    )
    return last.select(*_GAME, "game_date", "book", "line", feed=feed())


def _bias(last: pl.DataFrame, book: str) -> dict[str, Any]:
    own = last.filter(pl.col("book") == book)
    feed_of_book = own["feed"][0]
    others = (
        last.filter(pl.col("feed") != feed_of_book)
        .group_by(*_GAME)
        .agg(others=pl.col("line").median())
    )
    rows = own.join(others, on=_GAME, how="left").with_columns(
        against_others=pl.col("line") - pl.col("others"),
        against_actual=pl.col("line") - pl.col("actual"),
    )
    found = spread(rows, "against_others")
    p_value = None
    if found.error is not None and found.value is not None:
        p_value = 0.0 if not found.error and found.value else 1.0
        if found.error:
            p_value = float(2 * t.sf(abs(found.value) / found.error, found.clusters - 1))
    return {
        "book": book,
        "n": found.n,
        "against_others": _told(rows, "against_others"),
        "against_actual": _told(rows, "against_actual"),
        "p_value": p_value,
        "is_off": False,
    }


def _told(rows: pl.DataFrame, column: str) -> Mapping[str, Any]:
    own = mean_interval(rows, column)
    numbers = {"value": own.value, "low": own.low, "high": own.high}
    rounded = {name: None if v is None else round(v, 10) for name, v in numbers.items()}
    return {**rounded, "n": own.n}
