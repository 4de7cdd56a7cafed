"""The catalogue of features, derived from their declarations."""

from typing import Any

from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import Feature, feature_named
from tipoff.features.sets import SETS


def listed() -> dict[str, Any]:
    """Return every feature as the JSON contract names it, in order of index."""
    return {"features": [described(f) for f in FEATURES]}


def shown(name: str) -> dict[str, Any]:
    """Return one feature, or raise an InputError that suggests the nearest names."""
    return {"features": [described(feature_named(name))]}


def described(feature: Feature) -> dict[str, Any]:
    """Return a feature's declaration as plain data."""
    return {
        "index": feature.index,
        "name": feature.name,
        "unit": feature.unit,
        "bounds": [feature.low, feature.high],
        "need": feature.need,
        "sets": [name for name, members in SETS.items() if feature in members],
        "doc": feature.doc,
        "family": feature.family,
        "reads": list(feature.reads),
        "of_market": feature.is_of_market,
        "freshness_days": feature.freshness_days,
    }
