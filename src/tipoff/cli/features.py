"""``tipoff features``: the catalogue."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, run

features_app = typer.Typer(help="The features: what they are and what they need.")


@features_app.command("list")
def list_(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the catalogue page.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List every feature in order of index."""

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.catalogue import listed, page

        return {**listed(), "page": page()} if markdown else listed()

    run(work, _show_page if markdown else _show_list, as_json=as_json)


@features_app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a feature.")], as_json: JsonOption = False
) -> None:
    """Show one feature's declaration."""

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.catalogue import shown

        return shown(name)

    run(work, _show_one, as_json=as_json)


def _show_page(report: Mapping[str, Any], _: Console) -> None:
    sys.stdout.write(report["page"])


def _show_list(report: Mapping[str, Any], console: Console) -> None:
    table = Table("#", "feature", "unit", "need", "reads")
    for row in report["features"]:
        table.add_row(
            str(row["index"]), row["name"], row["unit"], row["need"], ", ".join(row["reads"])
        )
    console.print(table)


def _show_one(report: Mapping[str, Any], console: Console) -> None:
    row = report["features"][0]
    console.print(f"{row['index']} {row['name']}: {row['doc']}", highlight=False)
    low, high = row["bounds"]
    console.print(
        f"{row['unit']}, {low:g} to {high:g}; {row['need']}; from {', '.join(row['reads'])}, "
        f"at most {row['freshness_days']} days old",
        highlight=False,
    )
    console.print(f"in {', '.join(row['sets'])}", highlight=False)
