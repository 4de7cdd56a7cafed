"""What is too much of a model's figures is a sign; real models show none, leaked ones do."""

from typing import Any

import pytest

from tipoff.backtest.gates import leak_alarm
from tipoff.backtest.model_signs import BOUNDS, Bound, alarms, signs_of_models

CLEAN: dict[str, Any] = {
    "learner": "catboost",
    "training": 8_000,
    "held_out": 1_200,
    "trees": 150,
    "learning_rate": 0.05,
    "length": 7.5,
    "explained": 0.5,
    "left_over": 0.93,
    "inversion": -0.02,
    "short_share": 0.2,
}
each_bound = pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.figure)


def _beyond(bound: Bound, by: float = 1e-6) -> float:
    return bound.limit + (by if bound.is_upper else -by)


def test_a_clean_model_shows_nothing() -> None:
    assert signs_of_models([CLEAN, CLEAN]) == {"models": [CLEAN, CLEAN], "signs": []}
    assert alarms({"model_signs": signs_of_models([CLEAN])}) == 0
    assert alarms({}) is None


@each_bound
def test_each_figure_shows_just_beyond_its_bound(bound: Bound) -> None:
    assert signs_of_models([{**CLEAN, bound.figure: bound.limit}])["signs"] == []
    for facts in ([_beyond(bound)], [None, _beyond(bound)]):
        models = [{**CLEAN, bound.figure: value} for value in facts]
        (sign,) = signs_of_models(models)["signs"]
        assert (sign["kind"], sign["is_alarm"]) == (bound.kind, bound.is_alarm)
        assert "Look for" in sign["sentence"]


@each_bound
def test_what_was_not_measured_is_not_judged(bound: Bound) -> None:
    loud = {**CLEAN, bound.figure: _beyond(bound, 0.1)}
    assert signs_of_models([{**loud, **dict(bound.least)}])["signs"]
    for figure, least in bound.least:
        assert not signs_of_models([{**loud, figure: least * 0.999}])["signs"]
    assert not signs_of_models([{**loud, "learner": "another"}])["signs"]


def test_the_model_that_shows_it_most_is_told() -> None:
    models = [{**CLEAN, "left_over": value} for value in (0.7, 0.4, 0.6)]
    (sign,) = signs_of_models(models)["signs"]
    assert "leaves 40%" in sign["sentence"]


def test_only_sure_signs_raise_the_alarm() -> None:
    run: dict[str, Any] = {
        "market": "points",
        "lines": {
            "mae": None, "line_mae": None, "priced_line_mae": None,
            "hr": {key: {"rate": None, "n": 0} for key in ("1", "3", "5")},
            "edges": {"small": "1", "usual": "3", "large": "5"},
        },
        "directions": {},
        "all": {"mae": None, "constant_mae": None},
        "thermometer": {"verdict": "plausible", "low": 0.0, "ceiling": 0.02},
    }  # fmt: skip
    assert "model_signs" not in {c["name"] for c in leak_alarm(run)}
    for bound in BOUNDS:
        signs = signs_of_models([{**CLEAN, bound.figure: _beyond(bound)}])
        condition = leak_alarm({**run, "model_signs": signs})[-1]
        assert condition["name"] == "model_signs"
        assert condition["passed"] == (not bound.is_alarm)
