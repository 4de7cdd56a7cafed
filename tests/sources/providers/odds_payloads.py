"""The Odds API's and BettingPros' answers, written from rows of raw tables.

What a parser makes of them must be the rows again. A local server can answer from these functions;
they know of a moment what a provider would have known then.
"""

import json
import string
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from tipoff.domain.market import MARKETS
from tipoff.domain.odds import american_to_decimal
from tipoff.domain.teams import SPELLINGS, TEAM_CODES
from tipoff.sources.providers.betting_pros import BOOKS

GRID = timedelta(minutes=5)
LISTED_FOR = timedelta(hours=3)
# Spellings come in the order code, NBA id, nickname, full name.
FULL_NAMES = {
    code: string.capwords([spelling for spelling, c in SPELLINGS.items() if c == code][3])
    for code in TEAM_CODES
}
_BOOK_KEYS = {"caesars": "williamhill_us", "betonline": "betonlineag", "hardrock": "hardrockbet"}
_BOOK_IDS = {name.lower().replace(" ", ""): key for key, name in BOOKS.items()}
_GAME_KEYS = {"spread": "spreads", "total": "totals", "moneyline": "h2h"}
_LADDER = ["game_id", "name_key", "player_id", "market", "book", "is_alternate"]

Json = dict[str, Any]


def iso(moment: datetime) -> str:
    """Write a UTC moment as The Odds API does."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def body(found: object) -> bytes:
    """Write JSON as providers do."""
    return json.dumps(found, separators=(",", ":")).encode()


def market_key(market: str, *, is_alternate: bool) -> str:
    """Return The Odds API's key of a market."""
    if market in _GAME_KEYS:
        return f"alternate_{_GAME_KEYS[market]}" if is_alternate else _GAME_KEYS[market]
    key = next(s for s in MARKETS[market].spellings if s.startswith("player_"))
    return f"{key}_alternate" if is_alternate else key


def snapshot_at(moment: datetime) -> datetime:
    """Return when the newest snapshot of until then was taken: on the grid."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + (moment - day) // GRID * GRID


def known_at(quotes: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Return the quotes that stand at a moment: of each ladder those of its newest time."""
    until = quotes.filter(pl.col("quoted_at") <= moment)
    ladder = [key for key in _LADDER if key in quotes.columns]
    last, own = pl.col("quoted_at").max(), pl.col("quoted_at")
    # Of a ladder every rung stands; of main lines only the newest.
    is_newest = (
        pl.when("is_alternate")
        .then(own == last.over([*ladder, "line"]))
        .otherwise(own == last.over(ladder))
    )
    return until.filter(is_newest)


