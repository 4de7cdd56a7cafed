"""Numbers by id: equal to the metrics computed one at a time, and to slow readings."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from tests.backtest import oracles
from tests.backtest.graded_rows import grades, picks, row

from tipoff.backtest.measures import measures
from tipoff.backtest.metrics import hit_rate, line_errors
from tipoff.backtest.numbers import number_id, numbers, rows_of, segments
from tipoff.backtest.returns import settled
from tipoff.domain.market import MARKETS
from tipoff.errors import InputError

POINTS = MARKETS["points"]
SIMPLE = ["hit_rate@3", "break_even@3", "margin@3", "roi@3", "mae", "line_mae", "mae_difference"]


def _rows(drawn: list[tuple[Any, ...]]) -> pl.DataFrame:
    money = settled(grades(drawn)).with_columns(profit=pl.when("is_taken").then("profit"))
    return money.with_columns(
        season=pl.lit("2022-23"),
        book=pl.lit("draftkings"),
        audit=pl.lit("passes"),
        in_warm_up=pl.int_range(pl.len()) % 3 == 0,
    )


@given(picks)
@hypothesis_settings(max_examples=60)
def test_they_are_those_of_the_metrics(drawn: list[tuple[Any, ...]]) -> None:
    rows = _rows(drawn)
    found = numbers(rows, POINTS, wanted=SIMPLE)
    slow, n = oracles.hit_rate(rows.to_dicts(), 3)
    stated = hit_rate(rows, 3)
    if slow is None:
        assert "all/hit_rate@3" not in found
    else:
        number = found["all/hit_rate@3"]
        assert (number["value"], number["n"]) == (pytest.approx(slow), n)
        assert number["low"] == pytest.approx(stated["low"])
        assert number["high"] == pytest.approx(stated["high"])
        assert found["all/margin@3"]["value"] == pytest.approx(
            slow - found["all/break_even@3"]["value"]
        )
    errors = line_errors(rows)
    if errors["n"]:
        assert found["all/mae"]["value"] == pytest.approx(errors["mae"])
        difference = found["all/mae_difference"]
        assert difference["value"] == pytest.approx(errors["mae_difference"]["difference"])
        assert difference["low"] == pytest.approx(errors["mae_difference"]["low"])


@given(picks)
@hypothesis_settings(max_examples=60)
def test_profit_is_what_the_prices_paid(drawn: list[tuple[Any, ...]]) -> None:
    rows = _rows(drawn)
    profit, staked = 0.0, 0
    for pick in rows.to_dicts():
        if pick["side"] is None or abs(pick["edge"]) < 3 or pick["outcome"] == "void":
            continue
        price = pick["price"] or -110
        paid = price / 100 if price > 0 else 100 / -price
        profit += {"win": paid, "loss": -1.0, "push": 0.0}[pick["outcome"]]
        staked += 1
    found = numbers(rows, POINTS, wanted=["roi@3"])
    if not staked:
        assert "all/roi@3" not in found
    else:
        assert found["all/roi@3"]["n"] == staked
        assert found["all/roi@3"]["value"] == pytest.approx(profit / staked)


@given(picks)
@hypothesis_settings(max_examples=30)
def test_segments_share_out_the_rows(drawn: list[tuple[Any, ...]]) -> None:
    rows = _rows(drawn)
    names = [n for n in segments(POINTS) if n not in ("side", "tier")]
    found = numbers(rows, POINTS, by=names, wanted=["mae"])
    whole = found.get("all/mae", {"n": 0})["n"]
    for name in names:
        own = [key for key in found if key.startswith(f"{name}=")]
        assert sum(found[key]["n"] for key in own) == whole
        for key in own:
            part = rows_of(rows, key.rpartition("/")[0], POINTS)
            again = numbers(part, POINTS, wanted=["mae"])["all/mae"]
            assert again == found[key]


def test_both_of_two_segments_can_be_asked_for() -> None:
    rows = _rows([row(), row(prediction=10.0), row(day=1, average=30.0)])
    found = numbers(rows, POINTS, by=["tier,side"], wanted=["hit_rate@3"])
    assert {key.rpartition("/")[0] for key in found} == {
        "all",
        "tier=starter,side=over",
        "tier=starter,side=under",
        "tier=star,side=over",
    }


def test_ids_are_read_back_and_others_refused() -> None:
    parsed = number_id("abc/side=over,tier=star/hit_rate@3")
    assert (parsed.run_id, parsed.segment, parsed.measure) == (
        "abc",
        "side=over,tier=star",
        "hit_rate@3",
    )
    assert str(parsed) == "abc/side=over,tier=star/hit_rate@3"
    for text in ("abc", "abc/all", "abc//mae", "a/b/c/d"):
        with pytest.raises(InputError, match="Expected an id such as"):
            number_id(text)


def test_unknown_names_are_refused_with_those_that_there_are() -> None:
    rows = _rows([row()])
    with pytest.raises(InputError, match="mae_difference"):
        numbers(rows, POINTS, wanted=["accuracy"])
    with pytest.raises(InputError, match="season, month"):
        numbers(rows, POINTS, by=["referee"], wanted=["mae"])
    with pytest.raises(InputError, match="side=over"):
        rows_of(rows, "side=under", POINTS)


@pytest.mark.parametrize("market", ["points", "threes"])
def test_every_measure_says_what_it_is_and_in_which_unit(market: str) -> None:
    for name, measure in measures(MARKETS[market]).items():
        assert measure.name == name
        assert measure.doc
        assert measure.unit
        assert measure.minus is None or measure.minus in measures(MARKETS[market])
