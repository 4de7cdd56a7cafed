"""Timing, duplicates and lines of a file: settled without ever looking at what happened."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tipoff.backtest.file_duplicates import settled_rows
from tipoff.backtest.file_lines import main_lines, with_lines
from tipoff.backtest.file_timing import (
    AFTER,
    BEFORE,
    UNDATED,
    UNTOLD,
    timing,
    when,
    with_tip_off,
)
from tipoff.sources.loose_players import matched

DAY = date(2023, 1, 25)
TIP = datetime(2023, 1, 26, 0, 30, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")
SCHEMA: dict[str, Any] = {
    "row": pl.Int64, "player_name": pl.String, "player_id": pl.String, "name_key": pl.String,
    "team": pl.String, "book": pl.String, "game_date": pl.Date, "prediction": pl.Float64,
    "side": pl.String, "line": pl.Float64, "over_price": pl.Int32, "under_price": pl.Int32,
    "price": pl.Int32, "actual": pl.Float64, "minutes": pl.Float64, "stated_outcome": pl.String,
    "is_placeholder": pl.Boolean, "tip_off_from": MOMENT, "tip_off_to": MOMENT,
    "predicted_from": MOMENT, "predicted_to": MOMENT, "quoted_from": MOMENT, "quoted_to": MOMENT,
}  # fmt: skip


def _rows(*stated: dict[str, Any]) -> pl.DataFrame:
    usual = {"name_key": "luka doncic", "game_date": DAY, "book": "unstated",
             "is_placeholder": False}  # fmt: skip
    rows = []
    for place, own in enumerate(stated):
        row = {**dict.fromkeys(SCHEMA), "row": place, **usual, **own}
        for moment in ("tip_off", "predicted", "quoted"):
            at = row.pop(f"{moment}_at", None)
            if at is not None:
                row |= {f"{moment}_from": at, f"{moment}_to": at}
        rows.append(row)
    return pl.DataFrame(rows, schema=SCHEMA)


def _timed(*stated: dict[str, Any]) -> pl.DataFrame:
    return with_tip_off(_rows(*stated), None).with_columns(predicted_when=when("predicted"))


def _settled(*stated: dict[str, Any]) -> tuple[pl.DataFrame, dict[str, Any]]:
    return settled_rows(_timed(*stated))


@pytest.mark.parametrize(
    ("minutes", "tip_off", "said"),
    [
        (-1, TIP, BEFORE),
        (0, TIP, AFTER),
        (90, TIP, AFTER),
        (-12 * 60, None, BEFORE),
        (0, None, UNTOLD),
        (6 * 60, None, AFTER),
    ],
)
def test_a_prediction_is_before_or_after_only_where_that_is_certain(
    minutes: int, tip_off: datetime | None, said: str
) -> None:
    rows = _timed({"predicted_at": TIP + timedelta(minutes=minutes), "tip_off_at": tip_off})
    assert rows["predicted_when"].to_list() == [said]


def test_a_vague_moment_proves_nothing_either_way() -> None:
    rows = _timed(
        {"predicted_from": TIP - timedelta(hours=1), "predicted_to": TIP + timedelta(hours=4),
         "tip_off_at": TIP},
        {},
    )  # fmt: skip
    assert rows["predicted_when"].to_list() == [UNTOLD, UNDATED]
    assert "not proven" in timing(rows.tail(1), "predicted")["sentence"]


def test_rows_made_in_one_batch_afterwards_stand_out() -> None:
    made = TIP + timedelta(days=90)
    rows = _timed(*[
        {"game_date": DAY + timedelta(days=d), "predicted_at": made} for d in range(30)
    ])  # fmt: skip
    found = timing(rows, "predicted")
    assert found["after_share"] == 1
    assert found["batch"] == {"day": made.date(), "share": 1.0}
    daily = _timed(*[
        {"game_date": DAY + timedelta(days=d), "predicted_at": TIP + timedelta(days=d, hours=-9)}
        for d in range(30)
    ])  # fmt: skip
    assert timing(daily, "predicted")["batch"] is None


def test_rows_multiplied_by_a_join_count_once() -> None:
    games = [{"game_date": DAY + timedelta(days=d), "prediction": 20.0 + d} for d in range(5)]
    rows, report = _settled(*[game for game in games for _ in range(8)])
    assert rows["prediction"].to_list() == [20.0, 21.0, 22.0, 23.0, 24.0]
    assert (report["copies"], report["copies_each"], report["is_multiplied"]) == (35, 8, True)
    assert "8 times" in report["sentences"][0]
    _, clean = _settled(*games)
    assert (clean["copies"], clean["is_multiplied"], clean["sentences"]) == (0, False, [])


def test_the_last_prediction_before_tip_off_counts() -> None:
    rows, report = _settled(
        {"prediction": 20.0, "predicted_at": TIP - timedelta(hours=5), "tip_off_at": TIP},
        {"prediction": 22.0, "predicted_at": TIP - timedelta(hours=2), "tip_off_at": TIP},
        {"prediction": 40.0, "predicted_at": TIP + timedelta(hours=2), "tip_off_at": TIP},
    )
    assert rows["prediction"].to_list() == [22.0]
    assert report["several_predictions"] == 1


def test_predictions_without_a_time_are_averaged_in_any_order() -> None:
    own = [{"prediction": value, "actual": 21.0} for value in (20.0, 22.0, 27.0)]
    for order in (own, own[::-1]):
        rows, _ = _settled(*order)
        assert rows["prediction"].to_list() == [23.0]


def test_initials_with_several_predictions_are_no_player() -> None:
    own = [{"name_key": "j green", "prediction": value} for value in (20.0, 12.0)]
    rows, report = _settled(*own, {"name_key": "d green", "prediction": 9.0})
    assert (rows["name_key"].to_list(), report["may_be_two"]) == (["d green"], 2)
    teams = [{**own[0], "team": "HOU"}, {**own[1], "team": "GSW"}]
    assert _settled(*teams)[0]["prediction"].to_list() == [20.0, 12.0]


def test_two_sides_of_a_quote_become_one_row() -> None:
    rows, report = _settled(
        {"prediction": 20.0, "line": 19.5, "side": "over", "price": -115},
        {"prediction": 20.0, "line": 19.5, "side": "under", "price": -105},
    )
    row = rows.row(0, named=True)
    assert (rows.height, report["sides_joined"]) == (1, 2)
    assert (row["over_price"], row["under_price"], row["side"]) == (-115, -105, None)


def test_who_picks_both_sides_picks_none() -> None:
    rows, report = _settled({"side": "over", "line": 19.5}, {"side": "under", "line": 19.5})
    assert (rows.height, report["both_sides"]) == (0, 2)


def test_of_several_lines_the_one_nearest_the_median_is_taken() -> None:
    lines = [{"prediction": 20.0, "line": line, "book": book}
             for line, book in ((18.5, "a"), (19.5, "b"), (23.5, "c"))]  # fmt: skip
    rows, report = _settled(*lines)
    assert rows.select("line", "book", "consensus").row(0) == (19.5, "b", 19.5)
    assert report["several_lines"] == 1


def _with(own: dict[str, Any], *quotes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    timed = with_tip_off(_rows(*quotes), None)
    posted, told = main_lines(timed.drop("is_tip_off_stated"))
    rows = _rows({"prediction": 20.0, **own}).with_columns(consensus=pl.lit(None, pl.Float64))
    found, counts = with_lines(rows, matched(rows, timed).found, posted)
    return found.row(0, named=True), {**told, **counts}


def test_a_quote_after_tip_off_is_no_line() -> None:
    row, told = _with(
        {},
        {"line": 19.5, "quoted_at": TIP - timedelta(hours=1), "tip_off_at": TIP, "book": "a"},
        {"line": 26.5, "quoted_at": TIP + timedelta(hours=1), "tip_off_at": TIP, "book": "a"},
    )
    assert (row["line"], row["line_from"], told["after_tip_off"]) == (19.5, "lines", 1)


def test_the_last_main_line_of_a_book_is_taken() -> None:
    early, late = TIP - timedelta(hours=9), TIP - timedelta(hours=1)
    row, _ = _with(
        {},
        {"line": 17.5, "quoted_at": early, "book": "a", "over_price": -110, "under_price": -110},
        {"line": 24.5, "quoted_at": late, "book": "a", "over_price": 250, "under_price": -400},
        {"line": 19.5, "quoted_at": late, "book": "a", "over_price": -112, "under_price": -108},
    )
    assert (row["line"], row["over_price"]) == (19.5, -112)


def test_of_all_books_the_one_nearest_the_median_unless_one_is_named() -> None:
    quotes = [{"line": line, "book": book, "over_price": -110, "under_price": -110}
              for line, book in ((18.5, "betmgm"), (19.5, "draftkings"), (22.5, "fanduel"),
                                 (22.5, "unibet"), (22.5, "betrivers"))]  # fmt: skip
    # Two books resell one feed: four opinions, of which the median is 21.
    row, _ = _with({}, *quotes)
    assert row["consensus"] == 21.0
    assert row["line"] in (19.5, 22.5)
    named, _ = _with({"book": "betmgm"}, *quotes)
    assert (named["line"], named["book"]) == (18.5, "betmgm")


def test_an_own_line_stays_and_gets_the_price_of_the_same_line_only() -> None:
    quote = {"line": 19.5, "book": "a", "over_price": -120, "under_price": 100}
    same, told = _with({"line": 19.5}, quote)
    assert (same["line_from"], same["over_price"], told["not_quoted"]) == ("own", -120, 0)
    other, told = _with({"line": 18.5}, quote)
    assert (other["line"], other["over_price"], told["not_quoted"]) == (18.5, None, 1)
