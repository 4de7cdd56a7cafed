"""Feature sets, as algebra over the features; a golden file pins what they hold."""

from tipoff.domain.market import Market
from tipoff.errors import not_among
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import POINTS, Feature
from tipoff.features.vegas import (
    has_vegas_line,
    vegas_line_move,
    vegas_opening_line,
    vegas_points_line,
)


def _since(*versions: str) -> frozenset[Feature]:
    return frozenset(f for f in FEATURES if f.since in versions)


MARKET_LINE = frozenset({vegas_points_line, vegas_opening_line, vegas_line_move, has_vegas_line})

V8 = _since("v8")
V9 = V8
V10 = V9 | _since("v10")
V11 = V10 | _since("v11")
V12 = V11 | _since("v12")
V13 = V12 | _since("v13")
V14 = V13 | _since("v14")
V15 = V12 | _since("v15")
V16 = V12 | _since("v16")
V17 = V16 | _since("v17")
V18 = V16 | _since("v18")
V19 = V12 | _since("v19")

SETS: dict[str, frozenset[Feature]] = {
    "v8": V8,
    "v9": V9,
    "v10": V10,
    "v11": V11,
    "v12": V12,
    "v13": V13,
    "v14": V14,
    "v15": V15,
    "v16": V16,
    "v17": V17,
    "v18": V18,
    "v19": V19,
    "all": frozenset(FEATURES),
}
SETS |= {f"{name}_no_vegas": features - MARKET_LINE for name, features in tuple(SETS.items())}


# What was read from quotes of any day, which the four are only a part of.
_QUOTED = frozenset({"prop_quotes", "lined_games"})
OF_LINES = MARKET_LINE | {f for f in FEATURES if _QUOTED & set(f.reads)}
SETS |= {
    f"{name}_no_lines": features - OF_LINES
    for name, features in tuple(SETS.items())
    if not name.endswith("_no_vegas")
}


def feature_set(name: str) -> tuple[Feature, ...]:
    """Return a set's features in order of index, or raise an InputError that lists the sets."""
    if name not in SETS:
        raise not_among("a feature set", SETS, name)
    return tuple(sorted(SETS[name]))


def feature_names(
    name: str, *, with_market: bool = True, market: Market = POINTS
) -> tuple[str, ...]:
    """Return a set's columns for a market, in order of index.

    Args:
        name: the set.
        with_market: False drops the four features of the posted line.
        market: whose columns.
    """
    dropped = frozenset[Feature]() if with_market else MARKET_LINE
    return tuple(f.column(market) for f in feature_set(name) if f not in dropped)
