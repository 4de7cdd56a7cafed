from typing import Any

import polars as pl
import pytest
from hypothesis import given
from tests.backtest import oracles
from tests.backtest.graded_rows import grades, picks, row

from tipoff.backtest.grading import ASSUMED_BREAK_EVEN, implied
from tipoff.domain.odds import implied_probability


@pytest.mark.parametrize(
    ("prediction", "actual", "side", "outcome"),
    [
        (18.0, 20.0, "over", "win"),
        (18.0, 12.0, "over", "loss"),
        (12.0, 12.0, "under", "win"),
        (12.0, 20.0, "under", "loss"),
        (18.0, 15.0, "over", "push"),
        (12.0, 15.0, "under", "push"),
        (18.0, None, "over", "void"),
        (12.0, None, "under", "void"),
        (15.0, 20.0, None, None),
        (15.0, None, None, None),
        (18.0, 0.0, "over", "loss"),
    ],
)
def test_sides_and_outcomes(
    prediction: float, actual: float | None, side: str | None, outcome: str | None
) -> None:
    got = grades([row(prediction=prediction, line=15.0, actual=actual)])
    assert got.select("edge", "side", "outcome").row(0) == (prediction - 15, side, outcome)


@pytest.mark.parametrize(("prediction", "price"), [(18.0, -130), (12.0, 105), (15.0, None)])
def test_the_price_is_that_of_the_side_taken(prediction: float, price: int | None) -> None:
    got = grades([row(prediction=prediction, prices=(-130, 105))])
    assert got["price"].to_list() == [price]
    expected = None if price is None else pytest.approx(oracles.implied(price))
    assert got["break_even"].to_list() == [expected]


@pytest.mark.parametrize("price", [-10_000, -200, -110, -100, 100, 101, 250, 5_000])
def test_implied_probability_is_the_domains(price: int) -> None:
    got = pl.DataFrame({"p": [price]}).select(implied("p")).item()
    assert got == pytest.approx(implied_probability(price)) == pytest.approx(oracles.implied(price))


def test_the_assumed_break_even_is_that_of_minus_110() -> None:
    assert pytest.approx(oracles.implied(-110)) == ASSUMED_BREAK_EVEN


@given(rows=picks)
def test_outcomes_are_those_of_the_plain_definition(rows: list[tuple[Any, ...]]) -> None:
    got = grades(rows)
    assert got["outcome"].to_list() == [oracles.outcome(r[1], r[2], r[3]) for r in rows]
