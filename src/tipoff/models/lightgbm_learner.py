"""LightGBM: fit and predict."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import lightgbm
import polars as pl

from tipoff.errors import InputError, TipoffError
from tipoff.models.fitted import Fitted, Grown
from tipoff.models.matrix import matrix
from tipoff.models.parts import parameter_of_loss, parts, refuse_unknown, weights
from tipoff.models.spec import ModelSpec

SUFFIX = ".lightgbm.txt"
_TAKES = ("rsm", "grow_policy", "min_data_in_leaf", "subsample", "monotone_constraints")
_LOSSES = {
    "RMSE": ("regression", None),
    "MAE": ("regression_l1", None),
    "Huber": ("huber", "alpha"),
    "Quantile": ("quantile", "alpha"),
}


def library() -> str:
    """Return the learner's name and version."""
    return f"lightgbm {lightgbm.__version__}"


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
    _refuse_policies(spec)
    own = parts(spec, rows, settled)
    inside = _set(own.early, features, spec)
    most = spec.iterations if settled is None else max(settled.trees, 1)
    stop: list[Any] = []
    if own.late is not None:
        stop = [lightgbm.early_stopping(spec.early_stopping_rounds, verbose=False)]
    try:
        model = lightgbm.train(
            _parameters(spec, features, threads),
            inside,
            num_boost_round=most,
            valid_sets=[] if own.late is None else [_set(own.late, features, spec, inside)],
            callbacks=[*stop, lambda step: grown(step.iteration, most)],
        )
    except lightgbm.basic.LightGBMError as error:
        raise TipoffError(f"Expected LightGBM to fit {spec.name}; it refused: {error}.") from error
    trees = int(model.best_iteration or model.current_iteration())
    rows_of = (own.early.height, own.late_rows, own.start)
    return Fitted("lightgbm", model, features, trees, *rows_of, library())


def _refuse_policies(spec: ModelSpec) -> None:
    if spec.grow_policy not in (None, "Lossguide"):
        raise InputError(
            "Expected grow_policy Lossguide, the only one that LightGBM has, got "
            f"{spec.grow_policy}. Leave it out or choose another learner."
        )


def _parameters(spec: ModelSpec, features: tuple[str, ...], threads: int) -> dict[str, Any]:
    kind = spec.loss.partition(":")[0]
    objective, name = _LOSSES[kind]
    signs = dict(spec.monotone_constraints)
    return {
        "objective": objective,
        **({name: parameter_of_loss(spec.loss)} if name else {}),
        "learning_rate": spec.learning_rate,
        "max_depth": spec.depth,
        "num_leaves": 2**spec.depth - 1,
        "lambda_l2": spec.l2_leaf_reg,
        "feature_fraction": 0.8 if spec.rsm is None else spec.rsm,
        "bagging_fraction": 0.8 if spec.subsample is None else spec.subsample,
        "bagging_freq": 5,
        **({"min_data_in_leaf": spec.min_data_in_leaf} if spec.min_data_in_leaf else {}),
        **({"monotone_constraints": [signs.get(f, 0) for f in features]} if signs else {}),
        "seed": spec.seed,
        "num_threads": threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def _set(
    rows: pl.DataFrame,
    features: tuple[str, ...],
    spec: ModelSpec,
    reference: lightgbm.Dataset | None = None,
) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        matrix(rows, features),
        label=rows["actual"].to_numpy(),
        weight=weights(rows, spec),
        feature_name=list(features),
        reference=reference,
        free_raw_data=False,
    )


def predict(fitted: Fitted, rows: pl.DataFrame) -> pl.Series:
    """Return the prediction for every row, in the rows' order."""
    values = fitted.model.predict(matrix(rows, fitted.features), num_iteration=fitted.trees)
    return pl.Series("prediction", values, dtype=pl.Float64)


def importances(fitted: Fitted) -> dict[str, float]:
    """Return the share of each feature in the gain of all splits, in per cent, largest first."""
    gains = fitted.model.feature_importance("gain", iteration=fitted.trees)
    shares = 100 * gains / max(gains.sum(), 1e-12)
    pairs = sorted(zip(fitted.features, shares, strict=True), key=lambda p: (-p[1], p[0]))
    return {name: round(float(share), 2) for name, share in pairs}


def content_hash(fitted: Fitted) -> str:
    """Return the SHA-256 of the trees and features; how many threads there were is no part."""
    return sha256(_text(fitted).partition("\nparameters:")[0].encode()).hexdigest()


def _text(fitted: Fitted) -> str:
    text: str = fitted.model.model_to_string(num_iteration=fitted.trees)
    return text


def write(fitted: Fitted, path: Path) -> None:
    """Write the model's file."""
    path.write_text(_text(fitted), encoding="utf-8")


def read(path: Path) -> lightgbm.Booster:
    """Return the trees from a file."""
    return lightgbm.Booster(model_file=str(path))
