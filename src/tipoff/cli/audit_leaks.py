"""``tipoff audit leaks``: change the future, and see that nothing moves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli import train_options as options
from tipoff.cli.contract import JsonOption, LakeOption, LeadOption, progress, run
from tipoff.domain.plant import plant_named
from tipoff.settings import DEFAULT_LAKE, DEFAULT_LEAD_MINUTES


def leaks(
    dates: Annotated[int, typer.Option(min=1, help="Game dates that are sampled.")] = 50,
    refits: Annotated[
        int, typer.Option(min=0, help="For so many of them a model is trained again each time.")
    ] = 2,
    market: Annotated[str, typer.Option(help="Markets, with commas, or all.")] = "points",
    model: Annotated[
        list[Path] | None,
        typer.Option(help="A saved model whose predictions must stay. Repeatable."),
    ] = None,
    feature_set: options.FeatureSet = "v12",
    learner: options.Learner = "catboost",
    iterations: options.Trees = 100,
    lead_minutes: LeadOption = DEFAULT_LEAD_MINUTES,
    seed: Annotated[int, typer.Option(help="Of the sample and the changes.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    plant: options.Planted = None,
    out: Annotated[Path, typer.Option(help="Folder of the certificate.")] = Path("reports"),
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Prove that no feature, prediction or model knows what came after the decision.

    For sampled dates everything that became known later is deleted, shuffled, scaled, doubled,
    restated and forged; what is built again must be the same bytes. Where the past is changed,
    something must move. The certificate is written down in the lake; exit code 3 where it fails.
    """
    asked = dict(locals())

    def work() -> Mapping[str, Any]:
        from tipoff.domain.market import feature_markets
        from tipoff.models.spec import ModelSpec, stated
        from tipoff.store.lake import open_lake
        from tipoff.workflows.certifying import certified
        from tipoff.workflows.leak_audit import Asked

        markets = feature_markets(market)
        recipe = {name: asked[name] for name in ("feature_set", "learner", "iterations")}
        spec = stated(ModelSpec, name="audited", market=markets[0].name, **recipe)
        same = ("dates", "refits", "lead_minutes", "seed")
        what = Asked(
            tuple(markets),
            spec,
            models=tuple(model or ()),
            plant=plant_named(plant) if plant else None,
            **{name: asked[name] for name in same},
        )
        with progress() as step:
            return certified(
                open_lake(lake, must_exist=True), what, out, workers=workers, step=step
            )

    run(work, _show, as_json=as_json, negative=_failed)


def _failed(report: Mapping[str, Any]) -> str | None:
    if report["passed"]:
        return None
    outputs = dict.fromkeys(d["output"] for d in report["differences"])
    if outputs:
        return f"LEAK: what came later moved {', '.join(outputs)}."
    return f"The audit saw nothing move where the past was changed: {', '.join(report['blind'])}."


def _show(report: Mapping[str, Any], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("change of the future", "rows changed", "outputs compared", "moved"):
        table.add_column(heading, justify="left" if heading.startswith("change") else "right")
    for name, own in report["mutations"].items():
        compared = sum(o["compared"] for o in own["outputs"].values())
        moved = sum(o["moved"] for o in own["outputs"].values())
        table.add_row(name, f"{sum(own['changed'].values()):,}", f"{compared:,}", f"{moved:,}")
    console.print(table)
    seen = [own for kind in report["dual"].values() for own in kind.values()]
    console.print(
        f"{len(report['dates'])} game dates. Changed pasts moved "
        f"{sum(o['moved'] for o in seen):,} of {sum(o['compared'] for o in seen):,} outputs.",
        highlight=False,
    )
    for difference in report["differences"][:10]:
        columns = ", ".join(difference["columns"][:5]) or "rows"
        console.print(
            f"{difference['game_date']}, {difference['mutation']}: {difference['output']} moved in "
            f"{difference['rows']} rows ({columns}).",
            highlight=False,
            markup=False,
        )
    console.print(
        f"Certificate {report['certificate']}: {report['report']}", highlight=False, soft_wrap=True
    )
