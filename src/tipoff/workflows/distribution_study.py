"""Which shape around predictions is best: every shape on the same models and lines."""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from tipoff.backtest.evaluation import with_lines
from tipoff.backtest.lines import line_choice
from tipoff.backtest.numbers import numbers
from tipoff.backtest.takeable import takeable
from tipoff.domain.market import market_named
from tipoff.models.distribution import SHAPES
from tipoff.models.spec import ModelSpec, kept_features
from tipoff.store.lake import Lake
from tipoff.workflows.dataset import Dataset, dataset, with_prior
from tipoff.workflows.fitting import calibrated_on, forecast, forecaster
from tipoff.workflows.table_config import Row
from tipoff.workflows.train import seasons_of
from tipoff.workflows.training import training_rows

MEASURES = (
    "crps",
    "log_loss",
    "log_loss_difference",
    "brier",
    "coverage_80",
    "expected_coverage_80",
)
Step = Callable[[str, int, int], None]


def distribution_study(
    lake: Lake,
    spec: ModelSpec,
    rows: Sequence[Row],
    *,
    threads: int = 2,
    step: Step = lambda *_: None,
) -> list[dict[str, Any]]:
    """Grade every shape on the windows of a table.

    One model is fitted per window; the shapes differ in nothing but how they stand around its
    predictions, and are calibrated on the same rows of the training window.

    Args:
        lake: a lake with feature rows of the windows.
        spec: the recipe; its shape is not looked at.
        rows: windows and lines.
        threads: processor threads; they change the time only.
        step: called with what is being done and how far it is.

    Returns:
        One entry per window and shape: ``title``, ``shape`` and the ``MEASURES``, each ``value, n,
        low, high``.
    """
    found = []
    for number, row in enumerate(rows):
        step(row.title, number, len(rows))
        data = dataset(
            lake,
            seasons_of(row.windows()),
            market=spec.market,
            feature_set_name=spec.feature_set,
            with_market=not spec.no_vegas,
        )
        found += _of_window(data, spec, row, threads)
    return found


def _of_window(data: Dataset, spec: ModelSpec, row: Row, threads: int) -> list[dict[str, Any]]:
    choice = line_choice(row.line_source)
    data = with_prior(data, spec, choice)
    lines = takeable(data.quotes, choice, market_named(spec.market))
    features = kept_features(spec, data.features)
    window = (row.train_start, row.train_end)
    training = training_rows(data, spec, window, row.eval_start, lines)
    own = forecaster(spec, training, features, threads=threads)
    inside = pl.col("game_date").is_between(row.eval_start, row.eval_end)
    tested = forecast(own, data.rows.filter(inside)).with_columns(model=pl.lit(0))
    market = market_named(spec.market)
    found = []
    for shape in SHAPES:
        distribution = calibrated_on(shape, own.held_out)
        graded = with_lines(tested, lines, {0: distribution}, market, data.closing_quotes)
        own_numbers = numbers(graded, market, wanted=MEASURES)
        found.append(
            {
                "title": row.title,
                "shape": shape,
                **{name: own_numbers.get(f"all/{name}") for name in MEASURES},
            }
        )
    return found
