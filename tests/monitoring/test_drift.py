"""Feature drift is told from chance, though rows depend on each other, and every kind is found."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2
from tests.monitoring.worlds import FEATURES, parts

from tipoff.errors import InputError
from tipoff.monitoring.drift import feature_drift, index, reference_of

WORLDS = 60


def _as_if_independent(reference: dict[str, Any], found: pl.DataFrame) -> bool:
    """The fault: the law of independent rows, corrected for the number of features."""
    used = np.array([kept["used"] for kept in reference["features"].values()])
    scale = 1 / found["n"].to_numpy() + 1 / reference["rows"]
    return bool((chi2.sf(found["psi"].to_numpy() / scale, used) * len(used) <= 0.05).any())


def test_without_drift_nothing_is_called_however_rows_depend_on_each_other() -> None:
    drifted, beyond_chance, naive = 0, 0, 0
    for seed in range(WORLDS):
        training, window = parts(seed)
        reference = reference_of(training, FEATURES)
        found = feature_drift(reference, window)
        drifted += (found["state"] == "DRIFTED").any()
        beyond_chance += (found["state"] != "STABLE").any()
        naive += _as_if_independent(reference, found)
    assert drifted / WORLDS <= 0.05
    assert beyond_chance / WORLDS <= 0.05 + 2 * (0.05 * 0.95 / WORLDS) ** 0.5
    assert naive / WORLDS > 0.5


@pytest.mark.parametrize(
    ("feature", "fault"),
    [
        ("own_0", pl.col("own_0") + 0.8),
        ("own_0", pl.col("own_0") * 2.5),
        ("form_0", pl.col("form_0") * 100),
        ("form_0", pl.when(pl.int_range(pl.len()) % 3 > 0).then("form_0")),
        ("form_0", pl.lit(None, pl.Float64)),
        ("slate_0", pl.lit(0.0)),
        ("count_0", pl.col("count_0") - 3),
    ],
    ids=["moved", "wider", "other-unit", "a-third-null", "all-null", "constant", "below-range"],
)
def test_a_planted_drift_is_found_and_nothing_else(feature: str, fault: pl.Expr) -> None:
    training, window = parts(3)
    reference = reference_of(training, FEATURES)
    found = feature_drift(reference, window.with_columns(fault.alias(feature)), looks=24)
    assert found.filter(pl.col("state") == "DRIFTED")["feature"].to_list() == [feature]
    row = found.row(by_predicate=pl.col("feature") == feature, named=True)
    assert row["n"] == window.height
    assert row["low"] <= row["psi"] <= row["high"]
    assert feature in row["sentence"]


def test_a_column_that_is_gone_has_drifted_and_few_rows_say_nothing() -> None:
    training, window = parts(4)
    reference = reference_of(training, FEATURES)
    gone = feature_drift(reference, window.drop("own_1")).filter(pl.col("feature") == "own_1")
    assert gone.select("state", "n").row(0) == ("DRIFTED", 0)
    assert "no such column" in gone["sentence"].item()
    for few in (window.head(40), window.filter(pl.col("game_date") <= window["game_date"].min())):
        found = feature_drift(reference, few.with_columns(own_0=pl.lit(9.0)))
        assert set(found["state"]) == {"INSUFFICIENT"}
    assert set(feature_drift(reference, window.clear())["state"]) == {"INSUFFICIENT"}


def test_the_index_is_the_sum_of_its_formula_and_expected_ones_shrink_with_rows() -> None:
    shares, counts = np.array([0.5, 0.3, 0.2]), np.array([20.0, 60.0, 19.0])
    now = (counts + shares) / 100
    by_hand = sum((q - p) * np.log(q / p) for p, q in zip(shares, now, strict=True))
    assert index(shares, counts) == pytest.approx(by_hand)
    training, window = parts(5)
    reference = reference_of(training, FEATURES)
    most = feature_drift(reference, window)
    half = feature_drift(reference, window.gather_every(4))
    assert (half["expected_psi"] > most["expected_psi"]).all()


def test_more_looks_ask_for_more() -> None:
    training, window = parts(6)
    reference = reference_of(training, FEATURES)
    once, often = (feature_drift(reference, window, looks=looks) for looks in (1, 165))
    assert (often["corrected_p"] >= once["corrected_p"]).all()
    with pytest.raises(InputError, match="looks"):
        feature_drift(reference, window, looks=0)


def test_the_reference_survives_json_and_order_is_irrelevant() -> None:
    training, window = parts(7)
    reference = reference_of(training, FEATURES)
    shuffled = [rows.sample(fraction=1, shuffle=True, seed=1) for rows in (training, window)]
    assert reference_of(shuffled[0], FEATURES) == reference
    found = feature_drift(reference, window)
    assert feature_drift(json.loads(json.dumps(reference)), shuffled[1]).equals(found)


def test_a_reference_of_too_few_dates_or_without_a_feature_is_refused() -> None:
    training, _ = parts(8)
    with pytest.raises(InputError, match="stretches"):
        reference_of(training, FEATURES, block_dates=20)
    with pytest.raises(InputError, match="nowhere"):
        reference_of(training, ["nowhere"])


def test_features_that_are_constant_or_null_or_boolean_have_a_reference() -> None:
    training, window = (
        rows.with_columns(
            same=pl.lit(1.0), none=pl.lit(None, pl.Float64), is_home=pl.col("own_0") > 0
        )
        for rows in parts(9)
    )
    reference = reference_of(training, ["same", "none", "is_home"])
    assert set(feature_drift(reference, window)["state"]) == {"STABLE"}
    other = window.with_columns(same=pl.lit(2.0), none=pl.lit(3.0), is_home=pl.lit(value=True))
    assert set(feature_drift(reference, other)["state"]) == {"DRIFTED"}
