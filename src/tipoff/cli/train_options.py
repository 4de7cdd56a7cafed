"""The options of ``tipoff train``, and the recipe that they amount to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tipoff.domain.dates import iso_date

Start = Annotated[str, typer.Option(help="First game date of training (ISO).")]
End = Annotated[str, typer.Option(help="Last game date of training, included.")]
EvalStart = Annotated[str, typer.Option(help="First game date of evaluation.")]
EvalEnd = Annotated[str, typer.Option(help="Last game date of evaluation, included.")]
Name = Annotated[str, typer.Option(help="Name of the experiment.")]
FeatureSet = Annotated[str, typer.Option(help="Feature set.")]
NoVegas = Annotated[bool, typer.Option("--no-vegas", help="Drop features 25-28.")]
Market = Annotated[
    str, typer.Option(help="Market, by name or spelling: points, rebounds, assists, threes, pra.")
]
Learner = Annotated[str, typer.Option(help="catboost, lightgbm, xgboost, ridge or blend.")]
Shape = Annotated[
    str, typer.Option(help="Around predictions: conformal, normal or negative_binomial.")
]
Refit = Annotated[
    bool, typer.Option("--refit", help="Once settled how far to go, fit on all training rows.")
]
Prior = Annotated[
    str, typer.Option(help="none, or market: draw predictions towards the posted line.")
]
Point = Annotated[str, typer.Option(help="What a prediction is: mean or median.")]
Loss = Annotated[
    str, typer.Option(help="Loss as optimised: RMSE, MAE, Huber:delta=5, Quantile:alpha=0.5.")
]
Rsm = Annotated[float | None, typer.Option(help="Share of features per split.")]
GrowPolicy = Annotated[str | None, typer.Option(help="SymmetricTree, Depthwise or Lossguide.")]
Trees = Annotated[int, typer.Option(help="Most trees.")]
LearningRate = Annotated[float, typer.Option(help="Share of each tree that is kept.")]
Depth = Annotated[int, typer.Option(help="Depth of a tree.")]
LeafPenalty = Annotated[float, typer.Option(help="L2 penalty on leaf values.")]
MinLeaf = Annotated[int | None, typer.Option(help="Least rows of a leaf.")]
Bootstrap = Annotated[str | None, typer.Option(help="Bayesian, Bernoulli, MVS or No.")]
Subsample = Annotated[float | None, typer.Option(help="Share of rows per tree.")]
SplitNoise = Annotated[float | None, typer.Option(help="Noise on the scores of splits.")]
Seed = Annotated[int, typer.Option(help="Seed of the learner.")]
HalfLife = Annotated[float | None, typer.Option(help="Half-life of a row's weight, in days.")]
Excluded = Annotated[str, typer.Option(help="Feature names, with commas.")]
Monotone = Annotated[
    str, typer.Option(help="name=1 or name=-1, with commas; symmetric trees only.")
]
MinAverage = Annotated[float | None, typer.Option(help="Least season average to train on.")]
MaxAverage = Annotated[float | None, typer.Option(help="Most season average to train on.")]
LinesOnly = Annotated[
    bool, typer.Option("--lines-only-train", help="Train on rows with a takeable line only.")
]
LineSource = Annotated[
    str, typer.Option(help="Lines to grade on: a book, several with commas, median, unpriced.")
]
WalkForward = Annotated[
    bool, typer.Option("--walkforward", help="Week by week, of this one model.")
]
NoLine = Annotated[
    bool, typer.Option("--include-no-line", help="Share of training rows with a line.")
]
Force = Annotated[bool, typer.Option("--force", help="Run what is in the ledger again.")]
OpenSeal = Annotated[
    bool, typer.Option("--open-seal", help="Look at a sealed season; noted for ever.")
]
Preregister = Annotated[
    bool, typer.Option("--preregister", help="Write down what would be run, and stop.")
]
SkipRegister = Annotated[
    bool,
    typer.Option("--skip-register", help="Keep the model out of the registry; it is counted."),
]
Least = Annotated[int, typer.Option(min=1, help="Refuse fewer.")]
Threads = Annotated[int, typer.Option(min=1, help="Changes the time only.")]
Models = Annotated[
    Path | None,
    typer.Option(help="Folder of saved models; by default 'models' in the lake's folder."),
]
Planted = Annotated[str | None, typer.Option(help="Use rows with a planted fault.")]

# Options whose name in the recipe is another.
_RENAMED = {
    "loss_function": "loss",
    "bootstrap": "bootstrap_type",
    "random_seed": "seed",
    "recency_weight": "recency_half_life_days",
}
_AS_THEY_ARE = (
    "name",
    "learner",
    "distribution",
    "refit",
    "prior",
    "point",
    "feature_set",
    "no_vegas",
    "rsm",
    "grow_policy",
    "iterations",
    "learning_rate",
    "depth",
    "l2_leaf_reg",
    "min_data_in_leaf",
    "subsample",
    "random_strength",
    "min_ppg",
    "max_ppg",
    "lines_only_train",
)
_DATES = ("train_start", "train_end", "eval_start", "eval_end")


def recipe(asked: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the ``ModelSpec`` and ``Windows`` that the options amount to.

    Raises:
        InputError: they make no recipe; the sentence says why.
    """
    from tipoff.models.spec import Windows, stated

    dates = {name: iso_date(asked[name], f"--{name.replace('_', '-')}") for name in _DATES}
    return model_spec(asked), stated(Windows, **dates)


def model_spec(asked: Mapping[str, Any]) -> Any:
    """Return the ``ModelSpec`` that the options amount to.

    Raises:
        InputError: they make no recipe; the sentence says why.
    """
    from tipoff.domain.market import market_named
    from tipoff.models.spec import ModelSpec, stated

    return stated(
        ModelSpec,
        **{name: asked[name] for name in _AS_THEY_ARE},
        **{ours: asked[option] for option, ours in _RENAMED.items()},
        market=market_named(asked["market"]).name,
        exclude_features=tuple(f for f in asked["exclude_features"].split(",") if f),
        monotone_constraints=_directions(asked["monotone_constraints"]),
    )


def _directions(text: str) -> Any:
    """Return (feature, direction) pairs; pydantic judges the directions."""
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    signs = {"1": 1, "+1": 1, "-1": -1}
    return tuple((name, signs.get(direction, direction)) for name, _, direction in pairs)
