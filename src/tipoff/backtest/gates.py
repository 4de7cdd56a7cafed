"""The six gates as the predecessor published them, and the leak alarm that it lacked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tipoff.backtest.bounds import (
    ALARM_GRADED,
    ALARM_MAE_RATIO,
    GRADED,
    Bounds,
    bounds_of,
)
from tipoff.backtest.edges import SMALL, USUAL, at_edge
from tipoff.backtest.model_signs import alarms
from tipoff.backtest.thermometer import QUARANTINED

LEAK_SUSPECTED = "leak suspected"
GATES_FAILED = "gates failed"
PASSED = "passed"
UNDERPOWERED = "underpowered"


@dataclass(frozen=True)
class Gate:
    """One condition: what was seen, what was asked for, and whether it holds."""

    name: str
    passed: bool
    observed: float | int | None
    required: str


def market_gates(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Judge a run by the six gates of 14 February 2026, or by their like for its market.

    They are shown because the predecessor was judged by them on points; they ask for a hit rate
    that honest models do not reach and never compare with the line, which is why its leak passed
    them all. What other markets are asked for is said in ``tipoff.backtest.bounds``.

    Args:
        run: a run's report with ``market``, ``lines`` (``mae``, ``line_mae``, ``priced_line_mae``,
            ``line_bias``, ``hr``, ``edges``), ``tiers`` and ``directions``.
    """
    lines, bounds = run["lines"], bounds_of(run)
    usual, key = at_edge(run), lines["edges"][USUAL]
    biases = [abs(t["bias"]) for t in run["tiers"].values() if t["bias"] is not None]
    bias = lines["line_bias"]
    gates = [
        Gate("mae", _below(lines["mae"], bounds.mae), lines["mae"], bounds.mae_words),
        Gate(
            f"hit_rate_at_edge_{key}",
            usual["rate"] is not None and usual["rate"] >= bounds.hit_rate,
            usual["rate"],
            f"at least {bounds.hit_rate_words}",
        ),
        Gate(f"graded_at_edge_{key}", usual["n"] >= GRADED, usual["n"], f"at least {GRADED}"),
        Gate(
            "line_bias",
            bias is not None and abs(bias) <= bounds.line_bias,
            bias,
            f"within {bounds.line_bias:g} of zero",
        ),
        Gate(
            "tier_bias",
            all(b <= bounds.tier_bias for b in biases),
            max(biases, default=None),
            f"no tier beyond {bounds.tier_bias:g}",
        ),
        _directions(run, bounds),
    ]
    return [asdict(gate) for gate in gates]


def _directions(run: Mapping[str, Any], bounds: Bounds) -> Gate:
    sides = {name: side for name, side in run["directions"].items() if side["rate"] is not None}
    rates = {name: side["rate"] for name, side in sides.items()}
    weakest = min(rates, key=lambda name: rates[name] - bounds.sides[name], default=None)
    return Gate(
        "directions",
        all(rate >= bounds.sides[name] for name, rate in rates.items()),
        None if weakest is None else rates[weakest],
        f"{bounds.sides_words}; a missing side passes",
    )


def leak_alarm(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the conditions under which a number is too good, or too odd, to be true.

    Args:
        run: a run's report with ``market``, ``lines`` (``mae``, ``line_mae``,
            ``priced_line_mae``, ``hr``, ``edges``), ``all`` (``mae``, ``constant_mae``) and
            ``thermometer``; ``model_signs`` where models were looked at.

    Returns:
        One entry per condition; ``passed`` is false where the alarm is raised.
    """
    lines, everyone, bounds = run["lines"], run["all"], bounds_of(run)
    heat, small, usual = run["thermometer"], at_edge(run, SMALL), at_edge(run)
    ratio = _ratio(lines["mae"], bounds.yardstick)
    conditions = [
        Gate(
            "thermometer",
            heat["verdict"] != QUARANTINED,
            heat["low"],
            f"surely at most {heat['ceiling']:.0%} of the surprise known, or it is quarantined",
        ),
        Gate(
            "mae_to_line",
            ratio is None or ratio >= ALARM_MAE_RATIO,
            ratio,
            f"model MAE at least {ALARM_MAE_RATIO:g} of the line's",
        ),
        Gate(
            f"hit_rate_at_edge_{lines['edges'][USUAL]}",
            usual["n"] < ALARM_GRADED or usual["rate"] <= bounds.alarm_usual,
            usual["rate"],
            f"at most {_share(bounds.alarm_usual)} on {ALARM_GRADED} picks or more",
        ),
        Gate(
            f"hit_rate_at_edge_{lines['edges'][SMALL]}",
            small["rate"] is None or small["rate"] <= bounds.alarm_small,
            small["rate"],
            f"at most {_share(bounds.alarm_small)}",
        ),
        Gate(
            "mae_to_constant",
            not _worse(everyone["mae"], everyone["constant_mae"]),
            everyone["mae"],
            "MAE on all player-games at most that of a constant",
        ),
    ]
    shown = alarms(run)
    if shown is not None:
        conditions.append(Gate("model_signs", not shown, shown, "no sure sign in the model itself"))
    return [asdict(condition) for condition in conditions]


def _ratio(mae: float | None, yardstick: float | None) -> float | None:
    return mae / yardstick if mae and yardstick else None


def is_quarantined(run: Mapping[str, Any]) -> bool:
    """Return whether a run's predictions know more than honest ones have been seen to."""
    return bool(run["thermometer"]["verdict"] == QUARANTINED)


def _share(share: float) -> str:
    return f"{100 * share:.3g}%"


def _below(mae: float | None, bound: float | None) -> bool:
    return mae is not None and bound is not None and mae < bound


def _worse(mae: float | None, constant: float | None) -> bool:
    return mae is not None and constant is not None and mae > constant


def verdict(run: Mapping[str, Any]) -> str:
    """Return the verdict of a run with ``alarm``, ``honest_gates`` and ``plant``.

    A run that fails no gate outright, but does not pass all for want of rows, is underpowered. The
    published six are shown beside it; they pass what leaked and fail what did not.
    """
    if run["plant"] or not all(condition["passed"] for condition in run["alarm"]):
        return LEAK_SUSPECTED
    states = {gate["state"] for gate in run["honest_gates"]}
    if states == {"passed"}:
        return PASSED
    return GATES_FAILED if "failed" in states else UNDERPOWERED
