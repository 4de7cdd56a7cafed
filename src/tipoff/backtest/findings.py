"""What is found in a run's graded rows beyond its measures: each a function of the rows alone.

Its figures have ids as well: ``RUN/evidence/p_value``, ``RUN/returns/flat.max_drawdown``.
"""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from tipoff.backtest.baselines import baselines
from tipoff.backtest.closing import closing_summary
from tipoff.backtest.evidence import evidence
from tipoff.backtest.leak_signs import run_heat
from tipoff.backtest.metrics import directions, edge_buckets, tier_biases, weekly
from tipoff.backtest.placebos import headline
from tipoff.backtest.probabilities import calibration
from tipoff.backtest.returns import FLAT, QUARTER_KELLY, flat_return, staked
from tipoff.domain.market import Market
from tipoff.errors import InputError

Finding = Callable[[pl.DataFrame, Market], Any]


def _picks(on_lines: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Rows that are taken: at least the market's usual edge from the line."""
    return on_lines.filter(pl.col("edge").abs() >= market.edges[1])


def _directions(on_lines: pl.DataFrame, market: Market) -> Any:
    return directions(on_lines, market.edges[1])


def _returns(on_lines: pl.DataFrame, market: Market) -> dict[str, Any]:
    """What one unit on each pick gave, and what a bankroll would have become."""
    picks = _picks(on_lines, market)
    return {
        "one_unit": flat_return(picks),
        **{plan.name: staked(picks, plan).report for plan in (FLAT, QUARTER_KELLY)},
    }


def _closing(on_lines: pl.DataFrame, market: Market) -> dict[str, Any]:
    return closing_summary(_picks(on_lines, market))


FINDINGS: Mapping[str, Finding] = {
    "tiers": tier_biases,
    "directions": _directions,
    "edge_buckets": edge_buckets,
    "baselines": baselines,
    "headline": headline,
    "evidence": evidence,
    "weekly": weekly,
    "probabilities": calibration,
    "returns": _returns,
    "closing": _closing,
    "thermometer": run_heat,
}


def findings(on_lines: pl.DataFrame, market: Market) -> dict[str, Any]:
    """Return every finding of graded rows by name."""
    return {name: find(on_lines, market) for name, find in FINDINGS.items()}


def figure(found: Any, path: str) -> Any:
    """Return one figure of a finding.

    Args:
        found: the finding.
        path: keys and places in lists, joined by dots, such as ``flat.max_drawdown``.

    Raises:
        InputError: there is no such figure.
    """
    at = found
    for part in path.split("."):
        known = at if isinstance(at, dict) else {str(i): v for i, v in enumerate(at or ())}
        if part not in known:
            raise InputError(f"Expected one of {', '.join(map(str, known))}; got {part!r}.")
        at = known[part]
    if isinstance(at, dict | list):
        raise InputError(f"Expected the path of one figure, got {path!r}, which holds several.")
    return at
