import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.power import normal_sample_size_one_tail

from tipoff.backtest.power import (
    POWERED,
    UNDERPOWERED,
    adequacy,
    picks_needed,
    power_at,
    smallest_detectable,
)
from tipoff.errors import InputError

BREAK_EVEN = 110 / 210


@pytest.mark.parametrize("rate", [0.54, 0.5538, 0.6, 0.85])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_the_picks_needed_are_those_of_statsmodels(rate: float, power: float) -> None:
    expected = normal_sample_size_one_tail(
        rate - BREAK_EVEN,
        power,
        0.05,
        std_null=(BREAK_EVEN * (1 - BREAK_EVEN)) ** 0.5,
        std_alternative=(rate * (1 - rate)) ** 0.5,
    )
    assert 0 <= picks_needed(rate, BREAK_EVEN, power=power) - expected < 1


@pytest.mark.parametrize("effect", [0.02, 0.03, 0.06])
def test_the_exact_binomial_test_has_about_the_power_promised(effect: float) -> None:
    n = picks_needed(BREAK_EVEN + effect, BREAK_EVEN)
    least = int(binom.isf(0.05, n, BREAK_EVEN)) + 1
    assert binom.sf(least - 1, n, BREAK_EVEN) <= 0.05
    assert binom.sf(least - 1, n, BREAK_EVEN + effect) == pytest.approx(0.8, abs=0.03)


@given(
    st.integers(60, 20_000),
    st.floats(0.3, 0.7),
    st.floats(1.0, 3.0),
    st.sampled_from([0.01, 0.05, 0.1]),
)
def test_what_is_detectable_needs_the_picks_at_hand(
    n: int, break_even: float, effect: float, level: float
) -> None:
    said = {"level": level, "design_effect": effect}
    rate = smallest_detectable(n, break_even, **said)
    if rate is None:
        assert picks_needed(1.0, break_even, **said) > n
        return
    assert abs(picks_needed(rate, break_even, **said) - n) <= 1
    assert power_at(n, rate, break_even, **said) == pytest.approx(0.8, abs=1e-6)


def test_a_handful_of_picks_shows_nothing() -> None:
    assert smallest_detectable(2, BREAK_EVEN) is None
    assert power_at(0, 0.6, BREAK_EVEN) == 0
    assert power_at(2, 1.0, BREAK_EVEN) == 0
    assert power_at(9, 1.0, BREAK_EVEN) == 1


def test_clusters_cost_picks_and_never_give_any() -> None:
    n = picks_needed(0.56, BREAK_EVEN)
    assert picks_needed(0.56, BREAK_EVEN, design_effect=2.0) == pytest.approx(2 * n, abs=1)
    assert picks_needed(0.56, BREAK_EVEN, design_effect=0.5) == n


def test_the_verdict_turns_at_the_picks_needed() -> None:
    needed = picks_needed(BREAK_EVEN + 0.03, BREAK_EVEN)
    enough, short = adequacy(needed, BREAK_EVEN), adequacy(needed - 1, BREAK_EVEN)
    assert (enough.verdict, short.verdict) == (POWERED, UNDERPOWERED)
    assert enough.needed == short.needed == needed
    assert short.power < 0.8 <= enough.power
    assert enough.detectable == pytest.approx(BREAK_EVEN + 0.03, abs=1e-4)


def test_the_published_runs_were_underpowered_for_an_honest_edge() -> None:
    assert adequacy(878, BREAK_EVEN).verdict == UNDERPOWERED
    assert adequacy(113, BREAK_EVEN).power < 0.2


@pytest.mark.parametrize(
    ("rate", "break_even", "level", "power"),
    [
        (0.5, 0.52, 0.05, 0.8),
        (1.2, 0.52, 0.05, 0.8),
        (0.6, 0.0, 0.05, 0.8),
        (0.6, 0.52, 0.6, 0.8),
        (0.6, 0.52, 0.05, 1.0),
    ],
)
def test_shares_out_of_order_are_refused(
    rate: float, break_even: float, level: float, power: float
) -> None:
    with pytest.raises(InputError, match="Expected a"):
        picks_needed(rate, break_even, level=level, power=power)
