"""Distributions over counts: they are distributions, calibrated, and right about any line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipoff.errors import InputError
from tipoff.models.distribution import (
    SHAPES,
    Distribution,
    Floats,
    calibrated,
    cumulative,
    side_probabilities,
)
from tipoff.models.spec import Shape

MOST = 80


def _world(seed: int, n: int = 4_000) -> tuple[Floats, Floats, Floats]:
    """Counts around a mean, with a prediction that is biased and a known part of the spread."""
    chance = np.random.default_rng(seed)
    mean = chance.gamma(4, 3, n) + 1
    own = chance.uniform(2, 9, n)
    variance = mean + own**2 / 2
    actual = chance.negative_binomial(mean**2 / (variance - mean), mean / variance)
    predicted = (mean - 1.5) / 1.1
    return predicted, actual.astype(float), np.where(chance.random(n) < 0.1, np.nan, own)


@pytest.fixture(scope="module", params=SHAPES)
def distribution(request: pytest.FixtureRequest) -> Distribution:
    return calibrated(request.param, *_world(1))


@given(st.floats(-5, 70), st.none() | st.floats(0, 20), st.integers(0, 140))
def test_it_is_a_distribution_and_sides_sum_to_one(
    distribution: Distribution, predicted: float, own: float | None, double_line: int
) -> None:
    width = np.array([np.nan if own is None else own])
    below = cumulative(distribution, np.array([predicted]), width, MOST)
    assert below.shape == (1, MOST + 1)
    assert (np.diff(below[0]) >= -1e-12).all()
    assert below[0, 0] >= 0
    assert below[0, -1] == 1
    line = np.array([double_line / 2])
    over, push, under = side_probabilities(below, line)
    mass = np.diff(below[0], prepend=0.0)
    counts = np.arange(MOST + 1)
    assert over[0] == pytest.approx(mass[counts > line[0]].sum(), abs=1e-9)
    assert push[0] == pytest.approx(mass[counts == line[0]].sum(), abs=1e-9)
    assert under[0] == pytest.approx(mass[counts < line[0]].sum(), abs=1e-9)


def test_it_is_calibrated_on_new_rows(distribution: Distribution) -> None:
    predicted, actual, own = _world(2, 20_000)
    below = cumulative(distribution, predicted, own, MOST)
    mean = (1 - below).sum(axis=1)
    assert mean.mean() == pytest.approx(actual.mean(), abs=0.35)
    line = np.floor(predicted * 1.1 + 1.5) + 0.5
    over, _, _ = side_probabilities(below, line)
    # A normal distribution has no skewness to give.
    near = 0.08 if distribution.kind == "normal" else 0.03
    for part in (predicted < 8, predicted >= 8, own > 6):
        assert over[part].mean() == pytest.approx((actual > line)[part].mean(), abs=near)


def test_the_known_spread_of_a_player_matters(distribution: Distribution) -> None:
    at = np.array([12.0, 12.0])
    below = cumulative(distribution, at, np.array([2.0, 9.0]), MOST)
    over, _, _ = side_probabilities(below, np.array([30.5, 30.5]))
    assert over[1] > 2 * over[0]


def test_no_line_has_no_probability(distribution: Distribution) -> None:
    below = cumulative(distribution, np.array([12.0]), np.array([4.0]), MOST)
    assert all(np.isnan(p[0]) for p in side_probabilities(below, np.array([np.nan])))


@pytest.mark.parametrize("kind", SHAPES)
def test_too_few_rows_are_refused(kind: Shape) -> None:
    predicted, actual, own = _world(3, 99)
    with pytest.raises(InputError, match="at least 100 rows"):
        calibrated(kind, predicted, actual, own)
