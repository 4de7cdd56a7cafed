"""``tipoff train``: one experiment."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from tipoff.cli import train_options as options
from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.domain.plant import plant_named
from tipoff.settings import DEFAULT_LAKE


def train(
    name: options.Name,
    train_start: options.Start,
    train_end: options.End,
    eval_start: options.EvalStart,
    eval_end: options.EvalEnd,
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
    walkforward: options.WalkForward = False,
    include_no_line: options.NoLine = False,
    force: options.Force = False,
    open_seal: options.OpenSeal = False,
    preregister: options.Preregister = False,
    skip_register: options.SkipRegister = False,
    min_train_rows: options.Least = 1000,
    min_eval_rows: options.Least = 100,
    threads: options.Threads = 2,
    models: options.Models = None,
    plant: options.Planted = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Train one model, evaluate it on takeable lines, judge it, save it and count the try."""
    asked = dict(locals())
    if preregister:
        run(lambda: _written_down(asked), show_registration, as_json=as_json)
    else:
        run(lambda: _experiment(asked), _show, as_json=as_json, negative=negative)


def _written_down(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    from tipoff.backtest.lines import line_choice
    from tipoff.store.lake import open_lake
    from tipoff.workflows.promises import register
    from tipoff.workflows.train import asked_of

    spec, windows = options.recipe(asked)
    plan = asked_of(spec, windows, line_choice(asked["line_source"]))
    return register(open_lake(asked["lake"]), spec.name, plan, windows.eval_start)


def show_registration(report: Mapping[str, Any], console: Console) -> None:
    """Print what was written down, and whether that came first."""
    first = report["came_first"] or "after its window was looked at here: it proves nothing"
    console.print(
        f"{report['name']}: plan {report['plan_hash']} written down at "
        f"{report['at']:%Y-%m-%d %H:%M} UTC, {first}.",
        highlight=False,
        soft_wrap=True,
    )


def _experiment(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    from tipoff.store.lake import open_lake
    from tipoff.workflows.places import models_folder
    from tipoff.workflows.registering_runs import register_run
    from tipoff.workflows.train import Options
    from tipoff.workflows.train import train as run_train

    fault = plant_named(asked["plant"]) if asked["plant"] else None
    lake = open_lake(asked["lake"], must_exist=True)
    spec, windows = options.recipe(asked)
    same = (
        "walkforward",
        "include_no_line",
        "force",
        "open_seal",
        "min_train_rows",
        "min_eval_rows",
        "threads",
    )
    with progress() as step:
        how = Options(
            folder=models_folder(lake, fault, asked["models"]),
            step=step,
            **{name: asked[name] for name in same},
        )
        outcome = run_train(lake, spec, windows, asked["line_source"], how, fault)
    report = {**outcome.report, "skip_register": asked["skip_register"]}
    if asked["skip_register"]:
        return {**report, "registered": False, "model_id": None}
    return {**report, **register_run(lake, spec, windows, asked["line_source"], outcome, fault)}


def negative(report: Mapping[str, Any]) -> str | None:
    """Return the sentence of a negative verdict, or None."""
    from tipoff.backtest.gates import PASSED, is_quarantined
    from tipoff.backtest.heat_words import quarantine

    if report["verdict"] == PASSED:
        return None
    conditions = [*report["alarm"], *report["gates"]]
    broken = [c["name"] for c in conditions if not c["passed"]]
    plant = f" (planted: {report['plant']})" if report["plant"] else ""
    heat = report["thermometer"]
    why = f" {quarantine(heat).capitalize()}." if is_quarantined(report) else ""
    return f"{report['verdict'].upper()}{plant}: {', '.join(broken)}.{why}"


def _show(report: Mapping[str, Any], console: Console) -> None:
    from tipoff.backtest.edges import USUAL

    show_run(report, console)
    console.print(
        f"{report['train_rows']:,} training rows, {report['trees']} trees, "
        f"{report['seconds']['total']} s. Model {report['artifact']['path']} "
        f"({report['artifact']['sha256'][:12]}).",
        highlight=False,
    )
    edge = report["lines"]["edges"][USUAL]
    console.print(
        f"What a number rests on: tipoff why {report['run_id']}/all/hit_rate@{edge}",
        highlight=False,
        soft_wrap=True,
    )


def show_run(report: Mapping[str, Any], console: Console) -> None:
    """Print a run's hit rates, errors, gates and weeks."""
    from tipoff.backtest.edges import USUAL, at_edge
    from tipoff.backtest.heat_words import known

    lines, unit = report["lines"], report["unit"]
    table = Table(title=f"{report['name']}: {report['verdict']}", box=None, padding=(0, 2, 0, 0))
    for heading in (f"edge, {unit}", "hit rate", "n", "interval", "break-even"):
        table.add_column(heading, justify="right", no_wrap=True)
    for edge, rate in lines["hr"].items():
        table.add_row(
            f"≥ {edge}",
            _percent(rate["rate"]),
            f"{rate['n']:,}",
            f"{_percent(rate['low'])} – {_percent(rate['high'])}",
            _percent(rate["break_even"]),
        )
    console.print(table)
    console.print(
        f"MAE in {unit}: {lines['mae']:.2f} on {lines['n']:,} lines, the line's own "
        f"{lines['line_mae']:.2f}; "
        f"{report['all']['mae']:.2f} on all {report['all']['n']:,} player-games.",
        highlight=False,
    )
    console.print(known(report["thermometer"]), highlight=False)
    for sign in report["model_signs"]["signs"]:
        console.print(f"  sign of a leak: {sign['kind']}. {sign['sentence']}", highlight=False)
    for gate in report["gates"]:
        mark = "passed" if gate["passed"] else "failed"
        seen = "none" if gate["observed"] is None else f"{gate['observed']:.4g}"
        console.print(f"  {mark}  {gate['name']}: {seen}, {gate['required']}", highlight=False)
    for week in report.get("weekly", []):
        usual = at_edge(report, USUAL, week)
        console.print(
            f"  week of {week['week']}: n {week['n']:,}, MAE {week['mae'] or float('nan'):.2f}, "
            f"hit rate {_percent(usual['rate'])} of {usual['n']:,}",
            highlight=False,
        )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
