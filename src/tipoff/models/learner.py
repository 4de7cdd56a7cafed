"""One interface to every learner; each is imported only where it is used."""

import importlib
import json
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Protocol, cast

import polars as pl

from tipoff.errors import InputError, not_among
from tipoff.models.adjustment import adjusted
from tipoff.models.fitted import Fitted, Grown
from tipoff.models.spec import ModelSpec

LEARNERS = ("catboost", "lightgbm", "xgboost", "ridge", "blend")
_EXTRAS = {"lightgbm": "lightgbm", "xgboost": "xgboost"}


class Learner(Protocol):
    """What a learner's module has.

    Attributes:
        SUFFIX: how the file of a saved model ends.
    """

    SUFFIX: str

    def library(self) -> str:
        """Return the learner's name and version."""

    def fit(
        self,
        spec: ModelSpec,
        rows: pl.DataFrame,
        features: tuple[str, ...],
        *,
        threads: int = 2,
        grown: Grown = ...,
        settled: Fitted | None = None,
    ) -> Fitted:
        """Fit a model on training rows; see ``fit``."""

    def predict(self, fitted: Fitted, rows: pl.DataFrame) -> pl.Series:
        """Return the prediction for every row, in the rows' order."""

    def importances(self, fitted: Fitted) -> dict[str, float]:
        """Return the share of each feature, in per cent, largest first."""

    def content_hash(self, fitted: Fitted) -> str:
        """Return the SHA-256 of what the model is, the same for the same model."""

    def write(self, fitted: Fitted, path: Path) -> None:
        """Write the model's file."""

    def read(self, path: Path) -> object:
        """Return the learner's object from its file."""


def module_name(name: str) -> str:
    """Return the name of a learner's module, which nothing imports before it is asked for."""
    return f"tipoff.models.{name}_learner"


@cache
def learner_named(name: str) -> Learner:
    """Return a learner's module.

    Raises:
        InputError: it is unknown, or its library is not installed.
    """
    if name not in LEARNERS:
        raise not_among("a learner", LEARNERS, name)
    try:
        module = importlib.import_module(module_name(name))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("tipoff"):
            raise
        extra = _EXTRAS.get(name, name)
        raise InputError(
            f"Expected {name} to be installed; it is not. Install it with 'pip install "
            f"tipoff[{extra}]'."
        ) from error
    return cast(Learner, module)


def fit(
    spec: ModelSpec,
    rows: pl.DataFrame,
    features: tuple[str, ...],
    *,
    threads: int = 2,
    grown: Grown = lambda *_: None,
    settled: Fitted | None = None,
) -> Fitted:
    """Fit a model on training rows.

    What stops training or chooses strength is the latest part of the rows by date. Results do not
    depend on the order of rows.

    Args:
        spec: the recipe.
        rows: ``game_date, game_id, player_id, actual`` (not null) and the features.
        features: names of the columns to learn from.
        threads: processor threads; they change the time only.
        grown: called from time to time with trees grown and most trees.
        settled: a model of the same recipe whose number of trees, or strength, is taken: nothing
            stops training, and all rows are grown on.

    Raises:
        InputError: the learner does not have what the recipe asks for, or is not installed.
        TipoffError: the library refuses the recipe on these rows.
    """
    learner = learner_named(spec.learner)
    return learner.fit(spec, rows, features, threads=threads, grown=grown, settled=settled)


def predict(fitted: Fitted, rows: pl.DataFrame) -> pl.Series:
    """Return the prediction for every row, in the rows' order, adjusted where it is."""
    own = learner_named(fitted.learner).predict(fitted, rows)
    return own if fitted.adjustment is None else adjusted(own, rows, fitted.adjustment)


def importances(fitted: Fitted) -> dict[str, float]:
    """Return the share of each feature in what the model says, in per cent, largest first."""
    return learner_named(fitted.learner).importances(fitted)


def content_hash(fitted: Fitted) -> str:
    """Return the SHA-256 of what the model is: trees or coefficients, features, adjustment."""
    own = learner_named(fitted.learner).content_hash(fitted)
    if fitted.adjustment is None:
        return own
    return sha256(f"{own}{json.dumps(asdict(fitted.adjustment))}".encode()).hexdigest()


def library(name: str) -> str:
    """Return the name and version of a learner's library."""
    return learner_named(name).library()