def listed_at(games: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Return the games that an answer about events lists at a moment."""
    start = pl.col("tip_off_at")
    window = (start > moment - LISTED_FOR) & (start < moment + timedelta(days=3))
    return games.filter(window).sort("tip_off_at", "game_id")


def event(game: Mapping[str, Any]) -> Json:
    """Return one event: ``game_id, tip_off_at, home_team, away_team`` as The Odds API tells it."""
    return {
        "id": game["game_id"],
        "sport_key": "basketball_nba",
        "sport_title": "NBA",
        "commence_time": iso(game["tip_off_at"]),
        "home_team": FULL_NAMES[game["home_team"]],
        "away_team": FULL_NAMES[game["away_team"]],
    }


def events(games: pl.DataFrame) -> list[Json]:
    """Return a list of events."""
    return [event(game) for game in games.iter_rows(named=True)]


def event_odds(
    game: Mapping[str, Any],
    quotes: pl.DataFrame,
    lines: pl.DataFrame,
    odds_format: str = "american",
) -> Json:
    """Return an event with its bookmakers.

    Args:
        game: as for ``event``.
        quotes: rows of ``prop_quotes`` of the game.
        lines: rows of ``game_lines`` of the game.
        odds_format: how prices are written.
    """
    told = event(game)
    sides: dict[str, dict[tuple[str, datetime], list[Json]]] = {}
    for row in [*quotes.iter_rows(named=True), *lines.iter_rows(named=True)]:
        key = (market_key(row["market"], is_alternate=row["is_alternate"]), row["quoted_at"])
        outcomes = _prop_sides(row) if "name_key" in row else _game_sides(row, told)
        written = [_priced(side, odds_format) for side in outcomes if side["price"] is not None]
        sides.setdefault(row["book"], {}).setdefault(key, []).extend(written)
    told["bookmakers"] = [
        {
            "key": _BOOK_KEYS.get(book, book),
            "title": book.title(),
            "last_update": iso(max(at for _, at in markets)),
            "markets": [
                {"key": key, "last_update": iso(at), "outcomes": outcomes}
                for (key, at), outcomes in markets.items()
            ],
        }
        for book, markets in sides.items()
    ]
    return told


def _prop_sides(row: Mapping[str, Any]) -> list[Json]:
    shared = {"description": row["player_name"], "point": row["line"]}
    return [
        {"name": name, **shared, "price": row[column]}
        for name, column in (("Over", "over_price"), ("Under", "under_price"))
    ]


def _game_sides(row: Mapping[str, Any], told: Json) -> list[Json]:
    first, second = row["home_or_over_price"], row["away_or_under_price"]
    if row["market"] == "total":
        point = {"point": row["line"]}
        return [{"name": "Over", **point, "price": first}, {"name": "Under", **point,
                 "price": second}]  # fmt: skip
    away: Json = {"name": told["away_team"], "price": second}
    home: Json = {"name": told["home_team"], "price": first}
    if row["market"] == "spread":
        away["point"], home["point"] = -row["line"], row["line"]
    return [away, home]


def _priced(side: Json, odds_format: str) -> Json:
    price = side["price"]
    return {**side, "price": american_to_decimal(price) if odds_format == "decimal" else price}


def historical(found: object, at: datetime) -> Json:
    """Wrap what was true at a moment as a historical answer."""
    return {
        "timestamp": iso(at),
        "previous_timestamp": iso(at - GRID),
        "next_timestamp": iso(at + GRID),
        "data": found,
    }


def betting_pros_events(games: pl.DataFrame, ids: Mapping[str, int], at: datetime) -> Json:
    """Return BettingPros' events of games, by ids of its own."""
    told = [
        {
            "id": ids[game["game_id"]],
            "sport": "NBA",
            "scheduled": f"{game['tip_off_at']:%Y-%m-%d %H:%M:%S}",
            "season": int(game["season"][:4]),
            "season_type": "REG",
            "status": "closed",
            "home": game["home_team"],
            "visitor": game["away_team"],
        }
        for game in games.iter_rows(named=True)
    ]
    return {
        "_parameters": {"sport": "NBA"},
        "events": told,
        "ts": int(at.timestamp()),
        "utc": f"{at:%Y-%m-%d %H:%M:%S}",
    }


def final_state(quotes: pl.DataFrame) -> pl.DataFrame:
    """Return what is left of quotes in the end: the last main line of each book, and its ladder.

    Only books and markets that BettingPros has are in it.
    """
    return known_at(_offered(quotes), datetime(2100, 1, 1, tzinfo=UTC))


def opening(quotes: pl.DataFrame) -> pl.DataFrame:
    """Return the first main line that a book of BettingPros had on each thing."""
    known = _offered(quotes).filter(~pl.col("is_alternate"))
    thing = ["game_id", "name_key", "player_id", "market"]
    return known.sort("quoted_at", "book").unique(thing, keep="first", maintain_order=True)


def _offered(quotes: pl.DataFrame) -> pl.DataFrame:
    markets = [m.name for m in MARKETS.values() if any(map(str.isdigit, m.spellings))]
    return quotes.filter(pl.col("book").is_in(list(_BOOK_IDS)), pl.col("market").is_in(markets))


def betting_pros_offers(
    first: pl.DataFrame, last: pl.DataFrame, ids: Mapping[str, int], page: int = 1, limit: int = 10
) -> Json:
    """Return a page of offers.

    Args:
        first: opening lines, as rows of ``prop_quotes``.
        last: the lines' last state, likewise.
        ids: BettingPros' ids of the games.
        page, limit: which page, of how many offers.
    """
    thing = ["game_id", "market", "player_name", "player_id"]
    things = pl.concat([first, last]).select(thing).unique().sort(thing)
    openings = dict(first.group_by(thing))
    states = dict(last.group_by(thing))
    shown = things.slice((page - 1) * limit, limit).rows()
    offers = [
        _offer(key, ids, openings.get(key, first.clear()), states.get(key, last.clear()))
        for key in shown
    ]
    pages = -(-things.height // limit)
    return {"offers": offers, "_pagination": {"page": page, "limit": limit, "total_pages": pages}}


def _offer(
    key: tuple[Any, ...], ids: Mapping[str, int], first: pl.DataFrame, last: pl.DataFrame
) -> Json:
    game_id, market, player_name, player_id = key
    return {
        "sport": "NBA",
        "market_id": int(next(s for s in MARKETS[market].spellings if s.isdigit())),
        "event_id": ids[game_id],
        "participants": [{"id": player_id, "name": player_name}],
        "selections": [
            _selection("over", "over_price", first, last),
            _selection("under", "under_price", first, last),
        ],
    }


def _selection(side: str, column: str, first: pl.DataFrame, last: pl.DataFrame) -> Json:
    opened = first.filter(pl.col(column).is_not_null()).to_dicts()
    books: dict[str, list[Json]] = {}
    for number, row in enumerate(last.filter(pl.col(column).is_not_null()).to_dicts()):
        books.setdefault(_BOOK_IDS[row["book"]], []).append(
            {
                "id": number,
                "line": row["line"],
                "cost": row[column],
                "updated": f"{row['quoted_at']:%Y-%m-%d %H:%M:%S}",
                "active": True,
                "best": False,
                "main": not row["is_alternate"],
            }
        )
    return {
        "selection": side,
        "label": side.title(),
        "opening_line": {
            "line": opened[0]["line"],
            "cost": opened[0][column],
            "book_id": int(_BOOK_IDS[opened[0]["book"]]),
            "created": f"{opened[0]['quoted_at']:%Y-%m-%d %H:%M:%S}",
        }
        if opened
        else None,
        "books": [{"id": int(book), "lines": lines} for book, lines in books.items()],
    }
