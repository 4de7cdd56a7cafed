"""BettingPros, version 3: events of a date and what many books offer on their players.

An answer about a past date is the last state of each line, with the moment at which it was set; it
holds no earlier states but the opening line. A line that was last set after the start of its game
says nothing of what stood before: it is kept and marked. Moments without a zone are UTC.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from tipoff.domain.market import MARKET_SPELLINGS
from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Endpoint, Provider, Request, document, expect, holds_keys
from tipoff.sources.event_games import STATED, event_games, events_with_games
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.json_fields import Refusals, flag, inside, moment, number, objects, text
from tipoff.sources.line_marks import PROP_SIDES
from tipoff.sources.line_rows import daily_known, eastern_day
from tipoff.sources.prop_quotes import prop_quotes
from tipoff.sources.quote_sides import NO_SIDE, UNKNOWN_MARKET, counted, joined
from tipoff.tables.raw import AVAILABILITY
from tipoff.tables.table import UTC_MOMENT

NAME = "betting_pros"
MOST_PAGES = 50
BOOKS: Mapping[str, str] = {
    "10": "FanDuel",
    "12": "DraftKings",
    "13": "Caesars",
    "14": "PointsBet",
    "15": "SugarHouse",
    "18": "BetRivers",
    "19": "BetMGM",
    "20": "FOX Bet",
    "21": "BetAmerica",
    "22": "Oregon",
    "24": "bet365",
    "25": "WynnBET",
    "26": "Tipico",
    "27": "PartyCasino",
    "28": "UniBet",
    "29": "TwinSpires",
    "30": "Betway",
    "31": "Fubo",
    "33": "ESPN BET",
}
_CONSENSUS = "0"
_SEASON_TYPES = {"REG": "regular", "POST": "playoffs", "PST": "playoffs", "PRE": "preseason"}
_NOT_PLAYED = frozenset({"postponed", "cancelled", "canceled"})

OTHER_SPORT = "an event of another sport"
PUT_OFF = "a game that was postponed or cancelled"
UNTIMED_LINEUP = "a player of a line-up, without the time at which it was known"
NO_BOOK = "the consensus of several books, which no book offers"
OFF_THE_BOARD = "a line that is off the board (inactive, off or replaced)"
NO_EVENT = "an event of which the request does not say which game it is"
NO_TIME = "a line without the time at which it was set, in an answer without a time"

_SIDE: dict[str, pl.DataType] = {
    "event_id": pl.String(),
    "market": pl.String(),
    "player_name": pl.String(),
    "is_opening": pl.Boolean(),
    "book": pl.String(),
    "line": pl.Float64(),
    "is_alternate": pl.Boolean(),
    "quoted_at": UTC_MOMENT,
    "is_first": pl.Boolean(),
    "price": pl.Float64(),
}
_KEY = ["event_id", "market", "player_name", "is_opening", "book", "line", "is_alternate"]
_ABOUT = re.compile(r"(?P<away>\w{2,4})@(?P<home>\w{2,4}) (?P<start>\S+)")


def events_of(answer: Answer, reference: Reference) -> pl.DataFrame:
    """Return ``event_id, commence_at, game_id, home_team, away_team`` of the events of a date."""
    rows = _event_rows(_listed(answer, "events"), Refusals(), Refusals())
    return events_with_games(rows, reference)


def about_event(event_id: str, away: str, home: str, commence_at: datetime) -> dict[str, str]:
    """Return what a request for an event's offers tells the parser of its answer."""
    return {event_id: f"{away}@{home} {commence_at:%Y-%m-%dT%H:%M:%SZ}"}


