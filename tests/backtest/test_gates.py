from copy import deepcopy
from typing import Any

import pytest

from tipoff.backtest.bounds import DIRECTION, MARGIN, USUAL_BREAK_EVEN
from tipoff.backtest.edges import edge_keys
from tipoff.backtest.gates import (
    GATES_FAILED,
    LEAK_SUSPECTED,
    PASSED,
    UNDERPOWERED,
    leak_alarm,
    market_gates,
    verdict,
)
from tipoff.backtest.metrics import ASSUMED, PLACEHOLDERS, PRICES
from tipoff.backtest.thermometer import QUARANTINED, TOO_FEW
from tipoff.domain.market import FEATURE_MARKETS, MARKETS, Market


def passing() -> dict[str, Any]:
    """A run that passes every gate at its very boundary, and is not too good either."""
    rate = {"rate": 0.60, "n": 50}
    return {
        "plant": None,
        "market": "points",
        "lines": {
            "mae": 5.13,
            "line_mae": 5.3,
            "priced_line_mae": 4.0,
            "line_bias": -1.5,
            "hr": {"1": {"rate": 0.60, "n": 900}, "3": rate, "5": rate},
            "edges": edge_keys(MARKETS["points"]),
        },
        "tiers": {"star": {"bias": -5.0}, "role": {"bias": 5.0}, "bench": {"bias": None}},
        "directions": {"over": {"rate": 0.524}, "under": {"rate": None}},
        "all": {"mae": 7.0, "constant_mae": 7.0},
        "thermometer": {"verdict": "warm", "low": 0.02, "ceiling": 0.02},
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    return _set(passing(), path, value)


def _set(run: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    run = deepcopy(run)
    *parents, last = path.split("/")
    place = run
    for parent in parents:
        place = place[parent]
    place[last] = value
    return run


def failed(conditions: list[dict[str, Any]]) -> list[str]:
    return [c["name"] for c in conditions if not c["passed"]]


def judged(run: dict[str, Any], *states: str) -> str:
    honest = [{"state": state} for state in states or ("passed",)]
    return verdict({**run, "honest_gates": honest, "alarm": leak_alarm(run)})


def test_a_run_at_the_boundaries_passes() -> None:
    run = passing()
    assert failed(market_gates(run)) == failed(leak_alarm(run)) == []


def test_the_verdict_is_of_the_honest_gates() -> None:
    run = passing()
    assert judged(run, "passed", "passed") == PASSED
    assert judged(run, "passed", "failed", "underpowered") == GATES_FAILED
    assert judged(run, "passed", "underpowered") == UNDERPOWERED
    assert judged(run, "passed", "not judged") == UNDERPOWERED


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
    assert failed(market_gates(run)) == [gate]


def test_there_are_six_gates_and_each_says_what_was_seen_and_asked() -> None:
    gates = market_gates(passing())
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
        ("thermometer/verdict", QUARANTINED, "thermometer"),
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
        ("thermometer", {"verdict": TOO_FEW, "low": None, "ceiling": 0.02}),
    ],
)
def test_the_alarm_is_silent_at_its_boundaries(path: str, value: Any) -> None:
    assert failed(leak_alarm(changed(path, value))) == []


def test_a_planted_run_is_suspect_whatever_its_numbers() -> None:
    assert judged(changed("plant", "inclusive-date")) == LEAK_SUSPECTED


OTHERS = [market for market in FEATURE_MARKETS if market.name != "points"]
each_other = pytest.mark.parametrize("market", OTHERS, ids=lambda m: m.name)


def at_boundaries(market: Market, break_even: float = 0.58) -> dict[str, Any]:
    """A run of another market at the very boundary of every gate, at prices that cost more."""
    small, usual, large = (f"{edge:g}" for edge in market.edges)
    rate = {"break_even": break_even, "break_even_basis": PRICES, "rate": break_even + MARGIN}
    sides = {"break_even": 0.55, "break_even_basis": PRICES, "rate": 0.55}
    return {
        "plant": None,
        "market": market.name,
        "lines": {
            "mae": 1.99,
            "line_mae": 2.4,
            "priced_line_mae": 2.0,
            "line_bias": -market.edges[1] / 2,
            "hr": {small: {**rate, "n": 900}, usual: {**rate, "n": 50}, large: {**rate, "n": 5}},
            "edges": edge_keys(market),
        },
        "tiers": {"star": {"bias": -market.edges[2]}, "bench": {"bias": None}},
        "directions": {"over": sides, "under": {**sides, "rate": None}},
        "all": {"mae": 2.0, "constant_mae": 2.5},
        "thermometer": {"verdict": "warm", "low": 0.02, "ceiling": 0.02},
    }


