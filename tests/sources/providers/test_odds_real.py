"""Every real answer of The Odds API and BettingPros, with exactly what comes of it."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tipoff.sources.answer import Answer
from tipoff.sources.format import Reference
from tipoff.sources.providers import betting_pros, the_odds_api
from tipoff.sources.quote_sides import JOINED
from tipoff.store.lake import validated

# Per answer: its endpoint and, per table, rows, refused rows by reason, and sides joined to others.
Counts = dict[str, tuple[int, dict[str, int], int]]
_EVENTS: Counts = {"games": (3, {}, 0), "availability": (0, {betting_pros.UNTIMED_LINEUP: 100}, 0)}
WANTED: dict[str, tuple[str, Counts]] = {
    "oddsa_events_his/raw_4c3bc8f6.json": ("historical_events", {"games": (10, {}, 0)}),
    "oddsa_game_lines_his/raw_b722994c.json": (
        "historical_event_odds",
        {"game_lines": (4, {}, 4)},
    ),
    "oddsa_player_props_his/raw_815b3ee3.json": (
        "historical_event_odds",
        {"game_lines": (4, {}, 4)},
    ),
    "odds_api_historical_game_lines/raw_9221b91f.json": (
        "historical_event_odds",
        {"game_lines": (2, {}, 2)},
    ),
    "bp_events/raw_75470647.json": ("events", _EVENTS),
    "bp_events/raw_865cd116.json": ("events", _EVENTS),
}


@pytest.mark.real
@pytest.mark.parametrize("name", WANTED)
def test_a_real_answer(real_data: Path, real_reference: Reference, name: str) -> None:
    body = (real_data / "payloads" / name).read_bytes()
    provider = betting_pros.PROVIDER if name.startswith("bp_") else the_odds_api.PROVIDER
    known = [n for n, endpoint in provider.endpoints.items() if endpoint.recognises(body)]
    endpoint, wanted = WANTED[name]
    assert known == [endpoint]
    found = provider.endpoints[endpoint].parse(
        Answer(provider.name, endpoint, {}, body), real_reference
    )
    told: dict[str, Any] = {}
    for part in found:
        validated(part.table, part.frame)
        told[part.table.name] = (part.frame.height, part.rejected, part.notes.get(JOINED, 0))
    assert told == wanted
    rows = pl.concat([part.frame.select("game_id", "observed_basis") for part in found])
    assert rows["game_id"].is_in(real_reference.games["game_id"].implode()).all()
    assert set(rows["observed_basis"]) == {"recorded"}


@pytest.mark.real
def test_every_real_answer_is_named(real_data: Path) -> None:
    folders = ("oddsa_*", "odds_api_*", "bp_*")
    payloads = real_data / "payloads"
    there = {
        path.relative_to(payloads).as_posix()
        for folder in folders
        for path in payloads.glob(f"{folder}/*")
    }
    assert there == set(WANTED)


@pytest.mark.real
def test_real_game_lines_of_a_game_under_way(real_data: Path, real_reference: Reference) -> None:
    """The snapshot is 35 minutes after the start: kept, marked, never takeable."""
    path = real_data / "payloads" / "oddsa_game_lines_his" / "raw_b722994c.json"
    answer = Answer("the_odds_api", "historical_event_odds", {}, path.read_bytes())
    (lines,) = the_odds_api.PROVIDER.endpoints["historical_event_odds"].parse(
        answer, real_reference
    )
    assert lines.frame["is_after_tip_off"].all()
    assert lines.frame.select("book", "market", "line", "home_or_over_price").rows() == [
        ("draftkings", "spread", -6.5, -120),
        ("fanduel", "spread", -7.5, -114),
        ("draftkings", "total", 248.5, -115),
        ("fanduel", "total", 247.5, -115),
    ]
