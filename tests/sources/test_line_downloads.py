"""Downloads go on from what was answered, until nothing new is to be asked."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from tests.sources.providers import odds_payloads
from tests.sources.providers.odds_cases import body

from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Request
from tipoff.sources.format import Reference
from tipoff.sources.line_downloads import odds_history, odds_today, offers_history

TIP_OFF = datetime(2024, 1, 26, 0, 10, tzinfo=UTC)
GAMES = pl.DataFrame(
    {
        "game_id": ["20240125_BOS_MIA", "20240126_NYK_CLE"],
        "season": ["2023-24"] * 2,
        "home_team": ["MIA", "CLE"],
        "away_team": ["BOS", "NYK"],
        "tip_off_at": [TIP_OFF, TIP_OFF + timedelta(days=1)],
    },
    schema_overrides={"tip_off_at": pl.Datetime("us", "UTC")},
).with_columns(game_date=pl.col("tip_off_at").dt.convert_time_zone("America/New_York").dt.date())
KNOWN = Reference(GAMES, pl.DataFrame())
DATES = {"start": "2024-01-25", "end": "2024-01-26"}
Download = Callable[..., list[Request]]


class _Server:
    """Answers every request once, as a provider would."""

    def __init__(self, told: Callable[[Request], Any]) -> None:
        self.told, self.kept, self.rounds = told, list[Answer](), 0

    def answers(self, endpoint: str) -> Iterable[Answer]:
        return [answer for answer in self.kept if answer.endpoint == endpoint]

    def run(self, download: Download, now: datetime, options: dict[str, str]) -> list[Request]:
        """Ask in rounds until nothing is new; return all requests in the order of asking."""
        asked: list[Request] = []
        while new := [
            request
            for request in download(KNOWN, self.answers, now, options)
            if request not in asked
        ]:
            self.rounds += 1
            for request in new:
                asked.append(request)
                self.kept.append(
                    Answer(
                        request.provider, request.endpoint, request.params,
                        body(self.told(request)), now, about=request.about,
                    )
                )  # fmt: skip
        return asked


def _odds_api(request: Request) -> Any:
    events = odds_payloads.events(GAMES)
    if request.endpoint == "events":
        return events
    at = datetime.fromisoformat(request.params["date"]) if "date" in request.params else TIP_OFF
    found: Any = events
    if "event_id" in request.params:
        found = {**events[0], "bookmakers": []}
    return odds_payloads.historical(found, at)


def test_history_takes_two_rounds() -> None:
    server = _Server(_odds_api)
    asked = server.run(odds_history, TIP_OFF + timedelta(days=9), {**DATES, "instants": "-2h,-5m"})
    assert server.rounds == 2
    kinds = [request.endpoint for request in asked]
    assert kinds == ["historical_events"] * 2 + ["historical_event_odds"] * 4
    times = [request.params["date"] for request in asked[2:]]
    assert times == sorted(times)


def test_nothing_is_asked_of_the_future() -> None:
    asked = _Server(_odds_api).run(odds_history, TIP_OFF, {**DATES, "instants": "-2h,-5m"})
    assert all(datetime.fromisoformat(r.params["date"]) <= TIP_OFF for r in asked)


def test_today_asks_for_the_games_ahead() -> None:
    server = _Server(_odds_api)
    asked = server.run(odds_today, TIP_OFF - timedelta(hours=2), {"markets": "points,total"})
    assert [request.endpoint for request in asked] == ["events", "event_odds", "event_odds"]
    late = _Server(_odds_api).run(odds_today, TIP_OFF + timedelta(minutes=1), {})
    assert [r.params.get("event_id") for r in late] == [None, "20240126_NYK_CLE"]


def _betting_pros(request: Request) -> Any:
    ids = {game_id: 30_001 + n for n, game_id in enumerate(GAMES["game_id"])}
    if request.endpoint == "events":
        day = GAMES.filter(pl.col("game_date").cast(pl.String) == request.params["date"])
        return odds_payloads.betting_pros_events(day, ids, TIP_OFF)
    return {"offers": [], "_pagination": {"page": int(request.params["page"]), "total_pages": 3}}


def test_offers_take_events_then_pages() -> None:
    server = _Server(_betting_pros)
    asked = server.run(offers_history, TIP_OFF + timedelta(days=9), DATES)
    assert server.rounds == 3
    assert [request.endpoint for request in asked] == ["events"] * 2 + ["offers"] * 6
    pages = [(r.params["event_id"], r.params["page"]) for r in asked[2:]]
    assert sorted(pages) == [(e, p) for e in ("30001", "30002") for p in ("1", "2", "3")]
    assert asked[-1].about == {"30002": "NYK@CLE 2024-01-27T00:10:00Z"}
    soon = _Server(_betting_pros).run(offers_history, TIP_OFF + timedelta(days=1), DATES)
    assert {r.params.get("date") for r in soon} == {"2024-01-25", None}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"start": "2024-01-25"}, "an ISO date such as .* for --param end"),
        ({"start": "2024-01-25", "end": "2024-01-24"}, "not before the start"),
        ({"start": "2023-12-25", "end": "2023-12-26"}, "schedule first"),
        ({**DATES, "alternates": "maybe"}, "yes or no"),
        ({**DATES, "markets": "goals"}, "Expected a market"),
        ({**DATES, "instants": "5m"}, "before tip-off"),
    ],
)
def test_wrong_options_are_one_sentence(options: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        odds_history(KNOWN, lambda _: [], TIP_OFF + timedelta(days=9), options)
