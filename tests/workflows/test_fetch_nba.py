"""Some days of a made-up league, downloaded from a server that speaks the NBA's formats."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.sources.hand_clock import QUICK, HandClock
from tests.sources.providers.nba_site import Site
from tests.sources.weather import ERROR_PAGE, Asked, Reply, weather

from tipoff.sources.league import League
from tipoff.sources.providers.nba import PLANNERS, PROVIDER
from tipoff.store.lake import Lake, open_lake, read, table_hash
from tipoff.tables.raw import (
    AVAILABILITY,
    GAMES,
    MADE_SHOTS,
    PLAYER_BOXES,
    PLAYER_PERIODS,
    ROSTERS,
    SHOTS,
    TEAM_BOXES,
)
from tipoff.workflows.fetch import fetch
from tipoff.workflows.fetch_order import Order
from tipoff.workflows.parse_answers import parse

_TABLES = (GAMES, PLAYER_BOXES, TEAM_BOXES, SHOTS, MADE_SHOTS, PLAYER_PERIODS, AVAILABILITY)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def _order(day: str) -> Order:
    params = {"season": ["2022-23"], "from": [day], "to": [day], "parts": ["boxes,shots,reports"]}
    return Order(PROVIDER, "season", params, planner=PLANNERS[0], concurrency=1)


def _downloaded(
    lake: Lake, site: Site, day: str, monkeypatch: pytest.MonkeyPatch, spoil_every: int = 0
) -> dict[str, Any]:
    def script(asked: Asked, number: int) -> Reply:
        if spoil_every and number % spoil_every == 1:
            return Reply(200, ERROR_PAGE)
        status, body = site.answer(asked.path, asked.params)
        return Reply(status, body)

    with weather(script) as server:
        monkeypatch.setenv("TIPOFF_NBA_URL", server.address)
        report = fetch(lake, _order(day), manners=QUICK, clock=HandClock().clock)
    parse(lake, {PROVIDER.name: PROVIDER}, now=HandClock().begin)
    return {**report, "requests_seen": len(server.asked)}


def test_a_day_is_that_day_in_spite_of_bad_weather(
    league: League, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    league_frames = league.frames
    games = league_frames["games"].filter(season="2022-23")
    day = str(games["game_date"][40])
    site = Site(league.frames, league.on_floor)
    clean, rough = (open_lake(str(tmp_path / name)) for name in ("clean", "rough"))
    report = _downloaded(clean, site, day, monkeypatch)
    assert (report["left"], report["failed"]) == (0, [])
    spoilt = _downloaded(rough, site, day, monkeypatch, spoil_every=10)
    assert spoilt["requests_seen"] > report["requests_seen"]
    for table in _TABLES:
        assert table_hash(clean, table) == table_hash(rough, table)
    of_day = games.filter(pl.col("game_date").cast(pl.String) == day)
    boxes = read(clean, PLAYER_BOXES)
    played = league_frames["player_boxes"].filter(
        pl.col("game_id").is_in(of_day["game_id"].implode())
    )
    assert boxes.height == played.height > 0
    assert boxes["seconds_played"].sum() == played["seconds_played"].sum()
    assert boxes["observed_basis"].unique().to_list() == ["assumed"]
    # Time on the floor adds up, and is that of the box scores but for rounding.
    periods = read(clean, PLAYER_PERIODS)
    shared = periods.group_by("game_id", "team", "period").agg(pl.col("seconds").sum())
    assert set(shared["seconds"]) <= {5 * 720, 5 * 300}
    assert shared.height == 8 * of_day.height + 2 * int((shared["period"] == 5).sum()) // 2
    whole = periods.group_by("game_id", "player_id").agg(pl.col("seconds").sum())
    both = whole.join(boxes, on=["game_id", "player_id"], how="full", coalesce=True)
    assert (both["seconds"] - both["seconds_played"]).abs().max() <= 1  # type: ignore[operator]
    assert both["seconds"].null_count() == both["seconds_played"].null_count() == 0
    tips = dict(of_day.select("game_id", "tip_off_at").iter_rows())
    listed = read(clean, AVAILABILITY).filter(pl.col("game_id").is_in(list(tips)))
    assert listed.height > 0
    assert all(at < tips[game] for game, at in listed.select("game_id", "observed_at").rows())
    # The player index tells who did not play that day; who never played is in no answer.
    known = set(read(clean, ROSTERS)["player_name"])
    open_ = listed.filter(pl.col("player_id").is_null())["player_name"]
    assert len(open_) < listed.height / 4
    assert not set(open_) & known
