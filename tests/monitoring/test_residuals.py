"""Residuals that move or widen are found; shocks that dates share are not taken for drift."""

import json

import numpy as np
import polars as pl
import pytest
from scipy.stats import ttest_ind
from tests.monitoring.worlds import predicted

from tipoff.errors import InputError
from tipoff.monitoring.residuals import MEAN, SPREAD, residual_drift, residual_reference

MONTHS = 300
REFERENCE = residual_reference(predicted(np.random.default_rng(1), dates=150))


def test_without_drift_one_month_in_twenty_is_called_and_by_rows_alone_one_in_three() -> None:
    rng = np.random.default_rng(2)
    held_out = predicted(np.random.default_rng(1), dates=150)
    called, by_rows = 0, 0
    for _ in range(MONTHS):
        month = predicted(rng)
        called += (residual_drift(REFERENCE, month)["state"] == "DRIFTED").any()
        ours, theirs = (rows["prediction"] - rows["actual"] for rows in (month, held_out))
        by_rows += ttest_ind(ours, theirs).pvalue <= 0.05
    assert called / MONTHS <= 0.05 + 2 * (0.05 * 0.95 / MONTHS) ** 0.5
    assert by_rows / MONTHS > 0.2


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (MEAN, pl.col("prediction") + 4),
        (SPREAD, pl.col("prediction") + 0.8 * (pl.col("prediction") - pl.col("actual"))),
    ],
)
def test_a_planted_drift_is_found(check: str, fault: pl.Expr) -> None:
    month = predicted(np.random.default_rng(3)).with_columns(prediction=fault)
    found = residual_drift(REFERENCE, month, looks=24)
    assert found.filter(pl.col("state") == "DRIFTED")["check"].to_list() == [check]
    row = found.row(by_predicate=pl.col("check") == check, named=True)
    assert row["low"] < row["difference"] < row["high"]
    assert row["n"] == month.height
    assert str(row["n"]) in row["sentence"]


def test_few_rows_say_nothing_and_unplayed_ones_are_no_part() -> None:
    month = predicted(np.random.default_rng(4))
    found = residual_drift(REFERENCE, month)
    unplayed = month.with_columns(actual=pl.lit(None, pl.Float64))
    assert residual_drift(REFERENCE, pl.concat([month, unplayed])).equals(found)
    for few in (unplayed, month.head(49), month.filter(pl.col("game_date").dt.day() > 28)):
        assert set(residual_drift(REFERENCE, few)["state"]) == {"INSUFFICIENT"}
    with pytest.raises(InputError, match="50 on 5"):
        residual_reference(month.head(20))
    with pytest.raises(InputError, match="numbers"):
        residual_drift(REFERENCE, month.with_columns(actual=pl.lit(float("inf"))))


def test_the_reference_survives_json_and_order_is_irrelevant() -> None:
    month = predicted(np.random.default_rng(5))
    found = residual_drift(REFERENCE, month)
    shuffled = month.sample(fraction=1, shuffle=True, seed=1)
    assert residual_drift(json.loads(json.dumps(REFERENCE)), shuffled).equals(found)
    residual = month["prediction"] - month["actual"]
    assert found["value"][0] == pytest.approx(residual.mean())
    assert found["value"][1] == pytest.approx(residual.std(ddof=0))