def further_pages(answer: Answer) -> list[Request]:
    """Return the requests for the pages after the first that an answer says there are.

    Raises:
        InputError: there are more than one event can have.
    """
    last = number(inside(document(answer), "_pagination", "total_pages")) or 1
    if last > MOST_PAGES:
        raise InputError(
            f"Expected at most {MOST_PAGES} pages from {answer.provider} {answer.endpoint}, got an "
            f"answer that tells of {last:,.0f}. None of them was asked for; ask for fewer markets "
            "or events at a time."
        )
    return [
        Request(NAME, answer.endpoint, {**answer.params, "page": str(page)}, about=answer.about)
        for page in range(2, int(last) + 1)
    ]


def _parse_events(answer: Answer, reference: Reference) -> list[Parsed]:
    found = document(answer)
    refused, untold = Refusals(), Refusals()
    rows = _event_rows(_listed(answer, "events"), refused, untold)
    known_at = moment(inside(found, "ts")) or moment(inside(found, "utc")) or answer.fetched_at
    games = event_games(rows, reference, f"{NAME}_events", known_at, refused)
    return [games, Parsed(AVAILABILITY, AVAILABILITY.empty(), untold)] if untold else [games]


def _event_rows(found: list[Any], refused: Refusals, untold: Refusals) -> pl.DataFrame:
    """Return events as rows; ``untold`` counts what they hold beside the game."""
    rows = []
    for event in objects(found, "an event", refused):
        line_ups = [inside(event, "lineups", f"{side}_lineup") for side in ("home", "away")]
        untold.add(UNTIMED_LINEUP, sum(len(one) for one in line_ups if isinstance(one, list)))
        if text(event.get("sport")) not in ("NBA", None):
            refused.add(OTHER_SPORT)
        elif (text(event.get("status")) or "").casefold() in _NOT_PLAYED:
            refused.add(PUT_OFF)
        else:
            rows.append(
                (
                    text(event.get("id")),
                    text(event.get("home")),
                    text(event.get("visitor")),
                    moment(event.get("scheduled")),
                    _SEASON_TYPES.get(text(event.get("season_type")) or ""),
                )
            )
    return pl.DataFrame(rows, schema=STATED, orient="row")


def _parse_offers(answer: Answer, reference: Reference) -> list[Parsed]:
    """Return the quotes of a page of offers.

    Every side of a line is in a row, refused, or joined to its other side: sides = rows + refused
    + joined (a note). Both sides of a quote were set one after the other; it counts from the later.
    """
    refused = Refusals()
    found = _sides(_listed(answer, "offers"), refused, answer.fetched_at)
    sides = pl.DataFrame(found, schema=_SIDE, orient="row")
    rows, both = joined(sides, _KEY, PROP_SIDES)
    placed = _with_games(rows, answer)
    known = placed.filter("is_told")
    refused.add(NO_EVENT, placed.height - known.height)
    parsed = prop_quotes(known, reference, f"{NAME}_offers", daily_known())
    return [counted(parsed, refused, both)]


def _sides(
    offers: list[Any], refused: Refusals, fetched_at: datetime | None
) -> list[tuple[Any, ...]]:
    """Walk through offers and selections to one tuple per side, in the columns of ``_SIDE``."""
    rows: list[tuple[Any, ...]] = []
    for offer in objects(offers, "an offer", refused):
        market = MARKET_SPELLINGS.get(text(offer.get("market_id")) or "")
        players = offer.get("participants")
        player = text(inside(players[0], "name")) if isinstance(players, list) and players else None
        thing = (text(offer.get("event_id")), market, player)
        for selection in objects(offer.get("selections"), "a selection", refused):
            side = (text(selection.get("selection")) or "").casefold()
            lines = _lines(selection, refused)
            reason = (
                UNKNOWN_MARKET
                if market is None
                else NO_SIDE
                if side not in ("over", "under")
                else None
            )
            for line in lines:
                at = line[-2] or fetched_at
                if reason or at is None:
                    refused.add(reason or NO_TIME)
                else:
                    rows.append((*thing, *line[:-2], at, side == "over", line[-1]))
    return rows


