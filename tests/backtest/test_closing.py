from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipoff.backtest import closing
from tipoff.backtest.closing import closing_summary, with_close
from tipoff.backtest.fair import METHODS, USUAL, fair_over
from tipoff.backtest.line_moves import at_other_line
from tipoff.domain.odds import payout

TIP = datetime(2024, 2, 1, 0, 30, tzinfo=UTC)
ENTERED = TIP - timedelta(hours=3)
MARKS = ("is_alternate", "is_stale", "is_after_tip_off", "is_odd_date", "is_placeholder_price")
MOMENT = pl.Datetime("us", "UTC")


def entry(**fields: Any) -> dict[str, Any]:
    return {
        "game_date": date(2024, 1, 31),
        "game_id": "20240131_AAA_BBB",
        "player_id": "1",
        "line": 20.5,
        "over_price": -110,
        "under_price": -110,
        "book": "draftkings",
        "source": "odds_api_sides",
        "observed_at": ENTERED,
        "observed_basis": "recorded",
        "side": "over",
        "is_placeholder": False,
        "outcome": "win",
        **fields,
    }


def quote(minutes: float = 10, **fields: Any) -> dict[str, Any]:
    """Return a quote so many minutes before tip-off."""
    return {
        "game_id": "20240131_AAA_BBB",
        "player_id": "1",
        "book": "draftkings",
        "source": "odds_api_sides",
        "quote_number": 1,
        "line": 20.5,
        "over_price": -110,
        "under_price": -110,
        "observed_at": TIP - timedelta(minutes=minutes),
        "observed_basis": "recorded",
        "tip_off_at": TIP,
        **dict.fromkeys(MARKS, False),
        **fields,
    }


PRICES: dict[str, Any] = {"over_price": pl.Int32, "under_price": pl.Int32}


def entries(*rows: dict[str, Any]) -> pl.DataFrame:
    types = {**PRICES, "observed_at": MOMENT, "side": pl.String}
    return pl.DataFrame(list(rows), schema_overrides=types)


def quotes(*rows: dict[str, Any]) -> pl.DataFrame:
    types = {**PRICES, "observed_at": MOMENT, "tip_off_at": MOMENT}
    names = list(quote())
    empty = pl.DataFrame([quote()], schema_overrides=types).clear()
    return pl.DataFrame(list(rows), schema=empty.schema) if rows else empty.select(names)


def closed(one: dict[str, Any], *later: dict[str, Any], **options: Any) -> dict[str, Any]:
    found = with_close(entries(one), quotes(*later), market="points", **options)
    return found.row(0, named=True)


@pytest.mark.parametrize(("side", "clv"), [("over", 1.5), ("under", -1.5)])
def test_a_risen_line_is_good_for_the_over(side: str, clv: float) -> None:
    got = closed(entry(side=side), quote(line=22.0))
    assert got["clv_line"] == clv
    assert (got["clv_probability"] > 0) == (clv > 0)
    assert (got["close_line"], got["close_at"]) == (22.0, TIP - timedelta(minutes=10))
    assert (got["close_lead"], got["close_absent"]) == (10.0, None)


@pytest.mark.parametrize(("side", "sign"), [("over", 1), ("under", -1)])
def test_an_unmoved_line_moves_by_its_prices(side: str, sign: int) -> None:
    got = closed(entry(side=side), quote(over_price=-140, under_price=115))
    fair = fair_over(pl.Series([-140]), pl.Series([115]), USUAL).item()
    assert got["clv_line"] == 0
    assert got["clv_probability"] == pytest.approx(sign * (fair - 0.5))
    win = fair if side == "over" else 1 - fair
    assert got["clv_value"] == pytest.approx(win * payout(-110) - (1 - win))


