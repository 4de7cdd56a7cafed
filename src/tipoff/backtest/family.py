"""Runs as a family: p-values corrected for all that were tried, and what to do with each."""

from collections.abc import Mapping, Sequence
from typing import Any

from tipoff.backtest.evaluation import judged
from tipoff.backtest.gates import PASSED, is_quarantined
from tipoff.backtest.heat_words import quarantine
from tipoff.backtest.multiplicity import benjamini_hochberg, holm

Run = Mapping[str, Any]


def judged_together(runs: Sequence[Run], tried: Mapping[str, int]) -> list[dict[str, Any]]:
    """Judge runs again, each market's as one family.

    Args:
        runs: reports of runs.
        tried: experiments so far by market, these included; never fewer than the runs.

    Returns:
        The runs with ``family``: ``runs, tries, holm, benjamini_hochberg`` (adjusted p-values over
        the family's runs, null without picks), new ``honest_gates``, ``luck`` and ``verdict``, and
        ``recommendation``.
    """
    places: dict[str, list[int]] = {}
    for place, run in enumerate(runs):
        places.setdefault(run["market"], []).append(place)
    found: dict[int, dict[str, Any]] = {}
    for market, own in places.items():
        adjusted = corrected([runs[place]["evidence"]["p_value"] for place in own])
        tries = max(tried.get(market, 0), len(own))
        for place, (first, second) in zip(own, adjusted, strict=True):
            run = judged(runs[place], tries)
            run["family"] = {
                "runs": len(own),
                "tries": tries,
                "holm": first,
                "benjamini_hochberg": second,
            }
            found[place] = {**run, "recommendation": recommendation(run)}
    return [found[place] for place in range(len(runs))]


def corrected(p_values: Sequence[float | None]) -> list[tuple[float | None, float | None]]:
    """Return each p-value adjusted by Holm and by Benjamini-Hochberg; null for those of no picks.

    Args:
        p_values: of all runs of a family; null where a run has no picks.
    """
    known = [p for p in p_values if p is not None]
    adjusted = iter(zip(holm(known), benjamini_hochberg(known), strict=True))
    found: list[tuple[float | None, float | None]] = []
    for p in p_values:
        first, second = (None, None) if p is None else next(adjusted)
        found.append(
            (
                None if first is None else round(first, 10),
                None if second is None else round(second, 10),
            )
        )
    return found


def recommendation(run: Run) -> str:
    """Say in plain words whether a run's model should be followed, and why."""
    if run["plant"]:
        return f"Do not promote: the fault {run['plant']} was planted."
    raised = [c["name"] for c in run["alarm"] if not c["passed"]]
    if is_quarantined(run):
        return f"Do not promote: {quarantine(run['thermometer'])} ({_words(raised)})."
    if raised:
        return f"Do not promote: too good to be true ({_words(raised)}). Look for the leak."
    if run["verdict"] == PASSED:
        return "Promote to shadow: every honest gate passed."
    failed = [g["name"] for g in run["honest_gates"] if g["state"] == "failed"]
    open_ = [g["name"] for g in run["honest_gates"] if g["state"] not in ("failed", "passed")]
    if failed:
        more = f"; not to be told yet: {_words(open_)}" if open_ else ""
        return f"Do not promote: failed {_words(failed)}{more}."
    return f"Do not promote yet: nothing failed, but there are too few rows for {_words(open_)}."


def _words(names: Sequence[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)