def _lines(selection: Mapping[str, Any], refused: Refusals) -> list[tuple[Any, ...]]:
    """Return ``is_opening, book, line, is_alternate, quoted_at, price`` of a selection's lines."""
    rows = []
    opening = selection.get("opening_line")
    if isinstance(opening, dict):
        rows.append(_line(opening, text(opening.get("book_id")), "created", is_opening=True))
    elif opening is not None:
        refused.add("an opening line that is no object")
    for book in objects(selection.get("books"), "a book", refused):
        for line in objects(book.get("lines"), "a line", refused):
            is_on = flag(line.get("active")) is not False
            if not is_on or flag(line.get("is_off")) or flag(line.get("replaced")):
                refused.add(OFF_THE_BOARD)
            else:
                rows.append(_line(line, text(book.get("id")), "updated", is_opening=False))
    kept = [row for row in rows if row[1] != _CONSENSUS]
    refused.add(NO_BOOK, len(rows) - len(kept))
    return [(row[0], _book(row[1]), *row[2:]) for row in kept]


def _line(
    line: Mapping[str, Any], book: str | None, clock: str, *, is_opening: bool
) -> tuple[Any, ...]:
    is_alternate = flag(line.get("main")) is False
    return (
        is_opening, book, number(line.get("line")), is_alternate,
        moment(line.get(clock)), number(line.get("cost")),
    )  # fmt: skip


def _book(book_id: str | None) -> str | None:
    return BOOKS.get(book_id, f"{NAME} {book_id}") if book_id else None


def _with_games(rows: pl.DataFrame, answer: Answer) -> pl.DataFrame:
    """Add the game of each event, as the request tells it; ``is_told`` where it does."""
    told = [
        (event_id, match["away"], match["home"], moment(match["start"]))
        for event_id, words in answer.about.items()
        if (match := _ABOUT.fullmatch(words))
    ]
    columns = {k: STATED[k] for k in ("event_id", "away", "home", "commence_at")}
    events = pl.DataFrame(told, schema=columns, orient="row")
    events = events.unique("event_id").with_columns(is_told=pl.lit(value=True))
    placed = rows.join(events, on="event_id", how="left", maintain_order="left")
    return placed.with_columns(
        pl.col("is_told").fill_null(value=False), stated_date=eastern_day("commence_at")
    )


def _listed(answer: Answer, key: str) -> list[Any]:
    body = expect(answer, document(answer), dict, f"an object with {key}")
    return list(expect(answer, body.get(key), list, f"a list of {key}"))


def _is_empty(body: bytes, key: str) -> bool:
    try:
        return _listed(Answer(NAME, key, {}, body), key) == []
    except InputError:
        return False


EVENTS = Endpoint(
    name="events",
    about="Games of a date, with when they start.",
    stage=Stage.SCHEDULE,
    path="/v3/events",
    recognises=lambda body: holds_keys(body, "_parameters", "events"),
    parse=_parse_events,
    is_empty=lambda body: _is_empty(body, "events"),
)
OFFERS = Endpoint(
    name="offers",
    about="What books offer on the players of events: the opening line and the last one.",
    stage=Stage.LINES,
    path="/v3/offers",
    recognises=lambda body: holds_keys(body, "_pagination", "offers"),
    parse=_parse_offers,
    is_empty=lambda body: _is_empty(body, "offers"),
)
PROVIDER = Provider(
    name=NAME,
    about="Opening and last lines of many books since October 2021; a web key, and slowly.",
    address="https://api.bettingpros.com",
    endpoints={endpoint.name: endpoint for endpoint in (EVENTS, OFFERS)},
    secret="BETTING_PROS_KEY",
    key_header="X-Api-Key",
    headers={
        "Accept": "application/json",
        "Origin": "https://www.bettingpros.com",
        "Referer": "https://www.bettingpros.com/",
        "User-Agent": "Mozilla/5.0 (X11; Linux x64; rv:128.0) Gecko/20100101 Firefox/128.0",
    },
    per_minute=25.0,
)
