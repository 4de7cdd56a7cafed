"""False alarms, power and delay of decay's states over whole made-up seasons looked at daily.

Seasons have 165 game dates with 8 picks on average, which share shocks by date (a twentieth of a
pick's variance). Beside the states, in the same seasons: a z-test of all picks so far at 5 %, and
the predecessor's rule (hit rate of 7 days below 52.4 %).
"""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2
from tests.monitoring.seasons import (
    BREAK_EVEN,
    DATES,
    fixed_threshold,
    naive_alarm,
    rates,
    seasons,
)
from tests.monitoring.worlds import FEATURES, parts, predicted, stated

from bench.measure import Result
from tipoff.backtest.statistics import wilson
from tipoff.monitoring.alarms import against_errors, e_values
from tipoff.monitoring.calibration import calibration_drift
from tipoff.monitoring.days import Days, days_of
from tipoff.monitoring.decay import scan
from tipoff.monitoring.drift import feature_drift, reference_of
from tipoff.monitoring.residuals import residual_drift, residual_reference
from tipoff.monitoring.rolling import windows
from tipoff.monitoring.rules import BLOCKED, DEGRADING, WATCH, Rules

SEASONS, CHUNK, CHANGE = 5_000, 500, 60
WORLDS = 500
SEED = 2026
Called = npt.NDArray[np.bool_]
FALLS = {
    "53.5 % to 50 % at date 60": rates(0.535, 0.50, CHANGE),
    "53.5 % to 48 % at date 60": rates(0.535, 0.48, CHANGE),
    "53.5 % to 45 % at date 60": rates(0.535, 0.45, CHANGE),
    "53.5 % to 42 % at date 60": rates(0.535, 0.42, CHANGE),
    "45 % from the first date": rates(0.45),
}


