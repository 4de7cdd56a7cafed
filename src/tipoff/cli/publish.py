"""``tipoff publish``: picks, their record and the history as versioned files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, instant, run
from tipoff.domain.dates import iso_date
from tipoff.settings import DEFAULT_LAKE


def publish(
    date: Annotated[str, typer.Option(help="Game date (ISO or TODAY).")] = "TODAY",
    out: Annotated[
        str | None, typer.Option(help="Folder to publish to; 'published' in the lake by default.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Make every document anew, changed or not.")
    ] = False,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Also what models that are not champion would pick.")
    ] = False,
    now: Annotated[
        str | None, typer.Option(help="Publish as of this instant (ISO, with its zone).")
    ] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Publish a game date and all that changed: JSON with its schema, CSV and Parquet.

    A file with content is never replaced by one that has lost it: it is refused by name, the
    others are written, and the exit code is 1. Halted picks are not shown, and the reason is.
    """
    reports: list[Mapping[str, Any]] = []

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.publish import publish as write

        day = None if date.upper() == "TODAY" else iso_date(date, "--date")
        at = instant(now, "--now") if now else None
        report = write(
            open_lake(lake, must_exist=True),
            day,
            Path(out) if out else None,
            everything=everything,
            shadow=shadow,
            now=at,
        )
        reports.append(report)
        return report

    run(work, _show, as_json=as_json)
    refused = [file for file in reports[0]["files"] if file["state"] == "refused"]
    for file in refused:
        line = f"tipoff: {file['path']} was refused. {file['reason']}"
        Console(stderr=True, soft_wrap=True, highlight=False).print(line, markup=False)
    if refused:
        raise typer.Exit(1)


def _show(report: Mapping[str, Any], console: Console) -> None:
    picks = f"{report['date']}: {report['state'].replace('_', ' ')}, {report['picks']} picks."
    console.print(picks, highlight=False)
    if report["reason"]:
        console.print(report["reason"], highlight=False, markup=False)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("file", "state", "bytes"):
        table.add_column(name, overflow="fold", justify="right" if name == "bytes" else "left")
    for file in report["files"]:
        if file["state"] != "unchanged":
            table.add_row(file["path"], file["state"], f"{file['bytes']:,}")
    if table.row_count:
        console.print(table)
    same = sum(file["state"] == "unchanged" for file in report["files"]) + report["kept"]
    console.print(f"{same:,} files say what they said, in {report['out']}.", highlight=False)
