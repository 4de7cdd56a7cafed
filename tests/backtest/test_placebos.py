"""Placebos: each is the rule that it says, and the headline is the model minus the best of them."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.backtest.graded_rows import grades, row
from tests.backtest.runs import run

from tipoff.backtest.gates import leak_alarm
from tipoff.backtest.metrics import hit_rate, line_errors
from tipoff.backtest.placebos import guesses, headline, oracle, won_by
from tipoff.domain.market import MARKETS

POINTS = MARKETS["points"]


def _world(
    seed: int, skill: float, days: int = 60, players: int = 20, noise: float = 5.0
) -> pl.DataFrame:
    """Lines as sharp as can be, and a model that knows a share of what they do not."""
    chance = np.random.default_rng(seed)
    n = days * players
    level = np.tile(chance.uniform(8, 28, players), days)
    surprise = chance.normal(0, 6, n)
    actual = np.round(np.clip(level + surprise, 0, None))
    prediction = level + skill * surprise + chance.normal(0, noise, n)
    line = np.floor(level) + 0.5
    rows = [
        row(i // players, float(prediction[i]), float(line[i]), float(actual[i]), average=12.0)
        for i in range(n)
    ]
    names = pl.Series("player_id", [i % players for i in range(n)])
    return grades(rows).with_columns(names)


def test_an_earlier_prediction_is_the_last_one_of_the_same_player() -> None:
    rows = grades([row(day=d, prediction=10.0 + d) for d in range(4)])
    same = rows.with_columns(player_id=pl.lit(7))
    assert guesses(same)["earlier_prediction"].to_list() == [None, 10.0, 11.0, 12.0]
    assert guesses(rows)["earlier_prediction"].to_list() == [None] * 4


def test_an_outlier_is_taken_back_to_the_consensus() -> None:
    rows = grades([row(line=15.5, actual=20.0)] * 2).with_columns(consensus=pl.Series([17.0, 15.5]))
    assert won_by(rows, guesses(rows)["outlier_to_consensus"], 0.0).to_list() == [True, None]


def test_a_rule_has_no_part_in_what_it_does_not_pick_or_was_not_decided() -> None:
    rows = grades([row(prediction=20.0), row(prediction=17.0), row(actual=None), row(actual=15.0)])
    assert won_by(rows, rows["prediction"], 3.0).to_list() == [True, None, None, None]


def test_a_model_that_knows_nothing_has_nothing_on_the_placebos() -> None:
    differences = [headline(_world(seed, 0.0), POINTS)["hit_rate"] for seed in range(12)]
    above = [d["low"] > 0 for d in differences]
    assert sum(above) <= 1
    # The best of several is chosen after the fact, so that nothing is less than nothing.
    assert np.mean([d["value"] for d in differences]) < 0


def test_a_model_that_knows_something_is_seen_to() -> None:
    rows = _world(3, 0.5, noise=2.0)
    found = headline(rows, POINTS)
    assert found["hit_rate"]["low"] > 0.05
    assert found["mae"]["high"] < 0
    assert found["hit_rate"]["ours"] == pytest.approx(hit_rate(rows, 3)["rate"])
    assert found["mae"]["ours"] == pytest.approx(line_errors(rows)["mae"])


def test_the_headline_does_not_depend_on_the_order_of_rows() -> None:
    rows = _world(4, 0.2, days=20)
    assert headline(rows.sample(fraction=1, shuffle=True, seed=3), POINTS) == headline(rows, POINTS)


def test_nothing_to_compare_is_said_with_null() -> None:
    assert headline(grades([row(actual=None)]), POINTS) == {"hit_rate": None, "mae": None}


def test_the_oracle_raises_the_alarm() -> None:
    report, on_lines = run()
    told = oracle(on_lines)
    known: dict[str, Any] = {
        **report,
        "lines": {
            **report["lines"],
            **line_errors(told),
            "hr": {f"{edge:g}": hit_rate(told, edge) for edge in POINTS.edges},
        },
    }
    raised = [condition["name"] for condition in leak_alarm(known) if not condition["passed"]]
    assert "mae_to_line" in raised
    assert not [c for c in leak_alarm(report) if not c["passed"]]
