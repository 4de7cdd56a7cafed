"""The thermometer reads the share that was planted, and never quarantines honest seasons."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipoff.backtest.thermometer import (
    PLAUSIBLE,
    QUARANTINED,
    TOO_FEW,
    temperature,
)
from tipoff.domain.market import MARKETS

POINTS = MARKETS["points"]
SIGMA = 6.2


def season(
    seed: int, known: float, boldness: float = 1.0, days: int = 150, per_day: int = 60
) -> pl.DataFrame:
    """A season of which predictions know a share, said as boldly; dates share shocks."""
    chance = np.random.default_rng(seed)
    n = days * per_day
    day = np.repeat(np.arange(days), per_day)
    shock = np.repeat(chance.normal(0, 0.8, days), per_day)
    seen, unseen = chance.normal(0, SIGMA, n) * known**0.5, chance.normal(0, SIGMA, n)
    surprise = seen + unseen * (1 - known) ** 0.5 + shock
    line = np.floor(chance.uniform(7, 28, n)) + 0.5
    noise = chance.normal(0, 2, n) if not known else 0.0
    return pl.DataFrame(
        {
            "game_date": [date(2022, 10, 20) + timedelta(days=int(d)) for d in day],
            "line": line,
            "prediction": line + boldness * seen + noise,
            "actual": np.clip(np.round(line + surprise), 0, None),
        }
    )


@pytest.mark.parametrize("known", [0.05, 0.2, 0.5])
def test_it_reads_the_share_that_was_planted(known: float) -> None:
    found = temperature(season(1, known, boldness=0.4), POINTS)
    assert found.low is not None
    assert found.high is not None
    # Date shocks, rounding and the floor at nought take a little away from what was planted.
    assert found.share == pytest.approx(known, rel=0.12)
    assert found.low < known * 1.02 < found.high * 1.15
    assert found.verdict == QUARANTINED


@given(st.floats(0.05, 20), st.floats(-5, 5))
def test_it_is_the_same_however_predictions_are_scaled(boldness: float, shift: float) -> None:
    rows = season(2, 0.2, days=20, per_day=20)
    edge = pl.col("prediction") - pl.col("line")
    scaled = rows.with_columns(prediction=pl.col("line") + boldness * edge + shift)
    plain, other = (temperature(r, POINTS, is_sided=True) for r in (rows, scaled))
    assert other.share == pytest.approx(plain.share, rel=1e-6)
    assert other.low == pytest.approx(plain.low, rel=1e-6)


def test_two_hundred_honest_seasons_are_not_quarantined() -> None:
    # Half know nothing; half know as much as the best honest run on real lines of points did.
    verdicts = [
        temperature(season(seed, 0.0 if seed % 2 else 0.006, per_day=20), POINTS).verdict
        for seed in range(200)
    ]
    assert verdicts.count(QUARANTINED) == 0
    assert verdicts.count(PLAUSIBLE) >= 190


def test_a_leak_in_a_single_month_is_enough() -> None:
    found = temperature(season(3, 0.5, days=25, per_day=20), POINTS)
    assert found.verdict == QUARANTINED


def test_a_file_that_keeps_its_picks_only_reads_as_the_whole() -> None:
    rows = season(4, 0.3)
    picks = rows.filter((pl.col("prediction") - pl.col("line")).abs() >= 3)
    whole, kept = temperature(rows, POINTS), temperature(picks, POINTS)
    assert whole.at_least == 0
    assert kept.at_least == pytest.approx(3, abs=0.02)
    assert kept.in_file is not None
    assert whole.share is not None
    assert kept.in_file > 1.3 * whole.share
    assert kept.share == pytest.approx(whole.share, rel=0.1)


def test_honest_picks_are_not_quarantined_for_being_picked() -> None:
    rows = season(5, 0.006, boldness=6)
    picks = rows.filter((pl.col("prediction") - pl.col("line")).abs() >= 5)
    assert temperature(picks, POINTS).verdict == PLAUSIBLE


@pytest.mark.parametrize("days", [5, 8, 30, 150])
@pytest.mark.parametrize("spoilt", [0, 1, 2])
def test_results_that_are_spoilt_on_a_date_or_two_are_quarantined(days: int, spoilt: int) -> None:
    """Without those dates they know everything: nothing may hang on how far that is off."""
    rows = season(1, 0.2, days=days, per_day=20)
    spoiling = pl.col("game_date") < pl.col("game_date").min() + timedelta(days=spoilt)
    copied = rows.with_columns(prediction=pl.when(spoiling).then("prediction").otherwise("actual"))
    found = temperature(copied, POINTS)
    assert found.verdict == QUARANTINED
    assert found.low is not None
    assert found.share is not None
    assert found.low <= found.share


def test_predictions_that_point_the_wrong_way_are_cold() -> None:
    rows = season(6, 0.2)
    wrong = rows.with_columns(prediction=2 * pl.col("line") - pl.col("prediction"))
    found = temperature(wrong, POINTS)
    assert found.share is not None
    assert found.share < -0.15
    assert found.verdict == PLAUSIBLE


def test_too_little_says_so() -> None:
    few = season(7, 0.5, days=4, per_day=30)
    assert temperature(few, POINTS).verdict == TOO_FEW
    flat = season(7, 0.5, days=30).with_columns(prediction=pl.col("line"))
    assert temperature(flat, POINTS).verdict == TOO_FEW
    assert temperature(flat.clear(), POINTS).share is None
