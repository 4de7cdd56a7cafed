"""Evaluate predictions: on takeable lines, and on all player-games."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from tipoff.backtest.closing import LATEST_CLOSE, with_close
from tipoff.backtest.edges import edge_keys
from tipoff.backtest.evidence import beyond_luck
from tipoff.backtest.fair import USUAL as USUAL_METHOD
from tipoff.backtest.fair import with_fair
from tipoff.backtest.findings import findings
from tipoff.backtest.gates import leak_alarm, market_gates, verdict
from tipoff.backtest.grading import graded
from tipoff.backtest.honest import honest_gates
from tipoff.backtest.line_audit import with_audit
from tipoff.backtest.lines import LineChoice
from tipoff.backtest.metrics import hit_rate, hit_rates, line_errors, mean_absolute_error
from tipoff.backtest.numbers import numbers
from tipoff.backtest.probabilities import with_probabilities
from tipoff.backtest.returns import settled
from tipoff.backtest.takeable import UNAUDITED
from tipoff.domain.clock import ASSUMED
from tipoff.domain.guard import guard
from tipoff.domain.market import Market
from tipoff.models.distribution import Distribution

_GAME = ["game_id", "player_id"]
# What numbers are told apart by in every report.
SEGMENTS = ("season", "month", "side", "edge", "book", "tier", "audit", "warm_up", "tier,side")
KEPT = [
    "season",
    "game_date",
    "game_id",
    "player_id",
    "player_name",
    "team",
    "opponent",
    "prediction",
    "actual",
    "line",
    "over_price",
    "under_price",
    "book",
    "source",
    "observed_at",
    "observed_basis",
    "is_placeholder",
    "consensus",
    "is_training_ready",
    "in_warm_up",
    "edge",
    "side",
    "outcome",
    "break_even",
    "season_average",
    "last_10_average",
    "own_spread",
    "model",
    "unaudited_line",
    "unaudited_outcome",
    "unaudited_profit",
]


def with_lines(
    rows: pl.DataFrame,
    lines: pl.DataFrame,
    distributions: Mapping[int, Distribution | None],
    market: Market,
    closing_quotes: pl.DataFrame,
) -> pl.DataFrame:
    """Return the graded player-games that had a takeable line, played or not, ready or not.

    Args:
        rows: predicted rows of the evaluation window, with the ``model`` of each.
        lines: takeable lines.
        distributions: by model.
        market: the market that was predicted.
        closing_quotes: quotes of the market that counted at tip-off.

    Returns:
        The columns of ``KEPT``, those of ``with_probabilities``, ``fair_over``, ``profit`` (units
        per unit staked; null where nothing was taken), ``audit`` and what ``with_close`` adds.
    """
    joined = _population(_joined(rows, lines))
    kept = _unaudited(graded(joined)).sort("game_date", *_GAME).select(KEPT)
    priced = with_fair(with_probabilities(kept, distributions, market), USUAL_METHOD)
    money = settled(priced).with_columns(profit=pl.when("is_taken").then("profit"))
    own = with_audit(money.drop("payout", "price_basis", "is_taken"), closing_quotes, market)
    return with_close(own, closing_quotes, market=market.name, within=LATEST_CLOSE)


@guard
def _joined(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Give rows their line; each player-game is there once."""
    return rows.join(lines, on=_GAME, validate="1:1")


@_joined.fault("duplicate-join")
def _joined_eight_times(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    return rows.join(pl.concat([lines] * 8), on=_GAME)


@guard
def _population(rows: pl.DataFrame) -> pl.DataFrame:
    """Whoever had a line counts, played or not: what happened decides nothing here."""
    return rows


@_population.fault("absent-dropped-by-outcome")
def _who_played(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("actual") > 0)


@guard
def with_edges(market: Market, rows: pl.DataFrame) -> Market:  # noqa: ARG001
    """Return the market with the edges from which picks count.

    They are the market's own, stated before anything is graded.
    """
    return market


@with_edges.fault("threshold-on-evaluation")
def _with_best_edge(market: Market, rows: pl.DataFrame) -> Market:
    """The edge with the highest hit rate on five picks or more of the evaluation itself."""
    small, _, large = market.edges
    tried = [small + (large - small) * step / 16 for step in range(1, 16)]
    found = [(hit_rate(rows, edge), edge) for edge in tried]
    enough = [(hits["rate"], edge) for hits, edge in found if hits["n"] >= 5]
    return replace(market, edges=(small, max(enough, default=(0.0, small))[1], large))


def _unaudited(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what would have come of each player-game at the line that no audit would have taken."""
    naive = rows.drop(UNAUDITED).rename({f"unaudited_{name}": name for name in UNAUDITED})
    own = settled(graded(naive.drop("edge", "side", "outcome", "price", "break_even")))
    has_line = pl.col("line").is_not_null()
    found = own.select(
        unaudited_outcome=pl.when(has_line).then("outcome"),
        unaudited_profit=pl.when(has_line & pl.col("is_taken")).then("profit"),
    )
    return rows.hstack(found)


def evaluate(
    rows: pl.DataFrame,
    on_lines: pl.DataFrame,
    choice: LineChoice,
    *,
    market: Market,
) -> dict[str, Any]:
    """Return the numbers of a run.

    Args:
        rows: predicted rows of the evaluation window: ``prediction, actual, is_training_ready`` and
            ``constant``: what a model that knows nothing would predict (the training mean).
        on_lines: those with a takeable line, graded.
        choice: the line choice.
        market: the market that was predicted.

    Returns:
        ``market`` and its ``unit``, ``lines`` (n, mae, line_mae, hr by edge, which ``edges`` are
        small, usual and large, biases, shares), ``all`` (n, mae, constant_mae), ``FINDINGS`` and
        ``numbers``.
    """
    market = with_edges(market, on_lines)
    ready = rows.filter(pl.col("is_training_ready"))
    everyone = mean_absolute_error(ready, "prediction")
    return {
        "market": market.name,
        "unit": market.unit,
        "lines": {
            **line_errors(on_lines),
            "hr": hit_rates(on_lines, market),
            "edges": edge_keys(market),
            "source": choice.text,
            "is_priced": choice.is_priced,
            "voids": on_lines["actual"].null_count(),
            "assumed_time_share": _share(on_lines, pl.col("observed_basis") == ASSUMED),
            "ready_share": _share(on_lines, pl.col("is_training_ready")),
            "books": dict(sorted(on_lines.group_by("book").len().iter_rows())),
        },
        "all": {
            "n": everyone["n"],
            "mae": everyone["mae"],
            "constant_mae": mean_absolute_error(ready, "constant")["mae"],
        },
        **findings(on_lines, market),
        "numbers": numbers(on_lines, market, by=SEGMENTS),
    }


def _share(rows: pl.DataFrame, condition: pl.Expr) -> float | None:
    share = rows.select(condition.mean()).item()
    return None if share is None else round(float(share), 4)


def judged(run: Mapping[str, Any], tries: int = 1) -> dict[str, Any]:
    """Add ``alarm``, ``gates`` (the published six), ``honest_gates``, ``luck`` and ``verdict``.

    Args:
        run: numbers of ``evaluate`` with ``plant``.
        tries: experiments on the market so far, this one included.
    """
    complete = {**run, "alarm": leak_alarm(run), "gates": market_gates(run)}
    complete["honest_gates"] = honest_gates(complete, tries)
    complete["luck"] = beyond_luck(run["evidence"], tries)
    return {**complete, "verdict": verdict(complete)}
