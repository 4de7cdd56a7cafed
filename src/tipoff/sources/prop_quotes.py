"""From what a file states about player props to rows of ``prop_quotes``."""

import polars as pl

from tipoff.domain.market import MARKET_SPELLINGS
from tipoff.sources.books import book_expr
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.line_marks import (
    PROP_SIDES,
    after_tip_off,
    odd_date,
    placeholder_price,
    with_alternate_mark,
)
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
    with_name_key,
    with_quote_number,
)
from tipoff.tables.raw import PROP_QUOTES
from tipoff.tables.table import UTC_MOMENT

# What a parser may state per quote; what it leaves out is null. ``market``, ``book``, ``home``
# and ``away`` are the provider's spellings; ``stated_date`` is the US Eastern date of the game;
# ``quoted_at`` is when the book said it, ``snapshot_at`` when what shows it was taken;
# ``is_alternate`` is true where the source itself says so.
STATED: dict[str, pl.DataType] = {
    "player_name": pl.String(),
    "market": pl.String(),
    "book": pl.String(),
    "line": pl.Float64(),
    "over_price": pl.Float64(),
    "under_price": pl.Float64(),
    "home": pl.String(),
    "away": pl.String(),
    "stated_date": pl.Date(),
    "file_date": pl.Date(),
    "commence_at": UTC_MOMENT,
    "quoted_at": UTC_MOMENT,
    "snapshot_at": UTC_MOMENT,
    "event_id": pl.String(),
    "player_id": pl.String(),
    "is_stale": pl.Boolean(),
    "is_alternate": pl.Boolean(),
}
_THING = ["game_id", "name_key", "market"]
_KEY = [*_THING, "book", "line", "observed_at"]
_ORDER = ["is_alternate", "over_price", "under_price", "quoted_at", "player_name", "event_id"]


def prop_quotes(
    stated: pl.DataFrame, reference: Reference, source: str, assumed: pl.Expr
) -> Parsed:
    """Return the quotes of a file, marked, with counted refusals.

    Args:
        stated: one row per quote, with columns out of ``STATED`` (any type that casts).
        reference: the known games.
        source: name of the layout.
        assumed: when a quote without a time is taken to have been known; may use the columns of
            ``STATED``, ``game_date`` and ``tip_off_at``.
    """
    rows = _read(stated)
    notes = {NO_PRICE: refused_prices(rows, "over_price", "under_price")}
    rows, rejected = refuse(_named(rows), _unreadable())
    rows, no_game = refuse(with_games(rows, reference.games), {NO_GAME: _unknown_game()})
    marked = _marked(with_clock(rows, assumed)).with_columns(
        source=pl.lit(source), is_deleted=pl.lit(value=False), row_hash=pl.lit(0, pl.Int64)
    )
    quotes = marked.select(c for c in PROP_QUOTES.columns if c in marked.columns).unique()
    rejected |= no_game
    if duplicates := marked.height - quotes.height:
        rejected[DUPLICATE] = duplicates
    numbered = with_quote_number(quotes, _KEY, _ORDER)
    frame = with_alternate_mark(numbered, _THING).select(
        pl.col(name).cast(dtype) for name, dtype in PROP_QUOTES.columns.items()
    )
    return Parsed(PROP_QUOTES, frame, rejected, {k: n for k, n in notes.items() if n})


def _read(stated: pl.DataFrame) -> pl.DataFrame:
    """Bring the stated columns to their types; those left out are null."""
    numbers = ("line", "over_price", "under_price")
    columns = {
        name: pl.lit(None, dtype)
        if name not in stated.columns
        else pl.col(name).cast(dtype)
        if name not in numbers
        else number(name)
        if stated.schema[name] == pl.String
        else pl.col(name).cast(pl.Float64)
        for name, dtype in STATED.items()
    }
    return stated.select(**columns).with_columns(
        pl.col("is_stale", "is_alternate").fill_null(value=False)
    )


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    """Bring players, markets, books, teams and prices to tipoff's names."""
    market = pl.col("market").str.strip_chars().str.to_lowercase()
    return with_name_key(
        rows.with_columns(
            player_name=pl.col("player_name").str.strip_chars(),
            market=market.replace_strict(MARKET_SPELLINGS, default=None, return_dtype=pl.String),
            _market=market,
            book=book_expr("book"),
            home_team=team("home"),
            away_team=team("away"),
            over_price=american("over_price"),
            under_price=american("under_price"),
        )
    )


def _unreadable() -> dict[str, pl.Expr]:
    return {
        "a market that tipoff does not know": pl.col("market").is_null(),
        "no player's name": pl.col("name_key").fill_null("") == "",
        "no line": pl.col("line").is_null(),
        "a line outside 0 to 200": ~pl.col("line").is_between(0, 200),
        "a team that is no NBA team": pl.any_horizontal(pl.col("home_team", "away_team").is_null()),
        "no date of the game": pl.col("stated_date").is_null(),
    }


def _unknown_game() -> pl.Expr:
    """A game that the schedule of its season does not know, unless the row states its start."""
    stated = pl.col("commence_at").is_not_null() | pl.col("is_stale")
    return ~pl.col("is_known_game") & pl.col("is_known_season") & ~stated


def _marked(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(
        is_after_tip_off=after_tip_off("observed_at", "tip_off_at", "commence_at"),
        is_placeholder_price=placeholder_price("book", PROP_SIDES),
        is_odd_date=odd_date("game_date", "stated_date", "file_date", "quoted_at")
        & ~pl.col("is_stale"),
    )