@each_other
def test_other_markets_are_judged_by_their_own_line_edges_and_prices(market: Market) -> None:
    run = at_boundaries(market)
    assert failed(market_gates(run)) == failed(leak_alarm(run)) == []
    _, usual, large = market.edges
    gates = {gate["name"]: gate["required"] for gate in market_gates(run)}
    assert list(gates) == [
        "mae",
        f"hit_rate_at_edge_{usual:g}",
        f"graded_at_edge_{usual:g}",
        "line_bias",
        "tier_bias",
        "directions",
    ]
    assert gates["mae"] == "below the line's own, read with its prices: 2"
    assert gates[f"hit_rate_at_edge_{usual:g}"].startswith("at least 65.6%")
    assert gates["line_bias"] == f"within {usual / 2:g} of zero"
    assert gates["tier_bias"] == f"no tier beyond {large:g}"


@each_other
def test_each_gate_of_another_market_fails_just_beyond_its_boundary(market: Market) -> None:
    key, large = f"{market.edges[1]:g}", market.edges[2]
    faults: list[tuple[str, Any, str]] = [
        ("lines/mae", 2.0, "mae"),
        ("lines/priced_line_mae", None, "mae"),
        (f"lines/hr/{key}/rate", 0.6559, f"hit_rate_at_edge_{key}"),
        (f"lines/hr/{key}/n", 49, f"graded_at_edge_{key}"),
        ("lines/line_bias", market.edges[1] / 2 + 0.01, "line_bias"),
        ("tiers/star/bias", large + 0.01, "tier_bias"),
        ("directions/over/rate", 0.5499, "directions"),
    ]
    for path, value, gate in faults:
        run = _set(at_boundaries(market), path, value)
        assert failed(market_gates(run)) == [gate], path


@each_other
def test_each_condition_of_the_alarm_is_raised_by_another_market_too(market: Market) -> None:
    small, usual = (f"{edge:g}" for edge in market.edges[:2])
    faults: list[tuple[str, Any, str]] = [
        ("lines/mae", 1.89, "mae_to_line"),
        (f"lines/hr/{usual}", _rate(0.66, 200), f"hit_rate_at_edge_{usual}"),
        (f"lines/hr/{small}/rate", 0.66, f"hit_rate_at_edge_{small}"),
        ("all/mae", 2.51, "mae_to_constant"),
    ]
    for path, value, condition in faults:
        run = _set(at_boundaries(market), path, value)
        assert failed(leak_alarm(run)) == [condition], path
        assert judged(run) == LEAK_SUSPECTED
    calm = _set(at_boundaries(market), f"lines/hr/{usual}", _rate(0.9, 199))
    assert failed(leak_alarm(calm)) == []


def test_where_no_market_made_the_prices_the_margin_is_over_the_usual_one() -> None:
    """A hit rate of 61 % is no wonder at -150, and one at made-up prices of -150."""
    market = MARKETS["threes"]
    dear = at_boundaries(market, break_even=0.60)
    for rate in dear["lines"]["hr"].values():
        rate["rate"] = 0.61
    assert failed(leak_alarm(dear)) == []
    for rate in dear["lines"]["hr"].values():
        rate["break_even_basis"] = PLACEHOLDERS
    assert failed(leak_alarm(dear)) == ["hit_rate_at_edge_0.25"]
    for rate in dear["lines"]["hr"].values():
        rate["break_even_basis"] = ASSUMED
    assert failed(leak_alarm(dear)) == [], "lines without prices are no bargain"


def test_every_market_but_points_says_what_its_priced_lines_cost() -> None:
    assert set(USUAL_BREAK_EVEN) == {market.name for market in OTHERS}
    assert all(DIRECTION < share < 0.65 for share in USUAL_BREAK_EVEN.values())


def _rate(rate: float, n: int) -> dict[str, Any]:
    return {"rate": rate, "n": n, "break_even": 0.58, "break_even_basis": PRICES}
