"""Rows inside the warm-up: those that too many required values have too little history in.

How many games each feature needs is measured by ``tipoff features warm-up`` and shipped beside
this module, ``warm_up.csv``. What it means that a value has settled is in
docs/decisions/warm-up.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl

from tipoff.domain.market import Market
from tipoff.features.declare import POINTS, Feature
from tipoff.features.history import COUNTED, games_known, inputs_held

TABLE = "warm_up.csv"
COLUMNS: dict[str, type[pl.DataType]] = {
    "market": pl.String,
    "feature": pl.String,
    "state": pl.String,
    "games": pl.Int64,
    "low": pl.Int64,
    "high": pl.Int64,
    "measured_to": pl.Int64,
    "n": pl.Int64,
}
# A row is inside the warm-up where more than this share of its required values are: one slow
# feature alone does not make a row early.
ROW_TOLERANCE = 0.1


@dataclass(frozen=True)
class Measured:
    """How many games of history a feature needs.

    Attributes:
        state: ``from the start``, ``settles``, ``does not settle``, ``runs on`` (over seasons) or
            ``not measured``.
        games: needed; None where it does not settle or was not measured.
        low, high: 95 % interval; ``high`` is None where it is open.
    """

    state: str
    games: int | None
    low: int | None
    high: int | None


@cache
def shipped() -> Mapping[tuple[str, str], Measured]:
    """Return the shipped measurements by market and feature."""
    text = files("tipoff.features").joinpath(TABLE).read_bytes()
    rows = pl.read_csv(text, schema=COLUMNS)
    return {
        (row["market"], row["feature"]): Measured(
            row["state"], row["games"], row["low"], row["high"]
        )
        for row in rows.iter_rows(named=True)
    }


def needed(feature: Feature, market: Market) -> Measured | None:
    """Return what a feature needs on a market; as measured on points where not on the market."""
    found = shipped()
    return found.get((market.name, feature.name)) or found.get((POINTS.name, feature.name))


def is_warming(feature: Feature, market: Market) -> pl.Expr | None:
    """Whether a value has less history than it needs; None for one that never has too little.

    A feature that does not settle within a season tells no row from another: None as well.
    """
    own = needed(feature, market)
    if own is None or not own.games:
        return None
    return games_known(feature) < own.games


def row_warm_up(features: Sequence[Feature], market: Market) -> list[pl.Expr]:
    """Label rows for a feature set.

    Args:
        features: the set.
        market: the market of the table.

    Returns:
        ``warm_up_features`` (how many values of the set have less history than they need) and
        ``in_warm_up`` (whether more than a tenth of the required ones do, of those that settle).
        Null where the games are not known.
    """
    warming = {f: e for f in features if (e := is_warming(f, market)) is not None}
    required = [e for f, e in warming.items() if f.need == "required"]
    early = _count(required) > ROW_TOLERANCE * len(required)
    return [_count(list(warming.values())).alias("warm_up_features"), early.alias("in_warm_up")]


def warm_up_inputs(features: Sequence[Feature], market: Market) -> tuple[str, ...]:
    """The inputs whose known games say whether a row is in its warm-up, in order."""
    read = {
        name
        for feature in features
        if feature.need == "required" and is_warming(feature, market) is not None
        for name in inputs_held(feature)
    }
    return tuple(name for name in COUNTED if name in read)


# The labels of rows whose known games nobody counted.
UNLABELLED = [
    pl.lit(None, pl.Int32).alias("warm_up_features"),
    pl.lit(None, pl.Boolean).alias("in_warm_up"),
]


def _count(conditions: Sequence[pl.Expr]) -> pl.Expr:
    if not conditions:
        return pl.lit(0, dtype=pl.Int32)
    return pl.sum_horizontal(
        [condition.cast(pl.Int32) for condition in conditions], ignore_nulls=False
    )
