"""What to think of somebody's predictions: conditions under which they are too good, and a verdict.

Unlike a run of tipoff's own, nothing is known of how a file was made. A condition that too few rows
can answer is not judged; it neither passes nor raises an alarm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipoff.backtest.bounds import ALARM_GRADED
from tipoff.backtest.cells import decimals, share
from tipoff.backtest.edges import SMALL, USUAL, at_edge
from tipoff.backtest.gates import LEAK_SUSPECTED, UNDERPOWERED, leak_alarm
from tipoff.backtest.heat_words import known
from tipoff.backtest.thermometer import QUARANTINED, TOO_FEW

EDGE_SHOWN, NO_EDGE = "edge shown", "no edge shown"
ALARMS = (QUARANTINED, LEAK_SUSPECTED)
PASSED, FAILED, NOT_JUDGED = "passed", "failed", "not judged"
AFTER_SHARE = 0.01


@dataclass(frozen=True)
class Condition:
    """One condition: its state (passed, failed, not judged), what was seen and what was asked."""

    name: str
    state: str
    observed: float | int | None
    required: str


def conditions(report: Mapping[str, Any]) -> list[Condition]:
    """Return the conditions of a file's audit; a failed one raises the alarm.

    Args:
        report: numbers of the audit: ``market, lines, all, directions, thermometer, signs, timing,
            is_sided``.
    """
    heat, after = report["thermometer"], report["timing"]["predictions"]["after_share"]
    alarms = sum(sign["is_alarm"] for sign in report["signs"])
    found = [
        Condition(
            "thermometer",
            NOT_JUDGED if heat["verdict"] == TOO_FEW else _state(heat["verdict"] != QUARANTINED),
            heat["low"],
            f"surely at most {heat['ceiling']:.0%} of the surprise known",
        ),
        Condition("leak_signs", _state(not alarms), alarms, "none"),
        Condition(
            "made_before_tip_off",
            NOT_JUDGED if after is None else _state(after <= AFTER_SHARE),
            after,
            f"at most {AFTER_SHARE:.0%} of the dated predictions after tip-off",
        ),
    ]
    return found + _of_numbers(report)


def _state(passed: bool) -> str:
    return PASSED if passed else FAILED


def _of_numbers(report: Mapping[str, Any]) -> list[Condition]:
    """The alarm of tipoff's own runs, where there are rows enough for it."""
    lines = report["lines"]
    rows = {
        "mae_to_line": 0 if report["is_sided"] else lines["n"],
        f"hit_rate_at_edge_{lines['edges'][USUAL]}": at_edge(report, USUAL)["n"],
        f"hit_rate_at_edge_{lines['edges'][SMALL]}": at_edge(report, SMALL)["n"],
        "mae_to_constant": 0 if report["is_sided"] else report["all"]["n"],
    }
    return [
        Condition(
            own["name"],
            _state(own["passed"]) if rows[own["name"]] >= ALARM_GRADED else NOT_JUDGED,
            own["observed"],
            own["required"],
        )
        for own in leak_alarm(report)
        # The thermometer is a condition of its own here: of few rows it is not judged.
        if own["name"] in rows
    ]


def verdict(report: Mapping[str, Any], judged: Sequence[Condition]) -> str:
    """Return the verdict: quarantined, leak suspected, underpowered, edge shown or no edge shown.

    Args:
        report: the audit's numbers, with ``evidence`` and ``headline``.
        judged: its conditions.
    """
    failed = {condition.name for condition in judged if condition.state == FAILED}
    if "thermometer" in failed:
        return QUARANTINED
    if failed:
        return LEAK_SUSPECTED
    usual, best = at_edge(report, USUAL), report["headline"]["hit_rate"]
    above = usual["low"] is not None and usual["low"] > usual["break_even"]
    if above and best is not None and best["low"] is not None and best["low"] > 0:
        return EDGE_SHOWN
    power = report["evidence"]["power"]
    return UNDERPOWERED if power is None or power["verdict"] == UNDERPOWERED else NO_EDGE


