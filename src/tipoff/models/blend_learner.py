"""The mean of ridge and CatBoost, fitted on the same rows: what is linear, and what is not.

Parameters of trees are CatBoost's; ridge takes what is common to all learners.
"""

import io
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from tipoff.errors import InputError
from tipoff.models import catboost_learner, ridge_learner
from tipoff.models.fitted import Fitted, Grown
from tipoff.models.spec import ModelSpec

SUFFIX = ".blend.zip"
_COMMON = (
    "name",
    "market",
    "feature_set",
    "no_vegas",
    "seed",
    "validation_share",
    "recency_half_life_days",
)
_LOSS = "RMSE"
# A zip file says when its members were written; the same model must be the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def library() -> str:
    """Return the learners' names and versions."""
    return f"{ridge_learner.library()}, {catboost_learner.library()}"


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
    if spec.loss != _LOSS:
        raise InputError(
            f"Expected a loss that blend has ({_LOSS}), got {spec.loss}. Choose another loss or "
            "learner."
        )
    before = (None, None) if settled is None else settled.model
    common = {name: getattr(spec, name) for name in _COMMON}
    line = ridge_learner.fit(
        ModelSpec(**common, learner="ridge"), rows, features, settled=before[0]
    )
    trees = catboost_learner.fit(
        spec.model_copy(update={"learner": "catboost"}),
        rows,
        features,
        threads=threads,
        grown=grown,
        settled=before[1],
    )
    facts = (trees.trees, trees.fit_rows, trees.validation_rows, trees.validation_start)
    return Fitted("blend", (line, trees), features, *facts, library())


def predict(fitted: Fitted, rows: pl.DataFrame) -> pl.Series:
    """Return the prediction for every row, in the rows' order."""
    line, trees = _parts(fitted)
    both = ridge_learner.predict(line, rows), catboost_learner.predict(trees, rows)
    return ((both[0] + both[1]) * 0.5).alias("prediction")


def _parts(fitted: Fitted) -> tuple[Fitted, Fitted]:
    """Return both models with the blend's features: one that was read knows no names."""
    line, trees = (replace(model, features=fitted.features) for model in fitted.model)
    return line, trees


def importances(fitted: Fitted) -> dict[str, float]:
    """Return the mean of each feature's shares in both, in per cent, largest first."""
    line, trees = _parts(fitted)
    both = ridge_learner.importances(line), catboost_learner.importances(trees)
    shares = {name: (both[0][name] + both[1][name]) / 2 for name in fitted.features}
    pairs = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
    return {name: round(share, 2) for name, share in pairs}


def content_hash(fitted: Fitted) -> str:
    """Return the SHA-256 of both models' content."""
    line, trees = _parts(fitted)
    both = ridge_learner.content_hash(line), catboost_learner.content_hash(trees)
    return sha256(" ".join(both).encode()).hexdigest()


def write(fitted: Fitted, path: Path) -> None:
    """Write the models into one file."""
    line, trees = fitted.model
    with TemporaryDirectory() as folder, zipfile.ZipFile(path, "w") as packed:
        for module, model in ((ridge_learner, line), (catboost_learner, trees)):
            file = Path(folder) / f"model{module.SUFFIX}"
            module.write(model, file)
            packed.writestr(zipfile.ZipInfo(file.name, _NO_TIME), file.read_bytes())


def read(path: Path) -> tuple[Fitted, Fitted]:
    """Return both models from a file."""
    packed = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with TemporaryDirectory() as folder:
        packed.extractall(folder)
        line = ridge_learner.read(Path(folder) / f"model{ridge_learner.SUFFIX}")
        trees = catboost_learner.read(Path(folder) / f"model{catboost_learner.SUFFIX}")
    names = ("ridge", line), ("catboost", trees)
    made = [Fitted(name, model, (), 0, 0, 0, "", "") for name, model in names]
    return made[0], made[1]