def test_a_moved_line_is_read_at_the_entrys_line() -> None:
    got = closed(entry(line=20.0), quote(line=22.5, over_price=-120, under_price=100))
    fair = fair_over(pl.Series([-120]), pl.Series([100]), USUAL).to_numpy()
    there = at_other_line(np.array([22.5]), fair, np.array([20.0]), "points")
    assert got["close_fair"] == pytest.approx(there.fair_over[0])
    assert got["clv_probability"] == pytest.approx(there.fair_over[0] - 0.5)
    # A push at 20 gives the stake back: only winning and losing weigh.
    value = there.over[0] * payout(-110) - there.under[0]
    assert got["clv_value"] == pytest.approx(value)
    assert there.push[0] > 0.02


def test_another_method_may_be_named() -> None:
    by = {
        method: closed(entry(), quote(over_price=-300, under_price=220), method=method)
        for method in METHODS
    }
    for method, got in by.items():
        fair = fair_over(pl.Series([-300]), pl.Series([220]), method).item()
        assert got["close_fair"] == pytest.approx(fair)
    assert by["power"]["clv_probability"] > by["multiplicative"]["clv_probability"]


def test_an_unchanged_quote_seen_again_is_a_close_of_nought() -> None:
    got = closed(entry(over_price=-125, under_price=105), quote(over_price=-125, under_price=105))
    assert (got["clv_line"], got["clv_probability"]) == (0, 0)
    assert got["clv_value"] < 0


def test_the_last_quote_before_tip_off_counts() -> None:
    later = [quote(60, line=21.5), quote(5, line=22.5), quote(30, line=23.5)]
    assert closed(entry(), *later)["close_line"] == 22.5


@pytest.mark.parametrize(
    "wrong",
    [
        {"is_alternate": True},
        {"is_stale": True},
        {"is_odd_date": True},
        {"is_after_tip_off": True},
        {"is_placeholder_price": True},
        {"observed_at": TIP},
        {"observed_at": TIP + timedelta(minutes=5)},
        {"book": "fanduel"},
        {"player_id": "2"},
        {"game_id": "20240131_CCC_DDD"},
        {"over_price": None},
        {"observed_at": ENTERED},
        {"observed_at": ENTERED - timedelta(minutes=1)},
    ],
)
def test_what_is_no_close_is_left_out(wrong: dict[str, Any]) -> None:
    assert closed(entry(), quote(60, line=21.5), quote(5, line=30.5, **wrong))["close_line"] == 21.5
    alone = closed(entry(), quote(5, line=30.5, **wrong))
    assert alone["close_absent"] == closing.NOT_SEEN
    assert all(alone[name] is None for name in alone if name.startswith("clv_"))
    assert alone["close_line"] is None
    assert alone["close_at"] is None


@pytest.mark.parametrize(
    ("one", "later", "within", "reason"),
    [
        ({"side": None}, [quote()], None, closing.NO_SIDE),
        ({"observed_basis": "assumed"}, [quote()], None, closing.ENTRY_ASSUMED),
        ({}, [quote(observed_basis="assumed")], None, closing.CLOSE_ASSUMED),
        ({}, [], None, closing.NOT_SEEN),
        ({}, [quote(90)], timedelta(minutes=60), closing.TOO_EARLY),
        ({}, [quote(60)], timedelta(minutes=60), None),
    ],
)
def test_an_absent_close_has_its_reason(
    one: dict[str, Any],
    later: list[dict[str, Any]],
    within: timedelta | None,
    reason: str | None,
) -> None:
    got = closed(entry(**one), *later, within=within)
    assert got["close_absent"] == reason
    known = [got[n] for n in ("close_line", "clv_line", "close_fair", "clv_probability")]
    assert all((v is None) == (reason is not None) for v in known)


def test_a_timed_close_is_taken_though_an_untimed_one_comes_later() -> None:
    got = closed(entry(), quote(60, line=21.5), quote(5, line=30.5, observed_basis="assumed"))
    assert (got["close_line"], got["close_absent"]) == (21.5, None)


