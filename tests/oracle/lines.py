"""The oracle's reading of lines on a player and on his game."""

import statistics
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.arithmetic import deviation, mean, minus
from tests.oracle.world import RawWorld, Row
from tipoff.domain.market import Market

EASTERN = ZoneInfo("America/New_York")
Values = dict[str, float | None]


def line_values(world: RawWorld, row: Row, market: Market, at: datetime) -> Values:
    quotes = main_quotes(world, row, market, at)
    last: dict[str, Row] = {q["book"]: q for q in quotes}
    own = [q for q in quotes if q["book"] == "draftkings"]
    median = statistics.median([q["line"] for q in last.values()]) if last else None
    line = own[-1]["line"] if own else median
    opening = own[0]["line"] if own else quotes[0]["line"] if quotes else None
    today = [q for q in own if q["observed_at"].astimezone(EASTERN).date() == row["game_date"]]
    skews = [
        implied_by(q["over_price"]) - implied_by(q["under_price"])
        for q in last.values()
        if q["over_price"] is not None and q["under_price"] is not None
    ]
    return {
        "vegas_points_line": line,
        "vegas_opening_line": opening,
        "vegas_line_move": minus(line, opening),
        "has_vegas_line": float(line is not None),
        "multi_book_line_std": deviation([q["line"] for q in last.values()]),
        "line_movement_direction": minus(own[-1]["line"], today[0]["line"]) if today else None,
        "vig_skew": mean(skews),
        "late_line_movement_count": late_moves(quotes, row["tip_off_at"]),
        "_median": median,
    }


def main_quotes(world: RawWorld, row: Row, market: Market, at: datetime) -> list[Row]:
    """Main quotes on a player's game that were known, the first known first."""
    marks = ("is_alternate", "is_stale", "is_after_tip_off", "is_odd_date")
    quotes = [
        q
        for q in world.events("prop_quotes", row["game_id"], at)
        if q["market"] == market.name
        and q["player_id"] == row["player_id"]
        and not any(q[m] for m in marks)
    ]
    order = ("observed_at", "book", "source", "line", "quote_number")
    return sorted(quotes, key=lambda q: tuple(q[c] for c in order))


def game_market(world: RawWorld, row: Row, at: datetime) -> Values:
    marks = ("is_alternate", "is_stale", "is_after_tip_off")
    quotes = [
        q for q in world.events("game_lines", row["game_id"], at) if not any(q[m] for m in marks)
    ]
    order = ("observed_at", "source", "line", "quote_number")
    quotes.sort(key=lambda q: tuple(q[c] for c in order))
    last = {(q["market"], q["book"]): q["line"] for q in quotes}
    found = {}
    for market in ("total", "spread"):
        lines = [line for (m, _), line in last.items() if m == market]
        found[market] = statistics.median(lines) if lines else None
    total, spread = found["total"], found["spread"]
    implied = None
    if total is not None and spread is not None:
        implied = (total - (spread if row["is_home"] else -spread)) / 2
    return {
        "game_total_line": total,
        "spread_magnitude": None if spread is None else abs(spread),
        "implied_team_total": implied,
    }


def implied_by(price: int) -> float:
    return 100 / (price + 100) if price > 0 else -price / (100 - price)


def late_moves(quotes: list[Row], tip_off: Any) -> float | None:
    timed = [q for q in quotes if q["observed_basis"] == "recorded"]
    if not timed:
        return None
    moves = 0
    last: dict[str, float] = {}
    for quote in timed:
        book = quote["book"]
        late = tip_off - quote["observed_at"] <= timedelta(minutes=240)
        moves += late and book in last and last[book] != quote["line"]
        last[book] = quote["line"]
    return float(moves)
