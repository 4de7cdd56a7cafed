"""Answers of The Odds API and BettingPros in fair weather, small, for tests that break them."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.sources.providers.fuzzing import Case

from tipoff.sources.providers import betting_pros, the_odds_api

TIP_OFF = datetime(2024, 1, 26, 0, 10, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "id": "ef90c397",
    "sport_key": "basketball_nba",
    "sport_title": "NBA",
    "commence_time": "2024-01-26T00:10:00Z",
    "home_team": "Miami Heat",
    "away_team": "Boston Celtics",
}


def side(name: str, price: float, point: float | None = None, who: str | None = None) -> Any:
    """Return one outcome."""
    stated = {"name": name, "description": who, "price": price, "point": point}
    return {key: value for key, value in stated.items() if value is not None}


def market(key: str, *outcomes: Any, at: str = "2024-01-25T22:00:10Z") -> Any:
    """Return one market."""
    return {"key": key, "last_update": at, "outcomes": list(outcomes)}


def odds(*books: tuple[str, list[Any]]) -> dict[str, Any]:
    """Return the event with books."""
    told = [
        {"key": key, "title": key, "last_update": "2024-01-25T22:00:10Z", "markets": markets}
        for key, markets in books
    ]
    return {**EVENT, "bookmakers": told}


def wrapped(found: Any, at: str = "2024-01-25T22:05:38Z") -> dict[str, Any]:
    """Return a historical answer."""
    return {
        "timestamp": at,
        "previous_timestamp": "2024-01-25T22:00:38Z",
        "next_timestamp": "2024-01-25T22:10:38Z",
        "data": found,
    }


TATUM, BUTLER = "Jayson Tatum", "Jimmy Butler"
ODDS = odds(
    (
        "draftkings",
        [
            market(
                "player_points",
                side("Over", -115, 27.5, TATUM),
                side("Under", -105, 27.5, TATUM),
                side("Over", -110, 21.5, BUTLER),
            ),
            market("player_points_alternate", side("Over", 250, 34.5, TATUM)),
            market("player_double_double", side("Yes", 130, None, BUTLER)),
            market("spreads", side("Boston Celtics", -110, -5.5), side("Miami Heat", -110, 5.5)),
            market("totals", side("Over", -108, 226.5), side("Under", -112, 226.5)),
            market("h2h", side("Boston Celtics", -220), side("Miami Heat", 180)),
        ],
    ),
    ("prizepicks", [market("player_points", side("Over", -137, 27.5, TATUM))]),
)


def line(book_line: float, cost: float, updated: str | None, **others: Any) -> dict[str, Any]:
    """Return one line of a book of BettingPros."""
    return {
        "id": 1, "line": book_line, "cost": cost, "updated": updated, "active": True,
        "best": False, "main": True, **others,
    }  # fmt: skip


def opening(book_line: float, cost: float, book_id: int = 12) -> dict[str, Any]:
    """Return an opening line."""
    return {"line": book_line, "cost": cost, "book_id": book_id, "created": "2024-01-25 15:00:00"}


def offers(*selections: Any, market_id: int = 156) -> dict[str, Any]:
    """Return a page with one offer on Tatum."""
    offer = {
        "id": 1,
        "sport": "NBA",
        "market_id": market_id,
        "event_id": 30001,
        "participants": [{"id": "3410", "name": TATUM, "player": {"team": "BOS"}}],
        "selections": list(selections),
    }
    return {"_pagination": {"page": 1, "total_pages": 3}, "offers": [offer]}


def selection(name: str, first: Any, *books: tuple[int, list[Any]]) -> dict[str, Any]:
    """Return one side of an offer."""
    told = [{"id": key, "lines": lines} for key, lines in books]
    return {"selection": name, "label": name.title(), "opening_line": first, "books": told}


ABOUT = betting_pros.about_event("30001", "BOS", "MIA", TIP_OFF)
OFFERS = offers(
    selection(
        "over",
        opening(26.5, -112),
        (12, [line(27.5, -115, "2024-01-25 22:00:00"), line(33.5, 220, None, main=False)]),
        (0, [line(27.0, -110, "2024-01-25 22:00:00")]),
    ),
    selection(
        "under",
        opening(26.5, -108),
        (12, [line(27.5, -105, "2024-01-25 22:00:04")]),
        (10, [line(27.5, -110, "2024-01-26 00:40:00"), line(28.5, -110, "x", active=False)]),
    ),
)
BETTING_PROS_EVENTS: dict[str, Any] = {
    "_parameters": {"sport": "NBA"},
    "events": [
        {
            "id": 30001,
            "sport": "NBA",
            "scheduled": "2024-01-26 00:10:00",
            "season_type": "REG",
            "status": "closed",
            "home": "MIA",
            "visitor": "BOS",
            "lineups": {"home_lineup": [{"status": "started"}], "away_lineup": []},
        },
        {"id": 30002, "sport": "NBA", "status": "postponed", "home": "MIA", "visitor": "BOS"},
    ],
    "ts": 1706226000,
    "utc": "2024-01-25 23:40:00",
}


def _one_each(found: Any) -> int:
    return len(found) if isinstance(found, list) else 1


def _sides(event: Any) -> int:
    """Count the sides of an event; what should hold some and does not counts once."""
    total = 0
    for book in event["bookmakers"]:
        markets = book.get("markets") if isinstance(book, dict) else None
        if not isinstance(markets, list):
            total += 1
            continue
        for one in markets:
            total += _one_each(one.get("outcomes") if isinstance(one, dict) else None)
    return total


def _offered(page: Any) -> int:
    """Count the sides of a page of offers; what should hold some and does not counts once."""
    total = 0
    for offer in page["offers"]:
        selections = offer.get("selections") if isinstance(offer, dict) else None
        if not isinstance(selections, list):
            total += 1
            continue
        for one in selections:
            if not isinstance(one, dict):
                total += 1
                continue
            total += one.get("opening_line") is not None
            books = one.get("books")
            if not isinstance(books, list):
                total += 1
                continue
            total += sum(_one_each(b.get("lines") if isinstance(b, dict) else None) for b in books)
    return total


def _listed(page: Any) -> int:
    """Count events, and the players of their line-ups, which are refused one by one."""
    total = 0
    for event in page["events"]:
        total += 1
        line_ups = event.get("lineups") if isinstance(event, dict) else None
        if isinstance(line_ups, dict):
            both = [line_ups.get(f"{side}_lineup") for side in ("home", "away")]
            total += sum(len(one) for one in both if isinstance(one, list))
    return total


_ODDS_API, _BETTING_PROS = the_odds_api.PROVIDER, betting_pros.PROVIDER
CASES = {
    "the_odds_api events": Case(_ODDS_API, "events", [EVENT, EVENT], len),
    "the_odds_api event_odds": Case(_ODDS_API, "event_odds", ODDS, _sides),
    "the_odds_api historical_events": Case(
        _ODDS_API, "historical_events", wrapped([EVENT]), lambda found: len(found["data"])
    ),
    "the_odds_api historical_event_odds": Case(
        _ODDS_API, "historical_event_odds", wrapped(ODDS), lambda found: _sides(found["data"])
    ),
    "betting_pros events": Case(_BETTING_PROS, "events", BETTING_PROS_EVENTS, _listed),
    "betting_pros offers": Case(_BETTING_PROS, "offers", OFFERS, _offered, about=ABOUT),
}


def body(found: Any) -> bytes:
    """Return JSON as bytes."""
    return json.dumps(found).encode()
