"""What predicted distributions say of each graded player-game, as columns."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from tipoff.backtest.scores import (
    Floats,
    central_interval,
    integral_borders,
    ranked_probability_score,
)
from tipoff.domain.market import Market
from tipoff.models.distribution import Distribution, cumulative, side_probabilities

LEVELS = (0.5, 0.8, 0.9)
_LEAST_COUNTS = 20


def most(market: Market) -> int:
    """Return the largest count that is told apart: four times what makes a star, 20 at least."""
    return max(int(4 * market.tiers[0]), _LEAST_COUNTS)


def with_probabilities(
    rows: pl.DataFrame, distributions: Mapping[int, Distribution], market: Market
) -> pl.DataFrame:
    """Add what each row's own distribution says.

    Args:
        rows: ``prediction``, ``own_spread`` (null where unknown), ``line``, ``actual`` (null where
            he did not play) and ``model``: whose distribution.
        distributions: by model.
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
    return pl.concat(parts).sort("_row").drop("_row")


def _of_one(rows: pl.DataFrame, distribution: Distribution | None, top: int) -> pl.DataFrame:
    """Rows that share a distribution."""
    if distribution is None:
        below = np.ones((0, top + 1))
    else:
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
    )


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
