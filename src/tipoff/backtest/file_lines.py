"""Which of a file's lines a prediction is graded on: one that a book posted before tip-off.

Per book the last quote, its main line where several stand there at once (the one whose two prices
are nearest each other); of all books the one nearest the median, books of one feed counting once.
A prediction that names its book is graded on that book's line.
"""

from typing import Any

import polars as pl

from tipoff.backtest.file_timing import AFTER, when, with_tip_off
from tipoff.backtest.grading import implied
from tipoff.sources.books import UNSTATED, feed_expr
from tipoff.sources.loose_players import player

_GAME = ["player", "game_date"]
_TAKEN = ["line", "over_price", "under_price", "book", "is_placeholder"]


def main_lines(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return each book's last main line of every player-game, and what was left out.

    Args:
        rows: typed lines, as read from a file.

    Returns:
        Rows with ``player, game_date``, the line's own columns, ``consensus`` and ``lines_quoted``
        (every line of the player-game that was quoted in time); and ``quotes, after_tip_off,
        alternates, undated``.
    """
    timed = with_tip_off(rows.with_columns(player=player()), None)
    timed = timed.with_columns(quoted_when=when("quoted"))
    in_time = timed.filter(pl.col("quoted_when") != AFTER)
    gap = (implied("over_price") - implied("under_price")).abs()
    last = pl.col("quoted_from").max().over(*_GAME, "book")
    of_last = in_time.filter(pl.col("quoted_from").eq_missing(last))
    one_each = (
        of_last.with_columns(_gap=gap)
        .sort("_gap", "line", "row", nulls_last=True)
        .unique([*_GAME, "book"], keep="first", maintain_order=True)
        .drop("_gap")
    )
    by_feed = one_each.group_by(*_GAME, feed=feed_expr("book")).agg(pl.col("line").median())
    consensus = by_feed.group_by(_GAME).agg(consensus=pl.col("line").median(), feeds=pl.len())
    quoted = in_time.group_by(_GAME).agg(lines_quoted=pl.col("line").unique().sort())
    complete = one_each.join(consensus, on=_GAME).join(quoted, on=_GAME)
    return complete.sort("row"), {
        "quotes": rows.height,
        "after_tip_off": timed.height - in_time.height,
        "not_the_last_or_main": in_time.height - one_each.height,
        "undated": timed["quoted_from"].null_count(),
    }


def tip_offs(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the earliest stated tip-off per ``player, game_date``; no rows where none is."""
    stated = rows.drop_nulls("tip_off_from").with_columns(player=player())
    return stated.group_by(_GAME).agg(
        stated_from=pl.col("tip_off_from").min(), stated_to=pl.col("tip_off_to").min()
    )


def with_lines(
    rows: pl.DataFrame, found: pl.DataFrame, lines: pl.DataFrame
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Give predictions the lines of a file, where they have none of their own.

    Args:
        rows: predictions, one per player-game.
        found: their ``WHO`` with ``player`` and ``known_date``, as of ``loose_players.matched``.
        lines: as of ``main_lines``.

    Returns:
        The rows with ``line``, prices, ``book``, ``consensus`` and ``line_from`` (``own`` or
        ``lines``); and ``own, taken, priced_by_file, not_quoted`` (own lines that no quote of the
        player-game has).
    """
    who = [c for c in found.columns if c not in ("player", "known_date")]
    placed = rows.join(found, on=who, how="left", nulls_equal=True, maintain_order="left")
    theirs = lines.select(
        *_GAME,
        "lines_quoted",
        *[pl.col(c).alias(f"_{c}") for c in (*_TAKEN, "consensus", "quoted_from", "quoted_to")],
    ).rename({"game_date": "known_date"})
    pairs = placed.join(theirs, on=["player", "known_date"], how="left", maintain_order="left")
    elsewhere = (pl.col("book") != UNSTATED) & (pl.col("book") != pl.col("_book"))
    away = (pl.col("_line") - pl.coalesce("line", "_consensus")).abs()
    chosen = (
        pairs.with_columns(_elsewhere=elsewhere.fill_null(value=False), _away=away)
        .sort("_elsewhere", "_away", "_book", nulls_last=True)
        .unique("row", keep="first", maintain_order=True)
        .sort("row")
    )
    return _merged(chosen).select(*rows.columns, "line_from"), _told(chosen)


def _merged(rows: pl.DataFrame) -> pl.DataFrame:
    own = pl.col("line").is_not_null()
    same = own & (pl.col("line") == pl.col("_line"))
    bare = pl.all_horizontal(pl.col("over_price", "under_price", "price").is_null())
    prices = (~own) | (same & bare).fill_null(value=False)
    return rows.with_columns(
        line_from=pl.when(own)
        .then(pl.lit("own"))
        .when(pl.col("_line").is_not_null())
        .then(pl.lit("lines")),
        line=pl.coalesce("line", "_line"),
        over_price=pl.when(prices).then("_over_price").otherwise("over_price"),
        under_price=pl.when(prices).then("_under_price").otherwise("under_price"),
        price=pl.when(own).then("price"),
        book=pl.when(own).then("book").otherwise(pl.col("_book").fill_null(UNSTATED)),
        is_placeholder=pl.when(prices)
        .then(pl.col("_is_placeholder").fill_null(value=False))
        .otherwise("is_placeholder"),
        consensus=pl.coalesce("_consensus", "consensus"),
        quoted_from=pl.when(own).then("quoted_from").otherwise("_quoted_from"),
        quoted_to=pl.when(own).then("quoted_to").otherwise("_quoted_to"),
    )


def _told(rows: pl.DataFrame) -> dict[str, Any]:
    own = rows.filter(pl.col("line").is_not_null())
    compared = own.drop_nulls("lines_quoted")
    posted = compared.select(pl.col("line").is_in(pl.col("lines_quoted"))).to_series()
    return {
        "own": own.height,
        "taken": rows.filter(pl.col("line").is_null() & pl.col("_line").is_not_null()).height,
        "compared": compared.height,
        "not_quoted": int((~posted).sum()),
    }
