"""What a model must show before it is promoted.

Conditions that can not be forced are about what a model is; the others are about how sure it is
that it is any good, and whoever goes against them leaves a mark on every later number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tipoff.backtest.gates import LEAK_SUSPECTED
from tipoff.tables.models import CHAMPION, SHADOW

# A challenger may be worse than the champion by so much at most, with 95 % certainty: one per cent
# of the champion's mean absolute error, and so many nats.
WORSE_MAE_SHARE = 0.01
WORSE_LOG_LOSS = 0.005
FEWEST_SHARED = 200


@dataclass(frozen=True)
class Condition:
    """One condition: what was seen, what is asked for, whether it can be forced."""

    name: str
    passed: bool
    observed: str
    required: str
    can_be_forced: bool


def conditions(
    record: Mapping[str, Any],
    to: str,
    *,
    intact: str | None,
    code: str,
    certificate: Mapping[str, Any] | None,
    against: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """Judge a promotion.

    Args:
        record: the model's row of ``models`` with ``report`` read, and ``stage``.
        to: the stage that it is promoted to.
        intact: why its file can not be trusted; None where it can.
        code: fingerprint of the code that features, datasets and fits come from now.
        certificate: the newest leak certificate of that code (see ``newest_certificate``).
        against: how it compares with the champion on the same rows: ``champion, n, mae, log_loss``
            (each ``value, low, high``) and ``champion_mae``; None where there is no champion.

    Returns:
        The conditions of the step, each as a dict.
    """
    found = [_intact(intact), _not_planted(record), _no_leak(record)]
    # A candidate that skips the shadow skips no condition of it unseen.
    if to == SHADOW or record["stage"] != SHADOW:
        found.append(_judged(record, can_be_forced=to != SHADOW))
    if to == CHAMPION:
        found += [
            _was_shadow(record),
            _gates(record),
            _same_code(record, code),
            _certificate(certificate),
            *_against(against),
        ]
    return [asdict(one) for one in found]


def refused(judged: Sequence[Mapping[str, Any]], *, force: bool) -> list[str]:
    """Return the sentences of the conditions that stop a promotion."""
    return [
        f"{one['name']}: expected {one['required']}, found {one['observed']}"
        for one in judged
        if not one["passed"] and not (force and one["can_be_forced"])
    ]


def _intact(intact: str | None) -> Condition:
    return Condition(
        "intact",
        intact is None,
        intact or "its file gives the model of its id",
        "a file that gives the model of its id, in this library's version",
        can_be_forced=False,
    )


def _not_planted(record: Mapping[str, Any]) -> Condition:
    plant = record["plant"]
    return Condition("honest", not plant, plant or "no planted fault", "no planted fault", False)


def _no_leak(record: Mapping[str, Any]) -> Condition:
    report = record["report"]
    alarm = [] if report is None else report.get("alarm", [])
    raised = [one["name"] for one in alarm if not one["passed"]]
    suspected = bool(raised) or (report or {}).get("verdict") == LEAK_SUSPECTED
    # A run says what its alarm said; one that does not is not believed to be silent.
    passed = not suspected and (report is None or bool(alarm))
    observed = "silent" if report is not None else "no run"
    if not passed:
        told = f" ({', '.join(raised)})" if raised else ""
        observed = f"{LEAK_SUSPECTED}{told}" if suspected else "not judged"
    return Condition("leak_alarm", passed, observed, "a silent leak alarm", False)


def _judged(record: Mapping[str, Any], *, can_be_forced: bool) -> Condition:
    has_run = record["run_id"] is not None and record["report"] is not None
    return Condition(
        "in_ledger",
        has_run,
        f"run {record['run_id']}" if has_run else "no run",
        "a run in the experiment ledger that graded it",
        can_be_forced,
    )


def _was_shadow(record: Mapping[str, Any]) -> Condition:
    stage = record["stage"]
    return Condition("in_shadow", stage == SHADOW, stage, "a model that predicts in shadow", True)


def _gates(record: Mapping[str, Any]) -> Condition:
    gates = (record["report"] or {}).get("honest_gates", [])
    failed = [f"{gate['name']} ({gate['state']})" for gate in gates if not gate["passed"]]
    passed = bool(gates) and not failed
    observed = ", ".join(failed) if failed else f"{len(gates)} passed" if gates else "not judged"
    return Condition("gates", passed, observed, "all honest gates passed", True)


def _same_code(record: Mapping[str, Any], code: str) -> Condition:
    own = record["code_fingerprint"]
    return Condition("same_code", own == code, own, f"fitted by the code of now, {code}", True)


def _certificate(certificate: Mapping[str, Any] | None) -> Condition:
    passed = certificate is not None and bool(certificate["passed"])
    state = "none" if certificate is None else f"{certificate['id']}, which failed"
    observed = f"{certificate['id']}" if certificate is not None and passed else state
    required = "a leak certificate of the code of now that passed"
    return Condition("certificate", passed, observed, required, can_be_forced=True)


def _against(against: Mapping[str, Any] | None) -> list[Condition]:
    if against is None:
        return [Condition("challenge", True, "no champion", "no worse than the champion", True)]
    return [
        _shared(against),
        _no_worse("mae", against, WORSE_MAE_SHARE * (against["champion_mae"] or 0.0)),
        _no_worse("log_loss", against, WORSE_LOG_LOSS),
    ]


def _shared(against: Mapping[str, Any]) -> Condition:
    n = against["n"]
    required = f"at least {FEWEST_SHARED} player-games that both were graded on"
    return Condition("shared_rows", n >= FEWEST_SHARED, f"{n:,}", required, True)


def _no_worse(name: str, against: Mapping[str, Any], margin: float) -> Condition:
    """Whether the whole 95 % interval of challenger minus champion is below a margin."""
    found = against[name]
    high = None if found is None else found["high"]
    seen = "nothing to compare"
    if found is not None and high is not None:
        seen = (
            f"{found['value']:+.4f}, 95 % from {found['low']:+.4f} to {high:+.4f}, n {found['n']}"
        )
    required = f"challenger minus champion below {margin:+.4f} with 95 % certainty"
    return Condition(f"challenge_{name}", high is not None and high <= margin, seen, required, True)
