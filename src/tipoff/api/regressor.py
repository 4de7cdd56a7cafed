"""The learners as a regressor of scikit-learn; the only module that imports it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from tipoff.api.recipe import Learner, model_spec
from tipoff.api.splitter import game_dates as dates_of
from tipoff.errors import InputError
from tipoff.models.fitted import Fitted
from tipoff.models.learner import content_hash, fit, importances, predict
from tipoff.models.spec import Bootstrap, GrowPolicy, ModelSpec

_Floats = npt.NDArray[np.float64]
# Where no dates are given, each row is a day of its own, in the order of the rows.
_DAY_ONE = date(1, 1, 1)
_OURS = ("refit", "threads")


class PropRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A learner of tipoff behind scikit-learn's interface; the defaults are the V12 recipe.

    The same rows give the very model that ``train`` fits: the latest part of the training rows, by
    date, stops training, and nothing depends on chance. Missing values (NaN, null) are allowed.
    For the dates give ``fit`` the game dates; without them rows are taken to be in order of time.

    Args:
        learner: ``catboost``, ``ridge``, or an extra: ``lightgbm``, ``xgboost``.
        loss: as optimised: ``RMSE``, ``MAE``, ``LogCosh``, ``Huber:delta=5``,
            ``Quantile:alpha=0.5``.
        iterations: most trees.
        learning_rate: share of each tree that is kept.
        depth: of a tree, 1 to 16.
        l2_leaf_reg: penalty on leaf values.
        early_stopping_rounds: trees without gain that end training.
        rsm: share of features per split.
        grow_policy: ``SymmetricTree``, ``Depthwise`` or ``Lossguide``.
        min_data_in_leaf: least rows of a leaf.
        bootstrap_type: ``Bayesian``, ``Bernoulli``, ``MVS`` or ``No``.
        subsample: share of rows per tree.
        random_strength: noise on the scores of splits.
        monotone_constraints: column = 1 or -1: never falling, or never rising, with it.
        recency_half_life_days: days in which a row's weight halves; needs game dates.
        validation_share: the latest part of the rows that stops training, below 0.5.
        refit: once settled how far to go, fit on all rows.
        seed: of the learner.
        threads: processor threads; they change the time only.

    Attributes:
        model_: the fitted model.
        spec_: the recipe that it was fitted by.
        n_features_in_: columns seen by ``fit``.
        feature_names_in_: their names, where all are texts.
        feature_importances_: share of each column, in per cent.
    """

    def __init__(
        self,
        learner: Learner = "catboost",
        *,
        loss: str = "RMSE",
        iterations: int = 1000,
        learning_rate: float = 0.05,
        depth: int = 6,
        l2_leaf_reg: float = 3.0,
        early_stopping_rounds: int = 50,
        rsm: float | None = None,
        grow_policy: GrowPolicy | None = None,
        min_data_in_leaf: int | None = None,
        bootstrap_type: Bootstrap | None = None,
        subsample: float | None = None,
        random_strength: float | None = None,
        monotone_constraints: Mapping[str, int] | Sequence[tuple[str, int]] = (),
        recency_half_life_days: float | None = None,
        validation_share: float = 0.15,
        refit: bool = False,
        seed: int = 42,
        threads: int = 2,
    ) -> None:
        self.learner = learner
        self.loss = loss
        self.iterations = iterations
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2_leaf_reg = l2_leaf_reg
        self.early_stopping_rounds = early_stopping_rounds
        self.rsm = rsm
        self.grow_policy = grow_policy
        self.min_data_in_leaf = min_data_in_leaf
        self.bootstrap_type = bootstrap_type
        self.subsample = subsample
        self.random_strength = random_strength
        self.monotone_constraints = monotone_constraints
        self.recency_half_life_days = recency_half_life_days
        self.validation_share = validation_share
        self.refit = refit
        self.seed = seed
        self.threads = threads

    def fit(self, X: Any, y: Any, game_dates: Any = None) -> Self:  # noqa: N803
        """Fit on rows.

        Args:
            X: rows × columns of numbers, of any library that scikit-learn takes; NaN and null are
                missing values.
            y: one finite number per row.
            game_dates: one date per row; rows of a date are told apart by their order. Give it to
                searches as ``params={"game_dates": …}`` or to their own ``fit``.

        Raises:
            InputError: the parameters make no recipe, or the dates do not fit the rows.
            ValueError: X or y is not of this form (scikit-learn's own checks).
        """
        inside, wanted = validate_data(
            self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=True,
            ensure_min_samples=2,
        )  # fmt: skip
        features = self._names()
        spec = self._spec()
        rows = _rows(inside, features).with_columns(
            actual=pl.Series(np.asarray(wanted, dtype=np.float64)),
            **_key(len(inside), game_dates),
        )
        if game_dates is None and self.recency_half_life_days is not None:
            raise InputError("Expected game_dates= for recency_half_life_days, got none.")
        first = fit(spec, rows, features, threads=self.threads)
        if self.refit:
            first = fit(spec, rows, features, threads=self.threads, settled=first)
        self.spec_: ModelSpec = spec
        self.model_: Fitted = first
        return self

    def predict(self, X: Any) -> _Floats:  # noqa: N803
        """Return the prediction for every row, in the unit of ``y``.

        Args:
            X: rows of the columns that ``fit`` saw.
        """
        check_is_fitted(self)
        inside = validate_data(
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False
        )
        found: _Floats = predict(self.model_, _rows(inside, self._names())).to_numpy()
        return found

    @property
    def feature_importances_(self) -> _Floats:
        """Share of each column in what the model says, in per cent, in the columns' order."""
        check_is_fitted(self)
        shares = importances(self.model_)
        return np.array([shares[name] for name in self._names()])

    def content_hash(self) -> str:
        """Return the SHA-256 of what the model is: the same rows and recipe give the same."""
        check_is_fitted(self)
        return content_hash(self.model_)

    def _names(self) -> tuple[str, ...]:
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            return tuple(f"x{place}" for place in range(self.n_features_in_))
        return tuple(map(str, names))

    def _spec(self) -> ModelSpec:
        own = {n: v for n, v in self.get_params(deep=False).items() if n not in _OURS}
        return model_spec("estimator", "points", own)

    def __sklearn_tags__(self) -> Any:
        """Say that missing values are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _rows(inside: _Floats, features: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(inside, schema=dict.fromkeys(features, pl.Float64))


def _key(n: int, game_dates: Any) -> dict[str, pl.Series]:
    """Return a key that puts rows in order of their dates, and within a date in their own."""
    places = pl.Series(range(n), dtype=pl.Int64)
    if game_dates is None:
        days = pl.Series([_DAY_ONE + timedelta(days=place) for place in range(n)])
    else:
        days = dates_of(game_dates)
        if len(days) != n:
            raise InputError(f"Expected one game date per row, got {len(days):,} for {n:,} rows.")
    return {"game_date": days, "game_id": places, "player_id": places}
