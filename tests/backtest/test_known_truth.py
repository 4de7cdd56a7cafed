"""Chances, integrals and picks by true distributions, against slow readings of what they are."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from tipoff.backtest.known_truth import (
    calibration,
    integrals,
    merged,
    picks_against_truth,
    value_of_sides,
    with_chances,
)
from tipoff.tables.league import DECISION, EARLY, MOST

FIRST = date(2022, 11, 1)


def drawn(counts: dict[int, int], *, knowledge: str = DECISION, batch: int = 1) -> pl.DataFrame:
    """One player-game that was played over: points -> how often."""
    return pl.DataFrame(
        {
            "game_id": ["g"], "team": ["ATL"], "player_id": ["p"],
            "knowledge": [knowledge], "batch": [batch], "played": [sum(counts.values())],
            **{f"times_{k}": [counts.get(k, 0)] for k in range(MOST + 1)},
        }
    )  # fmt: skip


def test_chances_at_a_line_are_shares_of_the_games_played_over() -> None:
    truth = merged(
        pl.concat([drawn({10: 3, 12: 4, 20: 3}), drawn({0: 9}, knowledge=EARLY)]), DECISION
    )
    rows = pl.DataFrame(
        {"line": [11.5, 12.0, 60.5], "game_id": "g", "team": "ATL", "player_id": "p"}
    )
    found = with_chances(rows, truth).select("true_over", "true_push", "true_under").rows()
    assert found == [(0.7, 0.0, 0.3), (0.3, 0.4, 0.3), (0.0, 0.0, 1.0)]


def test_batches_are_put_together_or_kept_apart() -> None:
    both = pl.concat([drawn({10: 3}), drawn({12: 5}, batch=2)])
    assert merged(both, DECISION)["played"].to_list() == [8]
    second = merged(both, DECISION, batch=2)
    assert second.select("times_10", "times_12").row(0) == (0, 5)


def played_over(means: np.ndarray, seed: int, games: int = 30) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    counts = chance.poisson(means[:, None], (len(means), games))
    times = np.stack([(counts == k).sum(axis=1) for k in range(MOST + 1)], axis=1)
    return keyed(len(means)).with_columns(
        played=pl.lit(games), **{f"times_{k}": pl.Series(times[:, k]) for k in range(MOST + 1)}
    )


def keyed(n: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "game_id": [f"g{i:05d}" for i in range(n)],
            "team": ["ATL"] * n,
            "player_id": ["p"] * n,
        }
    )


def results(means: np.ndarray, seed: int) -> pl.DataFrame:
    actual = np.random.default_rng(seed).poisson(means)
    days = [FIRST + timedelta(days=i % 40) for i in range(len(means))]
    return keyed(len(means)).with_columns(actual=pl.Series(actual), game_date=pl.Series(days))


def test_integrals_are_uniform_under_the_truth_however_few_games_and_not_under_another() -> None:
    means = np.random.default_rng(1).uniform(5, 25, 4_000)
    true = calibration(integrals(results(means, 2), played_over(means, 3)))
    assert true["games"] == 4_000
    assert true["chi_square_p"] > 0.001
    assert true["kolmogorov_smirnov_p"] > 0.001
    assert true["low"] < 0.5 < true["high"]
    wrong = calibration(integrals(results(1.03 * means, 2), played_over(means, 3)))
    assert wrong["kolmogorov_smirnov_p"] < 0.001


def test_ranks_of_a_single_result_are_as_defined() -> None:
    truth = merged(drawn({10: 3, 12: 4, 20: 3}), DECISION)
    row = pl.DataFrame(
        {
            "game_date": [FIRST], "game_id": ["g"], "team": ["ATL"], "player_id": ["p"],
            "actual": [12],
        }
    )  # fmt: skip
    found = integrals(row, truth)["integral"].item()
    # Three lie under it, and it is tied with four others.
    assert 3 / 11 <= found <= 8 / 11


def picks() -> pl.DataFrame:
    outcomes = ["win", "loss", "win", "push", "void"]
    return pl.DataFrame(
        {
            "game_date": [FIRST + timedelta(days=i) for i in range(5)],
            "side": ["over", "over", "under", "over", "under"],
            "outcome": outcomes,
            "over_price": [100, 100, -110, 100, 100],
            "under_price": [-120, -120, 150, -120, 100],
            "is_placeholder": [False] * 5,
            "break_even": [0.5, 0.5, 0.4, 0.5, 0.5],
            "true_over": [0.6, 0.5, 0.5, 0.4, 0.5],
            "true_push": [0.0, 0.0, 0.1, 0.2, 0.0],
            "true_under": [0.4, 0.5, 0.4, 0.4, 0.5],
        }
    )


def test_picks_are_held_against_their_own_chances_and_prices() -> None:
    found = picks_against_truth(picks())
    assert found["n"] == 3
    assert found["rate"] == pytest.approx(2 / 3)
    expected = (0.6 + 0.5 + 0.4 / 0.9) / 3
    assert found["expected_rate"] == pytest.approx(expected)
    assert found["rate_difference"]["value"] == pytest.approx(2 / 3 - expected)
    assert found["excess"]["value"] == pytest.approx(2 / 3 - 1.4 / 3)
    # The push is a pick taken at nothing; the void is none.
    assert found["roi"]["n"] == 4
    assert found["roi"]["value"] == pytest.approx((1 - 1 + 1.5 + 0) / 4)
    gains = [0.6 - 0.4, 0.0, 0.4 * 1.5 - 0.5, 0.4 - 0.4]
    assert found["expected_roi"] == pytest.approx(sum(gains) / 4)


def test_sides_are_worth_their_chances_at_their_prices() -> None:
    over, under = value_of_sides()
    row = picks().slice(2, 1).select(over=over, under=under).row(0)
    assert row == pytest.approx((0.5 * 100 / 110 - 0.4, 0.4 * 1.5 - 0.5))


def test_uniform_values_pass_as_often_as_they_should() -> None:
    chance = np.random.default_rng(5)
    p_values = []
    for _ in range(200):
        means = chance.uniform(5, 25, 200)
        seeds = chance.integers(0, 2**31, 2)
        found = integrals(results(means, int(seeds[0])), played_over(means, int(seeds[1]), 10))
        p_values.append(stats.kstest(found["integral"].to_numpy(), "uniform").pvalue)
    # 10 of 200 are to be expected under 0.05; more than 20 would come once in 600 times.
    assert sum(p < 0.05 for p in p_values) <= 20
