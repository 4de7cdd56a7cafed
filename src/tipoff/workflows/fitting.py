"""Fit a model and calibrate what it says about lines, on training rows only."""

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from tipoff.domain.guard import guard
from tipoff.models.adjustment import settled
from tipoff.models.distribution import LEAST_ROWS, Distribution, calibrated
from tipoff.models.fitted import Fitted, Grown
from tipoff.models.learner import fit, importances, predict
from tipoff.models.matrix import in_order, last_part_by_date
from tipoff.models.model_facts import model_facts
from tipoff.models.spec import ModelSpec, Shape


@dataclass(frozen=True)
class Forecaster:
    """A fitted model with its distribution.

    Attributes:
        fitted: the model.
        distribution: calibrated on ``held_out``; None where that is too little.
        held_out: the part of the training rows that stopped training: ``game_date, actual,
            own_spread`` and the ``prediction`` of a model that was not grown on them.
        seconds: of fitting and calibrating.
        mean: of the training rows: what a model that knows nothing would predict.
        train_rows: how many there were.
    """

    fitted: Fitted
    distribution: Distribution | None
    held_out: pl.DataFrame
    mean: float
    train_rows: int
    seconds: float


def forecaster(
    spec: ModelSpec,
    training: pl.DataFrame,
    features: tuple[str, ...],
    *,
    threads: int,
    grown: Grown = lambda *_: None,
) -> Forecaster:
    """Fit a model and calibrate its distribution.

    Where the recipe says so it is fitted again on all training rows, as far as the first fit went;
    what is made of its predictions, and how far they go wrong, is settled by the first fit alone.

    Args:
        spec: the recipe.
        training: rows with ``actual``, ``own_spread``, the features and, for the market's prior,
            ``market_mean``.
        features: what to learn from.
        threads: processor threads; they change the time only.
        grown: called from time to time with trees grown and most trees.
    """
    began = time.perf_counter()
    first = fit(spec, training, features, threads=threads, grown=grown)
    ordered = in_order(training)
    cut = last_part_by_date(ordered, spec.validation_share)
    late = ordered.filter(pl.col("game_date") >= cut)
    judge = _not_grown_on(spec, first, training, features, threads)
    first = replace(first, adjustment=settled(spec, predict(judge, late), late))
    judge = replace(judge, adjustment=first.adjustment)
    held_out = late.select("game_date", "actual", "own_spread").with_columns(predict(judge, late))
    enough = late.height >= LEAST_ROWS
    distribution = calibrated_on(spec.distribution, held_out) if enough else None
    fitted = first
    if spec.refit:
        again = fit(spec, training, features, threads=threads, grown=grown, settled=first)
        fitted = replace(again, adjustment=first.adjustment)
    mean = float(training["actual"].mean())  # type: ignore[arg-type]
    seconds = time.perf_counter() - began
    return Forecaster(fitted, distribution, held_out, mean, training.height, seconds)


@guard
def _not_grown_on(
    spec: ModelSpec,  # noqa: ARG001 -- the fault fits again
    first: Fitted,
    training: pl.DataFrame,  # noqa: ARG001
    features: tuple[str, ...],  # noqa: ARG001
    threads: int,  # noqa: ARG001
) -> Fitted:
    """The model whose predictions a second stage may learn from: not grown on those rows."""
    return first


@_not_grown_on.fault("in-sample-stacking")
def _grown_on_all(
    spec: ModelSpec,
    first: Fitted,
    training: pl.DataFrame,
    features: tuple[str, ...],
    threads: int,
) -> Fitted:
    return fit(spec, training, features, threads=threads, settled=first)


def calibrated_on(shape: Shape, held_out: pl.DataFrame) -> Distribution:
    """Calibrate a shape on rows that a forecaster was not grown on: ``Forecaster.held_out``.

    The half with the larger predictions counts, where that is enough: lines are posted on regulars,
    and those at the end of the bench go wrong in ways of their own.
    """
    upper = held_out.filter(pl.col("prediction") >= pl.col("prediction").median())
    held_out = upper if upper.height >= LEAST_ROWS else held_out
    predicted, actual = held_out["prediction"].to_numpy(), held_out["actual"].to_numpy()
    own = held_out["own_spread"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return calibrated(shape, predicted, actual, own)


def forecast(own: Forecaster, rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``prediction`` to rows, in their order."""
    return rows.with_columns(predict(own.fitted, rows))


def told(own: Forecaster, spec: ModelSpec, training: pl.DataFrame) -> dict[str, Any]:
    """Return what a fitted model gives away of what it learnt from (see ``model_facts``)."""
    return model_facts(own.fitted, spec, training, own.held_out, importances(own.fitted))
