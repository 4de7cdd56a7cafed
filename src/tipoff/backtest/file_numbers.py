"""The numbers of somebody's predictions, as far as a file alone can give them."""

from typing import Any

import polars as pl

from tipoff.backtest.baselines import baselines
from tipoff.backtest.edges import edge_keys
from tipoff.backtest.evidence import evidence
from tipoff.backtest.grading import ASSUMED_BREAK_EVEN, graded, implied
from tipoff.backtest.metrics import (
    directions,
    edge_buckets,
    hit_rates,
    line_errors,
    mean_absolute_error,
)
from tipoff.backtest.placebos import headline
from tipoff.backtest.returns import flat_return
from tipoff.domain.market import Market


def graded_rows(rows: pl.DataFrame, market: Market, *, is_sided: bool) -> pl.DataFrame:
    """Grade a file's player-games that have a line.

    Args:
        rows: one row per player-game: ``prediction, side, line``, prices, ``actual``.
        market: the market.
        is_sided: there are sides and no predictions: each side stands for a prediction at the
            market's usual edge, so that all are picks and their size says nothing.

    Returns:
        The rows as of ``grading.graded``, with ``stated_side``.
    """
    usual = market.edges[1]
    over = pl.col("side") == "over"
    sided = pl.col("line") + pl.when(over).then(usual).when(~over).then(-usual)
    own = rows.with_columns(
        prediction=sided if is_sided else pl.col("prediction"),
        stated_side=pl.col("side"),
        game_id=pl.lit(""),
    ).drop_nulls(["prediction", "line"])
    edge = pl.col("prediction") - pl.col("line")
    bare = pl.all_horizontal(pl.col("over_price", "under_price").is_null())
    # A price without a side is of the side that is said, else of the side that is taken.
    is_over = pl.coalesce(pl.col("side") == "over", edge > 0)
    priced = own.with_columns(
        over_price=pl.when(bare & is_over).then("price").otherwise("over_price"),
        under_price=pl.when(bare & ~is_over).then("price").otherwise("under_price"),
    )
    return graded(priced.drop("side", "price"))


def file_numbers(
    on_lines: pl.DataFrame, rows: pl.DataFrame, market: Market, *, is_sided: bool
) -> dict[str, Any]:
    """Return the numbers of graded predictions.

    Args:
        on_lines: graded rows with ``season_average, last_10_average, consensus``.
        rows: all predictions with or without a line.
        market: the market.
        is_sided: errors are not those of predictions, and null.

    Returns:
        ``market, unit, is_sided, lines, all, directions, edge_buckets, baselines, headline,
        evidence, returns``, as runs of tipoff's own have them.
    """
    errors = line_errors(on_lines)
    picks = on_lines.filter(pl.col("edge").abs() >= market.edges[1])
    if is_sided:
        errors |= dict.fromkeys(("mae", "mae_low", "mae_high", "line_bias", "bias"))
        errors["mae_difference"] = None
    return {
        "market": market.name,
        "unit": market.unit,
        "is_sided": is_sided,
        "lines": {**errors, "hr": hit_rates(on_lines, market), "edges": edge_keys(market)},
        "all": _all(rows, is_sided=is_sided),
        "directions": directions(on_lines, market.edges[1]),
        "edge_buckets": [] if is_sided else edge_buckets(on_lines, market),
        "baselines": baselines(on_lines, market),
        "headline": _without_errors(headline(on_lines, market), is_sided=is_sided),
        "evidence": evidence(on_lines, market),
        "returns": flat_return(picks),
    }


def _without_errors(found: dict[str, Any], *, is_sided: bool) -> dict[str, Any]:
    return {**found, "mae": None} if is_sided else found


def _all(rows: pl.DataFrame, *, is_sided: bool) -> dict[str, Any]:
    """The error on all predictions with a result, beside that of their mean."""
    known = rows.drop_nulls(["prediction", "actual"])
    if is_sided or known.is_empty():
        return {"n": known.height, "mae": None, "constant_mae": None}
    with_mean = known.with_columns(constant=pl.col("actual").mean())
    return {
        "n": known.height,
        "mae": mean_absolute_error(known, "prediction")["mae"],
        "constant_mae": mean_absolute_error(with_mean, "constant")["mae"],
    }


def stated(on_lines: pl.DataFrame) -> dict[str, Any]:
    """Return how the file's own sides and outcomes compare with what its numbers say.

    Args:
        on_lines: graded rows with ``stated_side, stated_outcome``.

    Returns:
        ``sides, sides_differ, outcomes, outcomes_differ`` and ``sentences``.
    """
    side = pl.coalesce("stated_side", "side")
    beyond = pl.col("actual") - pl.col("line")
    won = pl.when(beyond == 0).then(pl.lit("push")).when((beyond > 0) == (side == "over"))
    ours = won.then(pl.lit("win")).otherwise(pl.lit("loss"))
    sided = on_lines.drop_nulls(["stated_side", "side"])
    ended = on_lines.filter(
        pl.col("stated_outcome").is_in(["win", "loss", "push"]), beyond.is_not_null()
    )
    found = {
        "sides": sided.height,
        "sides_differ": sided.filter(pl.col("stated_side") != pl.col("side")).height,
        "outcomes": ended.height,
        "outcomes_differ": ended.filter(pl.col("stated_outcome") != ours).height,
    }
    said = [
        f"{found[f'{what}_differ']:,} of {found[what]:,} {what} that the file states are not those "
        f"of its numbers: {why}."
        for what, why in (
            ("sides", "they were taken at another line"),
            ("outcomes", "it was graded on other lines or results"),
        )
        if found[f"{what}_differ"]
    ]
    return {**found, "sentences": said}


def prices(on_lines: pl.DataFrame, market: Market) -> dict[str, Any]:
    """Return what the prices are: how many are known, their hold, and what they ask for.

    Returns:
        ``picks, priced_share, placeholder_share, hold`` (mean margin of lines with both prices),
        ``break_even`` (of the priced picks), and ``sentence``.
    """
    picks = on_lines.filter(
        pl.col("edge").abs() >= market.edges[1], pl.col("outcome").is_in(["win", "loss"])
    )
    real = on_lines.filter(~pl.col("is_placeholder"))
    both = real.select(hold=implied("over_price") + implied("under_price") - 1).drop_nulls()
    found = {
        "picks": picks.height,
        "priced_share": _mean(picks, pl.col("break_even").is_not_null()),
        "placeholder_share": _mean(picks, pl.col("is_placeholder")),
        "hold": _mean(both, pl.col("hold")),
        "break_even": _mean(picks, pl.col("break_even")),
    }
    return {**found, "sentence": _of_prices(found)}


def _mean(rows: pl.DataFrame, value: pl.Expr) -> float | None:
    mean = rows.select(value.cast(pl.Float64).mean()).item()
    return None if mean is None else round(float(mean), 10)


def _of_prices(found: dict[str, Any]) -> str:
    if not found["priced_share"]:
        return (
            "No prices are known: -110 is assumed, which breaks even at "
            f"{ASSUMED_BREAK_EVEN:.1%}; real prices often ask for more."
        )
    said = f"{found['priced_share']:.0%} of the picks carry a price"
    if found["priced_share"] < 1:
        said += "; -110 is assumed for the rest"
    if found["hold"] is not None:
        said += f"; the books keep {found['hold']:.1%} on average"
        if found["hold"] <= 0:
            said += ", which no book does: the prices are not of one line"
    if found["placeholder_share"]:
        said += f"; {found['placeholder_share']:.0%} are placeholders of pick'em boards"
    return said + "."
