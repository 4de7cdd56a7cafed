"""A provider in one module, as the guide says it is added: it gives schedules, with credits."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from tipoff.domain.ids import game_id
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Endpoint, Provider, Request, document, expect, holds_keys
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.game_rows import parsed
from tipoff.sources.plans import KnownSoFar, Planner
from tipoff.tables.raw import GAMES

NO_GAME = "not a game with a date and two teams"


def _game(found: object) -> dict[str, Any] | None:
    try:
        tip = datetime.fromisoformat(found["tip"])  # type: ignore[index]
        day = datetime.fromisoformat(found["date"]).date()  # type: ignore[index]
        home, away = str(found["home"]), str(found["away"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return None
    return {
        "game_id": game_id(day, away, home),
        "game_date": day,
        "season": season_of(day),
        "home_team": home,
        "away_team": away,
        "tip_off_at": tip,
    }


def _parse(answer: Answer, _: Reference) -> list[Parsed]:
    whole = expect(answer, document(answer), dict, "an object")
    listed = expect(answer, whole.get("games"), list, "a list of games")
    games = [_game(found) for found in listed]
    good = [game for game in games if game]
    refused = len(games) - len(good)
    frame = pl.DataFrame(good, schema={k: GAMES.columns[k] for k in _COLUMNS})
    rejected = {NO_GAME: refused} if refused else {}
    stated = whole.get("stated")
    known_at = datetime.fromisoformat(stated) if isinstance(stated, str) else answer.fetched_at
    return [parsed(GAMES, frame, "toy_schedule", pl.lit(known_at), rejected)]


_COLUMNS = ("game_id", "game_date", "season", "home_team", "away_team", "tip_off_at")

SCHEDULE = Endpoint(
    name="schedule",
    about="Games of a day.",
    stage=Stage.SCHEDULE,
    path="/schedule/{day}",
    recognises=lambda body: holds_keys(body, "games"),
    parse=_parse,
    cost=lambda params: 10 * len(params.get("markets", "one").split(",")),
    is_empty=lambda body: body.strip() == b'{"games": []}',
    good_for=None,
)


def _pages(known: KnownSoFar, options: Mapping[str, str]) -> Iterable[Request]:
    """Ask for a first page, and then for as many as it says there are."""
    day = options.get("day")
    if not day:
        raise InputError("Expected the day of the pages; pass --param day=2024-10-22.")
    pages = 1
    for answer in known.answers("schedule"):
        if answer.params["day"] == day:
            pages = max(pages, json.loads(answer.body).get("pages", 1))
    for page in range(1, pages + 1):
        yield Request("toy", "schedule", {"day": day, "page": str(page)})


PAGES = Planner("pages", "All pages of a day.", _pages, {"day": "ISO date"})
LIVE = Endpoint(
    name="live",
    about="Games as they are now.",
    stage=Stage.SCHEDULE,
    path="/live",
    recognises=lambda body: holds_keys(body, "games"),
    parse=_parse,
    good_for=timedelta(minutes=5),
)
PROVIDER = Provider(
    name="toy",
    about="Schedules, for tests.",
    address="http://127.0.0.1:9",
    endpoints={e.name: e for e in (SCHEDULE, LIVE)},
    secret="TOY_KEY",
    key_from="Write any word",
    key_param="apiKey",
    per_minute=600_000.0,
    credits_left="x-left",
    credits_used="x-used",
    credits_cost="x-cost",
)


def games(day: str, *pairs: str, **extra: Any) -> dict[str, Any]:
    """Return the document of a day's games, given as "NYK@BOS"."""
    return {
        "stated": f"{day}T15:00:00+00:00",
        "games": [
            {
                "date": day,
                "away": pair.partition("@")[0],
                "home": pair.partition("@")[2],
                "tip": f"{day}T23:30:00+00:00",
            }
            for pair in pairs
        ],
        **extra,
    }