def decay() -> tuple[Result, dict[str, Any]]:
    """Scan ``TIPOFF_DECAY_SEASONS`` (5,000 by default) seasons without and with falls.

    Returns:
        Seconds per season of ours (sums and scan) against those of the z-test, and the figures.
    """
    wanted = int(os.environ.get("TIPOFF_DECAY_SEASONS", SEASONS))
    rng = np.random.default_rng(SEED)
    figures: dict[str, Any] = {}
    spent = {"ours": 0.0, "z": 0.0}
    for shared in (0.0, 0.05, 0.3):
        made = _called(rng, wanted, rates(BREAK_EVEN), spent, shared=shared)
        figures[f"at break-even, shared {shared:g}"] = {
            name: _share(_ever(called)) for name, called in made.items()
        }
    made = _called(rng, wanted, rates(0.535), spent)
    figures["53.5 % all season"] = {name: _share(_ever(called)) for name, called in made.items()}
    for name, rate in FALLS.items():
        change = CHANGE if "at date" in name else 0
        made = _called(rng, wanted, rate, spent)
        figures[name] = {rule: _found(called, change) for rule, called in made.items()}
    figures["errors"] = _errors(rng, wanted // 5)
    rounds = (4 + len(FALLS)) * wanted
    return Result(
        "a season's states", spent["ours"] / rounds, "its z-tests", spent["z"] / rounds
    ), figures


def _called(
    rng: np.random.Generator,
    wanted: int,
    rate: list[float],
    spent: dict[str, float],
    *,
    shared: float = 0.05,
) -> dict[str, Called]:
    """Whether each rule calls, by season and date."""
    rules: dict[str, list[Called]] = {}
    for first in range(0, wanted, CHUNK):
        picks = seasons(rng, min(CHUNK, wanted - first), rate, shared=shared)
        began = time.perf_counter()
        found = windows(days_of(picks))
        state = scan(found, {}, Rules()).state
        spent["ours"] += time.perf_counter() - began
        for name, level in (("BLOCKED", BLOCKED), ("DEGRADING", DEGRADING), ("WATCH", WATCH)):
            rules.setdefault(name, []).append(state >= level)
        began = time.perf_counter()
        rules.setdefault("daily z-test", []).append(naive_alarm(found.days))
        spent["z"] += time.perf_counter() - began
        rules.setdefault("7 days below 52.4 %", []).append(fixed_threshold(found))
        rules.setdefault("second WATCH", []).append(_again(state))
    return {name: np.concatenate(parts_) for name, parts_ in rules.items()}


def _again(state: npt.NDArray[np.int64]) -> Called:
    """WATCH or worse for the second time, after having been healthy again."""
    worse = state >= WATCH
    enters = np.diff(worse, axis=1, prepend=False) & worse
    return np.asarray(np.cumsum(enters, axis=1) >= 2)


def _ever(called: Called) -> Called:
    return np.asarray(called.any(axis=1))


def _share(happened: npt.NDArray[np.bool_]) -> str:
    low, high = wilson(int(happened.sum()), happened.size) or (0.0, 1.0)
    return f"{happened.mean():.2%} ({low:.2%} to {high:.2%}) of {happened.size}"


def _found(called: Called, change: int) -> str:
    """How often a fall is found after it happened, where there was no call before it."""
    quiet = ~called[:, :change].any(axis=1)
    after = called[quiet][:, change:]
    delays = np.where(after.any(axis=1), after.argmax(axis=1) + 1.0, np.inf)
    if not delays.size:
        return "had called before in every season"
    median = float(np.median(delays))
    dates = f"{median:.0f} game dates" if np.isfinite(median) else "beyond the season"
    before = f"; {(~quiet).mean():.1%} had called before" if change else ""
    return f"{_share(_ever(after))}; median delay {dates}{before}"


def _errors(rng: np.random.Generator, wanted: int) -> dict[str, str]:
    """The error's alarm where errors are as stated, and 0.2 or 0.4 points larger."""
    picks = [seasons(rng, min(CHUNK, wanted - at), rates(0.52)) for at in range(0, wanted, CHUNK)]
    found = [days_of(part) for part in picks]
    own = sum((d.sums["model_error"] - d.sums["line_error"]).sum() for d in found)
    own /= sum(d.sums["played"].sum() for d in found)

    def ever(days: Days, gap: float) -> npt.NDArray[np.bool_]:
        values = e_values(against_errors(days, np.full(len(days.models), gap)), days)
        return np.asarray((values >= 20).any(axis=1))

    return {
        f"gap {worse:g} above the stated one": _share(
            np.concatenate([ever(days, own - worse) for days in found])
        )
        for worse in (0.0, 0.2, 0.4)
    }


def drift() -> tuple[Result, dict[str, Any]]:
    """Look for drift in ``TIPOFF_DRIFT_WORLDS`` (500 by default) worlds that have none.

    Returns:
        Seconds of a look at 12 features against the fit of its reference, and the figures.
    """
    wanted = int(os.environ.get("TIPOFF_DRIFT_WORLDS", WORLDS))
    called: dict[str, list[bool]] = {}
    spent = {"look": 0.0, "reference": 0.0}
    for seed in range(wanted):
        training, window = parts(10_000 + seed)
        began = time.perf_counter()
        reference = reference_of(training, FEATURES)
        middle = time.perf_counter()
        found = feature_drift(reference, window)
        spent["look"] += time.perf_counter() - middle
        spent["reference"] += middle - began
        often = feature_drift(reference, window, looks=24)
        used = np.array([kept["used"] for kept in reference["features"].values()])
        scale = 1 / found["n"].to_numpy() + 1 / reference["rows"]
        p = chi2.sf(found["psi"].to_numpy() / scale, used)
        told = {
            "DRIFTED, one look": (found["state"] == "DRIFTED").any(),
            "SHIFTED or DRIFTED, one look": (found["state"] != "STABLE").any(),
            "SHIFTED or DRIFTED, corrected for 24 looks": (often["state"] != "STABLE").any(),
            "index above 0.1": (found["psi"] > 0.1).any(),
            "chi-square of independent rows, corrected": (p * len(p) <= 0.05).any(),
        }
        for name, is_called in told.items():
            called.setdefault(name, []).append(bool(is_called))
    figures = {name: _share(np.array(values)) for name, values in called.items()}
    for name, look in _looks().items():
        made = [look(np.random.default_rng([SEED, seed])) for seed in range(wanted)]
        figures[name] = _share(np.array(made))
    return Result(
        "a look at 12 features",
        spent["look"] / wanted,
        "its reference",
        spent["reference"] / wanted,
    ), figures


def _looks() -> dict[str, Callable[[np.random.Generator], bool]]:
    reference = residual_reference(predicted(np.random.default_rng(SEED), dates=DATES))

    def residual(rng: np.random.Generator) -> bool:
        return bool((residual_drift(reference, predicted(rng))["state"] == "DRIFTED").any())

    def moved(rng: np.random.Generator) -> bool:
        month = predicted(rng)
        off = month.with_columns(prediction=month["prediction"] + 2)
        return bool((residual_drift(reference, off)["state"] == "DRIFTED").any())

    def right(rng: np.random.Generator) -> bool:
        return bool((calibration_drift(stated(rng))["state"] == "DRIFTED").any())

    def bold(rng: np.random.Generator) -> bool:
        month = stated(rng)
        off = 0.5 + 2 * (month["over_probability"] - 0.5)
        wrong = month.with_columns(over_probability=off.clip(0, 1))
        return bool((calibration_drift(wrong)["state"] == "DRIFTED").any())

    return {
        "residuals without drift, 30 dates x 12": residual,
        "residuals moved by 2": moved,
        "probabilities that are right, 30 dates x 15": right,
        "probabilities twice as far from one half": bold,
    }
