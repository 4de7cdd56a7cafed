"""What a model is, as data: everything that training depends on but the rows."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tipoff.errors import InputError, nearest

Stated = TypeVar("Stated", bound=BaseModel)
_LOSSES = ("RMSE", "MAE", "LogCosh")
_WITH_NUMBER = re.compile(r"^(Huber:delta|Quantile:alpha)=(\d+(?:\.\d+)?)$")

GrowPolicy = Literal["SymmetricTree", "Depthwise", "Lossguide"]
Shape = Literal["conformal", "normal", "negative_binomial"]
Prior = Literal["none", "market"]
Point = Literal["mean", "median"]
Bootstrap = Literal["Bayesian", "Bernoulli", "MVS", "No"]


class ModelSpec(BaseModel):
    """One model's recipe; the defaults are those of the predecessor's V12 recipe.

    Attributes:
        loss: the loss as it is really optimised.
        distribution: the shape around the prediction that says how likely each side of a line is.
        refit: once the latest part has settled how far to go, fit again on all training rows.
        prior: ``market`` draws the prediction towards what the posted line and its prices
            say, as far as the latest part of the training rows says.
        point: what is printed as the prediction: the mean, or the median of what is expected.
        rsm: share of features looked at per split.
        iterations: most trees; early stopping usually keeps fewer.
        validation_share: the latest part of the training window, by date, that stops training.
        recency_half_life_days: weight of a row halves with every so many days before the end of
            the training window; no weights where None.
        monotone_constraints: (feature, 1 or -1): the prediction never falls, or never rises,
            with it.
        min_ppg, max_ppg: train only on rows with a season average of the market between these.
        lines_only_train: train only on rows with a takeable line.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    market: str = "points"
    feature_set: str = "v12"
    no_vegas: bool = False
    learner: Literal["catboost", "lightgbm", "xgboost", "ridge", "blend"] = "catboost"
    loss: str = "RMSE"
    distribution: Shape = "conformal"
    refit: bool = False
    prior: Prior = "none"
    point: Point = "mean"
    rsm: float | None = Field(default=None, gt=0, le=1)
    grow_policy: GrowPolicy | None = None
    iterations: int = Field(default=1000, ge=1)
    learning_rate: float = Field(default=0.05, gt=0)
    depth: int = Field(default=6, ge=1, le=16)
    l2_leaf_reg: float = Field(default=3.0, ge=0)
    early_stopping_rounds: int = Field(default=50, ge=1)
    min_data_in_leaf: int | None = Field(default=None, ge=1)
    bootstrap_type: Bootstrap | None = None
    subsample: float | None = Field(default=None, gt=0, le=1)
    random_strength: float | None = Field(default=None, ge=0)
    seed: int = 42
    validation_share: float = Field(default=0.15, gt=0, lt=0.5)
    recency_half_life_days: float | None = Field(default=None, gt=0)
    exclude_features: tuple[str, ...] = ()
    monotone_constraints: tuple[tuple[str, Literal[-1, 1]], ...] = ()
    min_ppg: float | None = None
    max_ppg: float | None = None
    lines_only_train: bool = False

    @field_validator("loss")
    @classmethod
    def _known_loss(cls, loss: str) -> str:
        if loss in _LOSSES or _WITH_NUMBER.match(loss):
            return loss
        known = [*_LOSSES, "Huber:delta=5", "Quantile:alpha=0.5"]
        raise ValueError(f"expected a loss out of {', '.join(known)}; got {loss!r}")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.learner != "catboost":
            return self
        symmetric = self.grow_policy in (None, "SymmetricTree")
        if self.monotone_constraints and not symmetric:
            raise ValueError("monotone_constraints need grow_policy SymmetricTree")
        if self.min_data_in_leaf is not None and symmetric:
            raise ValueError("min_data_in_leaf needs grow_policy Depthwise or Lossguide")
        if self.subsample is not None and self.bootstrap_type not in ("Bernoulli", "MVS"):
            raise ValueError("subsample needs bootstrap_type Bernoulli or MVS")
        return self


def kept_features(spec: ModelSpec, features: Sequence[str]) -> tuple[str, ...]:
    """Return the features of a set that a recipe learns from.

    Raises:
        InputError: the recipe names a feature that the set does not have, or leaves none.
    """
    named = {*spec.exclude_features, *(name for name, _ in spec.monotone_constraints)}
    unknown = sorted(named - set(features))
    if unknown:
        raise InputError(
            f"Expected features of {spec.feature_set}, got {', '.join(unknown)}. "
            f"'tipoff features list' shows them.{nearest(features, unknown[0])}"
        )
    kept = tuple(name for name in features if name not in spec.exclude_features)
    if not kept:
        raise InputError(f"Expected at least one feature to learn from; all {len(features)} go.")
    return kept


class Windows(BaseModel):
    """The dates a model is trained and evaluated on, all included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train_start: date
    train_end: date
    eval_start: date
    eval_end: date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.train_end < self.train_start or self.eval_end < self.eval_start:
            raise ValueError("expected each window to end on or after the day it starts")
        if self.train_end >= self.eval_start:
            raise ValueError(
                f"expected training to end before evaluation starts; it ends {self.train_end} "
                f"and evaluation starts {self.eval_start}: the windows overlap"
            )
        return self


def stated(kind: type[Stated], **values: Any) -> Stated:
    """Return what a caller stated as a model of its kind.

    Raises:
        InputError: it makes none; one sentence per fault.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        raise sentence_of(error) from None


def sentence_of(error: ValidationError) -> InputError:
    """Return what pydantic found wrong as an InputError of one sentence per fault."""
    faults = []
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"])
        text = str(fault["msg"]).removeprefix("Value error, ")
        faults.append(f"{place}: {text}" if place else re.sub("^expected", "Expected", text))
    return InputError("; ".join(faults) + ".")
