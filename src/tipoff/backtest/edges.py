"""The point edges that a market's reports look at, by the keys of their hit rates."""

from collections.abc import Mapping
from typing import Any

from tipoff.domain.market import Market

SMALL, USUAL, LARGE = "small", "usual", "large"


def edge_keys(market: Market) -> dict[str, str]:
    """Return the key of the hit rate at each of the market's edges, such as ``usual: "3"``."""
    return {
        size: f"{edge:g}" for size, edge in zip((SMALL, USUAL, LARGE), market.edges, strict=True)
    }


def at_edge(
    run: Mapping[str, Any], size: str = USUAL, numbers: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """Return the hit rate of a run at its small, usual or large edge.

    Args:
        run: a run's report with ``lines`` (``hr``, ``edges``).
        size: which of the edges.
        numbers: numbers of the same run with ``hr`` of their own, such as a week's; those of all
            its lines by default.
    """
    lines = run["lines"]
    found: Mapping[str, Any] = (numbers or lines)["hr"][lines["edges"][size]]
    return found
