"""Slow, plain-Python readings of the definitions that the backtest computes set-based."""

from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from tipoff.sources.books import FEED_OF

Quote = Mapping[str, Any]


def implied(price: int) -> float:
    """Probability at which American odds break even."""
    return -price / (100 - price) if price < 0 else 100 / (100 + price)


def outcome(prediction: float, line: float, actual: float | None) -> str | None:
    """What became of taking the model's side."""
    if prediction == line:
        return None
    if actual is None:
        return "void"
    if actual == line:
        return "push"
    return "win" if (prediction > line) == (actual > line) else "loss"


def hit_rate(rows: Iterable[Mapping[str, Any]], edge: float) -> tuple[float | None, int]:
    """Wins / (wins + losses) among rows with at least that edge, and the denominator."""
    wins = losses = 0
    for row in rows:
        if abs(row["prediction"] - row["line"]) < edge:
            continue
        result = outcome(row["prediction"], row["line"], row["actual"])
        wins += result == "win"
        losses += result == "loss"
    n = wins + losses
    return (wins / n if n else None), n


def takeable(quotes: Iterable[Quote], books: set[str], *, priced: bool) -> Quote | None:
    """The takeable quote of one player-game, by the definition's own words."""
    last: dict[str, Quote] = {}
    for quote in sorted(quotes, key=_when):
        in_time = quote["observed_at"] <= quote["as_of"]
        in_time = in_time and quote["observed_at"] < quote["tip_off_at"]
        marked = any(quote[f"is_{m}"] for m in ("alternate", "stale", "after_tip_off", "odd_date"))
        unpriced = quote["over_price"] is None or quote["under_price"] is None
        if not in_time or marked or quote["is_placeholder_price"] or (priced and unpriced):
            continue
        last[quote["book"]] = quote
    feeds: dict[str, Quote] = {}
    for book in sorted(last, key=lambda b: (b not in books, b)):
        feeds.setdefault(FEED_OF.get(book, book), last[book])
    found = list(feeds.values())
    if len(found) >= 3:
        middle = median(q["line"] for q in found)
        allowed = max(1.0, 0.15 * middle)
        found = [q for q in found if abs(q["line"] - middle) <= allowed]
    if books:
        found = [q for q in found if q["book"] in books]
    if not found:
        return None
    middle = median(q["line"] for q in found)
    return min(found, key=lambda q: (abs(q["line"] - middle), q["book"]))


def _when(quote: Quote) -> tuple[Any, ...]:
    return quote["observed_at"], quote["source"], quote["quote_number"], quote["line"]
