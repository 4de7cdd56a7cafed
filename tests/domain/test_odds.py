from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipoff.domain import odds
from tipoff.errors import InputError

american = st.one_of(st.integers(-20_000, -101), st.integers(100, 20_000))
fractions = st.fractions(Fraction(1, 200), 200, max_denominator=200)


@pytest.mark.parametrize(
    ("price", "decimal", "fraction"),
    [
        (-110, 1 + 10 / 11, Fraction(10, 11)),
        (100, 2.0, Fraction(1)),
        (-100, 2.0, Fraction(1)),
        (150, 2.5, Fraction(3, 2)),
        (-200, 1.5, Fraction(1, 2)),
        (110, 2.1, Fraction(11, 10)),
        (-5_000, 1.02, Fraction(1, 50)),
    ],
)
def test_one_price_in_three_forms(price: int, decimal: float, fraction: Fraction) -> None:
    assert odds.american_to_decimal(price) == pytest.approx(decimal)
    assert odds.american_to_fraction(price) == fraction
    assert odds.fraction_to_decimal(fraction) == pytest.approx(decimal)
    # Even money is written as +100, whichever way it came.
    canonical = 100 if price == -100 else price
    assert odds.decimal_to_american(decimal) == pytest.approx(canonical)
    assert odds.fraction_to_american(fraction) == pytest.approx(canonical)


@given(price=american)
def test_every_american_price_comes_back(price: int) -> None:
    assert odds.decimal_to_american(odds.american_to_decimal(price)) == pytest.approx(price)
    assert odds.fraction_to_american(odds.american_to_fraction(price)) == pytest.approx(price)


@given(fraction=fractions)
def test_every_fraction_comes_back(fraction: Fraction) -> None:
    assert odds.fraction_from_text(odds.fraction_to_text(fraction)) == fraction
    assert odds.decimal_to_fraction(odds.fraction_to_decimal(fraction)) == fraction


@given(price=american)
def test_the_forms_agree_on_what_is_won_and_implied(price: int) -> None:
    won = odds.payout(price)
    assert float(odds.american_to_fraction(price)) == pytest.approx(won)
    assert 1 / odds.american_to_decimal(price) == pytest.approx(odds.implied_probability(price))


@given(one=american, other=american)
def test_a_price_that_pays_more_implies_less(one: int, other: int) -> None:
    if odds.payout(one) < odds.payout(other):
        assert odds.implied_probability(one) > odds.implied_probability(other)
        assert odds.american_to_decimal(one) < odds.american_to_decimal(other)


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("11/10", Fraction(11, 10)),
        (" 22 / 20 ", Fraction(11, 10)),
        ("5-to-2", Fraction(5, 2)),
        ("5 to 2", Fraction(5, 2)),
        ("Evens", Fraction(1)),
        ("EVS", Fraction(1)),
    ],
)
def test_fractions_are_read(text: str, fraction: Fraction) -> None:
    assert odds.fraction_from_text(text) == fraction


def test_decimal_odds_of_few_digits_keep_them() -> None:
    assert odds.decimal_to_fraction(1.91) == Fraction(91, 100)
    assert odds.decimal_to_fraction(1.9090909) == Fraction(10, 11)
    assert odds.decimal_to_fraction(1 + 1e-6) > 0
    assert odds.fraction_to_text(Fraction(2)) == "2/1"


@pytest.mark.parametrize("text", ["11/0", "0/5", "-5/2", "1.5", "", "5/2/1", "five to two"])
def test_what_is_no_fraction_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Expected fractional odds such as 11/10"):
        odds.fraction_from_text(text)


@pytest.mark.parametrize("decimal", [1.0, 0.5, 0.0, -110.0, float("nan"), float("inf")])
def test_what_is_no_decimal_price_is_refused(decimal: float) -> None:
    for read in (odds.decimal_to_american, odds.decimal_to_fraction):
        with pytest.raises(InputError, match="Decimal odds are above 1"):
            read(decimal)


@pytest.mark.parametrize("price", [0, 99, -99.5, float("nan"), float("inf"), float("-inf")])
def test_what_is_no_american_price_is_refused(price: float) -> None:
    for read in (
        odds.implied_probability,
        odds.payout,
        odds.american_to_decimal,
        odds.american_to_fraction,
    ):
        with pytest.raises(InputError, match="at most -100 or at least"):
            read(price)


@pytest.mark.parametrize("fraction", [Fraction(0), Fraction(-1, 2)])
def test_a_fraction_that_wins_nothing_is_refused(fraction: Fraction) -> None:
    for read in (odds.fraction_to_american, odds.fraction_to_decimal, odds.fraction_to_text):
        with pytest.raises(InputError, match="above nought"):
            read(fraction)
