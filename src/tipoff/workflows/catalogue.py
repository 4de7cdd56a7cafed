"""The catalogue of features, derived from their declarations."""

from typing import Any

from tipoff.domain.market import FEATURE_MARKETS
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import Feature, feature_named
from tipoff.features.inputs import INPUTS
from tipoff.features.sets import SETS, feature_set


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
        "columns": {market.name: feature.column(market) for market in FEATURE_MARKETS},
        "unit": feature.unit,
        "bounds": [feature.low, feature.high],
        "need": feature.need,
        "sets": [name for name, members in SETS.items() if feature in members],
        "doc": feature.about(),
        "family": feature.family,
        "reads": list(feature.reads),
        "of_market": feature.is_of_market,
        "lacks": feature.lacks,
        "freshness_days": feature.freshness_days,
    }


def page() -> str:
    """Return the catalogue as a Markdown page."""
    lines = [
        "# The features",
        "",
        "Made from the declarations by `tipoff features list --markdown`; do not edit it by hand.",
        "",
        f"{len(FEATURES)} features. Those marked ◆ are of a market: declared once for points, each",
        "other market has its own column, such as `rebounds_avg_last_5`. A value that can not be",
        "known is null; the last column says why that may be. All are known at the decision",
        "instant, 30 minutes before tip-off unless stated otherwise.",
        "",
    ]
    for family in dict.fromkeys(f.family for f in FEATURES):
        lines += [f"## {family.replace('_', ' ').capitalize()}", "", *_HEADING]
        lines += [_row(f) for f in FEATURES if f.family == family]
        lines.append("")
    lines += ["## Inputs", "", "| input | what it is | null where |", "|---|---|---|"]
    lines += [f"| {name} | {i.about} | {i.absent} |" for name, i in INPUTS.items()]
    lines += ["", "## Sets", "", "| set | features | indexes |", "|---|---|---|"]
    lines += [_set_row(name) for name in SETS]
    return "\n".join(lines) + "\n"


_HEADING = (
    "| # | feature | what it is | unit | bounds | need | since | reads | else null |",
    "|---|---|---|---|---|---|---|---|---|",
)


def _row(feature: Feature) -> str:
    cells = (
        str(feature.index),
        f"`{feature.name}`{' ◆' if feature.is_of_market else ''}",
        feature.about(),
        feature.unit,
        f"{feature.low:g} to {feature.high:g}",
        feature.need,
        feature.since,
        ", ".join(feature.reads),
        feature.lacks,
    )
    return f"| {' | '.join(cells)} |"


def _set_row(name: str) -> str:
    """A set with its indexes as ranges."""
    indexes = [f.index for f in feature_set(name)]
    ranges: list[list[int]] = []
    for index in indexes:
        if ranges and ranges[-1][-1] == index - 1:
            ranges[-1].append(index)
        else:
            ranges.append([index])
    text = ", ".join(f"{r[0]}–{r[-1]}" if len(r) > 1 else str(r[0]) for r in ranges)
    return f"| {name} | {len(indexes)} | {text} |"
