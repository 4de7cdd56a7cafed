"""From what a file states about spreads, totals and moneylines to rows of ``game_lines``.

``line`` is the home side's spread (negative: home favoured) or the total; a moneyline has line
zero. The first price is the home or over side's, the second the away or under side's.
"""

from collections.abc import Mapping

import polars as pl

from tipoff.sources.books import book_expr
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.line_marks import GAME_SIDES, PRICE_BOUND, after_tip_off, with_alternate_mark
from tipoff.sources.line_rows import (
    DUPLICATE,
    NO_GAME,
    NO_PRICE,
    american,
    number,
    refuse,
    refused_prices,
    team,
    with_clock,
    with_games,
    with_quote_number,
)
from tipoff.tables.raw import GAME_LINES
from tipoff.tables.table import UTC_MOMENT

# What a parser may state per quote; what it leaves out is null.
STATED: dict[str, pl.DataType] = {
    "market": pl.String(),
    "book": pl.String(),
    "line": pl.Float64(),
    "home_or_over_price": pl.Float64(),
    "away_or_under_price": pl.Float64(),
    "home": pl.String(),
    "away": pl.String(),
    "stated_date": pl.Date(),
    "file_date": pl.Date(),
    "commence_at": UTC_MOMENT,
    "quoted_at": UTC_MOMENT,
    "snapshot_at": UTC_MOMENT,
    "is_stale": pl.Boolean(),
    "is_alternate": pl.Boolean(),
}
MARKET_NAMES = {
    "spread": "spread",
    "spreads": "spread",
    "total": "total",
    "totals": "total",
    "moneyline": "moneyline",
    "ml": "moneyline",
    "h2h": "moneyline",
}
LARGEST_SPREAD = 40.0
TOTALS = (150.0, 300.0)
_THING = ["game_id", "market"]
_KEY = [*_THING, "book", "line", "observed_at"]
_ORDER = ["is_alternate", "home_or_over_price", "away_or_under_price", "quoted_at"]


def game_lines(
    stated: pl.DataFrame,
    reference: Reference,
    source: str,
    assumed: pl.Expr,
    already_refused: Mapping[str, int] | None = None,
) -> Parsed:
    """Return the game lines of a file, marked, with counted refusals.

    Args:
        stated: one row per quote, with columns out of ``STATED``.
        reference: the known games.
        source: name of the layout.
        assumed: when a quote without a time is taken to have been known.
        already_refused: counts of rows that the parser refused before.
    """
    rows = _read(stated)
    notes = {NO_PRICE: refused_prices(rows, GAME_SIDES.first, GAME_SIDES.second)}
    rows, rejected = refuse(_named(rows), _unreadable())
    rows, no_game = refuse(with_games(rows, reference.games), {NO_GAME: _unknown_game()})
    known = with_clock(_turned(rows), assumed).with_columns(
        is_after_tip_off=after_tip_off("observed_at", "tip_off_at", "commence_at"),
        source=pl.lit(source),
        is_deleted=pl.lit(value=False),
        row_hash=pl.lit(0, pl.Int64),
    )
    quotes = known.select(c for c in GAME_LINES.columns if c in known.columns).unique()
    rejected |= no_game | dict(already_refused or {})
    if duplicates := known.height - quotes.height:
        rejected[DUPLICATE] = duplicates
    numbered = with_quote_number(quotes, _KEY, _ORDER)
    marked = with_alternate_mark(numbered, _THING, GAME_SIDES).with_columns(
        is_alternate=pl.col("is_alternate") | _is_absurd()
    )
    frame = marked.select(pl.col(name).cast(dtype) for name, dtype in GAME_LINES.columns.items())
    return Parsed(GAME_LINES, frame, rejected, {k: n for k, n in notes.items() if n})


def _turned(rows: pl.DataFrame) -> pl.DataFrame:
    """State lines of a game whose sides the file has the other way round for the home side."""
    is_total = pl.col("market") == "total"
    first, second = GAME_SIDES.first, GAME_SIDES.second
    swap = pl.col("is_turned") & ~is_total
    return rows.with_columns(
        # Adding zero turns -0.0 into 0.0.
        line=pl.when(swap).then(-pl.col("line")).otherwise(pl.col("line")) + 0.0,
        **{
            first: pl.when(swap).then(second).otherwise(first),
            second: pl.when(swap).then(first).otherwise(second),
        },
    )


def _read(stated: pl.DataFrame) -> pl.DataFrame:
    numbers = ("line", GAME_SIDES.first, GAME_SIDES.second)
    columns = {
        name: pl.lit(None, dtype)
        if name not in stated.columns
        else number(name)
        if name in numbers
        else pl.col(name).cast(dtype)
        for name, dtype in STATED.items()
    }
    return stated.select(**columns).with_columns(
        pl.col("is_stale", "is_alternate").fill_null(value=False)
    )


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    market = pl.col("market").str.strip_chars().str.to_lowercase()
    named = rows.with_columns(
        market=market.replace_strict(MARKET_NAMES, default=None, return_dtype=pl.String),
        book=book_expr("book"),
        home_team=team("home"),
        away_team=team("away"),
        home_or_over_price=american(GAME_SIDES.first),
        away_or_under_price=american(GAME_SIDES.second),
    )
    # Adding zero turns -0.0 into 0.0: they are equal, but not the same key text.
    line = pl.when(pl.col("market") == "moneyline").then(0.0).otherwise(pl.col("line") + 0.0)
    return named.with_columns(line=line)


def _unreadable() -> dict[str, pl.Expr]:
    is_spread, is_total = pl.col("market") == "spread", pl.col("market") == "total"
    return {
        "a market that tipoff does not know": pl.col("market").is_null(),
        "no line": pl.col("line").is_null(),
        "a spread beyond 40": is_spread & (pl.col("line").abs() > LARGEST_SPREAD),
        "a total that no game has (outside 150 to 300)": is_total
        & ~pl.col("line").is_between(*TOTALS),
        "a team that is no NBA team": pl.any_horizontal(pl.col("home_team", "away_team").is_null()),
        "no date of the game": pl.col("stated_date").is_null(),
    }


def _unknown_game() -> pl.Expr:
    stated = pl.col("commence_at").is_not_null() | pl.col("is_stale")
    return ~pl.col("is_known_game") & pl.col("is_known_season") & ~stated


def _is_absurd() -> pl.Expr:
    """A spread or total priced beyond the bound is no main line (often quoted in the game)."""
    beyond = [
        (pl.col(c).abs() > PRICE_BOUND).fill_null(value=False)
        for c in (GAME_SIDES.first, GAME_SIDES.second)
    ]
    return (pl.col("market") != "moneyline") & (beyond[0] | beyond[1])