def in_words(report: Mapping[str, Any]) -> list[str]:
    """Say in plain sentences what was found, the verdict first.

    Args:
        report: the whole audit with ``verdict`` and ``conditions``.
    """
    return [
        _of_verdict(report),
        *[sign["sentence"] for sign in report["signs"]],
        _of_hit_rate(report),
        _of_placebo(report),
        _of_temperature(report),
        _of_returns(report),
        report["prices"]["sentence"],
        *report["joins"]["sentences"],
        *report["duplicates"]["sentences"],
        *report["stated"]["sentences"],
        report["timing"]["predictions"]["sentence"],
        report["timing"]["lines"]["sentence"],
        *_of_late(report),
    ]


def _of_verdict(report: Mapping[str, Any]) -> str:
    found = report["verdict"]
    if found in ALARMS:
        failed = [c["name"].replace("_", " ") for c in report["conditions"] if c["state"] == FAILED]
        kinds = list(dict.fromkeys(sign["kind"] for sign in report["signs"]))
        looks = f" It looks like {' and '.join(kinds)}." if kinds else ""
        return f"{found.capitalize()}: too good to be true ({', '.join(failed)}).{looks}"
    needed = (report["evidence"]["power"] or {}).get("needed")
    if found == UNDERPOWERED:
        more = f" About {needed:,} picks would be needed." if needed else ""
        return f"Underpowered: no leak seen, and too few picks to tell skill from luck.{more}"
    if found == EDGE_SHOWN:
        return "Edge shown: hit rate above the break-even and above the best placebo, no leak seen."
    return "No edge shown: no leak seen, and no proof of beating the prices and the placebos."


def _of_hit_rate(report: Mapping[str, Any]) -> str:
    usual, edge = at_edge(report, USUAL), report["lines"]["edges"][USUAL]
    which = (
        "picks" if report["is_sided"] else f"picks at least {edge} {report['unit']} off the line"
    )
    if not usual["n"]:
        return f"No {which} were decided."
    return (
        f"{share(usual['rate'])} of {usual['n']:,} {which} were won "
        f"({share(usual['low'])} to {share(usual['high'])}); the break-even is "
        f"{share(usual['break_even'])} ({usual['break_even_basis']})."
    )


def _of_placebo(report: Mapping[str, Any]) -> str:
    best = report["headline"]["hit_rate"]
    if best is None or best["value"] is None:
        return "There is nothing to compare the picks with."
    between = (
        "" if best["low"] is None else f" ({100 * best['low']:+.1f} to {100 * best['high']:+.1f})"
    )
    return (
        f"Against the best rule that knows nothing ({best['placebo'].replace('_', ' ')}) the hit "
        f"rate differs by {100 * best['value']:+.1f} points{between}."
    )


def _of_returns(report: Mapping[str, Any]) -> str:
    own = report["returns"]
    if own["roi"] is None:
        return "Nothing was staked."
    between = "" if own["low"] is None else f" ({own['low']:+.1%} to {own['high']:+.1%})"
    return f"One unit on each pick returned {own['roi']:+.1%}{between} at {own['price_basis']}."


def _of_late(report: Mapping[str, Any]) -> list[str]:
    n = report["late_left_out"]
    return [f"{n:,} player-games made or quoted after tip-off are left out of the numbers."][
        : bool(n)
    ]


def _of_temperature(report: Mapping[str, Any]) -> str:
    heat = report["thermometer"]
    if heat["share"] is None:
        return known(heat)
    error = ""
    if not report["is_sided"] and report["lines"]["line_mae"]:
        ratio = report["lines"]["mae"] / report["lines"]["line_mae"]
        error = f" The error is {decimals(ratio, 2)} of the line's."
    kept = (
        f" Only rows {heat['at_least']:g} or more off the line are there, which is allowed for."
        if heat["at_least"]
        else ""
    )
    return f"{known(heat)}{error}{kept}"
