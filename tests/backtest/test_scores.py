"""Proper scores: least for the truth, and equal to slow readings of their definitions."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tipoff.backtest.scores import (
    Floats,
    brier,
    central_interval,
    integral_borders,
    log_loss,
    probability_integral,
    ranked_probability_score,
    reliability,
)

MOST = 40


def _poisson(mean: float, n: int = 1) -> Floats:
    below = stats.poisson.cdf(np.arange(MOST + 1), mean)
    below[-1] = 1.0
    return np.tile(below, (n, 1))


@given(st.floats(0.5, 15), st.integers(0, 30))
def test_ranked_probability_is_the_mean_distance_less_half_the_spread(
    mean: float, actual: int
) -> None:
    below = _poisson(mean)
    mass = np.diff(below[0], prepend=0.0)
    counts = np.arange(MOST + 1)
    distance = (mass * np.abs(counts - actual)).sum()
    spread = (mass[:, None] * mass[None, :] * np.abs(counts[:, None] - counts[None, :])).sum()
    found = ranked_probability_score(below, np.array([float(actual)]))[0]
    assert found == pytest.approx(distance - spread / 2, abs=1e-9)


def test_a_sure_prediction_scores_its_error() -> None:
    below = (np.arange(MOST + 1) >= 12).astype(float)[None, :]
    assert ranked_probability_score(below, np.array([17.0]))[0] == 5


@pytest.mark.parametrize("wrong", [0.8, 1.25])
def test_the_truth_has_the_best_scores(wrong: float) -> None:
    actual = np.random.default_rng(5).poisson(8, 6_000).astype(float)
    happened = actual > 8.5
    truth, other = _poisson(8, 6_000), _poisson(8 * wrong, 6_000)
    scores: list[Callable[[Floats], Floats]] = [
        lambda below: ranked_probability_score(below, actual),
        lambda below: log_loss(1 - below[:, 8], happened),
        lambda below: brier(1 - below[:, 8], happened),
    ]
    for score in scores:
        assert score(truth).mean() < score(other).mean()


def test_one_wrong_certainty_does_not_outweigh_everything() -> None:
    found = log_loss(np.array([0.0, 1.0]), np.array([True, False]))
    assert found == pytest.approx([9.21034, 9.21034])


def test_the_integral_is_flat_for_the_truth_and_bent_for_others() -> None:
    actual = np.random.default_rng(6).poisson(8, 20_000).astype(float)
    flat = probability_integral(*integral_borders(_poisson(8, 20_000), actual))
    assert sum(flat) == pytest.approx(1, abs=1e-4)
    assert flat == pytest.approx([0.1] * 10, abs=0.01)
    bent = probability_integral(*integral_borders(_poisson(6, 20_000), actual))
    assert bent[-1] > 0.2


@given(st.floats(0.5, 15), st.sampled_from([0.5, 0.8, 0.9]))
def test_intervals_hold_at_least_their_level_and_no_count_more_than_needed(
    mean: float, level: float
) -> None:
    below = _poisson(mean)
    low, high = (int(b[0]) for b in central_interval(below, level)[:2])
    held = central_interval(below, level)[2][0]
    mass = np.diff(below[0], prepend=0.0)
    assert held == pytest.approx(mass[low : high + 1].sum())
    assert mass[low : high + 1].sum() >= level - 1e-9
    assert mass[:low].sum() < (1 - level) / 2 + 1e-9
    assert mass[high + 1 :].sum() <= (1 - level) / 2 + 1e-9


def test_intervals_of_the_truth_hold_as_often_as_they_say() -> None:
    actual = np.random.default_rng(7).poisson(8, 20_000)
    low, high, held = central_interval(_poisson(8, 20_000), 0.8)
    assert ((actual >= low) & (actual <= high)).mean() == pytest.approx(held.mean(), abs=0.01)
    low, high, held = central_interval(_poisson(5, 20_000), 0.8)
    assert ((actual >= low) & (actual <= high)).mean() < held.mean() - 0.1


def test_reliability_tells_predicted_from_observed() -> None:
    probability = np.array([0.05, 0.05, 0.95, 1.0])
    happened = np.array([False, True, True, True])
    bins = reliability(probability, happened)
    assert [b["n"] for b in bins] == [2, 2]
    assert [b["observed"] for b in bins] == [0.5, 1.0]
    assert bins[1]["predicted"] == pytest.approx(0.975)
