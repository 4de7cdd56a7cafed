"""Takeable lines: of all quotes known in time, the one per player-game that could be taken.

A line choice is written ``[source:]books``, where books is ``median``, ``unpriced`` or book names
separated by commas: ``draftkings``, ``daily_book:median``, ``prizepicks,underdog``,
``lines_only_wide:unpriced``. With ``unaudited`` among them the takeable-line audit is left out, to
see what it is worth.
"""

from dataclasses import dataclass

import polars as pl

from tipoff.domain.guard import guard
from tipoff.errors import InputError
from tipoff.sources.books import FEED_OF, PICK_EM_BOOKS, book_name

MEDIAN = "median"
UNPRICED = "unpriced"
UNAUDITED = "unaudited"
_WORDS = (MEDIAN, UNPRICED, UNAUDITED)
# A quote is near the consensus where it is within this of the median of the books' lines.
CONSENSUS_SHARE = 0.15
CONSENSUS_LEAST = 1.0
CONSENSUS_BOOKS = 3
UNTIMELY = ("is_stale", "is_after_tip_off", "is_odd_date")
UNTAKEABLE = ("is_alternate", *UNTIMELY)
_GAME = ["game_id", "player_id"]
_ORDER = ["observed_at", "source", "quote_number", "line"]


@dataclass(frozen=True)
class LineChoice:
    """Which quotes a run is graded on.

    Attributes:
        text: the choice as written.
        source: the layout that quotes must come from; any where None.
        books: the books that are looked at; all where empty.
        takes_median: take the quote nearest the median of the books' lines.
        is_priced: both sides must be priced; else prices are not looked at.
        takes_placeholders: quotes with placeholder prices count (pick'em boards only).
        is_audited: alternates, lines far from the others' and wrong prices are nobody's line.
    """

    text: str
    source: str | None
    books: tuple[str, ...]
    takes_median: bool
    is_priced: bool
    takes_placeholders: bool
    is_audited: bool = True


def line_choice(text: str) -> LineChoice:
    """Read a line choice.

    Raises:
        InputError: it names nothing.
    """
    source, _, rest = text.strip().lower().rpartition(":")
    names = [name.strip() for name in rest.split(",") if name.strip()]
    if not names:
        raise InputError(
            "Expected a line source such as draftkings, daily_book:median, prizepicks,underdog or "
            f"lines_only_wide:unpriced; got {text!r}."
        )
    books = tuple(sorted({book_name(n) for n in names if n not in _WORDS}))
    return LineChoice(
        text=text,
        source=source or None,
        books=books,
        takes_median=MEDIAN in names or len(books) > 1,
        is_priced=UNPRICED not in names,
        takes_placeholders=bool(books) and set(books) <= PICK_EM_BOOKS,
        is_audited=UNAUDITED not in names,
    )


def takeable_lines(quotes: pl.DataFrame, choice: LineChoice) -> pl.DataFrame:
    """Return the takeable line of each player-game.

    Only quotes known at ``as_of`` and before tip-off count, never alternates, stale, in-game or
    oddly dated ones. Of each book the last counts; books of one feed count once; a quote far from
    the consensus of at least three feeds is nobody's line. Ties are broken by the whole key.
    Without the audit, alternates and quotes far from the consensus count as well.

    Args:
        quotes: rows of ``prop_quotes`` of one market with ``as_of`` and ``tip_off_at``.
        choice: which of them to look at.

    Returns:
        One row per (game_id, player_id): ``line, over_price, under_price, book, source,
        observed_at, observed_basis, books`` (number of feeds that quoted), ``consensus`` (the
        median of their lines) and ``is_placeholder``.
        The line is one that a book posted, never an average.
    """
    known = quotes.filter(_may_count(choice))
    last = _with_consensus(_last_per_feed(known, choice))
    if choice.is_audited:
        last = last.filter(_is_near_consensus())
    if choice.books:
        last = last.filter(pl.col("book").is_in(list(choice.books)))
    ranked = _nearest_first(last)
    taken = _at_its_price(ranked.unique(_GAME, keep="first", maintain_order=True), quotes)
    return taken.select(
        *_GAME,
        "line",
        pl.col("over_price") if choice.is_priced else pl.lit(None, pl.Int32).alias("over_price"),
        pl.col("under_price") if choice.is_priced else pl.lit(None, pl.Int32).alias("under_price"),
        "book",
        "source",
        "observed_at",
        "observed_basis",
        "books",
        "consensus",
        is_placeholder="is_placeholder_price",
    )


