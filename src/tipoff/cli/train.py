"""``tipoff train``: one experiment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, iso_date, progress, run
from tipoff.domain.plant import plant_named
from tipoff.settings import DEFAULT_LAKE

ModelsOption = Annotated[
    Path | None,
    typer.Option(help="Folder of saved models; by default 'models' in the lake's folder."),
]


def train(
    name: Annotated[str, typer.Option(help="Name of the experiment.")],
    train_start: Annotated[str, typer.Option(help="First game date of training (ISO).")],
    train_end: Annotated[str, typer.Option(help="Last game date of training, included.")],
    eval_start: Annotated[str, typer.Option(help="First game date of evaluation.")],
    eval_end: Annotated[str, typer.Option(help="Last game date of evaluation, included.")],
    feature_set: Annotated[str, typer.Option(help="Feature set.")] = "v12",
    no_vegas: Annotated[bool, typer.Option("--no-vegas", help="Drop features 25-28.")] = False,
    market: Annotated[str, typer.Option(help="Market, by name or spelling.")] = "points",
    loss_function: Annotated[
        str, typer.Option(help="Loss as optimised: RMSE, MAE, Huber:delta=5, Quantile:alpha=0.5.")
    ] = "RMSE",
    rsm: Annotated[float | None, typer.Option(help="Share of features per split.")] = None,
    grow_policy: Annotated[
        str | None, typer.Option(help="SymmetricTree, Depthwise or Lossguide.")
    ] = None,
    iterations: Annotated[int, typer.Option(help="Most trees.")] = 1000,
    learning_rate: Annotated[float, typer.Option()] = 0.05,
    depth: Annotated[int, typer.Option()] = 6,
    l2_leaf_reg: Annotated[float, typer.Option()] = 3.0,
    min_data_in_leaf: Annotated[int | None, typer.Option()] = None,
    bootstrap: Annotated[str | None, typer.Option(help="Bayesian, Bernoulli, MVS or No.")] = None,
    subsample: Annotated[float | None, typer.Option(help="Share of rows per tree.")] = None,
    random_strength: Annotated[float | None, typer.Option()] = None,
    random_seed: Annotated[int, typer.Option()] = 42,
    recency_weight: Annotated[
        float | None, typer.Option(help="Half-life of a row's weight, in days.")
    ] = None,
    exclude_features: Annotated[str, typer.Option(help="Feature names, with commas.")] = "",
    monotone_constraints: Annotated[
        str, typer.Option(help="name=1 or name=-1, with commas; symmetric trees only.")
    ] = "",
    min_ppg: Annotated[float | None, typer.Option(help="Least season average to train on.")] = None,
    max_ppg: Annotated[float | None, typer.Option(help="Most season average to train on.")] = None,
    lines_only_train: Annotated[
        bool, typer.Option("--lines-only-train", help="Train on rows with a takeable line only.")
    ] = False,
    line_source: Annotated[
        str,
        typer.Option(help="Lines to grade on: a book, several with commas, median, unpriced."),
    ] = "draftkings",
    walkforward: Annotated[
        bool, typer.Option("--walkforward", help="Week by week, of this one model.")
    ] = False,
    include_no_line: Annotated[
        bool, typer.Option("--include-no-line", help="Share of training rows with a line.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Run what is in the ledger again.")
    ] = False,
    skip_register: Annotated[
        bool,
        typer.Option("--skip-register", help="Keep the model out of the registry; it is counted."),
    ] = False,
    min_train_rows: Annotated[int, typer.Option(min=1, help="Refuse fewer.")] = 1000,
    min_eval_rows: Annotated[int, typer.Option(min=1, help="Refuse fewer.")] = 100,
    threads: Annotated[int, typer.Option(min=1, help="Changes the time only.")] = 2,
    models: ModelsOption = None,
    plant: Annotated[str | None, typer.Option(help="Use rows with a planted fault.")] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Train one model, evaluate it on takeable lines, judge it, save it and count the try."""

    def work() -> Mapping[str, Any]:
        from pydantic import ValidationError

        from tipoff.domain.market import market_named
        from tipoff.models.spec import ModelSpec, Windows, sentence_of
        from tipoff.store.lake import open_lake
        from tipoff.workflows.places import models_folder
        from tipoff.workflows.train import Options
        from tipoff.workflows.train import train as run_train

        fault = plant_named(plant) if plant else None
        opened = open_lake(lake, must_exist=True)
        try:
            # Left to their defaults: the part that stops training, and after how many rounds.
            spec = ModelSpec(
                name=name,
                market=market_named(market).name,
                feature_set=feature_set,
                no_vegas=no_vegas,
                loss=loss_function,
                rsm=rsm,
                grow_policy=grow_policy,  # type: ignore[arg-type]
                iterations=iterations,
                learning_rate=learning_rate,
                depth=depth,
                l2_leaf_reg=l2_leaf_reg,
                min_data_in_leaf=min_data_in_leaf,
                bootstrap_type=bootstrap,  # type: ignore[arg-type]
                subsample=subsample,
                random_strength=random_strength,
                seed=random_seed,
                recency_half_life_days=recency_weight,
                exclude_features=tuple(f for f in exclude_features.split(",") if f),
                monotone_constraints=_directions(monotone_constraints),
                min_ppg=min_ppg,
                max_ppg=max_ppg,
                lines_only_train=lines_only_train,
            )
            windows = Windows(
                train_start=iso_date(train_start, "--train-start"),
                train_end=iso_date(train_end, "--train-end"),
                eval_start=iso_date(eval_start, "--eval-start"),
                eval_end=iso_date(eval_end, "--eval-end"),
            )
        except ValidationError as error:
            raise sentence_of(error) from None
        with progress() as step:
            options = Options(
                folder=models or models_folder(opened, fault),
                walkforward=walkforward,
                include_no_line=include_no_line,
                force=force,
                min_train_rows=min_train_rows,
                min_eval_rows=min_eval_rows,
                threads=threads,
                step=step,
            )
            report = run_train(opened, spec, windows, line_source, options, fault).report
        # There is no registry yet: nothing is registered with or without the flag.
        return {**report, "registered": False, "skip_register": skip_register}

    run(work, _show, as_json=as_json, negative=negative)


