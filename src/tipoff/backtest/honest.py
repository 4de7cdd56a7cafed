"""The honest gates: what a run must show before anybody should follow it.

Unlike the published six they compare with the prices taken and with the line on the same rows, know
how sure a number is, and count how often it was tried. A gate that too few rows can answer is
*underpowered*, one that nothing can answer is *not judged*; neither passes.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tipoff.backtest.evidence import beyond_luck
from tipoff.backtest.multiplicity import BEYOND_LUCK
from tipoff.backtest.power import POWERED
from tipoff.domain.market import market_named

PASSED, FAILED = "passed", "failed"
UNDERPOWERED, NOT_JUDGED = "underpowered", "not judged"
# Above this margin over break-even, with 95 % certainty, nobody has ever been for long.
CEILING = 0.05
FEWEST_OF_SIDE = 20
FEWEST_OF_SEASON = 50
FEWEST_OF_TIER = 50


@dataclass(frozen=True)
class HonestGate:
    """One condition: what was seen, what was asked for, and what came of it.

    ``passed`` is true for the state ``passed`` only.
    """

    name: str
    state: str
    passed: bool
    observed: float | int | None
    required: str


def honest_gates(run: Mapping[str, Any], tries: int) -> list[dict[str, Any]]:
    """Judge a run.

    Args:
        run: a run's report with ``market``, ``alarm``, ``numbers``, ``evidence``, ``tiers`` and
            ``headline``.
        tries: experiments on the market so far, this one included.
    """
    key = f"{market_named(run['market']).edges[1]:g}"
    gates = [
        _alarm(run),
        _too_good(run, key),
        _enough(run),
        _hit_rate(run, key),
        _luck(run, tries),
        _log_loss(run),
        _bias(run),
        _tiers(run),
        _directions(run, key),
        _seasons(run, key),
        _placebo(run),
    ]
    return [asdict(gate) for gate in gates]


def _gate(name: str, state: str, observed: float | int | None, required: str) -> HonestGate:
    return HonestGate(name, state, state == PASSED, observed, required)


def _yes(passed: bool) -> str:
    return PASSED if passed else FAILED


def _alarm(run: Mapping[str, Any]) -> HonestGate:
    raised = sum(not condition["passed"] for condition in run["alarm"])
    return _gate("leak_alarm", _yes(not raised), raised, "silent")


def _too_good(run: Mapping[str, Any], key: str) -> HonestGate:
    low = _number(run, f"all/margin@{key}")["low"]
    required = f"the interval reaches below {100 * CEILING:g} points over break-even"
    if low is None:
        return _gate("too_good", NOT_JUDGED, None, required)
    return _gate("too_good", _yes(low <= CEILING), low, required)


def _enough(run: Mapping[str, Any]) -> HonestGate:
    power = run["evidence"]["power"]
    if power is None:
        return _gate("enough_picks", UNDERPOWERED, run["evidence"]["n"], "picks")
    effect = f"{100 * power['effect']:g} points over break-even"
    required = f"at least {power['needed']:,} picks to see {effect}"
    state = PASSED if power["verdict"] == POWERED else UNDERPOWERED
    return _gate("enough_picks", state, power["n"], required)


def _hit_rate(run: Mapping[str, Any], key: str) -> HonestGate:
    low = _number(run, f"all/margin@{key}")["low"]
    power = run["evidence"]["power"]
    required = "the whole interval of hit rate minus break-even above zero"
    if low is not None and low > 0:
        return _gate("hit_rate", PASSED, low, required)
    is_weak = power is None or power["verdict"] != POWERED
    return _gate("hit_rate", UNDERPOWERED if is_weak else FAILED, low, required)


def _luck(run: Mapping[str, Any], tries: int) -> HonestGate:
    held = beyond_luck(run["evidence"], tries)
    if held is None:
        return _gate("beyond_luck", NOT_JUDGED, None, "picks")
    required = (
        f"beyond what the best of {tries:,} null tries shows "
        f"({100 * held['expected_best']:.1f} % expected), p at most 0.05"
    )
    return _gate("beyond_luck", _yes(held["verdict"] == BEYOND_LUCK), held["p_value"], required)


def _log_loss(run: Mapping[str, Any]) -> HonestGate:
    found = _number(run, "all/log_loss_difference")
    required = "log loss at most that of the fair probability on the same lines"
    if found["value"] is None:
        return _gate("log_loss", NOT_JUDGED, None, required + "; the lines have no prices")
    return _gate("log_loss", _yes(found["value"] <= 0), found["value"], required)


def _bias(run: Mapping[str, Any]) -> HonestGate:
    most = market_named(run["market"]).edges[0] / 2
    bias = _number(run, "all/bias")["value"]
    required = f"mean of prediction minus actual within {most:g}"
    if bias is None:
        return _gate("bias", NOT_JUDGED, None, required)
    return _gate("bias", _yes(abs(bias) <= most), bias, required)


def _tiers(run: Mapping[str, Any]) -> HonestGate:
    most = market_named(run["market"]).edges[1] / 2
    biases = {
        name: tier["bias"] for name, tier in run["tiers"].items() if tier["n"] >= FEWEST_OF_TIER
    }
    required = f"every tier by pre-game average with {FEWEST_OF_TIER} rows within {most:g}"
    if not biases:
        return _gate("tier_bias", NOT_JUDGED, None, required)
    worst = max(biases.values(), key=abs)
    return _gate("tier_bias", _yes(abs(worst) <= most), worst, required)


def _directions(run: Mapping[str, Any], key: str) -> HonestGate:
    margins = [_number(run, f"side={side}/margin@{key}") for side in ("over", "under")]
    required = (
        f"over and under each at least at break-even, on {FEWEST_OF_SIDE} picks or more of each"
    )
    values = [m["value"] for m in margins if m["value"] is not None]
    weakest = min(values, default=None)
    if any(m["n"] < FEWEST_OF_SIDE for m in margins):
        return _gate("directions", UNDERPOWERED, weakest, required)
    return _gate("directions", _yes(min(values) >= 0), weakest, required)


def _seasons(run: Mapping[str, Any], key: str) -> HonestGate:
    found = [
        number["value"]
        for name, number in run["numbers"].items()
        if name.startswith("season=")
        and name.endswith(f"/margin@{key}")
        and number["n"] >= FEWEST_OF_SEASON
    ]
    required = (
        f"two seasons or more with {FEWEST_OF_SEASON} picks, every one at least at break-even"
    )
    if len(found) < 2:
        return _gate("seasons", NOT_JUDGED, min(found, default=None), required)
    return _gate("seasons", _yes(min(found) >= 0), min(found), required)


def _placebo(run: Mapping[str, Any]) -> HonestGate:
    headline = run["headline"]["hit_rate"]
    required = "the whole interval of hit rate minus that of the best placebo above zero"
    if headline is None or headline["low"] is None:
        return _gate("placebo", NOT_JUDGED, None, required)
    return _gate("placebo", _yes(headline["low"] > 0), headline["low"], required)


def _number(run: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    missing = {"value": None, "n": 0, "low": None, "high": None}
    found: Mapping[str, Any] = run["numbers"].get(name, missing)
    return found
