"""CatBoost: fit and predict. Importing it takes seconds: only what fits or reads models does."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import catboost
import numpy as np
import polars as pl

from tipoff.errors import TipoffError
from tipoff.models.matrix import Matrix, in_order, last_part_by_date, matrix
from tipoff.models.spec import ModelSpec

# The library starts these losses at zero rather than at an average.
_FROM_ZERO = ("Huber", "LogCosh")
_OPTIONAL = (
    "rsm",
    "grow_policy",
    "min_data_in_leaf",
    "bootstrap_type",
    "subsample",
    "random_strength",
)


Grown = Callable[[int, int], None]
"""Progress callback: (trees grown, most trees)."""


@dataclass(frozen=True)
class Fitted:
    """A fitted model and how it was fitted.

    Attributes:
        model: the learner's object.
        features: names of the matrix's columns, in order.
        trees: trees kept by early stopping.
        fit_rows, validation_rows: rows that trees were grown on, and rows that stopped training.
        validation_start: the first game date of the latter.
        library: name and version of the learner.
    """

    model: catboost.CatBoostRegressor
    features: tuple[str, ...]
    trees: int
    fit_rows: int
    validation_rows: int
    validation_start: str
    library: str


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
) -> Fitted:
    """Fit a model on training rows.

    Early stopping looks at the latest rows by date. Results do not depend on row order or threads.

    Args:
        spec: the recipe.
        rows: ``game_date, game_id, player_id, actual`` (not null) and the features.
        features: names of the columns to learn from.
        threads: processor threads; they change the time only.
        grown: called from time to time.

    Raises:
        TipoffError: the library refuses the recipe on these rows.
    """
    ordered = in_order(rows)
    cut = last_part_by_date(ordered, spec.validation_share)
    early = ordered.filter(pl.col("game_date") < cut)
    late = ordered.filter(pl.col("game_date") >= cut)
    start = _start(spec, early)
    model = catboost.CatBoostRegressor(**_parameters(spec, threads))
    watch = _Watch(grown, spec.iterations)
    try:
        model.fit(
            _pool(early, features, spec, start),
            eval_set=_pool(late, features, spec, start),
            early_stopping_rounds=spec.early_stopping_rounds,
            use_best_model=True,
            callbacks=[watch],
        )
    except catboost.CatBoostError as error:
        raise TipoffError(f"Expected CatBoost to fit {spec.name}; it refused: {error}.") from error
    if watch.interrupt is not None:
        raise watch.interrupt
    if start is not None:
        # The start becomes part of the model, so that it predicts without it being given again.
        model.set_scale_and_bias(1.0, start)
    return Fitted(
        model,
        features,
        int(model.tree_count_),
        early.height,
        late.height,
        cut.isoformat(),
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
        weight=_weights(rows, spec),
        baseline=None if start is None else np.full(rows.height, start),
    )


def _weights(rows: pl.DataFrame, spec: ModelSpec) -> Matrix | None:
    """exp(-ln 2 x age / half-life), with mean one; age counts from the last date of the rows."""
    if spec.recency_half_life_days is None:
        return None
    age = (rows["game_date"].max() - rows["game_date"]).dt.total_days().to_numpy()  # type: ignore[union-attr]
    raw = np.exp(-np.log(2) * age / spec.recency_half_life_days)
    weights: Matrix = raw / raw.mean()
    return weights


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
