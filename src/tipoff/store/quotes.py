"""What a set of known quotes says of one player's line: last, opening, and spread over books."""

from collections.abc import Sequence

import polars as pl

from tipoff.domain.guard import guard
from tipoff.store.exact import sample_std
from tipoff.store.versions import KNOWN_AT

PREFERRED_BOOK = "draftkings"
UNUSABLE = ("is_alternate", "is_stale", "is_after_tip_off", "is_odd_date")
QUOTE_COLUMNS = ("market", "book", "line", "over_price", "under_price", "source", "quote_number")


@guard
def main_quotes(quotes: pl.DataFrame) -> pl.DataFrame:
    """Drop quotes that are no main line of the game: alternates, stale, in-game, odd dates."""
    return quotes.filter(~pl.any_horizontal(UNUSABLE))


@main_quotes.fault("quote-after-tip-off")
def _in_game_quotes_too(quotes: pl.DataFrame) -> pl.DataFrame:
    marks = [mark for mark in UNUSABLE if mark != "is_after_tip_off"]
    return quotes.filter(~pl.any_horizontal(marks))


def line_summary(quotes: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Summarise known main quotes of one market.

    The line is DraftKings' last where it quotes, else the median over the books' last lines; the
    opening line is the first quote known, of the same book where there is one. Equal times are
    ordered by the whole key, so the result does not depend on the order of rows.

    Args:
        quotes: main quotes with ``known_at``, ``book``, ``line``, prices, ``source``.
        by: columns of one player's game.

    Returns:
        ``by``, ``line_last``, ``line_open``, ``line_median`` (of the books' last lines),
        ``line_std`` (null under two books), ``line_books``, ``line_last_preferred``.
    """
    by = list(by)
    order = ["book", "source", "line", "quote_number"]
    ordered = quotes.sort([*by, KNOWN_AT, *order])
    last = ordered.group_by([*by, "book"], maintain_order=True).agg(pl.col("line").last())
    over_books = last.group_by(by, maintain_order=True).agg(
        line_median=pl.col("line").median(),
        line_std=sample_std(pl.col("line")),
        line_books=pl.len().cast(pl.Int32),
        line_last_preferred=pl.col("line").filter(pl.col("book") == PREFERRED_BOOK).first(),
    )
    opening = ordered.group_by(by, maintain_order=True).agg(
        open_any=pl.col("line").first(),
        open_preferred=pl.col("line").filter(pl.col("book") == PREFERRED_BOOK).first(),
    )
    return over_books.join(opening, on=by, maintain_order="left").select(
        *by,
        line_last=pl.coalesce("line_last_preferred", "line_median"),
        line_open=pl.coalesce("open_preferred", "open_any"),
        line_median="line_median",
        line_std="line_std",
        line_books="line_books",
        line_last_preferred="line_last_preferred",
    )
