"""Stated probabilities that are off are found; luck that dates share is not taken for it."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm
from tests.monitoring.worlds import stated

from tipoff.errors import InputError
from tipoff.monitoring.calibration import ERROR, MEAN, SLOPE, calibration_drift

MONTHS = 150


def _by_rows(month: pl.DataFrame) -> bool:
    """The fault: a z-test of rows as if they were independent."""
    p = month["over_probability"].to_numpy()
    over = (month["actual"] > month["line"]).to_numpy()
    z = (over - p).sum() / np.sqrt((p * (1 - p)).sum())
    return bool(2 * norm.sf(abs(z)) <= 0.05)


def test_right_probabilities_are_called_in_one_month_of_twenty_at_most() -> None:
    rng = np.random.default_rng(1)
    called, by_rows = 0, 0
    for _ in range(MONTHS):
        month = stated(rng, shared=0.4)
        called += (calibration_drift(month)["state"] == "DRIFTED").any()
        by_rows += _by_rows(month)
    assert called / MONTHS <= 0.05 + 2 * (0.05 * 0.95 / MONTHS) ** 0.5
    assert by_rows / MONTHS > 0.1


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (MEAN, pl.col("over_probability") + 0.15),
        (SLOPE, 1 - pl.col("over_probability")),
        (ERROR, 0.5 + 2.2 * (pl.col("over_probability") - 0.5)),
    ],
    ids=["too-high", "upside-down", "too-bold"],
)
def test_a_planted_drift_is_found(check: str, fault: pl.Expr) -> None:
    month = stated(np.random.default_rng(2), per_date=40)
    off = month.with_columns(over_probability=fault.clip(0, 1))
    found = calibration_drift(off, looks=24)
    row = found.row(by_predicate=pl.col("check") == check, named=True)
    assert row["state"] == "DRIFTED"
    assert row["low"] <= row["value"] <= row["high"]
    assert str(row["n"]) in row["sentence"]
    assert set(calibration_drift(month, looks=24)["state"]) == {"STABLE"}


def test_the_error_is_the_mean_gap_of_tenths_and_some_is_expected_by_chance() -> None:
    month = stated(np.random.default_rng(3))
    tenths = (
        month.with_columns(
            over=pl.col("actual") > pl.col("line"), tenth=(pl.col("over_probability") * 10).floor()
        )
        .group_by("tenth")
        .agg(gap=(pl.col("over").mean() - pl.col("over_probability").mean()).abs(), n=pl.len())
    )
    by_hand = (tenths["gap"] * tenths["n"]).sum() / month.height
    row = calibration_drift(month).row(by_predicate=pl.col("check") == ERROR, named=True)
    assert row["value"] == pytest.approx(by_hand)
    assert 0.02 < row["expected"] < 0.1


def test_pushes_and_unknown_results_are_no_part_and_few_rows_say_nothing() -> None:
    month = stated(np.random.default_rng(4))
    found = calibration_drift(month)
    pushed = month.with_columns(actual="line")
    unknown = month.with_columns(actual=pl.lit(None, pl.Float64))
    assert calibration_drift(pl.concat([month, pushed, unknown])).equals(found)
    assert calibration_drift(month.sample(fraction=1, shuffle=True, seed=2)).equals(found)
    assert set(calibration_drift(pushed)["state"]) == {"INSUFFICIENT"}
    assert set(calibration_drift(month.head(60))["state"]) == {"INSUFFICIENT"}
    with pytest.raises(InputError, match="probabilities"):
        calibration_drift(month.with_columns(over_probability=pl.lit(52.0)))


def test_the_probability_is_that_given_no_push_where_the_under_is_stated_too() -> None:
    month = stated(np.random.default_rng(5))
    split = month.with_columns(
        over_probability=0.9 * pl.col("over_probability"),
        under_probability=0.9 * (1 - pl.col("over_probability")),
    )
    assert calibration_drift(split)["value"].to_list() == pytest.approx(
        calibration_drift(month)["value"].to_list()
    )
