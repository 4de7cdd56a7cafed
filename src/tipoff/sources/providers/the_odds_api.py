"""The Odds API, version 4: events of the day, their odds, and both as they were at any moment.

A historical answer says when it was true (``timestamp``); an answer of today was true when it came.
That is when its quotes are known, unless the book's own last update is later. Quotes of a moment
after the start are kept and marked.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from math import ceil
from typing import Any

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Endpoint, Provider, document, expect, holds_keys
from tipoff.sources.event_games import STATED, event_games, events_with_games
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.json_fields import Refusals, inside, moment, objects, text
from tipoff.sources.odds_api_quotes import event_of, quotes

NAME = "the_odds_api"
# Preseason games come under a sport of their own; exhibition and summer teams are no NBA teams.
_SEASON_TYPES = {"basketball_nba": None, "basketball_nba_preseason": "preseason"}
OTHER_SPORT = "an event of another sport"
_BOOKS_PER_REGION = 10
_HISTORICAL = 10


def odds_cost(params: Mapping[str, str], factor: int = 1) -> int:
    """Return the credits that a request for odds costs at most: markets x regions.

    Ten named books count as a region, and name the regions where both are given. An answer is
    charged for the markets that it has, so an empty one costs nothing.
    """
    books = _listed(params.get("bookmakers"))
    regions = ceil(len(books) / _BOOKS_PER_REGION) if books else len(_listed(params.get("regions")))
    return factor * max(len(_listed(params.get("markets"))), 1) * max(regions, 1)


def events_of(answer: Answer, reference: Reference) -> pl.DataFrame:
    """Return ``event_id, commence_at, game_id, home_team, away_team`` of a list of events."""
    found, _ = _events(answer)
    return events_with_games(_event_rows(found, Refusals()), reference)


def _parse_events(answer: Answer, reference: Reference) -> list[Parsed]:
    found, known_at = _events(answer)
    refused = Refusals()
    rows = _event_rows(found, refused)
    return [event_games(rows, reference, _source(answer), known_at, refused)]


def _parse_odds(answer: Answer, reference: Reference) -> list[Parsed]:
    found, known_at = _opened(answer)
    body = expect(answer, found, dict, "an event")
    books = expect(answer, _told(answer, body).get("bookmakers"), list, "a list of bookmakers")
    is_other = text(body.get("sport_key")) not in (*_SEASON_TYPES, None)
    event = event_of(body, known_at, OTHER_SPORT if is_other else None)
    odds_format = answer.params.get("oddsFormat")
    return quotes(event, books, reference, _source(answer), odds_format)


def _events(answer: Answer) -> tuple[list[Any], datetime | None]:
    found, known_at = _opened(answer)
    if isinstance(found, dict):
        _told(answer, found)
    return expect(answer, found, list, "a list of events"), known_at


def _opened(answer: Answer) -> tuple[Any, datetime | None]:
    """Return what an answer is about and when it was true."""
    found = document(answer)
    if not answer.endpoint.startswith("historical"):
        return found, answer.fetched_at
    wrapper = _told(answer, expect(answer, found, dict, "a snapshot"))
    at = moment(wrapper.get("timestamp"))
    if at is None:
        raise InputError(
            f"Expected the time of the snapshot in the answer of {answer.provider} "
            f"{answer.endpoint}, got {str(wrapper.get('timestamp'))[:40]!r}; without it nobody can "
            "say when its quotes were known."
        )
    return wrapper.get("data"), at


def _told(answer: Answer, body: dict[str, Any]) -> dict[str, Any]:
    """Return the body of an answer, unless it is a message of what went wrong."""
    said = text(body.get("message"))
    if said is None:
        return body
    raise InputError(
        f"Expected an answer of {answer.provider} {answer.endpoint}, got the message "
        f"{said[:120]!r}."
    )


def _event_rows(found: list[Any], refused: Refusals) -> pl.DataFrame:
    rows = []
    for one in objects(found, "an event", refused):
        sport = text(one.get("sport_key")) or "basketball_nba"
        if sport not in _SEASON_TYPES:
            refused.add(OTHER_SPORT)
            continue
        event = event_of(one, None)
        rows.append((event.event_id, event.home, event.away, event.commence_at,
                     _SEASON_TYPES[sport]))  # fmt: skip
    return pl.DataFrame(rows, schema=STATED, orient="row")


def _source(answer: Answer) -> str:
    return f"{NAME}_{answer.endpoint}"


def _listed(value: str | None) -> list[str]:
    return [part for part in (value or "").split(",") if part.strip()]


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_list_of_events(body: bytes) -> bool:
    if body.lstrip()[:1] != b"[":
        return False
    found = _loaded(body)
    first = found[0] if isinstance(found, list) and found else None
    return isinstance(first, dict) and {"sport_key", "commence_time"} <= first.keys()


def _is_snapshot_of(body: bytes, kind: type) -> bool:
    if not holds_keys(body, "timestamp", "previous_timestamp", "next_timestamp", "data"):
        return False
    return isinstance(inside(_loaded(body), "data"), kind)


def _is_empty(body: bytes, *keys: str) -> bool:
    found = _loaded(body)
    return bool((inside(found, *keys) if keys else found) == [])


def _is_of_the_event(answer: Answer, *keys: str) -> bool:
    asked, told = answer.params.get("event_id"), inside(_loaded(answer.body), *keys, "id")
    return told is None or asked in (None, text(told))


def _is_of_the_moment(answer: Answer) -> bool:
    """Whether a snapshot is the newest of until then: not of after it, and none came between."""
    found, asked = _loaded(answer.body), moment(answer.params.get("date"))
    at, following = (moment(inside(found, key)) for key in ("timestamp", "next_timestamp"))
    if asked is None or at is None:
        return True
    return at <= asked and (following is None or asked < following)


EVENTS = Endpoint(
    name="events",
    about="Games that are to come or under way, with when they start.",
    stage=Stage.SCHEDULE,
    path="/sports/basketball_nba/events",
    recognises=_is_list_of_events,
    parse=_parse_events,
    is_empty=_is_empty,
)
EVENT_ODDS = Endpoint(
    name="event_odds",
    about="Player props and game lines of one game as they are now.",
    stage=Stage.LINES,
    path="/sports/basketball_nba/events/{event_id}/odds",
    recognises=lambda body: holds_keys(body, "id", "commence_time", "bookmakers"),
    parse=_parse_odds,
    cost=odds_cost,
    is_empty=lambda body: _is_empty(body, "bookmakers"),
    fits=_is_of_the_event,
)
HISTORICAL_EVENTS = Endpoint(
    name="historical_events",
    about="Games that were listed at a moment, with the ids to ask for their odds by.",
    stage=Stage.SCHEDULE,
    path="/historical/sports/basketball_nba/events",
    recognises=lambda body: _is_snapshot_of(body, list),
    parse=_parse_events,
    cost=lambda _: 1,
    is_empty=lambda body: _is_empty(body, "data"),
    fits=_is_of_the_moment,
    moment_param="date",
    good_for=None,
)
HISTORICAL_EVENT_ODDS = Endpoint(
    name="historical_event_odds",
    about="Player props and game lines of one game as they were at a moment.",
    stage=Stage.LINES,
    path="/historical/sports/basketball_nba/events/{event_id}/odds",
    recognises=lambda body: _is_snapshot_of(body, dict),
    parse=_parse_odds,
    cost=partial(odds_cost, factor=_HISTORICAL),
    is_empty=lambda body: _is_empty(body, "data", "bookmakers"),
    fits=lambda answer: _is_of_the_moment(answer) and _is_of_the_event(answer, "data"),
    moment_param="date",
    good_for=None,
)

PROVIDER = Provider(
    name=NAME,
    about="Odds of many books, now and at any moment since 2020 (props since May 2023); paid.",
    address="https://api.the-odds-api.com/v4",
    endpoints={
        endpoint.name: endpoint
        for endpoint in (EVENTS, EVENT_ODDS, HISTORICAL_EVENTS, HISTORICAL_EVENT_ODDS)
    },
    secret="THE_ODDS_API_KEY",
    key_from="Get one at the-odds-api.com",
    key_param="apiKey",
    headers={"Accept": "application/json"},
    per_minute=300.0,
    credits_left="x-requests-remaining",
    credits_used="x-requests-used",
    credits_cost="x-requests-last",
)
