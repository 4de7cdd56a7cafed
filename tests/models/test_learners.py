"""Laws that hold for every learner."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.models.synthetic import FEATURES, feature_rows

from tipoff.errors import InputError
from tipoff.models.adjustment import Adjustment
from tipoff.models.artifact import load, save
from tipoff.models.learner import (
    LEARNERS,
    content_hash,
    fit,
    importances,
    learner_named,
    library,
    predict,
)
from tipoff.models.parts import early_and_late
from tipoff.models.spec import ModelSpec

# Ridge and what is blended with it have one loss and one direction.
TREES = tuple(name for name in LEARNERS if name not in {"ridge", "blend"})
each = pytest.mark.parametrize("learner", LEARNERS)
each_of_trees = pytest.mark.parametrize("learner", TREES)


def _spec(learner: str, **more: Any) -> ModelSpec:
    return ModelSpec(name="one", learner=learner, iterations=60, learning_rate=0.1, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def training() -> pl.DataFrame:
    rows = feature_rows(days=50, players=20)
    return rows.filter(pl.col("actual").is_not_null())


@each
def test_the_order_of_rows_and_the_threads_change_nothing(
    training: pl.DataFrame, learner: str
) -> None:
    one = fit(_spec(learner), training, FEATURES, threads=1)
    shuffled = training.sample(fraction=1, shuffle=True, seed=4)
    other = fit(_spec(learner), shuffled, FEATURES, threads=2)
    assert content_hash(one) == content_hash(other)
    assert predict(one, training).equals(predict(other, training))


@each
def test_what_stops_training_is_not_grown_on(training: pl.DataFrame, learner: str) -> None:
    spec = _spec(learner)
    early, late, start = early_and_late(spec, training)
    fitted = fit(spec, training, FEATURES, threads=1)
    assert (fitted.fit_rows, fitted.validation_rows) == (early.height, late.height)
    assert fitted.validation_start == start
    assert early["game_date"].max() < late["game_date"].min()  # type: ignore[operator]


@each
def test_a_second_fit_goes_as_far_as_the_first_on_all_rows(
    training: pl.DataFrame, learner: str
) -> None:
    spec = _spec(learner)
    first = fit(spec, training, FEATURES, threads=1)
    again = fit(spec, training, FEATURES, threads=1, settled=first)
    assert again.trees == first.trees
    assert again.fit_rows == training.height > first.fit_rows
    assert again.validation_start == first.validation_start
    assert content_hash(again) != content_hash(first)
    if learner == "ridge":
        assert again.model.strength == first.model.strength


@each
def test_what_is_made_of_a_prediction_is_part_of_the_model(
    training: pl.DataFrame, learner: str, tmp_path: Path
) -> None:
    plain = fit(_spec(learner), training, FEATURES, threads=1)
    drawn = replace(plain, adjustment=Adjustment(weight=0.5, shift=-1.0, slope=1.0))
    assert content_hash(drawn) != content_hash(plain)
    market = pl.Series("market_mean", [None, 30.0] * (training.height // 2), dtype=pl.Float64)
    rows = training.head(len(market)).with_columns(market)
    own, found = predict(plain, rows).to_numpy(), predict(drawn, rows).to_numpy()
    assert found[0::2] == pytest.approx(own[0::2] - 1)
    assert found[1::2] == pytest.approx((own[1::2] - 1 + 30) / 2)
    again, _ = load(save(drawn, _spec(learner), tmp_path, {}).path)
    assert predict(again, rows).equals(predict(drawn, rows))
    assert content_hash(again) == content_hash(drawn)


def test_a_blend_is_the_mean_of_its_parts(training: pl.DataFrame) -> None:
    both = [fit(_spec(name), training, FEATURES, threads=1) for name in ("ridge", "catboost")]
    mean = sum(predict(fitted, training).to_numpy() for fitted in both) / 2
    blend = predict(fit(_spec("blend"), training, FEATURES, threads=1), training)
    assert blend.to_numpy() == pytest.approx(mean)


@each
def test_it_learns_and_beats_a_constant(training: pl.DataFrame, learner: str) -> None:
    new = feature_rows(days=20, players=20, seed=9).filter(pl.col("actual").is_not_null())
    fitted = fit(_spec(learner), training, FEATURES, threads=1)
    error = (predict(fitted, new) - new["actual"]).abs().mean()
    constant = (new["actual"] - training["actual"].mean()).abs().mean()
    assert error < 0.9 * constant  # type: ignore[operator]
    shares = importances(fitted)
    assert set(shares) == set(FEATURES)
    assert sum(shares.values()) == pytest.approx(100, abs=0.1)


@each
def test_missing_values_are_predicted_from(training: pl.DataFrame, learner: str) -> None:
    fitted = fit(_spec(learner), training, FEATURES, threads=1)
    bare = training.head(5).with_columns(pl.lit(None, pl.Float64).alias(f) for f in FEATURES)
    found = predict(fitted, bare)
    assert found.is_finite().all()
    assert found.n_unique() == 1


@each
def test_a_saved_model_predicts_the_same_and_a_changed_file_is_refused(
    training: pl.DataFrame, learner: str, tmp_path: Path
) -> None:
    fitted = fit(_spec(learner), training, FEATURES, threads=1)
    artifact = save(fitted, _spec(learner), tmp_path, {})
    again, record = load(artifact.path)
    assert predict(again, training).equals(predict(fitted, training))
    assert content_hash(again) == content_hash(fitted) == record["sha256"] == artifact.sha256
    assert record["library"] == library(learner)
    artifact.path.write_bytes(artifact.path.read_bytes() + b" ")
    with pytest.raises(InputError, match="its content has changed"):
        load(artifact.path)


@each
def test_another_version_of_the_library_is_refused(
    training: pl.DataFrame, learner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = save(fit(_spec(learner), training, FEATURES), _spec(learner), tmp_path, {})
    monkeypatch.setattr(learner_named(learner), "library", lambda: f"{learner} 0.0.1")
    with pytest.raises(InputError, match=f"Expected a model of {learner} 0.0.1"):
        load(artifact.path)


def _skewed(seed: int = 3) -> pl.DataFrame:
    """Rows whose mean is far above their median."""
    rows = feature_rows(days=60, players=20, seed=seed)
    drawn = np.random.default_rng(seed).exponential(10.0, rows.height)
    return rows.with_columns(actual=pl.Series(drawn))


@each_of_trees
def test_the_loss_is_the_one_that_is_optimised(learner: str) -> None:
    rows = _skewed()
    mean = predict(fit(_spec(learner, loss="RMSE"), rows, FEATURES), rows).mean()
    median = predict(fit(_spec(learner, loss="MAE"), rows, FEATURES), rows).mean()
    upper = predict(fit(_spec(learner, loss="Quantile:alpha=0.9"), rows, FEATURES), rows).mean()
    assert mean == pytest.approx(10.0, abs=1.0)
    assert median == pytest.approx(10 * np.log(2), abs=1.0)
    assert upper == pytest.approx(10 * np.log(10), abs=4.0)


@pytest.mark.parametrize(
    ("learner", "more", "words"),
    [
        ("ridge", {"loss": "MAE"}, "a loss that ridge has"),
        ("ridge", {"rsm": 0.5}, "got rsm"),
        ("blend", {"loss": "MAE"}, "a loss that blend has"),
        ("xgboost", {"loss": "Huber:delta=5"}, "a loss that xgboost has"),
        ("xgboost", {"grow_policy": "SymmetricTree"}, "Depthwise or Lossguide"),
        ("lightgbm", {"loss": "LogCosh"}, "a loss that lightgbm has"),
        ("lightgbm", {"grow_policy": "Depthwise"}, "grow_policy Lossguide"),
        ("lightgbm", {"random_strength": 2.0}, "got random_strength"),
        ("xgboost", {"bootstrap_type": "Bernoulli"}, "got bootstrap_type"),
    ],
)
def test_what_a_learner_does_not_have_is_refused(
    training: pl.DataFrame, learner: str, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        fit(_spec(learner, **more), training, FEATURES)


@each_of_trees
def test_a_prediction_never_falls_with_what_it_must_rise_with(
    training: pl.DataFrame, learner: str
) -> None:
    name = FEATURES[0]
    spec = _spec(learner, monotone_constraints=((name, 1),))
    fitted = fit(spec, training, FEATURES)
    row = training.head(1)
    steps = pl.concat([row.with_columns(pl.lit(float(v)).alias(name)) for v in range(40)])
    assert (predict(fitted, steps).diff().drop_nulls() >= -1e-6).all()


@each
def test_recent_rows_can_weigh_more(training: pl.DataFrame, learner: str) -> None:
    days = training["game_date"].rank("dense")
    rising = training.with_columns(actual=pl.col("actual") + days)
    plain = predict(fit(_spec(learner), rising, FEATURES), rising).mean()
    recent = predict(fit(_spec(learner, recency_half_life_days=3), rising, FEATURES), rising).mean()
    assert recent > plain + 3  # type: ignore[operator]


@pytest.mark.parametrize("learner", ["lightgbm", "xgboost"])
def test_a_learner_that_is_not_installed_says_what_to_install(
    learner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, learner, None)
    monkeypatch.delitem(sys.modules, f"tipoff.models.{learner}_learner", raising=False)
    learner_named.cache_clear()
    with pytest.raises(InputError, match=rf"pip install tipoff\[{learner}\]"):
        learner_named(learner)
    learner_named.cache_clear()


def test_an_unknown_learner_is_refused() -> None:
    with pytest.raises(InputError, match="catboost, lightgbm, xgboost, ridge"):
        learner_named("oracle")
