"""The numbers of a run, each with its n: hit rates, errors, biases, by week and by segment."""

from typing import Any

import polars as pl

from tipoff.backtest.grading import ASSUMED_BREAK_EVEN, line_with_prices
from tipoff.backtest.statistics import Interval, mean_interval, share_interval, wilson
from tipoff.domain.guard import guard
from tipoff.domain.market import Market

TIERS = ("star", "starter", "role", "bench")
PRICES = "prices taken"
ASSUMED = "assumed -110"
PLACEHOLDERS = "placeholder prices of pick'em boards"


def hit_rate(rows: pl.DataFrame, edge: float) -> dict[str, Any]:
    """Return the hit rate of all rows with a point edge of at least ``edge``.

    Pushes and voids are no part of it. The break-even is the mean implied probability of the very
    prices taken, or that of -110 where the lines carry none.

    Args:
        rows: graded rows with ``game_date``, ``edge``, ``outcome``, ``break_even``,
            ``is_placeholder``.
        edge: smallest absolute edge.

    Returns:
        ``rate, n, low, high, break_even, break_even_basis, pushes, voids, wilson``; shares from 0
        to 1.
    """
    chosen = rows.filter(pl.col("edge").abs() >= edge)
    settled = chosen.filter(pl.col("outcome").is_in(["win", "loss"])).with_columns(
        won=pl.col("outcome") == "win"
    )
    found = share_interval(settled, "won")
    priced = settled["break_even"].drop_nulls()
    basis = PRICES if priced.len() else ASSUMED
    if priced.len() and settled["is_placeholder"].all():
        basis = PLACEHOLDERS
    outcomes = dict(chosen.group_by("outcome").len().drop_nulls().iter_rows())
    return {
        **interval(found, "rate"),
        "break_even": float(priced.mean()) if priced.len() else ASSUMED_BREAK_EVEN,  # type: ignore[arg-type]
        "break_even_basis": basis,
        "pushes": outcomes.get("push", 0),
        "voids": outcomes.get("void", 0),
        "wilson": wilson(outcomes.get("win", 0), found.n),
    }


def hit_rates(rows: pl.DataFrame, market: Market) -> dict[str, dict[str, Any]]:
    """Return the hit rate at each of the market's edges, by the edge as text."""
    return {f"{edge:g}": hit_rate(rows, edge) for edge in market.edges}


def interval(found: Interval, name: str) -> dict[str, Any]:
    """Return an interval as it is reported."""
    return {name: found.value, "n": found.n, "low": found.low, "high": found.high}


def mean_absolute_error(rows: pl.DataFrame, guess: str) -> dict[str, Any]:
    """Return ``mae`` of a column of guesses on the rows that have one and were played."""
    errors = rows.select("game_date", error=(pl.col(guess) - pl.col("actual")).abs())
    return interval(mean_interval(errors, "error"), "mae")


def line_errors(rows: pl.DataFrame) -> dict[str, Any]:
    """Return the model's and the line's own error on the same rows, with biases.

    ``mae_difference`` is the model's minus the line's, clustered by the same dates;
    ``priced_line_mae`` is the error of the line read with its prices.
    """
    played = rows.drop_nulls("actual")
    model = (pl.col("prediction") - pl.col("actual")).abs()
    line = (pl.col("line") - pl.col("actual")).abs()
    paired = mean_interval(played.select("game_date", d=model - line), "d")
    own = mean_absolute_error(played, "prediction")
    priced = played.with_columns(line_with_prices=line_with_prices())
    return {
        "n": own["n"],
        "mae": own["mae"],
        "mae_low": own["low"],
        "mae_high": own["high"],
        "line_mae": mean_absolute_error(played, "line")["mae"],
        "priced_line_mae": mean_absolute_error(priced, "line_with_prices")["mae"],
        "mae_difference": interval(paired, "difference"),
        "line_bias": _mean(rows, pl.col("prediction") - pl.col("line")),
        "bias": _mean(played, pl.col("prediction") - pl.col("actual")),
        "over_share_of_lines": _mean(
            played.filter(pl.col("actual") != pl.col("line")), pl.col("actual") > pl.col("line")
        ),
    }


def _mean(rows: pl.DataFrame, value: pl.Expr) -> float | None:
    mean = rows.select(value.cast(pl.Float64).mean()).item()
    return None if mean is None else float(mean)


@guard
def tier(market: Market) -> pl.Expr:
    """Return a player's tier by his season average before the game, as the market has them."""
    return _tier_of(pl.col("season_average"), market)


@tier.fault("hindsight-tiers")
def _tier_by_the_game(market: Market) -> pl.Expr:
    return _tier_of(pl.col("actual"), market)


def _tier_of(average: pl.Expr, market: Market) -> pl.Expr:
    star, starter, role = market.tiers
    return (
        pl.when(average >= star)
        .then(pl.lit("star"))
        .when(average >= starter)
        .then(pl.lit("starter"))
        .when(average >= role)
        .then(pl.lit("role"))
        .when(average.is_not_null())
        .then(pl.lit("bench"))
    )


def tier_biases(rows: pl.DataFrame, market: Market) -> dict[str, dict[str, Any]]:
    """Return the mean of prediction minus actual by tier."""
    played = rows.drop_nulls("actual").with_columns(
        _tier=tier(market), d=pl.col("prediction") - pl.col("actual")
    )
    return {
        name: interval(mean_interval(played.filter(pl.col("_tier") == name), "d"), "bias")
        for name in TIERS
    }


def directions(rows: pl.DataFrame, edge: float) -> dict[str, dict[str, Any]]:
    """Return the hit rate of each side taken with at least that edge."""
    return {side: hit_rate(rows.filter(pl.col("side") == side), edge) for side in ("over", "under")}


def edge_buckets(rows: pl.DataFrame, market: Market) -> list[dict[str, Any]]:
    """Return the hit rate by size of the edge: between the market's edges, halfway and beyond."""
    small, usual, large = market.edges
    middle, upper = (small + usual) / 2, (usual + large) / 2
    starts = [0.0, small, middle, usual, upper, large, 2 * large - usual]
    bounds = zip(starts, [*starts[1:], None], strict=True)
    size = pl.col("edge").abs()
    return [
        {
            "from": low,
            "to": high,
            **hit_rate(rows.filter(size >= low, size < high if high else pl.lit(value=True)), 0.0),
        }
        for low, high in bounds
    ]


def weekly(rows: pl.DataFrame, market: Market) -> list[dict[str, Any]]:
    """Return the numbers of one fixed model by calendar week, Monday to Sunday.

    This is no walk-forward: the model is never fitted again.
    """
    weeks = rows.with_columns(week=pl.col("game_date").dt.truncate("1w"))
    report = []
    for (week,), part in sorted(weeks.partition_by("week", as_dict=True).items()):
        errors = line_errors(part)
        report.append(
            {
                "week": week,
                "n": errors["n"],
                "mae": errors["mae"],
                "line_mae": errors["line_mae"],
                "bias": errors["line_bias"],
                "hr": hit_rates(part, market),
            }
        )
    return report
