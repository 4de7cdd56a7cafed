"""What predicted distributions say of each graded player-game, as columns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from tipoff.backtest.metrics import TIERS, tier
from tipoff.backtest.scores import (
    Floats,
    central_interval,
    integral_borders,
    probability_integral,
    ranked_probability_score,
    reliability,
)
from tipoff.domain.market import Market
from tipoff.models.distribution import Distribution, cumulative, side_probabilities

LEVELS = (0.5, 0.8, 0.9)
COLUMNS = (
    "over_probability",
    "push_probability",
    "under_probability",
    "crps",
    "integral_low",
    "integral_high",
    *(f"{side}_{100 * level:.0f}" for level in LEVELS for side in ("low", "high", "held")),
)
_LEAST_COUNTS = 20


def most(market: Market) -> int:
    """Return the largest count that is told apart: four times what makes a star, 20 at least."""
    return max(int(4 * market.tiers[0]), _LEAST_COUNTS)


def with_probabilities(
    rows: pl.DataFrame, distributions: Mapping[int, Distribution | None], market: Market
) -> pl.DataFrame:
    """Add what each row's own distribution says.

    Args:
        rows: ``prediction``, ``own_spread`` (null where unknown), ``line``, ``actual`` (null where
            he did not play) and ``model``: whose distribution.
        distributions: by model; columns are null for rows of a model that has none.
        market: the market that was predicted.

    Returns:
        The rows in the same order with ``over_probability``, ``push_probability``,
        ``under_probability``, ``crps``, ``integral_low`` and ``integral_high`` (P(count < actual)
        and P(count <= actual)) and for each level ``low_90``, ``high_90`` and ``held_90`` (the
        probability that the interval holds). Scores are null where he did not play.
    """
    numbered = rows.with_row_index("_row")
    parts = [
        _of_one(part, distributions[int(model)], most(market))
        for (model,), part in sorted(numbered.partition_by("model", as_dict=True).items())
    ]
    if not parts:
        return _of_one(numbered, None, most(market)).drop("_row")
    return pl.concat(parts).sort("_row").drop("_row").rechunk()


def calibration(rows: pl.DataFrame, market: Market) -> dict[str, Any]:
    """Say how the predicted distributions fit what happened, and how the market's did.

    Args:
        rows: graded rows with what ``with_probabilities`` added and ``fair_over``.
        market: the market that was predicted.

    Returns:
        ``integral``: shares of the ten bins of the probability integral (flat if calibrated);
        ``reliability`` and ``market_reliability``: predicted and observed shares of over;
        ``coverage`` by role of the central intervals. Null where there is no distribution.
    """
    played = rows.drop_nulls(["actual", "integral_low"])
    if played.is_empty():
        return {"integral": None, "reliability": None, "market_reliability": None, "coverage": None}
    decided = played.filter(pl.col("actual") != pl.col("line")).with_columns(
        _model=over_given_decided(), _over=pl.col("actual") > pl.col("line")
    )
    priced = decided.drop_nulls("fair_over")
    return {
        "integral": probability_integral(
            played["integral_low"].to_numpy(), played["integral_high"].to_numpy()
        ),
        "reliability": reliability(decided["_model"].to_numpy(), decided["_over"].to_numpy()),
        "market_reliability": reliability(
            priced["fair_over"].to_numpy(), priced["_over"].to_numpy()
        ),
        "coverage": {
            label: _coverage(part) for label, part in [("all", played), *_by_tier(played, market)]
        },
    }


def over_given_decided() -> pl.Expr:
    """Return the model's probability of over where the line is not hit exactly."""
    over = pl.col("over_probability")
    return over / (over + pl.col("under_probability"))


def _by_tier(rows: pl.DataFrame, market: Market) -> list[tuple[str, pl.DataFrame]]:
    labelled = rows.with_columns(_tier=tier(market)).drop_nulls("_tier")
    parts = labelled.partition_by("_tier", as_dict=True)
    return [(str(name), parts[name,]) for name in TIERS if (name,) in parts]


def _coverage(rows: pl.DataFrame) -> list[dict[str, Any]]:
    found = []
    for level in LEVELS:
        name = f"{100 * level:.0f}"
        inside = pl.col("actual").is_between(pl.col(f"low_{name}"), pl.col(f"high_{name}"))
        width = pl.col(f"high_{name}") - pl.col(f"low_{name}") + 1
        told = rows.select(
            observed=inside.mean(), expected=pl.col(f"held_{name}").mean(), width=width.mean()
        )
        shown = {key: round(float(v), 6) for key, v in told.row(0, named=True).items()}
        found.append({"level": level, "n": rows.height, **shown})
    return found


def _of_one(rows: pl.DataFrame, distribution: Distribution | None, top: int) -> pl.DataFrame:
    """Rows that share a distribution."""
    if distribution is None:
        return rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in COLUMNS)
    predicted, own = (_floats(rows[name]) for name in ("prediction", "own_spread"))
    below = cumulative(distribution, predicted, own, top)
    over, push, under = side_probabilities(below, _floats(rows["line"]))
    actual = _floats(rows["actual"])
    columns = {
        "over_probability": over,
        "push_probability": push,
        "under_probability": under,
        **_scores(below, actual),
        **_intervals(below, LEVELS),
    }
    return rows.with_columns(
        pl.Series(name, values, dtype=pl.Float64, nan_to_null=True)
        for name, values in columns.items()
    ).select(*rows.columns, *COLUMNS)


def _floats(values: pl.Series) -> Floats:
    found: Floats = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return found


def _scores(below: Floats, actual: Floats) -> dict[str, Floats]:
    played = np.isfinite(actual)
    counts = np.where(played, np.minimum(actual, below.shape[1] - 1), 0.0)
    low, high = integral_borders(below, counts)
    found = {
        "crps": ranked_probability_score(below, counts),
        "integral_low": low,
        "integral_high": high,
    }
    return {name: np.where(played, values, np.nan) for name, values in found.items()}


def _intervals(below: Floats, levels: Sequence[float]) -> dict[str, Floats]:
    columns: dict[str, Floats] = {}
    for level in levels:
        names = (f"{side}_{100 * level:.0f}" for side in ("low", "high", "held"))
        columns |= dict(zip(names, central_interval(below, level), strict=True))
    return columns
