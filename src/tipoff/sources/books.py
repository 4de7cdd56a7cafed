"""Books: one name each, which of them share one feed, and which quote no market price."""

from collections.abc import Mapping

import polars as pl

UNSTATED = "unstated"
CONSENSUS = "consensus"

# book: further spellings, compared as lower-case letters and digits only
_BOOKS: dict[str, tuple[str, ...]] = {
    "ballybet": ("bally",),
    "bet365": ("b365",),
    "betmgm": ("mgm",),
    "betonline": ("betonlineag", "bol"),
    "betparx": (),
    "betr": ("betr_us_dfs",),
    "betrivers": ("rivers", "sugarhouse"),
    "betus": (),
    "bovada": ("bv",),
    "caesars": ("williamhill", "williamhill_us", "cz", "wh"),
    "circa": ("circasports",),
    "dabble": ("dabble_us", "dabbleau"),
    "draftkings": ("dk",),
    "espnbet": ("espn", "thescorebet"),
    "fanatics": ("fanaticssportsbook",),
    "fanduel": ("fd",),
    "fliff": (),
    "hardrock": ("hardrockbet", "hrb"),
    "kambi": (),
    "mybookie": ("mybookieag",),
    "parlayplay": (),
    "pick6": ("draftkingspick6", "draftkings_pick6"),
    "pinnacle": ("pn", "pinny"),
    "pointsbet": ("pointsbetus", "pb"),
    "prizepicks": ("pp",),
    "sleeper": (),
    "superbook": (),
    "underdog": ("underdogfantasy", "ud"),
    "unibet": ("unibet_us", "unibetus"),
    "wynnbet": (),
    UNSTATED: ("",),
    CONSENSUS: ("average",),
}

# Books that resell one feed: their quotes are one opinion and count once. Quotes of the Kambi
# family agree to the cent; Bally Bet and betPARX run on Kambi as well.
FEED_OF: Mapping[str, str] = {
    "betrivers": "kambi",
    "unibet": "kambi",
    "ballybet": "kambi",
    "betparx": "kambi",
    "kambi": "kambi",
}

# Pick'em boards pay a fixed multiple per entry; the price shown for one side is a placeholder.
PICK_EM_BOOKS: frozenset[str] = frozenset(
    {"prizepicks", "underdog", "betr", "dabble", "parlayplay", "pick6", "sleeper"}
)


def _bare(spelling: str) -> str:
    return "".join(c for c in spelling.casefold() if c.isalnum())


BOOK_SPELLINGS: Mapping[str, str] = {
    _bare(spelling): book for book, others in _BOOKS.items() for spelling in (book, *others)
}


def book_name(spelling: str | None) -> str:
    """Return the book's one name; an unknown book keeps its own, lower case letters and digits."""
    bare = _bare(spelling or "")
    return BOOK_SPELLINGS.get(bare, bare)


def book_expr(column: str) -> pl.Expr:
    """Return the book's one name for a column of spellings; null becomes ``unstated``."""
    bare = (
        pl.col(column)
        .cast(pl.String)
        .fill_null("")
        .str.to_lowercase()
        .str.replace_all(r"[^\p{L}\p{N}]", "")
    )
    return bare.replace(dict(BOOK_SPELLINGS))


def feed_expr(column: str) -> pl.Expr:
    """Return the feed that each book's quotes come from: its own name unless it resells one."""
    return pl.col(column).replace(dict(FEED_OF))
