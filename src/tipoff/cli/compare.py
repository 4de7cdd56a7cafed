"""``tipoff compare``: recipes side by side on the same lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli import train_options as options
from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.settings import DEFAULT_LAKE


def compare(
    config: Annotated[
        Path | None, typer.Option(help="Configuration (TOML); configs/comparison.toml is shipped.")
    ] = None,
    span: Annotated[
        list[str] | None,
        typer.Option(help="Only spans of this season, title or role (decide, confirm)."),
    ] = None,
    market: options.Market = "points",
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports"),
    preregister: Annotated[
        bool, typer.Option("--preregister", help="Write down what would be run, and stop.")
    ] = False,
    open_seal: options.OpenSeal = False,
    min_train_rows: options.Least = 1000,
    min_eval_rows: options.Least = 100,
    threads: options.Threads = 2,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Walk recipes through the same spans; compare them with each other and with the line.

    A comparison that was killed goes on where it was: run the same command again.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.comparison import chosen, comparison, written_down
        from tipoff.workflows.comparison_config import read_comparison
        from tipoff.workflows.places import models_folder
        from tipoff.workflows.train import Options

        asked = chosen(read_comparison(config), span or [])
        opened = open_lake(lake, must_exist=True)
        if preregister:
            return {"plans": written_down(opened, asked, market)}
        with progress() as step:
            how = Options(
                folder=models_folder(opened, None),
                open_seal=open_seal,
                min_train_rows=min_train_rows,
                min_eval_rows=min_eval_rows,
                threads=threads,
                step=step,
            )
            return comparison(opened, asked, out, how, market=market, step=step)

    shown = _show_plans if preregister else _show
    run(work, shown, as_json=as_json, negative=_suspected)


def _suspected(report: Mapping[str, Any]) -> str | None:
    from tipoff.backtest.gates import LEAK_SUSPECTED

    leaky = [
        f"{name} on {span['title']}"
        for span in report.get("spans", ())
        for name, found in span["runs"].items()
        if found["verdict"] == LEAK_SUSPECTED
    ]
    return f"LEAK SUSPECTED: {', '.join(leaky)}." if leaky else None


def _show_plans(report: Mapping[str, Any], console: Console) -> None:
    from tipoff.cli.train import show_registration

    for plan in report["plans"]:
        show_registration(plan, console)


def _show(report: Mapping[str, Any], console: Console) -> None:
    for span in report["spans"]:
        table = Table(title=f"{span['title']} ({span['role']})", box=None, padding=(0, 2, 0, 0))
        table.add_column("forecaster", overflow="fold")
        for heading in ("n", "MAE", "minus line", "log loss", "minus line"):
            table.add_column(heading, justify="right")
        for row in span["rows"]:
            table.add_row(
                row["name"],
                f"{row['mae']['n']:,}",
                _told(row["mae"], 3),
                _told(row["mae_minus_line"], 3),
                _told(row["log_loss"], 4),
                _told(row["log_loss_minus_line"], 4),
            )
        console.print(table)
    console.print(report["report"], highlight=False, soft_wrap=True)


def _told(found: Mapping[str, Any] | None, digits: int) -> str:
    if found is None or found["value"] is None:
        return "–"
    if found["low"] is None:
        return f"{found['value']:.{digits}f}"
    return f"{found['value']:.{digits}f} ({found['low']:.{digits}f} – {found['high']:.{digits}f})"
