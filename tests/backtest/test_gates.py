from copy import deepcopy
from typing import Any

import pytest

from tipoff.backtest.gates import (
    GATES_FAILED,
    LEAK_SUSPECTED,
    PASSED,
    leak_alarm,
    published_gates,
    verdict,
)


def passing() -> dict[str, Any]:
    """A run that passes every gate at its very boundary, and is not too good either."""
    rate = {"rate": 0.60, "n": 50}
    return {
        "plant": None,
        "lines": {
            "mae": 5.13,
            "line_mae": 5.3,
            "line_bias": -1.5,
            "hr": {"1": {"rate": 0.60, "n": 900}, "3": rate, "5": rate},
        },
        "tiers": {"star": {"bias": -5.0}, "role": {"bias": 5.0}, "bench": {"bias": None}},
        "directions": {"over": {"rate": 0.524}, "under": {"rate": None}},
        "all": {"mae": 7.0, "constant_mae": 7.0},
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    run = deepcopy(passing())
    *parents, last = path.split("/")
    place = run
    for parent in parents:
        place = place[parent]
    place[last] = value
    return run


def failed(conditions: list[dict[str, Any]]) -> list[str]:
    return [c["name"] for c in conditions if not c["passed"]]


def judged(run: dict[str, Any]) -> str:
    return verdict({**run, "gates": published_gates(run), "alarm": leak_alarm(run)})


def test_a_run_at_the_boundaries_passes() -> None:
    run = passing()
    assert failed(published_gates(run)) == failed(leak_alarm(run)) == []
    assert judged(run) == PASSED


@pytest.mark.parametrize(
    ("path", "value", "gate"),
    [
        ("lines/mae", 5.14, "mae"),
        ("lines/mae", None, "mae"),
        ("lines/hr/3/rate", 0.5999, "hit_rate_at_edge_3"),
        ("lines/hr/3/rate", None, "hit_rate_at_edge_3"),
        ("lines/hr/3/n", 49, "graded_at_edge_3"),
        ("lines/line_bias", 1.51, "line_bias"),
        ("lines/line_bias", -1.51, "line_bias"),
        ("lines/line_bias", None, "line_bias"),
        ("tiers/star/bias", -5.01, "tier_bias"),
        ("tiers/bench/bias", 5.01, "tier_bias"),
        ("directions/over/rate", 0.5239, "directions"),
        ("directions/under/rate", 0.5239, "directions"),
    ],
)
def test_each_gate_fails_just_beyond_its_boundary(path: str, value: Any, gate: str) -> None:
    run = changed(path, value)
    assert failed(published_gates(run)) == [gate]
    assert judged(run) == GATES_FAILED


def test_there_are_six_gates_and_each_says_what_was_seen_and_asked() -> None:
    gates = published_gates(passing())
    assert len(gates) == 6
    assert [g["observed"] for g in gates] == [5.13, 0.60, 50, -1.5, 5.0, 0.524]
    assert all(g["required"] for g in gates)


@pytest.mark.parametrize(
    ("path", "value", "condition"),
    [
        ("lines/mae", 0.949 * 5.3, "mae_to_line"),
        ("lines/hr/1/rate", 0.601, "hit_rate_at_edge_1"),
        ("lines/hr/3", {"rate": 0.601, "n": 200}, "hit_rate_at_edge_3"),
        ("all/mae", 7.01, "mae_to_constant"),
    ],
)
def test_each_condition_of_the_alarm_alone_makes_a_leak_suspected(
    path: str, value: Any, condition: str
) -> None:
    run = changed(path, value)
    assert failed(leak_alarm(run)) == [condition]
    assert judged(run) == LEAK_SUSPECTED


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lines/mae", 0.95 * 5.3 + 1e-9),
        ("lines/hr/3", {"rate": 0.9, "n": 199}),
        ("lines/hr/1/rate", None),
        ("all/mae", None),
    ],
)
def test_the_alarm_is_silent_at_its_boundaries(path: str, value: Any) -> None:
    assert failed(leak_alarm(changed(path, value))) == []


def test_a_planted_run_is_suspect_whatever_its_numbers() -> None:
    assert judged(changed("plant", "inclusive-date")) == LEAK_SUSPECTED
