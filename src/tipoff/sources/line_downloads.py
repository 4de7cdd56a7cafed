"""Downloads of lines as rounds: what to ask next, from what was answered so far.

Each function returns all requests of a download as far as they are known; whoever sends them
leaves out those that are answered already and calls again until nothing new comes. The options are
texts, as a command line gives them.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta

import polars as pl

from tipoff.domain.clock import eastern_date
from tipoff.domain.dates import iso_date
from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Request
from tipoff.sources.format import Reference
from tipoff.sources.line_plans import (
    INSTANTS,
    Plan,
    Scope,
    plan_dates,
    plan_day,
    plan_history,
    plan_odds,
    plan_offers,
)
from tipoff.sources.providers import betting_pros, the_odds_api

Answers = Callable[[str], Iterable[Answer]]

_SCOPE = {
    "markets": "player markets, and spread, total or moneyline; by commas (points)",
    "regions": "whose books; by commas (us)",
    "books": "keys of books, instead of regions; by commas",
    "alternates": "yes to ask for ladders too (no)",
}
_DATES = {"start": "first game date, such as 2024-10-22", "end": "last game date"}
HISTORY_OPTIONS = {
    **_DATES,
    **_SCOPE,
    "instants": f"lengths of time before tip-off; by commas ({','.join(INSTANTS)})",
}
DAY_OPTIONS = _SCOPE
OFFERS_OPTIONS = {**_DATES, "markets": "player markets; by commas (points)"}


def odds_history(
    reference: Reference, answers: Answers, now: datetime, options: Mapping[str, str]
) -> list[Request]:
    """Return what to ask The Odds API for a span of game dates that the lake knows.

    Args:
        reference: the known games.
        answers: the good answers so far of an endpoint.
        now: the current moment.
        options: out of ``HISTORY_OPTIONS``.

    Raises:
        InputError: an option is wrong, or no game of these dates is known.
    """
    games, lookups = _first_step(reference, now, options)
    found = [the_odds_api.events_of(answer, reference) for answer in answers("historical_events")]
    if not found:
        return list(lookups.requests)
    scope, instants = _scope(options), _instants(options)
    odds = plan_history(games, scope, instants, pl.concat(found), now)
    return [*lookups.requests, *odds.requests]


def odds_history_later(
    reference: Reference, answers: Answers, now: datetime, options: Mapping[str, str]
) -> int:
    """Return the credits that the second step of a download costs at most, before it is known.

    Args:
        reference, answers, now, options: as of ``odds_history``.
    """
    if next(iter(answers("historical_events")), None) is not None:
        return 0
    return _first_step(reference, now, options)[1].later_cost


def _first_step(
    reference: Reference, now: datetime, options: Mapping[str, str]
) -> tuple[pl.DataFrame, Plan]:
    """Return the games of a download and the requests for their events."""
    days = _days(options)
    games = reference.games.filter(pl.col("game_date").is_between(days[0], days[-1]))
    if games.is_empty():
        raise InputError(
            f"Expected games from {days[0]} to {days[-1]} in the lake, found none; take in a "
            "schedule first."
        )
    return games, plan_history(games, _scope(options), _instants(options), now=now)


def _instants(options: Mapping[str, str]) -> list[str]:
    return _listed(options, "instants", ",".join(INSTANTS))


def odds_today(
    reference: Reference, answers: Answers, now: datetime, options: Mapping[str, str]
) -> list[Request]:
    """Return what to ask The Odds API for the games of today (US Eastern) that have not started.

    Args:
        reference: the known games.
        answers: the good answers so far of an endpoint.
        now: the current moment.
        options: out of ``DAY_OPTIONS``.
    """
    day = eastern_date(now)
    listing = plan_day(day).requests
    wanted = dict(listing[0].params)
    of_today = [answer for answer in answers("events") if dict(answer.params) == wanted]
    if not of_today:
        return list(listing)
    events = the_odds_api.events_of(of_today[-1], reference)
    return [*listing, *plan_odds(events, _scope(options), now).requests]


def offers_history(
    reference: Reference, answers: Answers, now: datetime, options: Mapping[str, str]
) -> list[Request]:
    """Return what to ask BettingPros for a span of game dates: events, offers, further pages.

    Args:
        reference: the known games.
        answers: the good answers so far of an endpoint.
        now: the current moment; only dates before it are asked for.
        options: out of ``OFFERS_OPTIONS``.
    """
    # A date is asked for once, when its lines are what they ended as.
    days = [day for day in _days(options) if day < eastern_date(now)]
    dates = {f"{day}" for day in days}
    found = [
        betting_pros.events_of(answer, reference)
        for answer in answers("events")
        if answer.params.get("date") in dates
    ]
    events = plan_dates(days).requests
    if not found:
        return list(events)
    known = pl.concat(found).unique("event_id", keep="last", maintain_order=True)
    first = plan_offers(known, _listed(options, "markets", "points")).requests
    asked = [dict(request.params) for request in first]
    pages = [
        page
        for answer in answers("offers")
        if dict(answer.params) in asked
        for page in betting_pros.further_pages(answer)
    ]
    return [*events, *first, *pages]


def _scope(options: Mapping[str, str]) -> Scope:
    word = options.get("alternates", "no").strip().lower()
    if word not in ("yes", "no"):
        raise InputError(f"Expected alternates to be yes or no, got {word!r}.")
    return Scope(
        tuple(_listed(options, "markets", "points")),
        tuple(_listed(options, "regions", "us")),
        tuple(_listed(options, "books", "")),
        word == "yes",
    )


def _listed(options: Mapping[str, str], name: str, usual: str) -> list[str]:
    return [part.strip() for part in options.get(name, usual).split(",") if part.strip()]


def _days(options: Mapping[str, str]) -> list[date]:
    start, end = (iso_date(options.get(n, ""), f"--param {n}") for n in ("start", "end"))
    if end < start:
        raise InputError(f"Expected an end that is not before the start {start}, got {end}.")
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]
