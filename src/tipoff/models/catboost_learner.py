"""CatBoost: fit and predict. Importing it takes seconds: only what fits or reads models does."""

import json
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import catboost
import numpy as np
import polars as pl

from tipoff.errors import TipoffError
from tipoff.models.fitted import Fitted, Grown
from tipoff.models.matrix import matrix
from tipoff.models.parts import parts, refuse_unknown, weights
from tipoff.models.spec import ModelSpec

# The library starts these losses at zero rather than at an average.
_FROM_ZERO = ("Huber", "LogCosh")
SUFFIX = ".cbm"
_LOSSES = ("RMSE", "MAE", "LogCosh", "Huber", "Quantile")
_OPTIONAL = (
    "rsm",
    "grow_policy",
    "min_data_in_leaf",
    "bootstrap_type",
    "subsample",
    "random_strength",
)


class _Watch:
    """Tells how many trees there are, a hundred times at most.

    An interrupt inside is kept for the caller: the library would turn it into a refusal.
    """

    def __init__(self, grown: Grown, most: int) -> None:
        self._grown = grown
        self._most = most
        self._every = max(most // 100, 1)
        self.interrupt: KeyboardInterrupt | None = None

    def after_iteration(self, info: Any) -> bool:
        """Called by the library after each tree."""
        if info.iteration % self._every == 0:
            try:
                self._grown(info.iteration, self._most)
            except KeyboardInterrupt as interrupt:
                self.interrupt = interrupt
        return self.interrupt is None


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
    refuse_unknown(spec, (*_OPTIONAL, "monotone_constraints"), _LOSSES)
    own = parts(spec, rows, settled)
    start = _start(spec, own.early)
    trees = spec.iterations if settled is None else max(settled.trees, 1)
    model = catboost.CatBoostRegressor(**{**_parameters(spec, threads), "iterations": trees})
    watch = _Watch(grown, trees)
    late: dict[str, Any] = {}
    if own.late is not None:
        late = {
            "eval_set": _pool(own.late, features, spec, start),
            "early_stopping_rounds": spec.early_stopping_rounds,
            "use_best_model": True,
        }
    try:
        model.fit(_pool(own.early, features, spec, start), callbacks=[watch], **late)
    except catboost.CatBoostError as error:
        raise TipoffError(f"Expected CatBoost to fit {spec.name}; it refused: {error}.") from error
    if watch.interrupt is not None:
        raise watch.interrupt
    if start is not None:
        # The start becomes part of the model, so that it predicts without it being given again.
        model.set_scale_and_bias(1.0, start)
    return Fitted(
        "catboost",
        model,
        features,
        int(model.tree_count_),
        own.early.height,
        own.late_rows,
        own.start,
        library(),
    )


def _parameters(spec: ModelSpec, threads: int) -> dict[str, Any]:
    optional = {name: getattr(spec, name) for name in _OPTIONAL}
    return {
        "loss_function": spec.loss,
        "iterations": spec.iterations,
        "learning_rate": spec.learning_rate,
        "depth": spec.depth,
        "l2_leaf_reg": spec.l2_leaf_reg,
        "random_seed": spec.seed,
        "thread_count": threads,
        "allow_writing_files": False,
        "logging_level": "Silent",
        "monotone_constraints": dict(spec.monotone_constraints) or None,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _start(spec: ModelSpec, rows: pl.DataFrame) -> float | None:
    """Return where boosting starts: the median, for losses that the library starts at zero.

    From zero, Huber's Newton steps stall far below the scorers that lines are posted on.
    """
    if not spec.loss.startswith(_FROM_ZERO):
        return None
    return float(rows["actual"].median())  # type: ignore[arg-type]


def _pool(
    rows: pl.DataFrame, features: tuple[str, ...], spec: ModelSpec, start: float | None
) -> catboost.Pool:
    return catboost.Pool(
        matrix(rows, features),
        label=rows["actual"].to_numpy(),
        feature_names=list(features),
        weight=weights(rows, spec),
        baseline=None if start is None else np.full(rows.height, start),
    )


def predict(fitted: Fitted, rows: pl.DataFrame) -> pl.Series:
    """Return the prediction for every row, in the rows' order."""
    values = fitted.model.predict(matrix(rows, fitted.features))
    return pl.Series("prediction", values, dtype=pl.Float64)


def importances(fitted: Fitted) -> dict[str, float]:
    """Return the share of each feature in the model's splits, in per cent, largest first."""
    values = fitted.model.get_feature_importance()
    pairs = sorted(zip(fitted.features, values, strict=True), key=lambda pair: (-pair[1], pair[0]))
    return {name: round(float(value), 2) for name, value in pairs}


def library() -> str:
    """Return the name and version of the learner."""
    return f"catboost {catboost.__version__}"


def content_hash(fitted: Fitted) -> str:
    """Return the SHA-256 of what the model is: its trees, borders and features.

    A raw model file also holds the time at which it was made, so its own hash is another every
    time.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        fitted.model.save_model(str(path), format="json")
        exported = json.loads(path.read_text(encoding="utf-8"))
    exported.pop("model_info", None)
    content = {"trees": exported, "features": fitted.features}
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write(fitted: Fitted, path: Path) -> None:
    """Write the model's file."""
    fitted.model.save_model(str(path))


def read(path: Path) -> catboost.CatBoostRegressor:
    """Return the trees from a file."""
    model = catboost.CatBoostRegressor()
    model.load_model(str(path))
    return model
