"""XGBoost: fit and predict."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import xgboost

from tipoff.errors import InputError, TipoffError
from tipoff.models.fitted import Fitted, Grown
from tipoff.models.matrix import matrix
from tipoff.models.parts import parameter_of_loss, parts, refuse_unknown, weights
from tipoff.models.spec import ModelSpec

SUFFIX = ".xgboost.json"
_TAKES = ("rsm", "grow_policy", "min_data_in_leaf", "subsample", "monotone_constraints")
# Its Huber is another function (pseudo-Huber), so it is none of these.
_LOSSES = {
    "RMSE": "reg:squarederror",
    "MAE": "reg:absoluteerror",
    "Quantile": "reg:quantileerror",
}
_POLICIES = {None: "depthwise", "Depthwise": "depthwise", "Lossguide": "lossguide"}


class _Watch(xgboost.callback.TrainingCallback):
    """Tells how many trees there are."""

    def __init__(self, grown: Grown, most: int) -> None:
        self._grown = grown
        self._most = most

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
        """Called by the library after each tree; never stops the training."""
        self._grown(epoch, self._most)
        return False


def library() -> str:
    """Return the learner's name and version."""
    return f"xgboost {xgboost.__version__}"


def fit(
    spec: ModelSpec,
    rows: pl.DataFrame,
    features: tuple[str, ...],
    *,
    threads: int = 2,
    grown: Grown = lambda *_: None,
    settled: Fitted | None = None,
) -> Fitted:
    """Fit a model on training rows (see ``learner.fit``)."""
    refuse_unknown(spec, _TAKES, tuple(_LOSSES))
    own = parts(spec, rows, settled)
    most = spec.iterations if settled is None else max(settled.trees, 1)
    late: dict[str, Any] = {}
    if own.late is not None:
        late = {
            "evals": [(_set(own.late, features, spec), "late")],
            "early_stopping_rounds": spec.early_stopping_rounds,
        }
    try:
        model = xgboost.train(
            _parameters(spec, features, threads),
            _set(own.early, features, spec),
            num_boost_round=most,
            verbose_eval=False,
            callbacks=[_Watch(grown, most)],
            **late,
        )
    except xgboost.core.XGBoostError as error:
        raise TipoffError(f"Expected XGBoost to fit {spec.name}; it refused: {error}.") from error
    trees = most if own.late is None else int(model.best_iteration) + 1
    # Trees that early stopping drops are no part of the model.
    rows_of = (own.early.height, own.late_rows, own.start)
    return Fitted("xgboost", model[:trees], features, trees, *rows_of, library())


def _parameters(spec: ModelSpec, features: tuple[str, ...], threads: int) -> dict[str, Any]:
    if spec.grow_policy not in _POLICIES:
        raise InputError(
            f"Expected grow_policy Depthwise or Lossguide of XGBoost, got {spec.grow_policy}. "
            "Leave it out or choose another learner."
        )
    kind = spec.loss.partition(":")[0]
    signs = dict(spec.monotone_constraints)
    return {
        "objective": _LOSSES[kind],
        **({"quantile_alpha": parameter_of_loss(spec.loss)} if kind == "Quantile" else {}),
        "eta": spec.learning_rate,
        "max_depth": spec.depth,
        "grow_policy": _POLICIES[spec.grow_policy],
        "lambda": spec.l2_leaf_reg,
        "alpha": 0.1,
        "min_child_weight": 5 if spec.min_data_in_leaf is None else spec.min_data_in_leaf,
        "subsample": 0.8 if spec.subsample is None else spec.subsample,
        "colsample_bytree": 0.8 if spec.rsm is None else 1.0,
        "colsample_bynode": 1.0 if spec.rsm is None else spec.rsm,
        **({"monotone_constraints": tuple(signs.get(f, 0) for f in features)} if signs else {}),
        "tree_method": "hist",
        "seed": spec.seed,
        "nthread": threads,
        "verbosity": 0,
    }


def _set(rows: pl.DataFrame, features: tuple[str, ...], spec: ModelSpec) -> xgboost.DMatrix:
    return xgboost.DMatrix(
        matrix(rows, features),
        label=rows["actual"].to_numpy(),
        weight=weights(rows, spec),
        feature_names=list(features),
    )


def predict(fitted: Fitted, rows: pl.DataFrame) -> pl.Series:
    """Return the prediction for every row, in the rows' order."""
    inside = xgboost.DMatrix(matrix(rows, fitted.features), feature_names=list(fitted.features))
    return pl.Series("prediction", fitted.model.predict(inside)).cast(pl.Float64)


def importances(fitted: Fitted) -> dict[str, float]:
    """Return the share of each feature in the gain of all splits, in per cent, largest first."""
    gains = fitted.model.get_score(importance_type="total_gain")
    total = max(sum(gains.values()), 1e-12)
    shares = {name: 100 * gains.get(name, 0.0) / total for name in fitted.features}
    return {
        name: round(float(share), 2)
        for name, share in sorted(shares.items(), key=lambda p: (-p[1], p[0]))
    }


def content_hash(fitted: Fitted) -> str:
    """Return the SHA-256 of the trees and features."""
    exported = json.loads(fitted.model.save_raw("json").decode())
    learner = exported["learner"]
    content = {
        "trees": learner["gradient_booster"],
        "start": learner["learner_model_param"]["base_score"],
        "objective": learner["objective"],
        "features": fitted.features,
    }
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write(fitted: Fitted, path: Path) -> None:
    """Write the model's file."""
    fitted.model.save_model(str(path))


def read(path: Path) -> xgboost.Booster:
    """Return the trees from a file."""
    return xgboost.Booster(model_file=str(path))
