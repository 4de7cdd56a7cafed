"""What anybody could have done on the same rows: a model must be seen beside these."""

from typing import Any

import polars as pl

from tipoff.backtest.grading import graded
from tipoff.backtest.metrics import hit_rate, mean_absolute_error
from tipoff.backtest.placebos import EVERY_LINE, ORACLE, guesses, in_order, oracle
from tipoff.domain.market import Market

_NO_RULE = ("line", "line_with_prices")


def baselines(rows: pl.DataFrame, market: Market) -> dict[str, dict[str, Any]]:
    """Return error and hit rate of every placebo on the rows that a model was graded on.

    Args:
        rows: graded rows, as of ``placebos.guesses``.
        market: the market that was predicted.

    Returns:
        By name: ``mae`` (null for rules that only take sides) and ``hr`` at the market's usual edge
        (on every row for such rules; null for the line itself). ``leaked_oracle`` was told half of
        what happened: it shows what a leak looks like.
    """
    ordered, usual = in_order(rows), market.edges[1]
    found = {}
    for name, guess in guesses(ordered).items():
        known = ordered.with_columns(prediction=guess).drop_nulls("prediction")
        edge = 0.0 if name in EVERY_LINE else usual
        found[name] = {
            "mae": None if name in EVERY_LINE else mean_absolute_error(known, "prediction"),
            "hr": None if name in _NO_RULE else hit_rate(graded(known), edge),
        }
    told = oracle(ordered)
    found[ORACLE] = {
        "mae": mean_absolute_error(told, "prediction"),
        "hr": hit_rate(told, usual),
    }
    return found
