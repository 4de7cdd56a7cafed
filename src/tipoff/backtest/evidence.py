"""What a run's picks prove: how they spread, how many it takes, and what luck would have shown."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import polars as pl

from tipoff.backtest.grading import ASSUMED_BREAK_EVEN
from tipoff.backtest.multiplicity import luck, rate_test
from tipoff.backtest.power import adequacy
from tipoff.backtest.statistics import (
    BY_DATE_AND_PLAYER,
    design_effect,
    share_interval,
)
from tipoff.domain.market import Market

_FEWEST = 2


def evidence(on_lines: pl.DataFrame, market: Market) -> dict[str, Any]:
    """Return what the picks at the market's usual edge prove.

    Args:
        on_lines: graded rows.
        market: the market that was predicted.

    Returns:
        ``edge``, ``n``, ``dates``, ``rate``, ``break_even``, ``p_value`` (one-sided, against the
        prices taken; the larger of ``clustered`` and ``binomial``), ``design_effect`` and
        ``effective_n`` of clustering by game date, ``two_way`` (low and high, clustered by game
        date and player) and ``power``: ``verdict, needed, effect, power, detectable``. Null where
        there are too few picks.
    """
    picks = on_lines.filter(
        pl.col("edge").abs() >= market.edges[1], pl.col("outcome").is_in(["win", "loss"])
    ).with_columns(
        won=pl.col("outcome") == "win",
        break_even=pl.col("break_even").fill_null(ASSUMED_BREAK_EVEN),
    )
    test = rate_test(picks)
    effect = design_effect(picks, "won")
    two_way = share_interval(picks, "won", BY_DATE_AND_PLAYER)
    found: dict[str, Any] = {
        "edge": market.edges[1],
        "n": test.n,
        "dates": test.clusters,
        "rate": test.rate,
        "break_even": test.break_even,
        "p_value": test.p_value,
        "clustered": test.clustered,
        "binomial": test.binomial,
        "design_effect": effect.value,
        "effective_n": effect.effective_n,
        "two_way": {"low": two_way.low, "high": two_way.high},
        "power": None,
    }
    if test.n >= _FEWEST and test.break_even is not None:
        judged = adequacy(test.n, test.break_even, design_effect=max(effect.value or 1.0, 1.0))
        found["power"] = asdict(judged)
    rounded: dict[str, Any] = _rounded(found)
    return rounded


def beyond_luck(found: Mapping[str, Any], tries: int) -> dict[str, Any] | None:
    """Hold a run's hit rate against the best of as many tries that are worth nothing.

    Args:
        found: what ``evidence`` gave.
        tries: experiments on the market so far, this one included.

    Returns:
        ``tries, expected_best, p_value, verdict``; None without picks.
    """
    if found["rate"] is None or not found["n"] or not 0 < found["break_even"] < 1:
        return None
    effect = max(found["design_effect"] or 1.0, 1.0)
    held = luck(found["rate"], tries, found["n"], found["break_even"], design_effect=effect)
    rounded: dict[str, Any] = _rounded(asdict(held))
    return rounded


def _rounded(value: Any) -> Any:
    """Without the last bits, which another machine's arithmetic may give otherwise."""
    if isinstance(value, float):
        return round(value, 10)
    if isinstance(value, Mapping):
        return {key: _rounded(own) for key, own in value.items()}
    return value
