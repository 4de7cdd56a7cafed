"""The oracle's sums, means and steps over plain lists."""

import math
import statistics

from tests.oracle.world import Row, zone
from tipoff.domain.market import Market


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def deviation(values: list[float]) -> float | None:
    return statistics.stdev(values) if len(values) >= 2 else None


def clip(value: float | None, low: float, high: float) -> float | None:
    return None if value is None else max(low, min(high, value))


def slope(values: list[float]) -> float | None:
    """Least squares over values given from new to old."""
    if len(values) < 2:
        return None
    return statistics.linear_regression(range(len(values)), values[::-1]).slope


def steps(change: float | None, small: float, large: float) -> float | None:
    if change is None:
        return None
    size = 2.0 if abs(change) >= large else 1.0 if abs(change) >= small else 0.0
    return math.copysign(size, change) if size else 0.0


def run(flags: list[bool]) -> float | None:
    """How many at the beginning hold, of at most ten."""
    if not flags:
        return None
    return float(next((i for i, holds in enumerate(flags[:10]) if not holds), len(flags[:10])))


def minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def value_of(line: Row, market: Market) -> float | None:
    parts = [line[c] for c in market.columns]
    return None if any(p is None for p in parts) else float(sum(parts))


def made_share(shots: list[Row], main: str) -> float | None:
    inside = [s for s in shots if zone(s) == main]
    return sum(s["is_made"] for s in inside) / len(inside) if inside else None
