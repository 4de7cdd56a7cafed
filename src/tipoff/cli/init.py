"""``tipoff init``: a new project."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tipoff.cli.contract import JsonOption, run


def init(
    folder: Annotated[Path, typer.Argument(help="Where; this folder by default.")] = Path(),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a project: its file, a folder for the lake, and what to do next.

    Nothing that is there is written over. It asks where the folder holds something, and only in a
    terminal.
    """
    holds = folder.is_dir() and any(folder.iterdir())
    asks = holds and not yes and not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    if asks and not typer.confirm(f"{folder} holds files; they stay. Make a project beside them?"):
        raise typer.Exit

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.project import begin

        return begin(folder)

    run(work, _show, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    for state in ("written", "kept"):
        if report[state]:
            line = f"{state.capitalize()}: {', '.join(report[state])}"
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(
        f"Next, in {report['folder']}: README.md says how to begin; 'tipoff doctor' checks.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
