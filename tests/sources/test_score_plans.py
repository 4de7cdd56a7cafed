"""Scores and injuries are asked for date by date and page by page, until they are settled."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.sources.hand_clock import QUICK, HandClock
from tests.sources.weather import Asked, Reply, ok, weather

from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Request
from tipoff.sources.format import Reference
from tipoff.sources.plans import KnownSoFar, Planner
from tipoff.sources.providers.catalogue import PLANNERS, PROVIDERS
from tipoff.store.lake import Lake, open_lake
from tipoff.workflows.fetch import fetch
from tipoff.workflows.fetch_order import Order

# In the night after the games of 2 November, Eastern.
NOW = datetime(2024, 11, 3, 3, tzinfo=UTC)
SPAN = {"start": "2024-11-01", "end": "2024-11-30"}


def _answer(
    provider: str, endpoint: str, params: Mapping[str, str], body: object, at: datetime
) -> Answer:
    return Answer(provider, endpoint, params, json.dumps(body).encode(), fetched_at=at)


def _asked(
    provider: str,
    plan: str,
    options: Mapping[str, str],
    answers: Sequence[Answer] = (),
    now: datetime = NOW,
) -> list[Request]:
    def kept(endpoint: str) -> Iterable[Answer]:
        return [answer for answer in answers if answer.endpoint == endpoint]

    planner: Planner = PLANNERS[provider][plan]
    return list(
        planner.build(KnownSoFar(Reference(pl.DataFrame(), pl.DataFrame()), kept, now), options)
    )


def _events(**games: bool) -> dict[str, Any]:
    return {
        "leagues": [],
        "events": [{"id": i, "status": {"type": {"completed": c}}} for i, c in games.items()],
    }


def _page(following: int) -> dict[str, Any]:
    return {"data": [], "meta": {"next_cursor": following}}


def test_espn_is_asked_for_each_date_and_for_the_games_that_are_over() -> None:
    first = _asked("espn", "days", SPAN)
    assert [r.params["dates"] for r in first] == ["20241101", "20241102"]
    board = _answer(
        "espn", "scoreboard", {"dates": "20241101"}, _events(g1=False), NOW - timedelta(hours=30)
    )
    last = _answer("espn", "scoreboard", {"dates": "20241101"}, _events(g1=True, g2=False), NOW)
    other = _answer("espn", "scoreboard", {"dates": "20241031"}, _events(g9=True), NOW)
    then = _asked("espn", "days", SPAN, [board, last, other])
    assert [r.params["event"] for r in then if r.endpoint == "summary"] == ["g1"]
    assert {r.endpoint for r in _asked("espn", "days", {**SPAN, "parts": "games"}, [last])} == {
        "scoreboard"
    }


def test_a_date_is_asked_for_again_until_noon_after_it() -> None:
    """Noon Eastern is 16:00 UTC on 2 November, in summer time, and 17:00 on 3 November."""
    over, under_way = _asked("espn", "days", SPAN)
    assert over.good_for == NOW - datetime(2024, 11, 2, 16, tzinfo=UTC)
    assert under_way.good_for == timedelta(minutes=10)
    later = _asked("espn", "days", SPAN, now=datetime(2024, 11, 3, 19, tzinfo=UTC))
    assert later[1].good_for == timedelta(hours=2)


def test_balldontlie_is_asked_month_by_month_and_page_by_page() -> None:
    options = {"start": "2024-10-30", "end": "2024-11-02"}
    first = _asked("balldontlie", "days", options)
    months = [
        (r.params["start_date"], r.params["end_date"]) for r in first if "start_date" in r.params
    ]
    assert months == [("2024-10-30", "2024-10-31"), ("2024-11-01", "2024-11-02")]
    assert [r.params["date"] for r in first if r.endpoint == "box_scores"] == [
        "2024-10-30", "2024-10-31", "2024-11-01", "2024-11-02",
    ]  # fmt: skip
    page = _answer("balldontlie", "games", first[0].params, _page(7), NOW)
    then = _asked("balldontlie", "days", options, [page])
    assert then[1].params == {**first[0].params, "cursor": "7"}


def test_a_page_of_an_earlier_list_does_not_count_for_a_newer_one() -> None:
    params = {"per_page": "100"}
    old, new = NOW - timedelta(hours=3), NOW - timedelta(minutes=5)
    listed = ("balldontlie", "player_injuries")
    pages = [
        _answer(*listed, params, _page(7), new),
        _answer(*listed, {**params, "cursor": "7"}, _page(8), old),
    ]
    asked = _asked("balldontlie", "today", {}, pages)
    assert [r.params.get("cursor") for r in asked[1:]] == [None, "7"]
    assert asked[-1].good_for == timedelta(minutes=5 + 5)
    # A first page that is too old is asked for anew before anything follows it.
    stale = [replace(page, fetched_at=old) for page in pages]
    assert [r.params.get("cursor") for r in _asked("balldontlie", "today", {}, stale)[1:]] == [None]


@pytest.mark.parametrize("provider", ["espn", "balldontlie"])
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Expected an ISO date such as 2024-10-22 for --param start"),
        ({"start": "1 May"}, "Expected an ISO date such as 2024-10-22 for --param start"),
        ({"start": "2024-11-02", "end": "2024-11-01"}, "Expected an end at or after the start"),
        ({**SPAN, "parts": "all"}, "Expected parts out of games, boxes; got all"),
        ({**SPAN, "parts": ""}, "Expected parts out of games, boxes; got none"),
    ],
)
def test_odd_options_are_refused(provider: str, options: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        _asked(provider, "days", options)


def test_dates_to_come_are_not_asked_for() -> None:
    assert _asked("espn", "days", {"start": "2024-12-01", "end": "2024-12-31"}) == []


def test_all_pages_are_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLDONTLIE_API_KEY", "a-key-of-some-length")
    monkeypatch.setenv("NO_PROXY", "*")
    lake = open_lake(str(tmp_path / "lake"))
    pages = {"": 3, "3": 5, "5": None}
    asked: list[str] = []

    def script(found: Asked, _: int) -> Reply:
        cursor = found.params.get("cursor", "")
        if found.path.endswith("/games"):
            return ok({"data": [], "meta": {"per_page": 100}})
        asked.append(cursor)
        player = {"team_id": 2, "first_name": "Al", "last_name": "Horford"}
        row = {"player": player, "return_date": None, "status": "Out", "description": "rest"}
        return ok({"data": [row], "meta": {"next_cursor": pages[cursor]}})

    with weather(script) as server:
        monkeypatch.setenv("TIPOFF_BALLDONTLIE_URL", server.address)
        for _ in range(2):
            _fetch(lake)
    assert asked == ["", "3", "5"]


def _fetch(lake: Lake) -> None:
    provider = replace(PROVIDERS["balldontlie"], per_minute=600_000.0)
    order = Order(provider, "today", {}, PLANNERS["balldontlie"]["today"], concurrency=1)
    report = fetch(lake, order, manners=QUICK, clock=HandClock().clock)
    assert not report["failed"]
