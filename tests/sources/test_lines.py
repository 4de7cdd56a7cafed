"""Every layout of prop lines gives the same quote; what can not be taken is marked."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from tipoff.sources import prop_lines_daily, prop_lines_odds_api
from tipoff.sources.format import Content, Format, Parsed, Reference
from tipoff.sources.line_rows import NO_GAME, NO_PRICE
from tipoff.sources.quote_sides import JOINED
from tipoff.sources.recognise import recognise
from tipoff.store.lake import validated
from tipoff.tables.raw import MARKS

AsContent = Callable[..., Content]
TIP_OFF = "2024-10-22 23:30:00+00:00"
SEEN = "2024-10-22T17:05:00Z"
SIDE = {
    "event_id": "e1", "commence_time": TIP_OFF, "home_team": "Boston Celtics",
    "away_team": "New York Knicks", "bookmaker": "draftkings", "market": "player_points",
    "player": "Jayson Tatum", "line": 28.5, "file_date": "2024-10-22",
}  # fmt: skip
DAILY = {
    "file_date": "2024-10-22", "game": "ny @ bos", "away": "ny", "home": "bos",
    "player": "jayson tatum", "market": "pts", "line": 28.5, "over_price": -110,
    "under_price": -115, "bookmaker": "dk", "game_on_file_date": True,
}  # fmt: skip


def _format(name: str) -> Format:
    known = (*prop_lines_daily.FORMATS, *prop_lines_odds_api.FORMATS)
    return next(layout for layout in known if layout.name == name)


def _sides(**changes: Any) -> list[dict[str, Any]]:
    shared = SIDE | {"market_last_update": SEEN} | changes
    return [
        shared | {"side": "Over", "price": changes.get("over", -110)},
        shared | {"side": "Under", "price": changes.get("under", -115)},
    ]


LAYOUTS: dict[str, list[dict[str, Any]]] = {
    "odds_api_sides": _sides(),
    "daily_book": [DAILY],
    "odds_api_quotes": [
        {
            "event_id": "e1", "player": "Jayson Tatum", "market": "player_points", "line": 28.5,
            "bookmaker": "draftkings", "commence_time": TIP_OFF, "over_price": -110,
            "under_price": -115, "game": "New York Knicks @ Boston Celtics",
            "file_stamp": "20241022_170500",
        }
    ],
    "lines_only_wide": [
        {
            "GAME_DATE": "2024-10-22", "Player_Name": "Jayson Tatum", "MATCHUP": "BOS vs. NYK",
            "PTS_PROP": "28.5", "REB_PROP": None,
        }
    ],
}  # fmt: skip


def _parse(name: str, rows: list[dict[str, Any]], content: AsContent, known: Reference) -> Parsed:
    opened = content(pl.DataFrame(rows))
    found = recognise(opened)
    assert found is not None
    assert found.name == name
    parsed = found.parse(opened, known)[0]
    validated(parsed.table, parsed.frame)
    return parsed


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_every_layout_gives_the_same_quote(
    as_content: AsContent, reference: Reference, name: str
) -> None:
    frame = _parse(name, LAYOUTS[name], as_content, reference).frame
    assert frame.height == 1
    row = frame.row(0, named=True)
    assert (row["game_id"], row["name_key"]) == ("20241022_NYK_BOS", "jayson tatum")
    assert (row["market"], row["line"]) == ("points", 28.5)
    assert not any(row[mark] for mark in MARKS)
    if name != "lines_only_wide":
        assert (row["book"], row["over_price"], row["under_price"]) == ("draftkings", -110, -115)


@pytest.mark.parametrize(
    ("name", "basis", "at"),
    [
        ("odds_api_sides", "recorded", datetime(2024, 10, 22, 17, 5, tzinfo=UTC)),
        ("odds_api_quotes", "recorded", datetime(2024, 10, 22, 17, 5, tzinfo=UTC)),
        ("daily_book", "assumed", datetime(2024, 10, 22, 16, 0, tzinfo=UTC)),
        ("lines_only_wide", "assumed", datetime(2024, 10, 22, 16, 0, tzinfo=UTC)),
    ],
)
def test_the_time_of_a_quote_is_recorded_or_assumed(
    as_content: AsContent, reference: Reference, name: str, basis: str, at: datetime
) -> None:
    row = _parse(name, LAYOUTS[name], as_content, reference).frame.row(0, named=True)
    assert (row["observed_basis"], row["observed_at"]) == (basis, at)


def test_a_quote_in_the_game_is_kept_and_marked(
    as_content: AsContent, reference: Reference
) -> None:
    late = _sides(market_last_update="2024-10-22T23:31:00Z")
    frame = _parse("odds_api_sides", late, as_content, reference).frame
    assert frame["is_after_tip_off"].to_list() == [True]


def test_a_line_of_another_day_is_kept_and_marked(
    as_content: AsContent, reference: Reference
) -> None:
    stale = DAILY | {"game_on_file_date": False, "home": "mia"}
    frame = _parse("daily_book", [DAILY, stale], as_content, reference).frame
    assert sorted(frame["is_stale"].to_list()) == [False, True]


def test_alternates_are_all_but_the_line_nearest_even(
    as_content: AsContent, reference: Reference
) -> None:
    ladder = [
        *_sides(),
        *_sides(line=24.5, over=-260, under=200),
        *_sides(line=32.5, over=210, under=-280),
    ]
    frame = _parse("odds_api_sides", ladder, as_content, reference).frame
    assert dict(frame.select("line", "is_alternate").iter_rows()) == {
        24.5: True,
        28.5: False,
        32.5: True,
    }


def test_both_sides_become_one_row_and_one_side_alone_stays(
    as_content: AsContent, reference: Reference
) -> None:
    frame = _parse("odds_api_sides", _sides()[:1], as_content, reference).frame
    assert frame.select("over_price", "under_price").rows() == [(-110, None)]


def test_prices_that_are_none_are_null(as_content: AsContent, reference: Reference) -> None:
    parsed = _parse("odds_api_sides", _sides(over=-50), as_content, reference)
    assert parsed.frame["over_price"].to_list() == [None]
    assert parsed.notes == {NO_PRICE: 1, JOINED: 1}


def test_a_game_that_the_schedule_does_not_know_is_refused(
    as_content: AsContent, reference: Reference
) -> None:
    rows = [DAILY, DAILY | {"away": "mia", "home": "orl"}]
    parsed = _parse("daily_book", rows, as_content, reference)
    assert parsed.frame.height == 1
    assert dict(parsed.rejected) == {NO_GAME: 1}


def test_every_real_layout_of_lines_is_known_by_name() -> None:
    names = {_format(name).name for name in LAYOUTS}
    assert names == set(LAYOUTS)