@guard
def _nearest_first(last: pl.DataFrame) -> pl.DataFrame:
    """Order each player-game's quotes: the one nearest the median first, ties by the whole key."""
    middle = pl.col("line").median().over(_GAME)
    return last.with_columns(_far=(pl.col("line") - middle).abs()).sort(
        *_GAME, "_far", "book", *_ORDER
    )


@_nearest_first.fault("highest-line")
def _highest_first(last: pl.DataFrame) -> pl.DataFrame:
    return last.with_columns(_far=-pl.col("line")).sort(*_GAME, "_far", "book", *_ORDER)


@guard
def _at_its_price(taken: pl.DataFrame, quotes: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG001
    """A line is taken at the prices that it was quoted with."""
    return taken


@_at_its_price.fault("alternate-price")
def _at_any_price(taken: pl.DataFrame, quotes: pl.DataFrame) -> pl.DataFrame:
    """Prices joined by player and book alone: another line's, where the book quotes several."""
    key = [*_GAME, "book"]
    others = quotes.filter("is_alternate").sort(*key, *_ORDER).unique(key, keep="last")
    both = taken.join(
        others.select(*key, _over="over_price", _under="under_price"), on=key, how="left"
    )
    prices = [pl.coalesce(f"_{s}", f"{s}_price").alias(f"{s}_price") for s in ("over", "under")]
    return both.with_columns(prices).drop("_over", "_under").sort(*_GAME)


def _may_count(choice: LineChoice) -> list[pl.Expr]:
    """What a quote must be for a choice to look at it."""
    conditions = [
        pl.col("observed_at") <= pl.col("as_of"),
        pl.col("observed_at") < pl.col("tip_off_at"),
        ~pl.any_horizontal(UNTAKEABLE if choice.is_audited else UNTIMELY),
    ]
    if not choice.takes_placeholders:
        conditions.append(~pl.col("is_placeholder_price"))
    if choice.source is not None:
        conditions.append(pl.col("source") == choice.source)
    if choice.is_priced:
        conditions += [pl.col(price).is_not_null() for price in ("over_price", "under_price")]
    return conditions


def feed() -> pl.Expr:
    """Return the feed of a quote's book: books of one feed say one thing."""
    return pl.col("book").replace(dict(FEED_OF))


def _last_per_feed(quotes: pl.DataFrame, choice: LineChoice) -> pl.DataFrame:
    """Keep the last quote of each book, and one book per feed: a chosen one where there is one."""
    # Of a book's latest moment alone the order matters: few quotes are sorted.
    latest = pl.col("observed_at") == pl.col("observed_at").max().over(*_GAME, "book")
    last = (
        quotes.filter(latest)
        .sort(*_GAME, "book", *_ORDER)
        .unique([*_GAME, "book"], keep="last", maintain_order=True)
    )
    chosen = pl.col("book").is_in(list(choice.books))
    feeds = last.with_columns(_feed=feed(), _chosen=chosen)
    once = feeds.sort(*_GAME, "_feed", ~pl.col("_chosen"), "book").unique(
        [*_GAME, "_feed"], keep="first", maintain_order=True
    )
    return once.with_columns(books=pl.len().over(_GAME).cast(pl.Int32))


def _with_consensus(quotes: pl.DataFrame) -> pl.DataFrame:
    return quotes.with_columns(consensus=pl.col("line").median().over(_GAME))


def _is_near_consensus() -> pl.Expr:
    allowed = pl.max_horizontal(pl.col("consensus") * CONSENSUS_SHARE, CONSENSUS_LEAST)
    far = (pl.col("line") - pl.col("consensus")).abs() > allowed
    return ~(far & (pl.col("books") >= CONSENSUS_BOOKS))
