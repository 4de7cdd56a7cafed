"""Ridge regression: a linear baseline that has nothing to hide.

Missing values take the training median, with a mark that they were missing; columns are scaled by
training rows; the strength is that with the least squared error on the latest part of the rows.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

from tipoff.models.fitted import Fitted, Grown
from tipoff.models.matrix import Matrix, matrix
from tipoff.models.parts import parts, refuse_unknown, weights
from tipoff.models.spec import ModelSpec

SUFFIX = ".ridge.json"
STRENGTHS = tuple(float(10.0**power) for power in range(-1, 6))
_LIBRARY = "ridge 1"


@dataclass(frozen=True)
class Ridge:
    """Coefficients on scaled columns: the features, then the marks of those ever missing."""

    medians: tuple[float, ...]
    marked: tuple[int, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    strength: float


def library() -> str:
    """Return the learner's name and version."""
    return _LIBRARY


def fit(
    spec: ModelSpec,
    rows: pl.DataFrame,
    features: tuple[str, ...],
    *,
    threads: int = 2,  # noqa: ARG001 -- the solution is closed and small
    grown: Grown = lambda *_: None,
    settled: Fitted | None = None,
) -> Fitted:
    """Fit a model on training rows (see ``learner.fit``)."""
    refuse_unknown(spec, (), ("RMSE",))
    own = parts(spec, rows, settled)
    inside = matrix(own.early, features)
    wanted = own.early["actual"].to_numpy()
    weight = weights(own.early, spec)
    weight = np.ones(len(wanted)) if weight is None else weight
    if own.late is None:
        assert settled is not None
        best = _solved(inside, wanted, weight, settled.model.strength)
    else:
        late, happened = matrix(own.late, features), own.late["actual"].to_numpy()
        tried = []
        for number, strength in enumerate(STRENGTHS):
            grown(number, len(STRENGTHS))
            model = _solved(inside, wanted, weight, strength)
            error = _predicted(model, late) - happened
            tried.append((float(np.mean(error**2)), number, model))
        best = min(tried, key=lambda t: (t[0], t[1]))[2]
    rows_of = (own.early.height, own.late_rows, own.start)
    return Fitted("ridge", best, features, 0, *rows_of, library())


def _solved(inside: Matrix, wanted: Matrix, own: Matrix, strength: float) -> Ridge:
    """Solve (X'WX + strength I) b = X'Wy on scaled columns (Hoerl and Kennard 1970)."""
    with np.errstate(all="ignore"):
        known = [column[np.isfinite(column)] for column in inside.T]
    medians = tuple(float(np.median(c)) if len(c) else 0.0 for c in known)
    marked = tuple(i for i, c in enumerate(known) if len(c) < len(inside))
    full = _filled(inside, medians, marked)
    total = own.sum()
    means = (own @ full) / total
    scales = np.sqrt((own @ (full - means) ** 2) / total)
    scales = np.where(scales > 1e-12, scales, 1.0)
    scaled = (full - means) / scales
    centre = float(own @ wanted / total)
    left = (scaled * own[:, None]).T @ scaled + strength * np.eye(scaled.shape[1])
    right = (scaled * own[:, None]).T @ (wanted - centre)
    coefficients = np.linalg.solve(left, right)
    return Ridge(
        medians,
        marked,
        tuple(map(float, means)),
        tuple(map(float, scales)),
        tuple(map(float, coefficients)),
        centre,
        strength,
    )


def _filled(rows: Matrix, medians: tuple[float, ...], marked: tuple[int, ...]) -> Matrix:
    missing = ~np.isfinite(rows)
    filled = np.where(missing, np.asarray(medians), rows)
    return np.column_stack([filled, missing[:, list(marked)].astype(float)])


def _predicted(model: Ridge, rows: Matrix) -> Matrix:
    full = _filled(rows, model.medians, model.marked)
    scaled = (full - np.asarray(model.means)) / np.asarray(model.scales)
    return np.asarray(model.intercept + scaled @ np.asarray(model.coefficients))


def predict(fitted: Fitted, rows: pl.DataFrame) -> pl.Series:
    """Return the prediction for every row, in the rows' order."""
    values = _predicted(fitted.model, matrix(rows, fitted.features))
    return pl.Series("prediction", values, dtype=pl.Float64)


def importances(fitted: Fitted) -> dict[str, float]:
    """Return the share of each feature's coefficient on its scaled column, in per cent."""
    sizes = np.abs(np.asarray(fitted.model.coefficients))
    own = sizes[: len(fitted.features)].copy()
    for place, feature in enumerate(fitted.model.marked):
        own[feature] += sizes[len(fitted.features) + place]
    shares = 100 * own / max(own.sum(), 1e-12)
    pairs = sorted(zip(fitted.features, shares, strict=True), key=lambda p: (-p[1], p[0]))
    return {name: round(float(share), 2) for name, share in pairs}


def content_hash(fitted: Fitted) -> str:
    """Return the SHA-256 of the coefficients and features."""
    return hashlib.sha256(_text(fitted).encode()).hexdigest()


def _text(fitted: Fitted) -> str:
    return json.dumps({**asdict(fitted.model), "features": fitted.features}, sort_keys=True)


def write(fitted: Fitted, path: Path) -> None:
    """Write the model's file."""
    path.write_text(_text(fitted) + "\n", encoding="utf-8")


def read(path: Path) -> Ridge:
    """Return the coefficients from a file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    found.pop("features")
    lists = ("medians", "marked", "means", "scales", "coefficients")
    return Ridge(**{**found, **{name: tuple(found[name]) for name in lists}})
