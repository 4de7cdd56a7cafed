"""Quality of a feature row, for the feature set that is asked for: computed on read, never stored.

A value is *known*, *stale* (the newest row of one of its inputs is older than the feature's
``freshness_days``) or *missing* (with the reason: the input was not there, or too little of it).

The score is an honest one: ``100 e0 / e``, where ``e`` is the error that rows of this kind were
seen to have, relative to what their prediction's size explains, and ``e0`` that of a row with
everything known of a player who is always the same. Its weights were fitted on 2021-22 and
2022-23 and hold on later seasons (docs/decisions/quality.md); what did not help has no weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tipoff.domain.market import Market
from tipoff.features.declare import Feature
from tipoff.features.inputs import INPUTS
from tipoff.features.recent_form import (
    dnp_rate,
    minutes_avg_last_10,
    minutes_volatility_last_10,
    points_avg_last_10,
    points_std_last_10,
)

KNOWN, STALE, MISSING = "known", "stale", "missing"
TIERS = (("gold", 95.0), ("silver", 90.0), ("bronze", 85.0), ("poor", 80.0), ("critical", 0.0))
QUALITY_READY = 85.0


@dataclass(frozen=True)
class Weights:
    """What makes errors larger: added relative error at the worst of each component.

    Attributes:
        best: relative error of a row without any of it.
        missing: share of the set's required values that are missing or stale.
        form: deviation of the last 10 games over their mean.
        minutes: the same of minutes.
        absence: share of the team's last 10 games that he missed.
    """

    best: float = 0.8993
    missing: float = 0.1661
    form: float = 0.1697
    minutes: float = 0.0236
    absence: float = 0.0360


WEIGHTS = Weights()
# Where a component is not known it counts as its mean over 2021-22 and 2022-23.
_TYPICAL = {"form": 0.45, "minutes": 0.30, "absence": 0.20}


def value_state(feature: Feature, market: Market) -> pl.Expr:
    """Whether a value is known, stale or missing."""
    column = pl.col(feature.column(market))
    return (
        pl.when(column.is_null())
        .then(pl.lit(MISSING))
        .when(_is_stale(feature))
        .then(pl.lit(STALE))
        .otherwise(pl.lit(KNOWN))
    )


def reasons(feature: Feature, market: Market) -> dict[str, pl.Expr]:
    """Why a value can be missing, each reason with whether it is that one: at most one of them.

    The first of its inputs that is absent, in the order of ``reads``; else too little of them.
    """
    left = _is_missing(feature, market)
    found = dict[str, pl.Expr]()
    for name in feature.reads:
        is_absent = pl.col(f"age_{name}").is_null()
        found[INPUTS[name].absent] = left & is_absent
        left = left & ~is_absent
    # Too little of an input may be said in the words of its absence.
    found[feature.lacks] = found[feature.lacks] | left if feature.lacks in found else left
    return found


def why_missing(feature: Feature, market: Market) -> pl.Expr:
    """Why a value is missing: the one of its ``reasons``; null where it is there."""
    told = reasons(feature, market).items()
    return pl.coalesce(*[pl.when(is_why).then(pl.lit(why)) for why, is_why in told])


def value_age(feature: Feature) -> pl.Expr:
    """Days from the newest row of its oldest input to the decision."""
    return pl.max_horizontal([pl.col(f"age_{name}") for name in feature.reads])


def _is_stale(feature: Feature) -> pl.Expr:
    return (value_age(feature) > feature.freshness_days).fill_null(value=False)


def row_quality(features: Sequence[Feature], market: Market) -> list[pl.Expr]:
    """Judge rows of a market's table for a feature set.

    Args:
        features: the set.
        market: the market of the table.

    Returns:
        ``missing_required``, ``missing_optional``, ``stale`` (counts), ``quality_score`` (0 to
        100), ``quality_tier``, ``alert_level``, ``is_training_ready`` (no required value of the
        set is missing or stale) and ``is_quality_ready`` (the same, with a score of at least 85).
    """
    required = [f for f in features if f.need == "required"]
    optional = [f for f in features if f.need != "required"]
    unusable = _count([_is_missing(f, market) | _is_stale(f) for f in required])
    score = _score(unusable, max(len(required), 1), market)
    return [
        _count([_is_missing(f, market) for f in required]).alias("missing_required"),
        _count([_is_missing(f, market) for f in optional]).alias("missing_optional"),
        _count([~_is_missing(f, market) & _is_stale(f) for f in features]).alias("stale"),
        score.alias("quality_score"),
        _tier(score).alias("quality_tier"),
        _alert(unusable, score).alias("alert_level"),
        (unusable == 0).alias("is_training_ready"),
        ((unusable == 0) & (score >= QUALITY_READY)).alias("is_quality_ready"),
    ]


def _is_missing(feature: Feature, market: Market) -> pl.Expr:
    return pl.col(feature.column(market)).is_null()


def _count(conditions: Sequence[pl.Expr]) -> pl.Expr:
    if not conditions:
        return pl.lit(0, dtype=pl.Int32)
    return pl.sum_horizontal([condition.cast(pl.Int32) for condition in conditions])


def _score(unusable: pl.Expr, of: int, market: Market) -> pl.Expr:
    deviation = pl.col(points_std_last_10.column(market))
    average = pl.col(points_avg_last_10.column(market)) + market.trend[0]
    minutes = pl.col(minutes_volatility_last_10.name) / pl.col(minutes_avg_last_10.name)
    excess = (
        WEIGHTS.missing * unusable * (1.0 / of)
        + WEIGHTS.form * _component(deviation / average, "form")
        + WEIGHTS.minutes * _component(minutes, "minutes")
        + WEIGHTS.absence * _component(pl.col(dnp_rate.name), "absence")
    )
    return 100 * WEIGHTS.best / (excess + WEIGHTS.best)


def _component(value: pl.Expr, name: str) -> pl.Expr:
    return value.clip(0, 1).fill_nan(None).fill_null(_TYPICAL[name])


def _tier(score: pl.Expr) -> pl.Expr:
    chosen = pl.lit(TIERS[-1][0])
    for name, least in reversed(TIERS[:-1]):
        chosen = pl.when(score >= least).then(pl.lit(name)).otherwise(chosen)
    return chosen


def _alert(unusable: pl.Expr, score: pl.Expr) -> pl.Expr:
    """Red: a required value can not be used. Yellow: a score under 85. Green: neither."""
    return (
        pl.when(unusable > 0)
        .then(pl.lit("red"))
        .when(score < QUALITY_READY)
        .then(pl.lit("yellow"))
        .otherwise(pl.lit("green"))
    )
