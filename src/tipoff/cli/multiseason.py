"""``tipoff multiseason``: the seasons x losses table and its document."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.cli.train_options import Models
from tipoff.domain.plant import plant_named
from tipoff.settings import DEFAULT_LAKE

_Markets = Annotated[
    str | None,
    typer.Option(
        help="Markets, with commas, or all.  [default: those of the configuration; points in the "
        "shipped one]"
    ),
]


def multiseason(
    config: Annotated[
        Path | None, typer.Option(help="Configuration (TOML); configs/multiseason.toml is shipped.")
    ] = None,
    market: _Markets = None,
    out: Annotated[Path, typer.Option(help="Folder of the document.")] = Path("reports"),
    plant: Annotated[str | None, typer.Option(help="Plant a fault, in a marked view.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes of the backfill.")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Changes the time only.")] = 2,
    min_train_rows: Annotated[int, typer.Option(min=1, help="Refuse fewer.")] = 1000,
    min_eval_rows: Annotated[int, typer.Option(min=1, help="Refuse fewer.")] = 100,
    models: Models = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Run every season that has lines with every loss, and write the table.

    Failed gates are what the honest table shows; the exit code is 3 where a leak is suspected.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.multiseason import multiseason as run_table
        from tipoff.workflows.places import models_folder
        from tipoff.workflows.table_config import read_config
        from tipoff.workflows.train import Options

        fault = plant_named(plant) if plant else None
        opened = open_lake(lake, must_exist=True)
        options = Options(
            folder=models_folder(opened, fault, models),
            min_train_rows=min_train_rows,
            min_eval_rows=min_eval_rows,
            threads=threads,
        )
        with progress() as step:
            return run_table(
                opened,
                read_config(config),
                out,
                options,
                market=market,
                plant=fault,
                workers=workers,
                step=step,
            )

    run(work, show, as_json=as_json, negative=suspected)


def suspected(report: Mapping[str, Any]) -> str | None:
    """Return the sentence of a suspected leak, or None."""
    from tipoff.backtest.gates import LEAK_SUSPECTED, is_quarantined

    leaky = [run for run in report["runs"] if run["verdict"] == LEAK_SUSPECTED]
    if not leaky:
        return None
    plant = f" (planted: {report['plant']})" if report["plant"] else ""
    hot = sum(is_quarantined(run) for run in leaky)
    return (
        f"LEAK SUSPECTED in {len(leaky)} of {len(report['runs'])} runs{plant}; "
        f"{hot} quarantined by the thermometer."
    )


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print the table."""
    from tipoff.backtest.edges import USUAL, at_edge

    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("market", overflow="fold")
    table.add_column("season", overflow="fold")
    table.add_column("loss", no_wrap=True)
    for heading in ("edge", "hit rate", "n", "break-even", "MAE", "line", "all"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for row in report["runs"]:
        usual, lines = at_edge(row), row["lines"]
        rate = "–" if usual["rate"] is None else f"{100 * usual['rate']:.1f} %"
        table.add_row(
            row["unit"],
            row["title"],
            row["spec"]["loss"],
            f"≥ {lines['edges'][USUAL]}",
            rate,
            f"{usual['n']:,}",
            f"{100 * usual['break_even']:.1f} %",
            f"{lines['mae']:.2f}",
            f"{lines['line_mae']:.2f}",
            f"{row['all']['mae']:.2f}",
            row["verdict"],
        )
    console.print(table)
    for row in report["skipped"]:
        console.print(
            f"Not run: {row['title']}, {row['market']}: {row['reason']}",
            highlight=False,
            markup=False,
        )
    seconds = report["seconds"]
    console.print(
        f"{len(report['runs'])} runs in {seconds['total']} s, of which fitting {seconds['fit']} s "
        f"and backfill {seconds['backfill']} s.",
        highlight=False,
    )
    for path in report["report"].values():
        console.print(path, highlight=False, soft_wrap=True)
