from datetime import date

import pytest
from pydantic import ValidationError

from tipoff.errors import InputError
from tipoff.models.spec import ModelSpec, Windows, kept_features, sentence_of


@pytest.mark.parametrize(
    "loss", ["RMSE", "MAE", "LogCosh", "Huber:delta=5", "Huber:delta=2.5", "Quantile:alpha=0.55"]
)
def test_losses_are_named_as_they_are_optimised(loss: str) -> None:
    assert ModelSpec(name="m", loss=loss).loss == loss


@pytest.mark.parametrize("loss", ["mae", "Huber", "Huber:delta=", "MAPE", "Quantile:alpha=x", ""])
def test_other_losses_are_refused_by_a_sentence(loss: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ModelSpec(name="m", loss=loss)
    assert "expected a loss out of RMSE, MAE" in str(sentence_of(caught.value))


@pytest.mark.parametrize(
    ("fields", "needed"),
    [
        ({"min_data_in_leaf": 5}, "min_data_in_leaf needs grow_policy"),
        ({"min_data_in_leaf": 5, "grow_policy": "SymmetricTree"}, "needs grow_policy"),
        ({"subsample": 0.5}, "subsample needs bootstrap_type"),
        ({"subsample": 0.5, "bootstrap_type": "Bayesian"}, "subsample needs bootstrap_type"),
        (
            {"monotone_constraints": (("a", 1),), "grow_policy": "Depthwise"},
            "monotone_constraints need grow_policy SymmetricTree",
        ),
        ({"name": "../elsewhere"}, "name"),
        ({"rsm": 0.0}, "rsm"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
def test_recipes_that_the_learner_would_refuse_or_ignore_are_refused(
    fields: dict[str, object], needed: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        ModelSpec.model_validate({"name": "m", **fields})
    assert needed in str(sentence_of(caught.value))


def _windows(train_end: date, eval_start: date) -> Windows:
    return Windows(
        train_start=date(2022, 11, 1),
        train_end=train_end,
        eval_start=eval_start,
        eval_end=date(2023, 2, 28),
    )


def test_training_may_end_on_the_eve_of_evaluation_only() -> None:
    day = date(2023, 2, 1)
    assert _windows(date(2023, 1, 31), day).eval_start == day
    with pytest.raises(ValidationError) as caught:
        _windows(day, day)
    assert str(sentence_of(caught.value)).startswith("Expected training to end before evaluation")


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValidationError, match="end on or after the day it starts"):
        _windows(date(2022, 10, 1), date(2023, 2, 1))


def test_features_are_kept_in_the_sets_order_without_the_excluded() -> None:
    spec = ModelSpec(name="m", exclude_features=("b",))
    assert kept_features(spec, ["c", "b", "a"]) == ("c", "a")


@pytest.mark.parametrize(
    "spec",
    [
        ModelSpec(name="m", exclude_features=("points_avg_lats_5",)),
        ModelSpec(name="m", monotone_constraints=(("points_avg_lats_5", 1),)),
    ],
)
def test_a_misspelt_feature_is_refused(spec: ModelSpec) -> None:
    with pytest.raises(InputError, match="points_avg_lats_5"):
        kept_features(spec, ["points_avg_last_5"])


def test_a_model_of_no_features_is_refused() -> None:
    with pytest.raises(InputError, match="at least one feature"):
        kept_features(ModelSpec(name="m", exclude_features=("a",)), ["a"])
