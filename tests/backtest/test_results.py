"""What became of predictions: settled, void or waiting, each with the reason that fits."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from tipoff.backtest.results import (
    DID_NOT_PLAY,
    GONE,
    LATE_SCRATCH,
    MOVED,
    NO_BOX,
    PARTIAL_BOX,
    RULED_OUT,
    TEAM_SECONDS,
    UNKNOWN_PLAYER,
    VOID_REASONS,
    WAITING,
    with_grades,
    with_results,
)
from tipoff.domain.market import MARKETS
from tipoff.features.load import RULED_OUT as OUT
from tipoff.tables.predictions import SETTLED, VOID

GAME = "20230201_AAA_BBB"
WHOLE = float(TEAM_SECONDS)
MOMENT = pl.Datetime("us", "UTC")
RESULTS: dict[str, Any] = {
    "game_id": pl.String,
    "player_id": pl.String,
    "actual": pl.Float64,
    "known_at": MOMENT,
}
BOXES: dict[str, Any] = {
    "game_id": pl.String,
    "team": pl.String,
    "seconds": pl.Float64,
    "has_unknown": pl.Boolean,
}
KNOWN = datetime(2023, 2, 2, 4, tzinfo=UTC)


def _judged(
    *,
    status: str | None = None,
    actual: float | str | None = None,
    box: tuple[float | None, bool] | None = (WHOLE, False),
    listed: bool = True,
    moved: date | None = None,
) -> tuple[str, str | None, float | None]:
    """State, reason and actual of one prediction; actual "absent": the box has no such player."""
    rows = pl.DataFrame(
        {"game_id": [GAME], "player_id": ["p"], "team": ["AAA"], "injury_status": [status]},
        schema_overrides={"injury_status": pl.String},
    )
    told = [] if actual == "absent" else [(GAME, "p", actual, KNOWN)]
    results = pl.DataFrame(told, schema=RESULTS, orient="row")
    found = [] if box is None else [(GAME, "AAA", *box)]
    boxes = pl.DataFrame(found, schema=BOXES, orient="row")
    games = pl.DataFrame(
        [(GAME, moved)] if listed or moved else [],
        schema={"game_id": pl.String, "moved_to": pl.Date},
        orient="row",
    )
    one = with_results(rows, results, boxes, games).row(0, named=True)
    return one["state"], one["state_reason"], one["actual"]


ABSENT: dict[str, Any] = {"actual": "absent"}
CASES: dict[str, tuple[dict[str, Any], tuple[str, str | None]]] = {
    "played": ({"actual": 20.0}, (SETTLED, None)),
    "played and scored nothing": ({"actual": 0.0}, (SETTLED, None)),
    "overtime": ({"actual": 20.0, "box": (WHOLE * 1.2, False)}, (SETTLED, None)),
    "somebody else is unknown": ({"actual": 20.0, "box": (WHOLE, True)}, (SETTLED, None)),
    "listed without minutes": ({"actual": None}, (VOID, DID_NOT_PLAY)),
    "not in the box": (ABSENT, (VOID, DID_NOT_PLAY)),
    "reported out": ({**ABSENT, "status": OUT}, (VOID, RULED_OUT)),
    "late scratch": ({**ABSENT, "status": "questionable"}, (VOID, LATE_SCRATCH)),
    "scratched though probable": ({**ABSENT, "status": "probable"}, (VOID, LATE_SCRATCH)),
    "absent though available": ({**ABSENT, "status": "available"}, (VOID, DID_NOT_PLAY)),
    "no box": ({**ABSENT, "box": None}, (WAITING, NO_BOX)),
    "part of a box": ({**ABSENT, "box": (WHOLE / 2, False)}, (WAITING, PARTIAL_BOX)),
    "part of a box with him": ({"actual": 8.0, "box": (WHOLE / 2, False)}, (WAITING, PARTIAL_BOX)),
    "a box without minutes": ({**ABSENT, "box": (None, False)}, (WAITING, PARTIAL_BOX)),
    "he may be the unknown one": ({**ABSENT, "box": (WHOLE, True)}, (WAITING, UNKNOWN_PLAYER)),
    "gone": ({**ABSENT, "box": None, "listed": False}, (VOID, GONE)),
    "moved": (
        {**ABSENT, "box": None, "listed": False, "moved": date(2023, 2, 9)},
        (VOID, MOVED),
    ),
    "off the schedule but played": ({"actual": 20.0, "listed": False}, (SETTLED, None)),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_ending_has_its_state_and_reason(case: str) -> None:
    given, expected = CASES[case]
    state, reason, actual = _judged(**given)
    assert (state, reason) == expected
    if state == SETTLED:
        assert actual is not None


def test_every_void_reason_is_proven() -> None:
    assert {reason for _, (state, reason) in CASES.values() if state == VOID} == set(VOID_REASONS)


def _rows(**changed: Any) -> pl.DataFrame:
    """A settled prediction of over 20.5 at +150."""
    usual = {
        "slate": 1, "game_id": GAME, "player_id": "p", "prediction": 25.0, "line": 20.5,
        "actual": 22.0, "over_price": 150, "under_price": -180, "is_placeholder": False,
        "side": "over", "price": 150, "break_even": 0.4, "book": "fanduel",
        "observed_at": datetime(2023, 2, 1, 20, tzinfo=UTC), "observed_basis": "recorded",
    }  # fmt: skip
    types = {"actual": pl.Float64, "line": pl.Float64, "side": pl.String, "price": pl.Int32}
    return pl.DataFrame([{**usual, **changed}], schema_overrides=types)


QUOTES: dict[str, Any] = {
    "game_id": pl.String, "player_id": pl.String, "book": pl.String, "observed_at": MOMENT,
    "source": pl.String, "quote_number": pl.Int32, "line": pl.Float64,
    "observed_basis": pl.String, "tip_off_at": MOMENT, "over_price": pl.Int32,
    "under_price": pl.Int32, "is_placeholder_price": pl.Boolean, "is_alternate": pl.Boolean,
    "is_stale": pl.Boolean, "is_after_tip_off": pl.Boolean, "is_odd_date": pl.Boolean,
}  # fmt: skip


def _quotes(*at: tuple[int, float]) -> pl.DataFrame:
    """Quotes of the book, by minutes before a tip-off at 22:00 and line."""
    tip = datetime(2023, 2, 1, 22, tzinfo=UTC)
    rows = [
        (GAME, "p", "fanduel", tip - (tip - tip.replace(hour=21)) * minutes / 60, "s", 1, line,
         "recorded", tip, -110, -110, *[False] * 5)
        for minutes, line in at
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=QUOTES, orient="row")


@pytest.mark.parametrize(
    ("changed", "outcome", "profit"),
    [
        ({}, "win", 1.5),
        ({"actual": 20.0}, "loss", -1.0),
        ({"actual": 20.0, "line": 20.0}, "push", 0.0),
        ({"actual": None}, "void", None),
        ({"prediction": 15.0, "side": "under", "price": -180, "actual": 20.0}, "win", 100 / 180),
        ({"prediction": 20.5, "side": None, "price": None}, None, None),
        ({"line": None, "side": None, "price": None, "over_price": None}, None, None),
    ],
)
def test_a_pick_is_worth_what_its_own_price_pays(
    changed: dict[str, Any], outcome: str | None, profit: float | None
) -> None:
    rows = _rows(**changed)
    # A later line would have turned every outcome.
    told = with_grades(rows, _quotes((10, 30.5)), MARKETS["points"]).row(0, named=True)
    assert told["outcome"] == outcome
    assert told["profit"] == (None if profit is None else pytest.approx(profit, abs=1e-8))
    for name in ("side", "price", "line", "break_even"):
        assert told[name] == rows[name][0]


def test_closing_line_value_is_of_the_last_hour() -> None:
    """As in a backtest: a book that stopped quoting long before has no close."""
    told = with_grades(_rows(), _quotes((70, 21.5), (10, 23.5)), MARKETS["points"])
    assert told.select("close_line", "clv_line").row(0) == (23.5, 3.0)
    assert told["clv_probability"][0] > 0
    told = with_grades(_rows(), _quotes((70, 21.5)), MARKETS["points"])
    assert told.select("close_line", "clv_line").row(0) == (None, None)
    assert told["close_absent"][0] == "the last quote is too long before tip-off"
