from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm, ttest_1samp
from statsmodels.stats.multitest import multipletests

from tipoff.backtest.multiplicity import (
    BEYOND_LUCK,
    WITHIN_LUCK,
    benjamini_hochberg,
    expected_best,
    holm,
    luck,
    rate_test,
)
from tipoff.backtest.statistics import BY_DATE_AND_PLAYER
from tipoff.errors import InputError

BREAK_EVEN = 0.5238
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@pytest.mark.parametrize(("ours", "theirs"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_adjusted_p_values_are_those_of_statsmodels(
    ours: Callable[[Sequence[float]], list[float]], theirs: str
) -> None:
    @settings(max_examples=40)
    @given(P_VALUES)
    def same(p_values: list[float]) -> None:
        expected = multipletests(p_values, method=theirs)[1]
        assert ours(p_values) == pytest.approx(list(expected))

    same()


def test_a_family_of_none_has_no_p_values() -> None:
    assert holm([]) == benjamini_hochberg([]) == []


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(wrong: float) -> None:
    with pytest.raises(InputError, match="Expected p-values between 0 and 1"):
        holm([0.5, wrong])


def _picks(
    rng: np.random.Generator, rate: float, dates: int = 28, shock: float = 0.0
) -> pl.DataFrame:
    """Picks that win at a rate, whose dates lift or lower all their picks together."""
    date = np.repeat(np.arange(dates), rng.integers(1, 12, dates))
    lift = rng.normal(0, shock, dates)[date] + rng.normal(0, 1, len(date))
    won = lift > norm.isf(rate) * (1 + shock**2) ** 0.5
    return pl.DataFrame(
        {
            "game_date": date,
            "player_id": rng.integers(0, 60, len(date)),
            "won": won,
            "break_even": rng.choice([BREAK_EVEN - 0.02, BREAK_EVEN + 0.02], len(date)),
        }
    )


def test_single_picks_per_date_give_students_test() -> None:
    rows = _picks(np.random.default_rng(1), 0.7, 80).unique("game_date", maintain_order=True)
    got = rate_test(rows)
    excess = rows["won"].cast(pl.Float64) - rows["break_even"]
    expected = ttest_1samp(excess.to_numpy(), 0.0, alternative="greater").pvalue
    assert got.clustered == pytest.approx(expected)
    assert (got.n, got.clusters) == (80, 80)
    assert got.rate == pytest.approx(rows["won"].mean())
    assert got.break_even == pytest.approx(rows["break_even"].mean())


def test_the_binomial_comparison_is_exact() -> None:
    rows = _picks(np.random.default_rng(2), 0.55)
    wins, n = rows["won"].sum(), rows.height
    got = rate_test(rows, break_even=BREAK_EVEN)
    assert got.binomial == pytest.approx(binomtest(wins, n, BREAK_EVEN, "greater").pvalue)


def test_a_handful_that_all_win_is_not_certain() -> None:
    rows = _picks(np.random.default_rng(3), 0.5, 4).with_columns(won=pl.lit(value=True))
    got = rate_test(rows)
    assert got.clustered is not None
    assert got.clustered < 1e-4
    assert got.p_value == got.binomial == pytest.approx((got.break_even or 0) ** rows.height)


def test_no_picks_and_one_date_have_no_p_value() -> None:
    rows = _picks(np.random.default_rng(4), 0.5, 1)
    assert rate_test(rows).p_value is None
    assert rate_test(rows).rate is not None
    assert rate_test(rows.clear()).rate is None


def test_dates_that_move_together_fool_the_binomial_test_and_not_the_clustered_one() -> None:
    rng = np.random.default_rng(6)
    found = [rate_test(_picks(rng, BREAK_EVEN, 40, 1.0)) for _ in range(250)]
    assert np.mean([(test.binomial or 0) <= 0.05 for test in found]) > 0.12
    assert np.mean([(test.p_value or 0) <= 0.05 for test in found]) < 0.075


def test_of_null_families_few_have_a_call_after_correction_and_most_without() -> None:
    rng = np.random.default_rng(7)
    families = [
        [rate_test(_picks(rng, BREAK_EVEN), by=BY_DATE_AND_PLAYER).p_value for _ in range(20)]
        for _ in range(20)
    ]
    p_values = [[p for p in family if p is not None] for family in families]
    assert sum(min(family) <= 0.05 for family in p_values) > 5
    assert sum(min(holm(family)) <= 0.05 for family in p_values) <= 2
    assert sum(min(benjamini_hochberg(family)) <= 0.05 for family in p_values) <= 2


def test_a_true_edge_is_called_among_null_tries() -> None:
    rng = np.random.default_rng(8)
    tries = [rate_test(_picks(rng, BREAK_EVEN)).p_value or 0.0 for _ in range(30)]
    edge = rate_test(_picks(rng, 0.66, 80)).p_value
    assert edge is not None
    assert holm([*tries, edge])[-1] < 0.01
    assert benjamini_hochberg([*tries, edge])[-1] < 0.01


@pytest.mark.parametrize(("tries", "n", "effect"), [(1, 50, 1.0), (12, 200, 1.0), (200, 300, 1.5)])
def test_the_expected_best_is_that_of_drawing_tries(tries: int, n: int, effect: float) -> None:
    picks = round(n / effect)
    draws = np.random.default_rng(9).binomial(picks, BREAK_EVEN, (4_000, tries))
    best = draws.max(axis=1) / picks
    got = expected_best(tries, n, BREAK_EVEN, design_effect=effect)
    assert got == pytest.approx(best.mean(), abs=4 * best.std() / 4_000**0.5)


def test_the_expected_best_is_near_that_of_normal_values() -> None:
    tries, n = 100, 2_000
    gamma = float(np.euler_gamma)
    best = (1 - gamma) * norm.ppf(1 - 1 / tries) + gamma * norm.ppf(1 - 1 / (tries * np.e))
    expected = BREAK_EVEN + best * (BREAK_EVEN * (1 - BREAK_EVEN) / n) ** 0.5
    assert expected_best(tries, n, BREAK_EVEN) == pytest.approx(expected, abs=0.001)


def test_luck_is_the_chance_that_the_best_of_all_tries_does_as_well() -> None:
    best = np.random.default_rng(10).binomial(150, BREAK_EVEN, (20_000, 40)).max(axis=1) / 150
    for observed in (0.58, 0.62, 0.66):
        got = luck(observed, 40, 150, BREAK_EVEN)
        assert got.p_value == pytest.approx((best >= observed - 1e-12).mean(), abs=0.012)


def test_what_one_try_shows_is_luck_in_two_hundred() -> None:
    observed = 93 / 150
    assert luck(observed, 1, 150, BREAK_EVEN).verdict == BEYOND_LUCK
    many = luck(observed, 200, 150, BREAK_EVEN)
    assert many.verdict == WITHIN_LUCK
    assert many.expected_best > observed
    assert luck(observed, 1, 150, BREAK_EVEN, design_effect=3.0).verdict == WITHIN_LUCK


def test_a_tiny_chance_is_not_rounded_to_none() -> None:
    assert 0 < luck(0.85, 10, 878, BREAK_EVEN).p_value < 1e-60


@pytest.mark.parametrize(("tries", "n", "rate"), [(0, 10, 0.5), (3, 0, 0.5), (3, 10, 1.0)])
def test_tries_without_content_are_refused(tries: int, n: int, rate: float) -> None:
    with pytest.raises(InputError, match="Expected at least one try, one pick"):
        expected_best(tries, n, rate)
