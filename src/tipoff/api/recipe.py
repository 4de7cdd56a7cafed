"""What a model is, as keyword options: the fields of ``ModelSpec`` but for its name and market."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from tipoff.domain.market import market_named
from tipoff.models.spec import Bootstrap, GrowPolicy, ModelSpec, Point, Prior, Shape, stated

Learner = Literal["catboost", "lightgbm", "xgboost", "ridge", "blend"]


class Recipe(TypedDict, total=False):
    """A model's recipe; what is left out is as in ``ModelSpec``, the V12 recipe.

    Attributes:
        feature_set: ``v8`` to ``v19``, or ``all``; each also with ``_no_vegas`` or ``_no_lines``.
        no_vegas: drop the four features of the posted line.
        learner: what learns; all but ``catboost``, ``ridge`` and ``blend`` are extras.
        loss: as optimised: ``RMSE``, ``MAE``, ``LogCosh``, ``Huber:delta=5``,
            ``Quantile:alpha=0.5``.
        distribution: the shape around predictions.
        refit: once settled how far to go, fit on all training rows.
        prior: ``market`` draws predictions towards the posted line.
        point: what a prediction is.
        rsm: share of features per split, above 0 up to 1.
        grow_policy: how trees grow.
        iterations: most trees.
        learning_rate: share of each tree that is kept.
        depth: of a tree, 1 to 16.
        l2_leaf_reg: penalty on leaf values.
        early_stopping_rounds: trees without gain that end training.
        min_data_in_leaf: least rows of a leaf.
        bootstrap_type: how rows are drawn.
        subsample: share of rows per tree, above 0 up to 1.
        random_strength: noise on the scores of splits.
        seed: of the learner.
        validation_share: the latest part of the training rows, by date, that stops training.
        recency_half_life_days: days in which a row's weight halves.
        exclude_features: columns to leave out.
        monotone_constraints: (column, 1 or -1): never falling, or never rising, with it.
        min_ppg, max_ppg: train on rows with a season average of the market between these.
        lines_only_train: train on rows with a takeable line only.
    """

    feature_set: str
    no_vegas: bool
    learner: Learner
    loss: str
    distribution: Shape
    refit: bool
    prior: Prior
    point: Point
    rsm: float | None
    grow_policy: GrowPolicy | None
    iterations: int
    learning_rate: float
    depth: int
    l2_leaf_reg: float
    early_stopping_rounds: int
    min_data_in_leaf: int | None
    bootstrap_type: Bootstrap | None
    subsample: float | None
    random_strength: float | None
    seed: int
    validation_share: float
    recency_half_life_days: float | None
    exclude_features: Sequence[str]
    monotone_constraints: Mapping[str, int] | Sequence[tuple[str, int]]
    min_ppg: float | None
    max_ppg: float | None
    lines_only_train: bool


def model_spec(name: str, market: str, recipe: Mapping[str, Any]) -> ModelSpec:
    """Return the ``ModelSpec`` of keyword options.

    Args:
        name: of the experiment.
        market: name or spelling.
        recipe: as of ``Recipe``.

    Raises:
        InputError: they make no recipe; one sentence per fault.
    """
    asked = dict(recipe)
    directions = asked.get("monotone_constraints")
    if isinstance(directions, Mapping):
        asked["monotone_constraints"] = tuple(directions.items())
    return stated(ModelSpec, name=name, market=market_named(market).name, **asked)
