"""What is measured on graded player-games: each measure a ratio of two sums over rows.

Being ratios of sums, all measures of a segment get their intervals together, by game date.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from tipoff.backtest.grading import ASSUMED_BREAK_EVEN
from tipoff.backtest.probabilities import LEVELS, over_given_decided
from tipoff.backtest.scores import LEAST_PROBABILITY
from tipoff.domain.market import Market

SHARE, NATS, SQUARED, UNITS = "share", "nats", "squared probability", "units per unit staked"


@dataclass(frozen=True)
class Measure:
    """One measure: the sum of ``value`` over the rows that have one, by how many have.

    Attributes:
        name: its name, in ids of numbers.
        unit: what it is measured in.
        doc: what it says.
        value: a row's part; null for rows that are no part of it.
        minus: name of a measure that is subtracted; both must be of the same rows.
        is_share: rows have it or not, so that its interval stays within 0 and 1.
    """

    name: str
    unit: str
    doc: str
    value: pl.Expr
    minus: str | None = None
    is_share: bool = False


def measures(market: Market) -> Mapping[str, Measure]:
    """Return every measure of a market, by name.

    They read the graded rows' columns: ``edge, outcome, break_even, price, prediction, line,
    actual``, ``over_probability, push_probability, under_probability, fair_over, crps`` and the
    intervals' ``low_90, high_90, held_90``.
    """
    found = [*_errors(market), *_probabilities(), *_intervals()]
    for edge in market.edges:
        found += _picks(f"{edge:g}", pl.col("edge").abs() >= edge, market)
        found += _unaudited(edge, market)
    return {measure.name: measure for measure in found}


def _picks(key: str, chosen: pl.Expr, market: Market) -> list[Measure]:
    settled = chosen & pl.col("outcome").is_in(["win", "loss"])
    won = pl.col("outcome") == "win"
    of = f"of picks at least {key} {market.unit} from the line"
    return [
        Measure(
            f"hit_rate@{key}",
            SHARE,
            f"wins among wins and losses {of}",
            pl.when(settled).then(won),
            is_share=True,
        ),
        Measure(
            f"break_even@{key}",
            SHARE,
            f"mean implied probability of the prices taken, -110 where there is none, {of}",
            pl.when(settled).then(pl.col("break_even").fill_null(ASSUMED_BREAK_EVEN)),
        ),
        Measure(
            f"margin@{key}",
            SHARE,
            f"hit rate minus break-even {of}",
            pl.when(settled).then(won),
            minus=f"break_even@{key}",
        ),
        Measure(
            f"roi@{key}",
            UNITS,
            f"profit at flat stakes and the prices taken, pushes returned, voids left out, {of}",
            pl.when(chosen).then("profit"),
        ),
        Measure(
            f"clv_line@{key}",
            market.unit,
            f"how far the line had moved to the side taken by the close, {of}",
            pl.when(chosen).then("clv_line"),
        ),
        Measure(
            f"clv_probability@{key}",
            "probability",
            f"fair probability of the side taken at the close minus that at the entry, {of}",
            pl.when(chosen).then("clv_probability"),
        ),
    ]


def _unaudited(edge: float, market: Market) -> list[Measure]:
    """The same picks where the line is taken that no audit would have left out."""
    chosen = (pl.col("prediction") - pl.col("unaudited_line")).abs() >= edge
    settled = chosen & pl.col("unaudited_outcome").is_in(["win", "loss"])
    of = f"of picks at least {edge:g} {market.unit} from lines taken without the audit"
    return [
        Measure(
            f"unaudited_hit_rate@{edge:g}",
            SHARE,
            f"wins among wins and losses {of}",
            pl.when(settled).then(pl.col("unaudited_outcome") == "win"),
            is_share=True,
        ),
        Measure(
            f"unaudited_roi@{edge:g}",
            UNITS,
            f"profit at flat stakes {of}",
            pl.when(chosen).then("unaudited_profit"),
        ),
    ]


def _errors(market: Market) -> list[Measure]:
    error = (pl.col("prediction") - pl.col("actual")).abs()
    line_error = (pl.col("line") - pl.col("actual")).abs()
    decided = pl.col("actual") != pl.col("line")
    unit = market.unit
    return [
        Measure("mae", unit, "mean absolute error of the prediction", error),
        Measure("line_mae", unit, "mean absolute error of the line on the same rows", line_error),
        Measure(
            "mae_difference", unit, "error of the prediction minus the line's", error, "line_mae"
        ),
        Measure(
            "bias", unit, "mean of prediction minus actual", pl.col("prediction") - pl.col("actual")
        ),
        Measure("line_bias", unit, "mean of line minus actual", pl.col("line") - pl.col("actual")),
        Measure(
            "over_share",
            SHARE,
            "share of lines that went over, pushes left out",
            pl.when(decided).then(pl.col("actual") > pl.col("line")),
            is_share=True,
        ),
    ]


def _probabilities() -> list[Measure]:
    decided = pl.col("actual") != pl.col("line")
    priced = decided & pl.col("fair_over").is_not_null()
    happened = pl.col("actual") > pl.col("line")
    model, market = over_given_decided(), pl.col("fair_over")
    where = "of over or under on priced lines that were not hit exactly"
    return [
        Measure("crps", "counts", "continuous ranked probability score", pl.col("crps")),
        Measure(
            "log_loss", NATS, f"log loss {where}", pl.when(priced).then(_log_loss(model, happened))
        ),
        Measure(
            "market_log_loss",
            NATS,
            f"log loss of the fair probability {where}",
            pl.when(priced).then(_log_loss(market, happened)),
        ),
        Measure(
            "log_loss_difference",
            NATS,
            "log loss of the model minus the market's",
            pl.when(priced).then(_log_loss(model, happened)),
            minus="market_log_loss",
        ),
        Measure(
            "brier", SQUARED, f"Brier score {where}", pl.when(priced).then((model - happened) ** 2)
        ),
        Measure(
            "market_brier",
            SQUARED,
            f"Brier score of the fair probability {where}",
            pl.when(priced).then((market - happened) ** 2),
        ),
        Measure(
            "brier_difference",
            SQUARED,
            "Brier score of the model minus the market's",
            pl.when(priced).then((model - happened) ** 2),
            minus="market_brier",
        ),
    ]


def _log_loss(probability: pl.Expr, happened: pl.Expr) -> pl.Expr:
    p = probability.clip(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return pl.when(happened).then(-p.log()).otherwise(-(1 - p).log())


def _intervals() -> list[Measure]:
    found = []
    for level in LEVELS:
        name = f"{100 * level:.0f}"
        inside = pl.col("actual").is_between(pl.col(f"low_{name}"), pl.col(f"high_{name}"))
        played = pl.col("actual").is_not_null()
        found += [
            Measure(
                f"coverage_{name}",
                SHARE,
                f"share of results inside the central {name} % interval",
                pl.when(played).then(inside),
                is_share=True,
            ),
            Measure(
                f"expected_coverage_{name}",
                SHARE,
                f"probability that the central {name} % intervals hold; counts can not be cut",
                pl.when(played).then(f"held_{name}"),
            ),
        ]
    return found