def test_an_unpriced_close_has_a_line_and_no_probability() -> None:
    got = closed(entry(), quote(line=21.5, over_price=None, under_price=None))
    assert got["clv_line"] == 1.0
    assert (got["close_fair"], got["clv_probability"], got["clv_value"]) == (None, None, None)


def test_a_one_sided_close_of_the_own_side_has_a_line_only() -> None:
    got = closed(entry(), quote(line=21.5, under_price=None))
    assert (got["clv_line"], got["clv_probability"]) == (1.0, None)


def test_a_board_without_market_prices_is_held_against_its_own_quotes() -> None:
    board: dict[str, Any] = {"book": "prizepicks", "over_price": -137, "under_price": -137}
    later = quote(line=21.5, is_placeholder_price=True, **board)
    got = closed(entry(is_placeholder=True, **board), later)
    assert got["clv_line"] == 1.0
    assert (got["entry_fair"], got["clv_probability"], got["clv_value"]) == (None, None, None)


def test_rows_keep_their_order_and_columns() -> None:
    rows = entries(entry(player_id="2"), entry(player_id="1", side="under"), entry(side=None))
    got = with_close(rows, quotes(quote(line=21.5)), market="points")
    assert got.select(rows.columns).equals(rows)
    assert got["clv_line"].to_list() == [None, -1.0, None]
    back = with_close(rows.reverse(), quotes(quote(line=21.5)), market="points")
    assert back.reverse().equals(got)


def test_nothing_gives_nothing() -> None:
    none = with_close(entries(entry()).clear(), quotes(quote()), market="points")
    assert none.is_empty()
    got = closing_summary(none)
    assert (got["picks"], got["with_close"], got["absent"]) == (0, 0, {})
    assert got["line"]["mean"] is None
    assert got["beats_close"]["rate"] is None


def test_the_summary_counts_what_it_rests_on() -> None:
    days = [date(2024, 1, d) for d in (1, 1, 2, 3, 4)]
    rows = entries(
        *(entry(player_id=str(n), game_date=day) for n, day in enumerate(days)),
        entry(player_id="9", side=None),
        entry(player_id="8", observed_basis="assumed"),
    )
    later = [
        quote(player_id="0", line=21.5),
        quote(player_id="1", line=19.5, minutes=30),
        quote(player_id="2"),
        quote(player_id="3", line=22.5, over_price=None, under_price=None, minutes=100),
    ]
    got = closing_summary(with_close(rows, quotes(*later), market="points"))
    assert (got["picks"], got["with_close"]) == (6, 4)
    assert got["absent"] == {closing.NOT_SEEN: 1, closing.ENTRY_ASSUMED: 1}
    assert (got["line"]["mean"], got["line"]["n"]) == (0.5, 4)
    assert got["probability"]["n"] == 3
    assert got["beats_close"]["rate"] == 0.5
    assert (got["beats_close"]["n"], got["beats_close"]["ties"]) == (4, 1)
    assert got["lead"] == {"median_minutes": 20.0, "last_hour_share": 0.75}
    assert got["line"]["low"] <= 0.5 <= got["line"]["high"]


step = st.integers(1, 300)


@given(
    side=st.sampled_from(["over", "under"]),
    path=st.lists(
        st.tuples(step, st.integers(30, 50).map(lambda n: n / 2), st.booleans()),
        max_size=6,
        unique_by=lambda q: q[0],
    ),
)
def test_the_close_is_that_of_a_plain_search(
    side: str, path: list[tuple[int, float, bool]]
) -> None:
    found = None
    for minutes, line, is_alternate in sorted(path, reverse=True):
        if minutes < 180 and not is_alternate:
            found = line
    later = [quote(m, line=line, is_alternate=mark) for m, line, mark in path]
    got = closed(entry(side=side), *later)
    assert got["close_line"] == found
    if found is not None:
        assert got["clv_line"] == (found - 20.5 if side == "over" else 20.5 - found)
        if got["clv_line"] != 0:
            assert (got["clv_probability"] > 0) == (got["clv_line"] > 0)
