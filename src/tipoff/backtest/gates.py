"""The six gates as the predecessor published them, and the leak alarm that it lacked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MAE_BELOW = 5.14
HIT_RATE = 0.60
GRADED = 50
LINE_BIAS = 1.5
TIER_BIAS = 5.0
DIRECTION = 0.524

ALARM_MAE_RATIO = 0.95
ALARM_HIT_RATE = 0.60
ALARM_GRADED = 200

LEAK_SUSPECTED = "leak suspected"
GATES_FAILED = "gates failed"
PASSED = "passed"


@dataclass(frozen=True)
class Gate:
    """One condition: what was seen, what was asked for, and whether it holds."""

    name: str
    passed: bool
    observed: float | int | None
    required: str


def published_gates(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Judge a run by the six gates of 14 February 2026.

    They are shown because the predecessor was judged by them; they ask for a hit rate that honest
    models do not reach and never compare with the line, which is why its leak passed them all.

    Args:
        run: a run's report with ``lines`` (``mae``, ``line_bias``, ``hr``), ``tiers`` and
            ``directions``.
    """
    lines = run["lines"]
    at_three = lines["hr"]["3"]
    biases = [abs(t["bias"]) for t in run["tiers"].values() if t["bias"] is not None]
    rates = [d["rate"] for d in run["directions"].values() if d["rate"] is not None]
    bias = lines["line_bias"]
    gates = [
        Gate(
            "mae",
            lines["mae"] is not None and lines["mae"] < MAE_BELOW,
            lines["mae"],
            f"below {MAE_BELOW:g}",
        ),
        Gate(
            "hit_rate_at_edge_3",
            at_three["rate"] is not None and at_three["rate"] >= HIT_RATE,
            at_three["rate"],
            f"at least {HIT_RATE:.0%}",
        ),
        Gate("graded_at_edge_3", at_three["n"] >= GRADED, at_three["n"], f"at least {GRADED}"),
        Gate(
            "line_bias",
            bias is not None and abs(bias) <= LINE_BIAS,
            bias,
            f"within {LINE_BIAS:g} of zero",
        ),
        Gate(
            "tier_bias",
            all(b <= TIER_BIAS for b in biases),
            max(biases, default=None),
            f"no tier beyond {TIER_BIAS:g}",
        ),
        Gate(
            "directions",
            all(rate >= DIRECTION for rate in rates),
            min(rates, default=None),
            f"each side at least {DIRECTION:.1%}; a missing side passes",
        ),
    ]
    return [asdict(gate) for gate in gates]


def leak_alarm(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the conditions under which a number is too good, or too odd, to be true.

    Args:
        run: a run's report with ``lines`` (``mae``, ``line_mae``, ``hr``) and ``all`` (``mae``,
            ``constant_mae``).

    Returns:
        One entry per condition; ``passed`` is false where the alarm is raised.
    """
    lines, everyone = run["lines"], run["all"]
    one, three = lines["hr"]["1"], lines["hr"]["3"]
    ratio = lines["mae"] / lines["line_mae"] if lines["mae"] and lines["line_mae"] else None
    worse = _worse(everyone["mae"], everyone["constant_mae"])
    conditions = [
        Gate(
            "mae_to_line",
            ratio is None or ratio >= ALARM_MAE_RATIO,
            ratio,
            f"model MAE at least {ALARM_MAE_RATIO:g} of the line's",
        ),
        Gate(
            "hit_rate_at_edge_3",
            three["n"] < ALARM_GRADED or three["rate"] <= ALARM_HIT_RATE,
            three["rate"],
            f"at most {ALARM_HIT_RATE:.0%} on {ALARM_GRADED} picks or more",
        ),
        Gate(
            "hit_rate_at_edge_1",
            one["rate"] is None or one["rate"] <= ALARM_HIT_RATE,
            one["rate"],
            f"at most {ALARM_HIT_RATE:.0%}",
        ),
        Gate(
            "mae_to_constant",
            not worse,
            everyone["mae"],
            "MAE on all player-games at most that of a constant",
        ),
    ]
    return [asdict(condition) for condition in conditions]


def _worse(mae: float | None, constant: float | None) -> bool:
    return mae is not None and constant is not None and mae > constant


def verdict(run: Mapping[str, Any]) -> str:
    """Return the verdict of a run with ``alarm``, ``gates`` and ``plant``."""
    if run["plant"] or not all(condition["passed"] for condition in run["alarm"]):
        return LEAK_SUSPECTED
    return PASSED if all(gate["passed"] for gate in run["gates"]) else GATES_FAILED
