from collections import defaultdict
from datetime import date, timedelta
from statistics import fmean
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backtest import oracles
from tests.backtest.graded_rows import FIRST, frame, grades, picks, row

from tipoff.backtest.metrics import (
    ASSUMED,
    PLACEHOLDERS,
    PRICES,
    directions,
    edge_buckets,
    hit_rate,
    hit_rates,
    line_errors,
    mean_absolute_error,
    tier_biases,
    weekly,
)
from tipoff.domain.market import FEATURE_MARKETS, MARKETS, Market

POINTS = MARKETS["points"]
each_market = pytest.mark.parametrize("market", FEATURE_MARKETS, ids=lambda m: m.name)

Rows = list[tuple[Any, ...]]


def _dicts(rows: Rows) -> list[dict[str, Any]]:
    return frame(rows).to_dicts()


@given(rows=picks, edge=st.sampled_from([1.0, 3.0, 5.0]))
def test_hit_rates_are_those_of_the_plain_definition(rows: Rows, edge: float) -> None:
    got = hit_rate(grades(rows), edge)
    rate, n = oracles.hit_rate(_dicts(rows), edge)
    assert got["n"] == n
    assert got["rate"] == (None if rate is None else pytest.approx(rate))
    if got["low"] is not None:
        assert got["low"] - 1e-12 <= got["rate"] <= got["high"] + 1e-12


def test_an_edge_of_exactly_the_threshold_counts() -> None:
    rows = grades([row(prediction=18.0), row(prediction=17.99), row(prediction=12.0)])
    assert hit_rate(rows, 3.0)["n"] == 2


def test_pushes_and_voids_are_counted_beside_the_hit_rate() -> None:
    rows = grades([row(), row(actual=15.0), row(actual=None), row(actual=3.0)])
    got = hit_rate(rows, 3.0)
    assert (got["rate"], got["n"], got["pushes"], got["voids"]) == (0.5, 2, 1, 1)


def test_break_even_is_the_mean_of_the_very_prices_of_settled_picks() -> None:
    rows = grades(
        [
            row(prediction=20.0, prices=(-150, 130)),
            row(prediction=10.0, prices=(-200, 120)),
            row(prediction=20.0, prices=(-900, 600), actual=15.0),
            row(prediction=20.0, prices=(-900, 600), actual=None),
            row(prediction=16.0, prices=(-900, 600)),
        ]
    )
    got = hit_rate(rows, 3.0)
    assert got["break_even"] == pytest.approx(fmean([oracles.implied(-150), oracles.implied(120)]))
    assert got["break_even_basis"] == PRICES


def test_lines_without_prices_say_that_their_break_even_is_assumed() -> None:
    got = hit_rate(grades([row(prices=(None, None))]), 3.0)
    assert got["break_even"] == pytest.approx(110 / 210)
    assert got["break_even_basis"] == ASSUMED


def test_placeholder_prices_are_called_so() -> None:
    rows = grades([row()]).with_columns(is_placeholder=pl.lit(value=True))
    assert hit_rate(rows, 3.0)["break_even_basis"] == PLACEHOLDERS


@given(rows=picks)
def test_errors_are_taken_on_the_same_rows(rows: Rows) -> None:
    got = line_errors(grades(rows))
    played = [r for r in _dicts(rows) if r["actual"] is not None]
    assert got["n"] == len(played)
    if played:
        model = fmean(abs(r["prediction"] - r["actual"]) for r in played)
        line = fmean(abs(r["line"] - r["actual"]) for r in played)
        assert got["mae"] == pytest.approx(model)
        assert got["line_mae"] == pytest.approx(line)
        assert got["mae_difference"]["difference"] == pytest.approx(model - line, abs=1e-9)
        assert got["bias"] == pytest.approx(
            fmean(r["prediction"] - r["actual"] for r in played), abs=1e-9
        )
    if rows:
        assert got["line_bias"] == pytest.approx(fmean(r[1] - r[2] for r in rows), abs=1e-9)


def test_no_rows_give_no_numbers() -> None:
    empty = grades([])
    assert hit_rate(empty, 3.0)["rate"] is None
    assert line_errors(empty)["mae"] is None
    assert mean_absolute_error(empty, "prediction")["n"] == 0
    assert weekly(empty, POINTS) == []


def test_tiers_are_by_the_season_average_before_the_game() -> None:
    averages = [25.0, 24.99, 15.0, 14.99, 5.0, 4.99, None]
    rows = grades([row(prediction=20 + i, actual=20.0, average=a) for i, a in enumerate(averages)])
    got = {name: (t["n"], t["bias"]) for name, t in tier_biases(rows, POINTS).items()}
    assert got == {"star": (1, 0), "starter": (2, 1.5), "role": (2, 3.5), "bench": (1, 5)}


@given(rows=picks)
def test_sides_and_buckets_share_the_picks_out(rows: Rows) -> None:
    graded = grades(rows)
    sides = directions(graded, 3.0)
    assert sides["over"]["n"] + sides["under"]["n"] == hit_rate(graded, 3.0)["n"]
    buckets = edge_buckets(graded, POINTS)
    assert sum(b["n"] for b in buckets) == hit_rate(graded, 0.0)["n"]
    wide = [b["n"] for b in buckets if b["from"] >= 3]
    assert sum(wide) == hit_rate(graded, 3.0)["n"]


def test_the_buckets_of_points_are_the_published_ones() -> None:
    bounds = [(b["from"], b["to"]) for b in edge_buckets(grades([]), POINTS)]
    assert bounds == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 7), (7, None)]


@each_market
def test_tiers_are_those_of_the_market(market: Market) -> None:
    star, starter, role = market.tiers
    averages = [star, starter, role, 0.0]
    rows = grades([row(prediction=20 + i, actual=20.0, average=a) for i, a in enumerate(averages)])
    assert [t["bias"] for t in tier_biases(rows, market).values()] == [0, 1, 2, 3]


@each_market
@given(rows=picks)
def test_edges_and_buckets_are_those_of_the_market(market: Market, rows: Rows) -> None:
    graded = grades(rows)
    rates = hit_rates(graded, market)
    assert [float(edge) for edge in rates] == list(market.edges)
    buckets = edge_buckets(graded, market)
    assert [b["from"] for b in buckets[1:]] == [b["to"] for b in buckets[:-1]]
    for edge, rate in zip(market.edges, rates.values(), strict=True):
        assert sum(b["n"] for b in buckets if b["from"] >= edge) == rate["n"]


@given(rows=picks)
def test_weeks_run_from_monday_to_sunday(rows: Rows) -> None:
    expected: dict[date, Rows] = defaultdict(list)
    for r in rows:
        day = FIRST + timedelta(days=r[0])
        expected[day - timedelta(days=day.weekday())].append(r)
    got = weekly(grades(rows), POINTS)
    assert [week["week"] for week in got] == sorted(expected)
    for week in got:
        rate, n = oracles.hit_rate(_dicts(expected[week["week"]]), 3.0)
        assert week["hr"]["3"]["n"] == n
        assert week["hr"]["3"]["rate"] == (None if rate is None else pytest.approx(rate))
