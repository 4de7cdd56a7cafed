"""What a fitted model gives away of what it learnt from: of its training rows alone, no lines.

A model that learnt from averages which count the game itself grows on and on, explains far more
than the season's average does, and leans on the shortest of several averages that say nearly the
same. What is too much is said in ``tipoff.backtest.model_signs``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tipoff.domain.market import Market, market_named
from tipoff.features.declare import Feature
from tipoff.features.recent_form import (
    points_avg_last_3,
    points_avg_last_5,
    points_avg_last_10,
    points_avg_season,
)
from tipoff.models.fitted import Fitted
from tipoff.models.matrix import in_order
from tipoff.models.spec import ModelSpec

# Averages of the market's own statistic, from few games to many: the more, the less chance in them.
AVERAGES: tuple[Feature, ...] = (
    points_avg_last_3,
    points_avg_last_5,
    points_avg_last_10,
    points_avg_season,
)
# Averages that correlate more than this with another of them say nearly the same.
NEAR = 0.9
_FEWEST = 200


def model_facts(
    fitted: Fitted,
    spec: ModelSpec,
    training: pl.DataFrame,
    held_out: pl.DataFrame,
    shares: Mapping[str, float],
) -> dict[str, Any]:
    """Return what a model gives away.

    Args:
        fitted: the model.
        spec: its recipe.
        training: its training rows.
        held_out: the latest part of them in order, with the ``prediction`` of a model that was not
            grown on them (``Forecaster.held_out``).
        shares: its importances, in per cent.

    Returns:
        ``learner, trees, learning_rate``, ``length`` (trees by learning rate; null of a linear
        model), ``training`` and ``held_out`` (how many rows), ``explained`` (share of the held-out
        results' variance that the predictions explain), ``left_over`` (variance that they leave
        over, by what the season's average leaves), ``inversion`` (correlation with the training
        results of the average of the last five games minus that of the season), ``short_share``
        (of the importance of averages that say nearly the same, how much is on the one of five
        games or fewer that has most) and ``averages``; null where it can not be told.
    """
    late = in_order(training).tail(held_out.height)
    market = market_named(spec.market)
    own = [f.column(market) for f in AVERAGES if f.column(market) in training.columns]
    explained = _explained(held_out["prediction"], held_out["actual"])
    season = _r(late, points_avg_season.column(market), "actual")
    return {
        "learner": fitted.learner,
        "trees": fitted.trees,
        "learning_rate": spec.learning_rate,
        "length": round(fitted.trees * spec.learning_rate, 10) if fitted.trees else None,
        "training": training.height,
        "held_out": held_out.height,
        "explained": _rounded(explained),
        "left_over": _left_over(explained, season),
        "inversion": _inversion(training, market),
        "short_share": _short_share(training, market, fitted.features, shares),
        "averages": {name: _average(training, name, shares) for name in own},
    }


def _average(rows: pl.DataFrame, name: str, shares: Mapping[str, float]) -> dict[str, Any]:
    return {"correlation": _rounded(_r(rows, name, "actual")), "share": shares.get(name)}


def _explained(predicted: pl.Series, happened: pl.Series) -> float | None:
    spread = happened.var(ddof=0)
    if len(happened) < _FEWEST or not isinstance(spread, float) or not spread:
        return None
    return 1 - float(((predicted - happened) ** 2).mean()) / spread  # type: ignore[arg-type]


def _left_over(explained: float | None, season: float | None) -> float | None:
    if explained is None or season is None:
        return None
    return _rounded((1 - explained) / (1 - season * season))


def _r(rows: pl.DataFrame, one: str, other: str) -> float | None:
    if not {one, other} <= set(rows.columns):
        return None
    both = rows.select(pl.col(one).cast(pl.Float64), pl.col(other).cast(pl.Float64)).drop_nulls()
    if both.height < _FEWEST:
        return None
    # Where nothing varies it is no number.
    found = both.select(pl.corr(one, other).fill_nan(None)).item()
    return None if found is None else float(found)


def _inversion(rows: pl.DataFrame, market: Market) -> float | None:
    short, long = points_avg_last_5.column(market), points_avg_season.column(market)
    if not {short, long} <= set(rows.columns):
        return None
    # On the same rows, so that who has both is no difference between them.
    both = rows.drop_nulls([short, long])
    one, other = _r(both, short, "actual"), _r(both, long, "actual")
    return None if one is None or other is None else _rounded(one - other)


def _short_share(
    rows: pl.DataFrame, market: Market, features: Sequence[str], shares: Mapping[str, float]
) -> float | None:
    names = [f.column(market) for f in AVERAGES if f.column(market) in features]
    near = [
        name
        for name in names
        if any((_r(rows, name, other) or 0.0) > NEAR for other in names if other != name)
    ]
    short = [f.column(market) for f in (points_avg_last_3, points_avg_last_5)]
    total = sum(shares[name] for name in near)
    if len(near) < 2 or not total:
        return None
    return _rounded(max((shares[name] for name in near if name in short), default=0.0) / total)


def _rounded(value: float | None) -> float | None:
    """Without the last digits, which differ between machines."""
    return None if value is None else round(value, 10)