def _directions(text: str) -> Any:
    """Return (feature, direction) pairs; pydantic judges the directions."""
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    signs = {"1": 1, "+1": 1, "-1": -1}
    return tuple((name, signs.get(direction, direction)) for name, _, direction in pairs)


def negative(report: Mapping[str, Any]) -> str | None:
    """Return the sentence of a negative verdict, or None."""
    from tipoff.backtest.gates import PASSED

    if report["verdict"] == PASSED:
        return None
    conditions = [*report["alarm"], *report["gates"]]
    broken = [c["name"] for c in conditions if not c["passed"]]
    plant = f" (planted: {report['plant']})" if report["plant"] else ""
    return f"{report['verdict'].upper()}{plant}: {', '.join(broken)}."


def _show(report: Mapping[str, Any], console: Console) -> None:
    lines = report["lines"]
    table = Table(title=f"{report['name']}: {report['verdict']}", box=None, padding=(0, 2, 0, 0))
    for heading in ("edge", "hit rate", "n", "interval", "break-even"):
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
        f"MAE on {lines['n']:,} lines {lines['mae']:.2f}, the line's own {lines['line_mae']:.2f}; "
        f"on all {report['all']['n']:,} player-games {report['all']['mae']:.2f}.",
        highlight=False,
    )
    for gate in report["gates"]:
        mark = "passed" if gate["passed"] else "failed"
        seen = "none" if gate["observed"] is None else f"{gate['observed']:.4g}"
        console.print(f"  {mark}  {gate['name']}: {seen}, {gate['required']}", highlight=False)
    for week in report.get("weekly", []):
        three = week["hr"]["3"]
        console.print(
            f"  week of {week['week']}: n {week['n']:,}, MAE {week['mae'] or float('nan'):.2f}, "
            f"hit rate {_percent(three['rate'])} of {three['n']:,}",
            highlight=False,
        )
    console.print(
        f"{report['train_rows']:,} training rows, {report['trees']} trees, "
        f"{report['seconds']['total']} s. Model {report['artifact']['path']} "
        f"({report['artifact']['sha256'][:12]}).",
        highlight=False,
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
