"""Walk through a span: fit, predict, step on. What a fold finds is kept, so a walk goes on."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import polars as pl

from tipoff.backtest.folds import Fold
from tipoff.models.adjustment import MARKET_MEAN
from tipoff.models.distribution import Distribution
from tipoff.models.learner import content_hash, library, module_name
from tipoff.models.matrix import KEY, in_order, matrix
from tipoff.models.spec import ModelSpec, kept_features
from tipoff.registry.records import distribution_of
from tipoff.store.fingerprint import code_fingerprint
from tipoff.store.lake import Lake, log, scan
from tipoff.tables.walks import FOLD_MODELS, FOLD_PREDICTIONS
from tipoff.workflows import fitting
from tipoff.workflows.dataset import Dataset
from tipoff.workflows.fitting import Forecaster, forecast, forecaster, told
from tipoff.workflows.training import training_rows

Step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Walked:
    """What a walk gave.

    Attributes:
        rows: every tested row with ``prediction``, ``model`` (number of the fold that fitted it)
            and ``constant`` (mean of its model's training rows).
        distributions: by model; None where too few rows were left to calibrate on.
        folds: facts of each fold, in order.
        told: what each model gives away of what it learnt from (see ``model_facts``).
    """

    rows: pl.DataFrame
    distributions: dict[int, Distribution | None]
    folds: list[dict[str, Any]]
    told: list[dict[str, Any]]


@dataclass
class _Walk:
    """A walk under way."""

    lake: Lake
    data: Dataset
    spec: ModelSpec
    features: tuple[str, ...]
    lines: pl.DataFrame
    threads: int
    step: Step
    models: dict[int, dict[str, Any]]
    # By model: the first date that is tested with it; what came later it is not told.
    tested_from: dict[int, date] = field(default_factory=dict)
    fitted: tuple[int, Forecaster] | None = None


def walk(
    lake: Lake,
    data: Dataset,
    spec: ModelSpec,
    folds: Sequence[Fold],
    lines: pl.DataFrame,
    *,
    threads: int = 2,
    step: Step = lambda *_: None,
) -> Walked:
    """Fit and predict every fold that is not known yet.

    Args:
        lake: where folds are kept.
        data: rows of every date that is trained on or tested.
        spec: the recipe.
        folds: the folds, in order of time.
        lines: takeable lines, for recipes that train on lined rows only.
        threads: processor threads; they change the time only.
        step: called with what is being done and how far it is.
    """
    features = kept_features(spec, data.features)
    under_way = _Walk(lake, data, spec, features, lines, threads, step, {})
    parts, facts = [], []
    for fold in folds:
        step(f"testing from {fold.test_start}", fold.number, len(folds))
        rows, fact = _one(under_way, fold)
        parts.append(rows)
        facts.append({**fold.model_dump(mode="json"), **fact})
    distributions = {
        number: distribution_of(m["distribution"]) for number, m in under_way.models.items()
    }
    of_models = [json.loads(m["facts"]) for m in under_way.models.values() if m["facts"]]
    return Walked(pl.concat(parts), distributions, facts, of_models)


def _one(under_way: _Walk, fold: Fold) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Test one fold: its rows with predictions, and its facts."""
    data = under_way.data
    testing = in_order(
        data.rows.filter(pl.col("game_date").is_between(fold.test_start, fold.test_end))
    )
    training = in_order(
        training_rows(
            data,
            under_way.spec,
            (fold.train_start, fold.train_end),
            under_way.tested_from.setdefault(fold.model, fold.test_start),
            under_way.lines,
        )
    )
    model_key = _model_key(under_way, training)
    seen = (*under_way.features, *_prior(under_way.spec))
    fold_key = _digest(model_key, _content(testing, seen, actual=False))
    known = _known_model(under_way, fold, model_key)
    predicted = None if known is None else _known_predictions(under_way.lake, fold_key, testing)
    is_new = predicted is None
    if predicted is None:
        own = _forecaster(under_way, fold, training)
        known = under_way.models.get(fold.model) or _keep_model(
            under_way, fold, own, model_key, told(own, under_way.spec, training)
        )
        predicted = forecast(own, testing)
        kept = predicted.select("season", *KEY, "prediction").with_columns(
            fold_key=pl.lit(fold_key)
        )
        log(under_way.lake, FOLD_PREDICTIONS, kept)
    assert known is not None
    rows = predicted.with_columns(
        model=pl.lit(fold.model, pl.Int64), constant=pl.lit(known["train_mean"], pl.Float64)
    )
    facts = ("train_rows", "trees", "sha256", "seconds")
    return rows, {
        **{name: known[name] for name in facts},
        "test_rows": testing.height,
        "is_resumed": not is_new,
    }


def _model_key(under_way: _Walk, training: pl.DataFrame) -> str:
    """What a model depends on, code included, but for how many threads fit it and its name."""
    recipe = under_way.spec.model_dump(mode="json", exclude={"name"})
    seen = (*under_way.features, "own_spread", *_prior(under_way.spec))
    content = _content(training, seen, actual=True)
    return _digest(
        code_fingerprint(fitting.__name__, module_name(under_way.spec.learner)),
        json.dumps(recipe, sort_keys=True),
        library(under_way.spec.learner),
        content,
        under_way.data.plant or "",
    )


def _prior(spec: ModelSpec) -> tuple[str, ...]:
    return () if spec.prior == "none" else (MARKET_MEAN,)


def _content(rows: pl.DataFrame, columns: Sequence[str], *, actual: bool) -> str:
    """Hash rows in order: their key and every value that a learner sees."""
    seen = matrix(rows, [*columns, *(["actual"] if actual else [])])
    keys = rows.select(pl.concat_str([pl.col(c).cast(pl.String) for c in KEY], separator="|"))
    return _digest("\n".join(keys.to_series().to_list()), sha256(seen.tobytes()).hexdigest())


def _digest(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _known_model(under_way: _Walk, fold: Fold, model_key: str) -> dict[str, Any] | None:
    """The facts of a fold's model where it was fitted before, here or in an earlier walk."""
    if fold.model not in under_way.models:
        stored = scan(under_way.lake, FOLD_MODELS).filter(pl.col("model_key") == model_key)
        found = stored.sort("at").head(1).collect().to_dicts()
        if not found:
            return None
        under_way.models[fold.model] = found[0]
    return under_way.models[fold.model]


def _known_predictions(lake: Lake, fold_key: str, testing: pl.DataFrame) -> pl.DataFrame | None:
    stored = (
        scan(lake, FOLD_PREDICTIONS)
        .filter(
            pl.col("season").is_in(testing["season"].unique().to_list()),
            pl.col("fold_key") == fold_key,
        )
        .select("game_id", "player_id", "prediction")
        # Two runners may have walked the same fold at once.
        .unique(["game_id", "player_id"], keep="any")
        .collect()
    )
    if stored.height != testing.height:
        return None
    return testing.join(stored, on=["game_id", "player_id"], how="left", maintain_order="left")


def _forecaster(under_way: _Walk, fold: Fold, training: pl.DataFrame) -> Forecaster:
    if under_way.fitted is None or under_way.fitted[0] != fold.model:
        made = forecaster(
            under_way.spec,
            training,
            under_way.features,
            threads=under_way.threads,
            grown=lambda trees, most: under_way.step(
                f"fitting up to {fold.train_end}", trees, most
            ),
        )
        under_way.fitted = (fold.model, made)
    return under_way.fitted[1]


def _keep_model(
    under_way: _Walk, fold: Fold, own: Forecaster, model_key: str, facts: dict[str, Any]
) -> dict[str, Any]:
    row = {
        "model_key": model_key,
        "at": datetime.now(UTC),
        "train_start": fold.train_start,
        "train_end": fold.train_end,
        "train_rows": own.train_rows,
        "train_mean": own.mean,
        "trees": own.fitted.trees,
        "sha256": content_hash(own.fitted),
        "library": own.fitted.library,
        "seconds": round(own.seconds, 3),
        "distribution": None if own.distribution is None else json.dumps(asdict(own.distribution)),
        "facts": json.dumps(facts),
    }
    log(under_way.lake, FOLD_MODELS, pl.DataFrame([row], schema=FOLD_MODELS.columns))
    under_way.models[fold.model] = row
    return row
