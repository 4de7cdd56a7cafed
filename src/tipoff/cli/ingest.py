"""``tipoff ingest``: take files in."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, instant, progress, run
from tipoff.cli.identity_words import MaxUnmatchedOption, above_limit, show_identity
from tipoff.settings import DEFAULT_LAKE

ingest_app = typer.Typer(help="Take data in.", no_args_is_help=True)


@ingest_app.callback()
def ingest() -> None:
    """Take data in."""


@ingest_app.command()
def files(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders that are searched.")],
    mapping: Annotated[
        Path | None, typer.Option("--map", help="Mapping file (TOML) for other layouts.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Read files anew that were taken in before.")
    ] = False,
    fetched_at: Annotated[
        str, typer.Option(help="When raw answers of providers came, with zone; else unknown.")
    ] = "",
    max_unmatched: MaxUnmatchedOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Recognise files by their content, parse them and store what they hold.

    Exit code 3: a file names too many players, teams or games that nobody knows; nothing of it
    was stored.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.identity_limits import limits_of
        from tipoff.workflows.ingest import ingest_files

        limits = limits_of(max_unmatched or [])
        came = instant(fetched_at, "--fetched-at") if fetched_at else None
        with progress() as step:
            return ingest_files(
                open_lake(lake),
                paths,
                mapping=mapping,
                again=again,
                fetched_at=came,
                limits=limits,
                step=step,
            )

    run(work, _show, as_json=as_json, negative=above_limit)


def _show(report: Mapping[str, Any], console: Console) -> None:
    table = Table(title="Files", box=None, padding=(0, 1, 0, 0))
    table.add_column("file", overflow="fold")
    table.add_column("format")
    table.add_column("added", justify="right", no_wrap=True)
    table.add_column("rejected", justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    left = [
        row
        for row in report["files"]
        if not (row["rows"] or row["known"] or row["rejected"] or row["is_stopped"])
    ]
    for row in report["files"]:
        if row in left or row["is_stopped"]:
            continue
        numbers = (f"{row['rows']:,}", f"{row['rejected']:,}")
        table.add_row(Path(row["path"]).name, row["format"] or "", *numbers, row["reason"])
    if table.row_count:
        console.print(table)
    _show_left(left, console)
    if report["tables"]:
        totals = ", ".join(f"{n} {t['rows']:,}" for n, t in sorted(report["tables"].items()))
        console.print(f"Rows added: {totals}.", highlight=False)
    is_stopped = any(row["is_stopped"] for row in report["files"])
    if not is_stopped and not any(t["rows"] for t in report["tables"].values()):
        console.print("Nothing new: the lake held all of it already.", highlight=False)
    names = report["unmatched"]
    if names:
        shown = ", ".join(f"{n['name']} ({n['rows']:,})" for n in names[:8])
        console.print(f"{len(names):,} names without a player: {shown} …", highlight=False)
    show_identity(report, console)
    found = report["disagreements"]
    if found["counts"]:
        counts = ", ".join(f"{name} {n:,}" for name, n in sorted(found["counts"].items()))
        console.print(
            f"Sources disagree on box scores ({found['compared']:,} player-games told twice): "
            f"{counts}. Both are kept; --json lists them.",
            highlight=False,
        )
    console.print(f"Took {report['seconds']} s.", highlight=False)


def _show_left(left: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Name the files that gave nothing, under the sentence that says why."""
    reasons: dict[str, list[str]] = {}
    for row in left:
        sentence = (row["reason"] or "no rows").replace(row["path"], "the file")
        reasons.setdefault(sentence, []).append(Path(row["path"]).name)
    for sentence, names in reasons.items():
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        console.print(f"Not taken in: {shown}. {sentence}", highlight=False, markup=False)
