"""Fair probabilities, against two libraries and their own laws.

``golden/fair_probabilities.csv`` holds the values of penaltyblog 1.13.1 (``implied``, decimal odds)
to ten digits; its Shin says nothing of a hold below nought either.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shin
from hypothesis import given
from hypothesis import strategies as st

from tipoff.backtest.fair import METHODS, Method, fair_over, holds, insider_share, with_fair
from tipoff.domain.odds import american_to_decimal, hold, implied_probability
from tipoff.errors import InputError

GOLDEN = Path(__file__).parents[1] / "golden" / "fair_probabilities.csv"
prices = st.one_of(st.integers(-5_000, -100), st.integers(100, 5_000))
every_method = pytest.mark.parametrize("method", METHODS)


def fair(over: int | None, under: int | None, method: Method) -> float | None:
    pair = [pl.Series([p], dtype=pl.Int32) for p in (over, under)]
    value: float | None = fair_over(pair[0], pair[1], method).item()
    return value


@every_method
def test_methods_are_those_of_the_library(method: Method) -> None:
    golden = pl.read_csv(GOLDEN)
    got = fair_over(golden["over_price"], golden["under_price"], method)
    assert got.is_null().to_list() == golden[method].is_null().to_list()
    np.testing.assert_allclose(got.to_numpy(), golden[method].to_numpy(), atol=1e-9)


@given(over=prices, under=prices)
def test_shins_is_that_of_the_library(over: int, under: int) -> None:
    if hold(over, under) < 0.001:
        return
    pair = [american_to_decimal(over), american_to_decimal(under)]
    # The library's own short cut for two sides is left aside: its iteration is the definition.
    found = shin.calculate_implied_probabilities([*pair, 1e12], full_output=True)
    assert fair(over, under, "shin") == pytest.approx(found.implied_probabilities[0], abs=1e-5)
    share = insider_share(pl.Series([over]), pl.Series([under])).item()
    assert share == pytest.approx(found.z, abs=1e-5)


@every_method
@given(over=prices, under=prices)
def test_both_sides_sum_to_one(method: Method, over: int, under: int) -> None:
    one, other = fair(over, under, method), fair(under, over, method)
    if one is None or other is None:
        assert method == "shin"
        assert hold(over, under) < 0
        return
    assert one + other == pytest.approx(1, abs=1e-9)
    assert 0 < one < 1


@every_method
@given(over=prices, under=prices)
def test_the_hold_is_taken_from_both_sides(method: Method, over: int, under: int) -> None:
    if hold(over, under) < 0:
        return
    got = fair(over, under, method)
    assert got is not None
    assert got <= implied_probability(over) + 1e-9
    assert 1 - got <= implied_probability(under) + 1e-9


@every_method
@given(over=prices, dearer=prices, under=prices)
def test_a_dearer_over_is_likelier(method: Method, over: int, dearer: int, under: int) -> None:
    if implied_probability(over) > implied_probability(dearer):
        over, dearer = dearer, over
    one, other = fair(over, under, method), fair(dearer, under, method)
    if one is not None and other is not None:
        assert one <= other + 1e-9


@every_method
@given(price=st.integers(-5_000, -100))
def test_equal_prices_say_nothing(method: Method, price: int) -> None:
    assert fair(price, price, method) == pytest.approx(0.5)


@given(over=prices, under=prices)
def test_the_long_shot_bears_most_by_power(over: int, under: int) -> None:
    if hold(over, under) < 0:
        return
    shares = [fair(over, under, m) for m in ("multiplicative", "additive", "power")]
    away = [abs(s - 0.5) for s in shares if s is not None]
    assert away[0] <= away[1] + 1e-9
    assert away[1] <= away[2] + 1e-9


@every_method
def test_a_missing_side_is_null_and_leaves_the_others_alone(method: Method) -> None:
    over = pl.Series([-130, None, -130, None], dtype=pl.Int32)
    under = pl.Series([105, -110, None, None], dtype=pl.Int32)
    got = fair_over(over, under, method)
    assert got.to_list() == [fair(-130, 105, method), None, None, None]


@every_method
def test_nothing_gives_nothing(method: Method) -> None:
    empty = pl.Series([], dtype=pl.Int32)
    assert fair_over(empty, empty, method).to_list() == []


def test_a_placeholder_price_says_nothing() -> None:
    rows = pl.DataFrame(
        {
            "over_price": [-110] * 3,
            "under_price": [-120] * 3,
            "is_placeholder": [False, True, None],
        }
    )
    got = with_fair(rows, "power")["fair_over"]
    assert got.is_null().to_list() == [False, True, False]
    quotes = rows.rename({"is_placeholder": "is_placeholder_price"})
    named = with_fair(quotes, "power", placeholder="is_placeholder_price", name="p")
    assert named["p"].to_list() == got.to_list()


def test_a_hold_below_nought_has_no_insiders() -> None:
    over, under = pl.Series([-105, -110]), pl.Series([110, -110])
    assert fair_over(over, under, "shin").to_list() == [None, 0.5]
    assert insider_share(over, under).to_list()[0] is None
    assert fair_over(over, under, "power").to_list()[0] is not None


def test_the_hold_is_the_domains() -> None:
    got = holds(pl.Series([-110, -130, None]), pl.Series([-110, 105, -110]))
    assert got.to_list() == pytest.approx([hold(-110, -110), hold(-130, 105), None])


def test_what_is_no_price_is_refused() -> None:
    with pytest.raises(InputError, match="got 50 in 1 of 2 rows of over"):
        fair_over(pl.Series("over", [-110, 50]), pl.Series("under", [-110, -110]), "power")


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InputError, match="multiplicative, additive, power, shin"):
        fair_over(pl.Series([-110]), pl.Series([-110]), "wishful")  # type: ignore[arg-type]
