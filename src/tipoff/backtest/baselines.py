"""What anybody could have done on the same rows: a model must be seen beside these."""

from typing import Any

import polars as pl

from tipoff.backtest.grading import graded, line_with_prices
from tipoff.backtest.metrics import hit_rate, mean_absolute_error
from tipoff.domain.market import Market

_SEED = 42


def baselines(rows: pl.DataFrame, market: Market) -> dict[str, dict[str, Any]]:
    """Return error and hit rate of simple guesses on the rows that a model was graded on.

    Args:
        rows: graded rows with ``season_average`` and ``last_10_average`` of the market.
        market: the market that was predicted.

    Returns:
        By name: ``mae`` and ``hr`` at the market's usual edge (for the blind sides: on
        every row).
    """
    usual = market.edges[1]
    return {
        "line": {"mae": mean_absolute_error(rows, "line"), "hr": None},
        "line_with_prices": {"mae": _priced(rows), "hr": None},
        "season_average": _guess(rows, pl.col("season_average"), usual),
        "last_10_average": _guess(rows, pl.col("last_10_average"), usual),
        "shuffled_within_date": _guess(rows, _shuffled(), usual),
        "blind_over": {"mae": None, "hr": _blind(rows, 1)},
        "blind_under": {"mae": None, "hr": _blind(rows, -1)},
    }


def _guess(rows: pl.DataFrame, guess: pl.Expr, edge: float) -> dict[str, Any]:
    bare = rows.sort("game_date", "game_id", "player_id").with_columns(prediction=guess)
    known = bare.drop_nulls("prediction")
    return {
        "mae": mean_absolute_error(known, "prediction"),
        "hr": hit_rate(graded(known), edge),
    }


def _priced(rows: pl.DataFrame) -> dict[str, Any]:
    read = rows.with_columns(line_with_prices=line_with_prices())
    return mean_absolute_error(read, "line_with_prices")


def _shuffled() -> pl.Expr:
    return pl.col("prediction").shuffle(seed=_SEED).over("game_date")


def _blind(rows: pl.DataFrame, step: int) -> dict[str, Any]:
    return hit_rate(graded(rows.with_columns(prediction=pl.col("line") + step)), 0.0)
