"""ESPN's web pages: the state that a page carries as JSON, and when the page was made."""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Endpoint, Provider, expect
from tipoff.sources.answer_rows import NOT_FINAL, at, listed, refused
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.providers.espn import roster_rows
from tipoff.sources.providers.espn_boxes import Game, box_lines
from tipoff.tables.raw import PLAYER_BOXES

NAME = "espn_pages"
_STATE = "window['__espnfitt__']="
# The page names its build and ends with the moment that it was made.
_MADE = re.compile(r"<!--\s*ESPNFITT\s*\|[^>]*\|\s*([^|>]+ GMT)\s*-->")


def page_state(answer: Answer) -> Any:
    """Return the content of the state that a page carries.

    Raises:
        InputError: there is none, or it is cut off.
    """
    page = answer.body.decode("utf-8", errors="replace")
    _, found, rest = page.partition(_STATE)
    try:
        state, _ = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):
        kind = "a page whose state is cut off" if found else "a page without one"
        raise InputError(
            f"Expected the state of a page ({_STATE}…) from ESPN's {answer.endpoint}, got {kind}. "
            "The answer is kept; ask again later."
        ) from None
    return expect(answer, at(state, "page", "content"), dict, "the content of a page")


def made_at(body: bytes) -> datetime | None:
    """Return when a page says that it was made; None where it does not."""
    found = _MADE.search(body[:4096].decode("utf-8", errors="replace"))
    if found is None:
        return None
    try:
        moment = parsedate_to_datetime(found[1].strip())
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def _dated(answer: Answer) -> Answer:
    """Say of a page that came at an unknown moment that it came when it was made."""
    return Answer(
        answer.provider,
        answer.endpoint,
        answer.params,
        answer.body,
        answer.fetched_at or made_at(answer.body),
    )


def _box_score(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per listed player."""
    package = at(page_state(answer), "gamepackage")
    teams = expect(answer, at(package, "bxscr"), list, "the box score of a page")
    strip = at(package, "gmStrp")
    lines = [
        {
            "player_name": at(line, "athlt", "dspNm"),
            "team": at(side, "tm", "abbrev"),
            "is_starter": _is_starter(at(group, "type")),
            "labels": at(group, "lbls"),
            "stats": at(line, "stats"),
            "is_absent": at(line, "dnpRsn") is not None and not at(line, "stats"),
        }
        for side in teams
        for group in listed(side, "stats")
        for line in listed(group, "athlts")
    ]
    if at(strip, "statusState") != "post":
        return refused(PLAYER_BOXES, NOT_FINAL, len(lines))
    at_home = {
        at(t, "isHome"): at(t, "abbrev")
        for t in listed(strip, "tms")
        if isinstance(at(t, "isHome"), bool)
    }
    game = Game(at(strip, "dt"), at_home.get(True), at_home.get(False), at(strip, "seasonType"))
    return box_lines(lines, game, reference, _dated(answer))


def _is_starter(group: object) -> bool | None:
    return group == "starters" if group in ("starters", "bench") else None


def _roster(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per injury, and one refused per athlete without any."""
    found = expect(answer, at(page_state(answer), "roster"), dict, "a roster")
    athletes = expect(answer, at(found, "athletes"), list, "a list of athletes")
    code = at(found, "team", "abbrev")
    return roster_rows(athletes, code, "name", reference, _dated(answer))


def _is_page_of(body: bytes, part: bytes) -> bool:
    return _STATE.encode() in body and part in body


_ENDPOINTS = (
    Endpoint(
        "box_score",
        "Box score page of a finished game.",
        Stage.BOX_WITH_NAMES,
        "boxscore/_/gameId/{id}",
        lambda body: _is_page_of(body, b'"bxscr":'),
        _box_score,
    ),
    Endpoint(
        "roster",
        "Roster page of a team, with injuries where it states them.",
        Stage.EVENTS,
        "team/roster/_/name/{code}",
        lambda body: _is_page_of(body, b'"roster":') and b'"bxscr":' not in body,
        _roster,
    ),
)

PROVIDER = Provider(
    name=NAME,
    about="ESPN's web pages, for what its JSON does not give.",
    address="https://www.espn.com/nba",
    endpoints={endpoint.name: endpoint for endpoint in _ENDPOINTS},
    headers={
        "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    },
    per_minute=20.0,
)
