"""Placebos: rules that know nothing, on the same rows; a model counts for what it adds to them.

Each is graded like the model: its picks at the market's usual edge, blind sides and outliers on
every line. The best of them is chosen by the same rows, so chance lifts it: the headline leans
against the model.
"""

from typing import Any

import polars as pl

from tipoff.backtest.grading import graded, line_with_prices
from tipoff.backtest.statistics import Difference, minus_best_placebo
from tipoff.domain.market import Market
from tipoff.errors import InputError

_SEED = 42
_ORDER = ("game_date", "game_id", "player_id")
# Rules that take a side of every line: how far off the line says nothing.
EVERY_LINE = ("blind_over", "blind_under", "outlier_to_consensus")
# Reported beside the model, but told what happened: a positive control, no placebo.
ORACLE = "leaked_oracle"


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort rows by time and key."""
    return rows.sort(_ORDER)


def guesses(rows: pl.DataFrame) -> dict[str, pl.Series]:
    """Return what each placebo would have predicted, in the order of the rows.

    Args:
        rows: graded rows in order of ``game_date, game_id, player_id`` with ``season_average``,
            ``last_10_average``, ``consensus`` (median of the feeds' lines) and prices.

    Returns:
        By name; null where a placebo says nothing.
    """
    found = rows.select(
        line=pl.col("line"),
        line_with_prices=line_with_prices(),
        season_average=pl.col("season_average"),
        last_10_average=pl.col("last_10_average"),
        shuffled_within_date=pl.col("prediction").shuffle(seed=_SEED).over("game_date"),
        earlier_prediction=pl.col("prediction").shift(1).over("player_id", order_by=_ORDER),
        outlier_to_consensus=pl.col("consensus"),
        blind_over=pl.col("line") + 1,
        blind_under=pl.col("line") - 1,
    )
    return {name: found[name] for name in found.columns}


def won_by(rows: pl.DataFrame, guess: pl.Series, least: float) -> pl.Series:
    """Return whether a guess's pick won, null where it took none or nothing was decided.

    Args:
        rows: graded rows.
        guess: what is predicted instead.
        least: smallest edge that is picked; every side is where it is zero.
    """
    own = graded(rows.with_columns(prediction=guess))
    decided = pl.col("outcome").is_in(["win", "loss"]) & (pl.col("edge").abs() >= least)
    return own.select(pl.when(decided).then(pl.col("outcome") == "win")).to_series()


def headline(rows: pl.DataFrame, market: Market) -> dict[str, Any]:
    """Return the model minus the best placebo, each with its interval by game date.

    Args:
        rows: graded rows, as of ``guesses``.
        market: the market that was predicted.

    Returns:
        ``hit_rate`` at the usual edge and ``mae`` (negative is better): ``placebo`` (the best),
        ``ours, theirs, value, low, high, n, flips, p_value``; null where nothing can be compared.
    """
    ordered = in_order(rows)
    known = guesses(ordered)
    usual = market.edges[1]
    wins = {
        name: won_by(ordered, guess, 0.0 if name in EVERY_LINE else usual)
        for name, guess in known.items()
        if name != "line"
    }
    errors = {
        name: (guess - ordered["actual"]).abs()
        for name, guess in known.items()
        if name not in EVERY_LINE
    }
    own_win = won_by(ordered, ordered["prediction"], usual)
    own_error = (ordered["prediction"] - ordered["actual"]).abs()
    return {
        "hit_rate": _difference(ordered, own_win, wins, lower_is_better=False),
        "mae": _difference(ordered, own_error, errors, lower_is_better=True),
    }


def _difference(
    rows: pl.DataFrame,
    ours: pl.Series,
    placebos: dict[str, pl.Series],
    *,
    lower_is_better: bool,
) -> dict[str, Any] | None:
    columns = [ours.alias("model"), *[own.alias(name) for name, own in placebos.items()]]
    compared = rows.select("game_date", *columns)
    try:
        found = minus_best_placebo(
            compared, "model", list(placebos), lower_is_better=lower_is_better
        )
    except InputError:
        return None
    return _told(found)


def _told(found: Difference) -> dict[str, Any]:
    own = found.difference
    numbers = {
        "ours": found.ours,
        "theirs": found.theirs,
        "value": own.value,
        "low": own.low,
        "high": own.high,
        "p_value": found.p_value,
    }
    rounded = {k: None if v is None else round(v, 10) for k, v in numbers.items()}
    return {"placebo": found.placebo, "n": own.n, "flips": found.flips, **rounded}


def oracle(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows predicted by somebody who knows half of what happened: a positive control.

    The prediction is the mean of the line and the result; whatever judges a run must refuse it.
    """
    told = pl.mean_horizontal("line", pl.col("actual").fill_null(pl.col("line")))
    return graded(rows.with_columns(prediction=told))
