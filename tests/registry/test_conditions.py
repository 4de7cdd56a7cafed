"""Conditions: each is proven by the fault that it catches, and force bends only what it may."""

from typing import Any

import pytest

from tipoff.backtest.gates import LEAK_SUSPECTED
from tipoff.registry.conditions import FEWEST_SHARED, conditions, refused
from tipoff.tables.models import CANDIDATE, CHAMPION, SHADOW

GOOD: dict[str, Any] = {
    "record": {
        "plant": "",
        "run_id": "r",
        "stage": SHADOW,
        "code_fingerprint": "c",
        "report": {
            "verdict": "passed",
            "alarm": [{"name": "mae", "passed": True}],
            "honest_gates": [{"name": "hit_rate", "state": "passed", "passed": True}],
        },
    },
    "intact": None,
    "code": "c",
    "certificate": {"id": "k", "passed": True},
    "against": {
        "champion": "x",
        "champion_mae": 5.0,
        "n": FEWEST_SHARED,
        "mae": {"value": 0.0, "low": -0.05, "high": 0.05, "n": FEWEST_SHARED},
        "log_loss": {"value": 0.0, "low": -0.005, "high": 0.005, "n": FEWEST_SHARED},
    },
}


def _record(**changed: Any) -> dict[str, Any]:
    return {"record": {**GOOD["record"], **changed}}


def _report(**changed: Any) -> dict[str, Any]:
    return _record(report={**GOOD["record"]["report"], **changed})


def _against(**changed: Any) -> dict[str, Any]:
    return {"against": {**GOOD["against"], **changed}}


def _judged(to: str, changed: dict[str, Any]) -> list[dict[str, Any]]:
    given = {**GOOD, **changed}
    return conditions(given.pop("record"), to, **given)


def _failed(to: str, changed: dict[str, Any]) -> list[str]:
    return [one["name"] for one in _judged(to, changed) if not one["passed"]]


RAISED = [{"name": "mae", "passed": False}]
# What is wrong, the condition that says so, whether it can be forced.
FAULTS: dict[str, tuple[dict[str, Any], str, bool]] = {
    "changed file": ({"intact": "its content has changed"}, "intact", False),
    "planted": (_record(plant="inclusive-date"), "honest", False),
    "alarm raised": (_report(alarm=RAISED), "leak_alarm", False),
    "alarm named in the verdict only": (_report(verdict=LEAK_SUSPECTED), "leak_alarm", False),
    "alarm not judged": (_report(alarm=[]), "leak_alarm", False),
    "gate failed": (
        _report(honest_gates=[{"name": "bias", "state": "failed", "passed": False}]),
        "gates",
        True,
    ),
    "gates not judged": (_report(honest_gates=[]), "gates", True),
    "other code": ({"code": "d"}, "same_code", True),
    "no certificate": ({"certificate": None}, "certificate", True),
    "failed certificate": ({"certificate": {"id": "k", "passed": False}}, "certificate", True),
    "too few shared rows": (_against(n=FEWEST_SHARED - 1), "shared_rows", True),
    "worse": (
        _against(mae={"value": 0.03, "low": 0.0, "high": 0.051, "n": 300}),
        "challenge_mae",
        True,
    ),
    "worse probabilities": (
        _against(log_loss={"value": 0.0, "low": -0.1, "high": 0.0051, "n": 300}),
        "challenge_log_loss",
        True,
    ),
    "nothing to compare": (_against(mae=None), "challenge_mae", True),
    "an interval without ends": (
        _against(mae={"value": 0.0, "low": None, "high": None, "n": 300}),
        "challenge_mae",
        True,
    ),
}


def test_a_good_model_meets_all_conditions() -> None:
    for to in (SHADOW, CHAMPION):
        judged = _judged(to, {})
        assert refused(judged, force=False) == []
        assert all(one["passed"] for one in judged)
    assert _failed(CHAMPION, {"against": None}) == []


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_each_condition_catches_its_fault(fault: str) -> None:
    changed, name, can_be_forced = FAULTS[fault]
    assert _failed(CHAMPION, changed) == [name]
    judged = _judged(CHAMPION, changed)
    assert len(refused(judged, force=False)) == 1
    assert refused(judged, force=False)[0].startswith(f"{name}: expected ")
    assert bool(refused(judged, force=True)) is not can_be_forced


def test_every_condition_has_a_fault_that_it_catches() -> None:
    asked = {
        one["name"] for to in (SHADOW, CHAMPION) for one in _judged(to, _record(stage=CANDIDATE))
    }
    elsewhere = {"in_ledger", "in_shadow"}
    assert asked == {name for _, name, _ in FAULTS.values()} | elsewhere


@pytest.mark.parametrize("missing", ["run_id", "report"])
def test_a_model_that_no_run_graded_is_told_so_wherever_it_goes(missing: str) -> None:
    changed = _record(**{missing: None, "stage": CANDIDATE})
    for to in (SHADOW, CHAMPION):
        assert "in_ledger" in _failed(to, changed)
        sentences = refused(_judged(to, changed), force=False)
        assert any(sentence.startswith("in_ledger") for sentence in sentences)
    # No run is needed to replay history, by force and with its mark; there is no forced shadow.
    assert len(refused(_judged(SHADOW, changed), force=True)) == 1
    assert refused(_judged(CHAMPION, changed), force=True) == []


def test_the_shadow_is_skipped_by_force_only() -> None:
    judged = _judged(CHAMPION, _record(stage=CANDIDATE))
    assert [s.split(":")[0] for s in refused(judged, force=False)] == ["in_shadow"]
    assert refused(judged, force=True) == []
