import math
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.backtest.graded_rows import FIRST, grades, picks, row

from tipoff.backtest.returns import (
    FLAT,
    QUARTER_KELLY,
    START,
    Staking,
    flat_return,
    kelly_share,
    payout,
    settled,
    staked,
)
from tipoff.domain import odds

WON = 100 / 110
WILD = Staking("whole-kelly", unit=None, kelly=1.0, pick_cap=1.0, date_cap=1.0)


def money(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    return settled(grades(rows))


def with_probability(rows: pl.DataFrame, over: float | None, push: float = 0.0) -> pl.DataFrame:
    under = None if over is None else 1 - over - push
    return rows.with_columns(
        over_probability=pl.lit(over, pl.Float64), under_probability=pl.lit(under, pl.Float64)
    )


def kelly(win: float, loss: float, won: float) -> float:
    values = [pl.lit(v) for v in (win, loss, won)]
    return float(pl.select(kelly_share(*values)).item())


@pytest.mark.parametrize("price", [-10_000, -110, -100, 100, 101, 250])
def test_payout_is_the_domains(price: int) -> None:
    assert pl.select(payout(pl.lit(price))).item() == pytest.approx(odds.payout(price))


@pytest.mark.parametrize(
    ("prediction", "actual", "prices", "profit", "basis", "is_taken"),
    [
        (18.0, 20.0, (-130, 105), 100 / 130, "taken", True),
        (12.0, 10.0, (-130, 105), 1.05, "taken", True),
        (18.0, 10.0, (-130, 105), -1.0, "taken", True),
        (18.0, 15.0, (-130, 105), 0.0, "taken", True),
        (18.0, None, (-130, 105), 0.0, "taken", False),
        (18.0, 20.0, (None, None), WON, "assumed", True),
        (15.0, 20.0, (-130, 105), None, None, False),
    ],
)
def test_each_outcome_is_settled_by_its_rule(
    prediction: float,
    actual: float | None,
    prices: tuple[int | None, int | None],
    profit: float | None,
    basis: str | None,
    is_taken: bool,
) -> None:
    got = money([row(prediction=prediction, line=15.0, actual=actual, prices=prices)]).row(
        0, named=True
    )
    assert got["profit"] == (None if profit is None else pytest.approx(profit, abs=1e-8))
    assert (got["price_basis"], got["is_taken"]) == (basis, is_taken)


def test_a_placeholders_price_is_no_price() -> None:
    rows = grades([row(prices=(-137, -137))]).with_columns(is_placeholder=True)
    got = settled(rows)
    assert got["price_basis"].item() == "assumed"
    assert got["profit"].item() == pytest.approx(WON, abs=1e-8)


@given(rows=picks)
def test_the_return_is_that_of_counting_coins(rows: list[tuple[Any, ...]]) -> None:
    units, n, assumed = 0.0, 0, 0
    for pick in grades(rows).iter_rows(named=True):
        if pick["side"] is None or pick["actual"] is None:
            continue
        price = pick[f"{pick['side']}_price"]
        n += 1
        assumed += price is None
        if pick["actual"] != pick["line"]:
            is_won = (pick["actual"] > pick["line"]) == (pick["side"] == "over")
            units += odds.payout(-110 if price is None else price) if is_won else -1
    got = flat_return(grades(rows))
    assert (got["n"], got["assumed_prices"]) == (n, assumed)
    assert got["n"] == got["wins"] + got["losses"] + got["pushes"]
    assert got["units"] == pytest.approx(units, abs=1e-6)
    assert got["roi"] == (pytest.approx(units / n, abs=1e-6) if n else None)


def test_the_price_basis_is_said_in_words() -> None:
    priced, bare = row(), row(prices=(None, None))
    assert flat_return(grades([priced]))["price_basis"] == "prices taken"
    assert flat_return(grades([bare]))["price_basis"] == "assumed -110"
    both = flat_return(grades([priced, bare, bare]))
    assert both["price_basis"] == "prices taken, assumed -110 for 2 of 3"


def test_good_prices_show_beside_the_assumed_one() -> None:
    got = flat_return(grades([row(day=d, prices=(120, -150)) for d in range(3)]))
    assert got["roi"] == pytest.approx(1.2)
    assert got["at_assumed_price"]["roi"] == pytest.approx(WON, abs=1e-8)


def test_the_interval_resamples_dates() -> None:
    once = [row(day=d, actual=20.0 if d % 2 else 10.0) for d in range(20)]
    often = [r for r in once for _ in range(30)]
    one, many = flat_return(grades(once)), flat_return(grades(often))
    assert (one["low"], one["high"]) == pytest.approx((many["low"], many["high"]))


@given(st.floats(0.02, 0.95), st.floats(0.02, 0.95), st.floats(0.05, 5))
def test_kellys_share_grows_a_bankroll_fastest(win: float, loss: float, won: float) -> None:
    assume(win + loss <= 1)
    best = kelly(win, loss, won)
    shares = np.linspace(0, 0.999, 2_000)
    growth = win * np.log1p(shares * won) + loss * np.log1p(-shares)
    assert 0 <= best < 1
    assert best == pytest.approx(float(shares[growth.argmax()]), abs=1e-3)


@given(win=st.floats(0.1, 0.9), push=st.floats(0.01, 0.5), won=st.floats(0.3, 3))
def test_a_push_or_void_does_not_move_kellys_share(win: float, push: float, won: float) -> None:
    alone = kelly(win, 1 - win, won)
    assert kelly(win * (1 - push), (1 - win) * (1 - push), won) == pytest.approx(alone, abs=1e-9)


def test_kelly_stakes_a_quarter_up_to_the_cap() -> None:
    rows = grades([row(prices=(100, -120))])
    small = staked(with_probability(rows, 0.55), QUARTER_KELLY)
    assert small.report["staked"] == pytest.approx(START * 0.25 * 0.10, abs=1e-6)
    assert small.report["final"] == pytest.approx(START * 1.025, abs=1e-6)
    large = staked(with_probability(rows, 0.9), QUARTER_KELLY)
    assert large.report["staked"] == pytest.approx(START * 0.05)


def test_kelly_passes_where_nothing_is_to_be_won_or_known() -> None:
    rows = grades([row(prices=(-110, -110))])
    for over in (0.5, 0.2, None):
        report = staked(with_probability(rows, over), QUARTER_KELLY).report
        assert (report["picks"], report["final"], report["yield"]) == (0, START, None)
        assert report["max_drawdown"] == 0


def test_kelly_takes_the_probability_of_its_own_side() -> None:
    under = grades([row(prediction=10.0, actual=12.0, prices=(-110, 100))])
    got = staked(with_probability(under, 0.3, push=0.1), WILD).report
    assert got["staked"] == pytest.approx(START * (0.6 - 0.3) / 0.9, abs=1e-6)


def test_stakes_of_a_date_come_from_the_bankroll_at_its_start() -> None:
    rows = grades([row(prices=(100, -120)), row(prices=(100, -120)), row(day=1, prices=(100, 100))])
    path = staked(with_probability(rows, 0.55), QUARTER_KELLY).path
    # Two picks of the first date, 2.5 % of 100 each, then 2.5 % of 105.
    assert path["staked"].to_list() == pytest.approx([5.0, 2.625], abs=1e-6)
    assert path["bankroll"].to_list() == pytest.approx([105.0, 107.625], abs=1e-6)


def test_a_date_can_not_lay_more_than_its_cap() -> None:
    rows = grades([row(prices=(100, -120), actual=10.0)] * 20)
    got = staked(with_probability(rows, 0.9), QUARTER_KELLY)
    assert got.report["staked"] == pytest.approx(START * 0.5)
    assert got.report["final"] == pytest.approx(START * 0.5)
    assert (got.report["cut_dates"], got.path["is_cut"].to_list()) == (1, [True])


def test_a_voids_stake_is_laid_and_comes_back() -> None:
    void = row(actual=None, prices=(100, -120))
    rows = grades([void] * 10 + [row(prices=(100, -120))] * 10)
    got = staked(with_probability(rows, 0.9), QUARTER_KELLY).report
    # Twenty of 5 % would be the whole: halved by the date's cap, and half of the stakes returned.
    assert got["picks"] == 10
    assert got["staked"] == pytest.approx(START * 0.25)
    assert got["final"] == pytest.approx(START * 1.25)


def test_flat_stakes_ignore_the_bankroll_and_give_the_flat_return() -> None:
    rows = grades([row(day=d, actual=20.0 if d % 3 else 10.0) for d in range(12)])
    got = staked(rows, FLAT)
    assert got.path["staked"].to_list() == pytest.approx([1.0] * 12)
    assert got.report["yield"] == pytest.approx(flat_return(rows)["roi"])
    assert got.report["final"] == pytest.approx(START + flat_return(rows)["units"])


def test_a_bankroll_that_is_gone_stays_gone() -> None:
    rows = grades([row(day=d, actual=10.0) for d in range(3) for _ in range(60)])
    got = staked(rows, FLAT)
    assert got.path["bankroll"].to_list() == pytest.approx([40.0, 0.0, 0.0])
    assert got.path["is_cut"].to_list() == [False, True, True]
    assert got.report["max_drawdown"] == pytest.approx(1.0)


def test_drawdown_is_the_deepest_fall_from_the_highest_so_far() -> None:
    results = [20.0, 20.0, 10.0, 10.0, 10.0, 20.0, 10.0]
    rows = grades([row(day=d, actual=a, prices=(100, -120)) for d, a in enumerate(results)])
    got = staked(rows, FLAT)
    assert got.path["bankroll"].to_list() == [101, 102, 101, 100, 99, 100, 99]
    assert got.report["max_drawdown"] == pytest.approx(1 - 99 / 102)
    assert got.report["drawdown_from"] == FIRST + timedelta(days=1)
    assert got.report["drawdown_to"] == FIRST + timedelta(days=4)


def test_a_fall_from_the_start_has_no_first_date() -> None:
    got = staked(grades([row(actual=10.0), row(day=1)]), FLAT).report
    assert (got["drawdown_from"], got["drawdown_to"]) == (None, FIRST)
    assert got["max_drawdown"] == pytest.approx(0.01)


@given(rows=picks, over=st.floats(0.05, 0.95))
def test_paths_are_those_of_a_loop_over_picks(rows: list[tuple[Any, ...]], over: float) -> None:
    frame = with_probability(grades(rows), over)
    bankroll = START
    days = sorted({r["game_date"] for r in frame.iter_rows(named=True)})
    for day in days:
        bets = []
        for pick in frame.filter(pl.col("game_date") == day).iter_rows(named=True):
            if pick["side"] is None:
                continue
            won = odds.payout(pick[f"{pick['side']}_price"] or -110)
            win = over if pick["side"] == "over" else 1 - over
            share = min(0.05, 0.25 * max(0.0, (win * won - (1 - win)) / won))
            result = {"win": won, "loss": -1.0}.get(pick["outcome"], 0.0)
            bets.append((share, result))
        total = sum(s for s, _ in bets)
        scale = min(1.0, 0.5 / total) if total else 0.0
        bankroll *= 1 + scale * sum(s * r for s, r in bets)
    got = staked(frame, QUARTER_KELLY)
    assert got.report["final"] == pytest.approx(bankroll, rel=1e-6)
    assert math.isclose(got.report["final"] - START, got.path["profit"].sum(), abs_tol=1e-6)


@given(rows=picks)
def test_the_order_of_rows_changes_no_bit(rows: list[tuple[Any, ...]]) -> None:
    one = with_probability(grades(rows), 0.6)
    for staking in (FLAT, QUARTER_KELLY):
        assert staked(one, staking).report == staked(one.reverse(), staking).report
    assert flat_return(one) == flat_return(one.reverse())
