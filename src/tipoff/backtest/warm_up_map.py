"""Which rows have less history than their values need, by week of the season."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from tipoff.backtest.settling import Settling
from tipoff.backtest.statistics import Interval, mean_interval, share_interval, share_of, spreads


def cells(
    rows: pl.DataFrame, features: Mapping[str, tuple[pl.Expr, Settling]]
) -> list[dict[str, Any]]:
    """Return the map: one cell per measured feature and week.

    Args:
        rows: ``week, game_date`` and the known games of each input.
        features: by name the games that a row's value rests on, and how it settles.

    Returns:
        ``feature, week, n``, the ``share`` of rows with less history than needed (95 % interval,
        game dates left out one at a time), ``off`` (mean error as share of the variance) and
        ``off_by`` (its root, in the feature's unit).
    """
    mapped = {name: own for name, own in features.items() if own[1].curve}
    valued = rows.select(
        "week",
        "game_date",
        *[
            _is_inside(*own).cast(pl.Float64).alias(f"inside {name}")
            for name, own in mapped.items()
        ],
        *[_off(*own).alias(f"off {name}") for name, own in mapped.items()],
    )
    sums = valued.group_by("week", "game_date").agg(
        pl.exclude("week", "game_date").sum(),
        *[pl.col(f"inside {name}").count().alias(f"n {name}") for name in mapped],
    )
    found = []
    for (week,), part in sorted(sums.partition_by("week", as_dict=True).items()):
        ordered = part.sort("game_date")
        counts = ordered.select(f"n {name}" for name in mapped).to_numpy().astype(float)
        inside, off = (
            ordered.select(f"{what} {name}" for name in mapped).to_numpy()
            for what in ("inside", "off")
        )
        shares = spreads(inside, counts, [-1] * len(mapped))
        for place, (name, (_, own)) in enumerate(mapped.items()):
            cell = _cell(share_of(shares[place]), float(off[:, place].sum()), own)
            found.append({"feature": name, "week": week, **cell})
    return found


def _cell(share: Interval, total: float, own: Settling) -> dict[str, Any]:
    mean = total / share.n if share.n else None
    return {
        "n": share.n,
        "share": share.value,
        "low": share.low,
        "high": share.high,
        "off": mean,
        "off_by": None if mean is None else mean**0.5 * (own.deviation or 0.0),
    }


def _is_inside(games: pl.Expr, own: Settling) -> pl.Expr:
    """Whether a row has less history than needed; a value that never settles always does."""
    return pl.lit(1.0) + 0 * games if own.games is None else games < own.games


def _off(games: pl.Expr, own: Settling) -> pl.Expr:
    """The error that values with so many games have; beyond what was measured, the last one."""
    places = dict(enumerate(np.maximum(own.curve, 0).tolist()))
    last = len(own.curve) - 1
    return games.clip(upper_bound=last).replace_strict(places, return_dtype=pl.Float64)


def share_by(rows: pl.DataFrame, by: str) -> list[dict[str, Any]]:
    """Return the share of labelled rows inside the warm-up, and how many values are, by a column.

    Args:
        rows: ``game_date, in_warm_up, warm_up_features`` and the column.
        by: the column.
    """
    found = []
    for (label,), part in sorted(rows.partition_by(by, as_dict=True).items()):
        share = share_interval(part, "in_warm_up")
        values = mean_interval(part, "warm_up_features")
        found.append(
            {
                by: label,
                "n": share.n,
                "share": share.value,
                "low": share.low,
                "high": share.high,
                "warm_up_features": values.value,
            }
        )
    return found
