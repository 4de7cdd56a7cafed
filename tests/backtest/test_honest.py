"""The honest gates: each fails, or says that it can not tell, just beyond its boundary."""

from copy import deepcopy
from typing import Any

import pytest

from tipoff.backtest.honest import honest_gates


def _number(value: float, low: float, high: float, n: int = 4_000) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": n, "unit": "share"}


def passing() -> dict[str, Any]:
    """A run that passes every gate."""
    margin = _number(0.04, 0.01, 0.07)
    return {
        "market": "points",
        "alarm": [{"name": "mae_to_line", "passed": True}],
        "numbers": {
            "all/margin@3": margin,
            "all/bias": _number(0.5, 0.3, 0.7),
            "all/log_loss_difference": _number(0.0, -0.01, 0.01),
            "side=over/margin@3": _number(0.0, -0.1, 0.1, 20),
            "side=under/margin@3": _number(0.08, 0.01, 0.1, 3_900),
            "season=2021-22/margin@3": _number(0.0, -0.1, 0.1, 50),
            "season=2022-23/margin@3": _number(0.1, -0.1, 0.3, 60),
            "season=2023-24/margin@3": _number(-0.5, -0.9, 0.1, 49),
        },
        "evidence": {
            "n": 4_000,
            "rate": 0.575,
            "break_even": 0.535,
            "design_effect": 1.1,
            "power": {"verdict": "powered", "needed": 1_800, "effect": 0.03, "n": 4_000},
        },
        "tiers": {
            "star": {"bias": -1.5, "n": 50},
            "role": {"bias": 0.2, "n": 900},
            "bench": {"bias": 9.0, "n": 49},
        },
        "headline": {"hit_rate": {"low": 0.001}},
    }


def _changed(path: str, value: Any) -> dict[str, Any]:
    run = deepcopy(passing())
    *parents, last = path.split(" ")
    place = run
    for parent in parents:
        place = place[parent]
    place[last] = value
    return run


def _not_passed(run: dict[str, Any], tries: int = 5) -> dict[str, str]:
    return {g["name"]: g["state"] for g in honest_gates(run, tries) if not g["passed"]}


def test_a_run_at_the_boundaries_passes_all() -> None:
    gates = honest_gates(passing(), 5)
    assert [gate["name"] for gate in gates if not gate["passed"]] == []
    assert len(gates) == 11
    assert all(gate["required"] for gate in gates)


WEAK = {"verdict": "underpowered", "needed": 9_000, "effect": 0.03, "n": 4_000}


@pytest.mark.parametrize(
    ("path", "value", "name", "state"),
    [
        ("alarm", [{"name": "x", "passed": False}], "leak_alarm", "failed"),
        ("numbers all/margin@3", _number(0.3, 0.051, 0.4), "too_good", "failed"),
        ("evidence power", WEAK, "enough_picks", "underpowered"),
        ("numbers all/margin@3", _number(0.04, 0.0, 0.08), "hit_rate", "failed"),
        ("numbers all/log_loss_difference", _number(1e-9, -1, 1), "log_loss", "failed"),
        ("numbers all/bias", _number(-0.51, -1, 0), "bias", "failed"),
        ("tiers star", {"bias": 1.51, "n": 50}, "tier_bias", "failed"),
        ("tiers", {}, "tier_bias", "not judged"),
        ("numbers side=over/margin@3", _number(-0.001, -1, 1, 20), "directions", "failed"),
        ("numbers side=over/margin@3", _number(0.2, -1, 1, 19), "directions", "underpowered"),
        ("numbers season=2021-22/margin@3", _number(-0.001, -1, 1, 50), "seasons", "failed"),
        ("numbers season=2021-22/margin@3", _number(0.2, -1, 1, 49), "seasons", "not judged"),
        ("headline hit_rate", {"low": 0.0}, "placebo", "failed"),
        ("headline hit_rate", None, "placebo", "not judged"),
    ],
)
def test_each_gate_turns_just_beyond_its_boundary(
    path: str, value: Any, name: str, state: str
) -> None:
    assert _not_passed(_changed(path, value)) == {name: state}


def test_a_hit_rate_that_too_few_picks_can_show_is_underpowered_not_failed() -> None:
    run = _changed("numbers all/margin@3", _number(0.04, -0.01, 0.09))
    run["evidence"]["power"] = WEAK
    assert _not_passed(run) == {"enough_picks": "underpowered", "hit_rate": "underpowered"}


def test_unpriced_lines_can_not_be_judged_by_log_loss() -> None:
    run = passing()
    del run["numbers"]["all/log_loss_difference"]
    assert _not_passed(run) == {"log_loss": "not judged"}


def test_the_more_was_tried_the_more_luck_explains() -> None:
    run = passing()
    run["evidence"] |= {"rate": 0.56, "n": 3_000}
    assert _not_passed(run, tries=1) == {}
    assert _not_passed(run, tries=200) == {"beyond_luck": "failed"}
