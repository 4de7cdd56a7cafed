import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipoff.backtest.line_moves import (
    LEAST_LINE,
    VARIANCE_RATIOS,
    Means,
    at_other_line,
    line_probabilities,
    mean_at,
    variance_ratio,
)
from tipoff.domain.market import MARKETS
from tipoff.errors import InputError

lines = st.integers(1, 90).map(lambda n: n / 2)
shares = st.floats(0.05, 0.95)
markets = st.sampled_from(sorted(VARIANCE_RATIOS))


def by_counting(mean: float, line: float, ratio: float) -> tuple[float, float, float]:
    """Sum the terms of the negative binomial one by one."""
    size = mean / (ratio - 1)
    over = push = under = 0.0
    for count in range(400):
        log_term = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
        log_term += -size * math.log(ratio) + count * math.log(1 - 1 / ratio)
        term = math.exp(log_term)
        over += term * (count > line)
        push += term * (count == line)
        under += term * (count < line)
    return over, push, under


def moved(line: float, fair: float, other: float, market: str = "points") -> tuple[float, ...]:
    got = at_other_line(np.array([line]), np.array([fair]), np.array([other]), market)
    return float(got.over[0]), float(got.push[0]), float(got.under[0]), float(got.fair_over[0])


@given(mean=st.floats(0.3, 45), line=lines, market=markets)
def test_probabilities_are_sums_of_terms(mean: float, line: float, market: str) -> None:
    ratio = VARIANCE_RATIOS[market]
    got = line_probabilities(np.array([mean]), np.array([line]), ratio)
    expected = by_counting(mean, line, ratio)
    assert (got.over[0], got.push[0], got.under[0]) == pytest.approx(expected, abs=1e-8)


def test_the_shape_has_the_mean_and_variance_it_should_have() -> None:
    terms = [by_counting(14.0, k, 3.15)[1] for k in range(200)]
    mean = sum(k * t for k, t in enumerate(terms))
    assert mean == pytest.approx(14.0)
    assert sum((k - mean) ** 2 * t for k, t in enumerate(terms)) == pytest.approx(14.0 * 3.15)


@given(line=lines, fair=shares, market=markets)
def test_the_mean_gives_the_probability_back(line: float, fair: float, market: str) -> None:
    ratio = VARIANCE_RATIOS[market]
    mean = mean_at(np.array([line]), np.array([fair]), ratio)
    got = line_probabilities(mean, np.array([line]), ratio).fair_over[0]
    assert got == pytest.approx(fair, abs=1e-8)


@given(line=lines, fair=shares, other=lines, market=markets)
def test_a_higher_line_is_harder(line: float, fair: float, other: float, market: str) -> None:
    over, push, under, given_no_push = moved(line, fair, other, market)
    assert over + push + under == pytest.approx(1)
    if other != int(other):
        assert push == 0
    elif abs(other - line) <= 2:
        assert push > 0
    if other == line:
        assert given_no_push == pytest.approx(fair, abs=1e-12)
    elif other > line:
        assert given_no_push < fair + 1e-9
    else:
        assert given_no_push > fair - 1e-9


def test_half_a_point_on_a_coarse_market_is_worth_more() -> None:
    points = moved(20.5, 0.5, 19.5)[3]
    threes = moved(2.5, 0.5, 1.5, "threes")[3]
    assert 0.53 < points < 0.56
    assert 0.68 < threes < 0.78


def test_what_is_not_known_stays_unknown() -> None:
    for line, fair, other in ((math.nan, 0.5, 9.5), (9.5, math.nan, 9.5), (9.5, 0.5, math.nan)):
        assert all(math.isnan(v) for v in moved(line, fair, other))
    assert math.isnan(moved(0.0, 0.5, 9.5)[0])


def test_every_market_has_a_ratio_and_a_stranger_is_refused() -> None:
    assert set(VARIANCE_RATIOS) == set(MARKETS)
    with pytest.raises(InputError, match="dunks"):
        moved(9.5, 0.5, 9.5, "dunks")


def test_an_unmeasured_market_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match=r"'stocks'\. A market of your own needs its ratio"):
        variance_ratio("stocks")


pairs = st.tuples(st.sampled_from([0.0, 0.5, 2.0, 20.5]), st.sampled_from([None, 0.0, 0.4, 0.5, 1]))


def _halved(line: float, fair: float, ratio: float) -> float:
    """The mean of a single pair, by halving its range."""
    low, high = 1e-6, 4 * line + 60
    for _ in range(32):
        middle = (low + high) / 2
        there = line_probabilities(np.array([middle]), np.array([line]), ratio).fair_over[0]
        low, high = (middle, high) if there < fair else (low, middle)
    return (low + high) / 2


@given(st.lists(st.lists(pairs, max_size=8), min_size=1, max_size=3), markets)
def test_means_of_pairs_are_those_of_each_pair_alone(
    parts: list[list[tuple[float, float | None]]], market: str
) -> None:
    ratio = VARIANCE_RATIOS[market]
    means = Means(ratio, 32)
    for part in parts:
        rows = pl.DataFrame(
            part, schema={"line": pl.Float64, "fair_over": pl.Float64}, orient="row"
        )
        assert means.of(rows).to_list() == [
            _halved(line, fair, ratio) if line >= LEAST_LINE and fair and fair < 1 else None
            for line, fair in part
        ]
    assert means.found.height == means.found.unique(["line", "fair_over"]).height
