"""``tipoff config``: the project's file, its keys, and where each value comes from."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, run

config_app = typer.Typer(
    help="What the project's file says, and where each value comes from.", no_args_is_help=True
)


@config_app.callback()
def config() -> None:
    """What the project's file says, and where each value comes from."""


@config_app.command()
def show(
    file: Annotated[
        Path | None, typer.Option("--file", help="A tipoff.toml; the project's by default.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the value of every key as commands without options have it, and its source."""

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.project_config import config_file, in_force, variable_of

        path = file or config_file()
        rows = [
            {**row._asdict(), "variable": variable_of(row.key), "value": _plain(row.value)}
            for row in in_force(path)
        ]
        return {"file": None if path is None else str(path), "keys": rows}

    run(work, _show, as_json=as_json)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _show(report: Mapping[str, Any], console: Console) -> None:
    told = report["file"] or "none; 'tipoff init' makes one"
    console.print(f"Project file: {told}", highlight=False, markup=False, soft_wrap=True)
    table = Table("key", "value", "from", box=None)
    for row in report["keys"]:
        value = "–" if row["value"] is None else str(row["value"])
        where = f" {row['where']}" if row["source"] == "environment" else ""
        table.add_row(row["key"], value, row["source"] + where)
    console.print(table)


@config_app.command()
def schema(as_json: JsonOption = False) -> None:
    """Print the JSON schema of tipoff.toml, for editors."""

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.project_config import json_schema

        return json_schema()

    run(work, _show_schema, as_json=as_json)


def _show_schema(report: Mapping[str, Any], _: Console) -> None:
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
