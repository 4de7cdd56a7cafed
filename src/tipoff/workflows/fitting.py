"""Fit a model and calibrate what it says about lines, on training rows only."""

import time
from dataclasses import dataclass

import numpy as np
import polars as pl

from tipoff.models.distribution import LEAST_ROWS, Distribution, calibrated
from tipoff.models.fitted import Fitted, Grown
from tipoff.models.learner import fit, predict
from tipoff.models.matrix import in_order, last_part_by_date
from tipoff.models.spec import ModelSpec


@dataclass(frozen=True)
class Forecaster:
    """A fitted model with its distribution.

    Attributes:
        fitted: the model.
        distribution: calibrated on the part of the training rows that stopped training; None where
            that part is too small.
        seconds: of fitting and calibrating.
        mean: of the training rows: what a model that knows nothing would predict.
        train_rows: how many there were.
    """

    fitted: Fitted
    distribution: Distribution | None
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

    Args:
        spec: the recipe.
        training: rows with ``actual``, ``own_spread`` and the features.
        features: what to learn from.
        threads: processor threads; they change the time only.
        grown: called from time to time with trees grown and most trees.
    """
    began = time.perf_counter()
    fitted = fit(spec, training, features, threads=threads, grown=grown)
    ordered = in_order(training)
    cut = last_part_by_date(ordered, spec.validation_share)
    late = ordered.filter(pl.col("game_date") >= cut)
    distribution = None
    if late.height >= LEAST_ROWS:
        predicted = predict(fitted, late).to_numpy()
        actual = late["actual"].to_numpy()
        own = late["own_spread"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        distribution = calibrated(spec.distribution, predicted, actual, own)
    mean = float(training["actual"].mean())  # type: ignore[arg-type]
    return Forecaster(fitted, distribution, mean, training.height, time.perf_counter() - began)


def forecast(own: Forecaster, rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``prediction`` to rows, in their order."""
    return rows.with_columns(predict(own.fitted, rows))
