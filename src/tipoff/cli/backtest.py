"""``tipoff backtest``: a true walk-forward."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from tipoff.cli import train_options as options
from tipoff.cli.contract import JsonOption, LakeOption, LeadOption, progress, run
from tipoff.cli.train import negative, show_registration, show_run
from tipoff.domain.dates import iso_date
from tipoff.domain.plant import plant_named
from tipoff.settings import DEFAULT_LAKE, DEFAULT_LEAD_MINUTES

_Dates = Annotated[int, typer.Option(min=1, help="Game dates.")]


def backtest(
    start_date: Annotated[str, typer.Option(help="First game date that is tested (ISO).")],
    end_date: Annotated[str, typer.Option(help="Last game date that is tested, included.")],
    name: options.Name = "walk-forward",
    window: Annotated[
        int | None, typer.Option(min=2, help="Game dates to train on; all before by default.")
    ] = None,
    embargo: Annotated[int, typer.Option(min=0, help="Game dates between training and test.")] = 0,
    span: Annotated[int, typer.Option(min=1, help="Game dates tested by one fold.")] = 7,
    every: Annotated[
        int | None, typer.Option("--step", min=1, help="Game dates to the next fold; the span.")
    ] = None,
    cadence: Annotated[int, typer.Option(min=1, help="Fit anew every so many folds.")] = 1,
    own_season: Annotated[
        bool, typer.Option("--own-season", help="Train on games of the tested season only.")
    ] = False,
    least: Annotated[int, typer.Option(min=2, help="Fewest game dates to train on.")] = 28,
    feature_set: options.FeatureSet = "v12",
    no_vegas: options.NoVegas = False,
    market: options.Market = "points",
    learner: options.Learner = "catboost",
    distribution: options.Shape = "conformal",
    refit: options.Refit = False,
    prior: options.Prior = "none",
    point: options.Point = "mean",
    loss_function: options.Loss = "RMSE",
    rsm: options.Rsm = None,
    grow_policy: options.GrowPolicy = None,
    iterations: options.Trees = 1000,
    learning_rate: options.LearningRate = 0.05,
    depth: options.Depth = 6,
    l2_leaf_reg: options.LeafPenalty = 3.0,
    min_data_in_leaf: options.MinLeaf = None,
    bootstrap: options.Bootstrap = None,
    subsample: options.Subsample = None,
    random_strength: options.SplitNoise = None,
    random_seed: options.Seed = 42,
    recency_weight: options.HalfLife = None,
    exclude_features: options.Excluded = "",
    monotone_constraints: options.Monotone = "",
    min_ppg: options.MinAverage = None,
    max_ppg: options.MaxAverage = None,
    lines_only_train: options.LinesOnly = False,
    line_source: options.LineSource = "draftkings",
    lead_minutes: LeadOption = DEFAULT_LEAD_MINUTES,
    force: options.Force = False,
    open_seal: options.OpenSeal = False,
    preregister: options.Preregister = False,
    min_train_rows: options.Least = 1000,
    min_eval_rows: options.Least = 100,
    threads: options.Threads = 2,
    plant: options.Planted = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Walk through a span of game dates: fit, predict the next ones, step on, grade it all.

    A walk that was killed goes on where it was: run the same command again.
    """
    asked = dict(locals())
    if preregister:
        run(lambda: _written_down(asked), show_registration, as_json=as_json)
    else:
        run(lambda: _backtest(asked), _show, as_json=as_json, negative=negative)


def _written_down(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    from tipoff.backtest.lines import line_choice
    from tipoff.store.lake import open_lake
    from tipoff.workflows.backtest import asked_of
    from tipoff.workflows.promises import register

    spec, plan = options.model_spec(asked), _plan(asked)
    what = asked_of(spec, plan, line_choice(asked["line_source"]), asked["lead_minutes"])
    return register(open_lake(asked["lake"]), spec.name, what, plan.start)


def _backtest(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    from tipoff.store.lake import open_lake
    from tipoff.workflows.backtest import backtest as walk_forward
    from tipoff.workflows.places import models_folder
    from tipoff.workflows.train import Options

    fault = plant_named(asked["plant"]) if asked["plant"] else None
    lake = open_lake(asked["lake"], must_exist=True)
    spec, plan = options.model_spec(asked), _plan(asked)
    same = ("force", "open_seal", "min_train_rows", "min_eval_rows", "threads")
    with progress() as step:
        how = Options(
            folder=models_folder(lake, fault), step=step, **{name: asked[name] for name in same}
        )
        return walk_forward(
            lake, spec, plan, asked["line_source"], how, fault, asked["lead_minutes"]
        ).report


def _plan(asked: Mapping[str, Any]) -> Any:
    from tipoff.backtest.folds import WalkForward
    from tipoff.models.spec import stated

    return stated(
        WalkForward,
        start=iso_date(asked["start_date"], "--start-date"),
        end=iso_date(asked["end_date"], "--end-date"),
        step=asked["every"],
        seasons="own" if asked["own_season"] else "carry",
        **{name: asked[name] for name in ("window", "embargo", "span", "cadence", "least")},
    )


def _show(report: Mapping[str, Any], console: Console) -> None:
    show_run(report, console)
    folds = report["folds"]
    console.print(
        f"{len(folds)} folds, {folds[0]['test_start']} to {folds[-1]['test_end']}; "
        f"{report['models']} models fitted, {report['resumed']} folds known from before; "
        f"{report['seconds']['fit']} s of {report['seconds']['total']} s fitting.",
        highlight=False,
    )
