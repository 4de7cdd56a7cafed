"""``tipoff lake``: what the lake holds."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.settings import DEFAULT_LAKE

lake_app = typer.Typer(help="Questions about the lake as a whole.", no_args_is_help=True)


@lake_app.callback()
def about() -> None:
    """Questions about the lake as a whole."""


@lake_app.command("hash")
def hash_(
    table: Annotated[str | None, typer.Option(help="Hash this table only.")] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Hash the logical content of tables, independent of files, versions and row order."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.lake import hashes

        return hashes(open_lake(lake, must_exist=True), table)

    run(work, _show, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    for name, value in report["tables"].items():
        console.print(f"{value}  {name}", highlight=False, soft_wrap=True)


@lake_app.command()
def files(
    table: Annotated[str, typer.Argument(help="The table.")],
    at: Annotated[
        int | None, typer.Option("--version", min=0, help="Of this version; the newest.")
    ] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """List the Parquet files that hold a table's rows, for engines that do not read its log."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.lake import files as listed_files

        return listed_files(open_lake(lake, must_exist=True), table, at)

    run(work, _show_files, as_json=as_json)


def _show_files(report: Mapping[str, Any], console: Console) -> None:
    for row in report["files"]:
        console.print(row["path"], highlight=False, markup=False, soft_wrap=True)


@lake_app.command()
def versions(lake: LakeOption = DEFAULT_LAKE, as_json: JsonOption = False) -> None:
    """List the versions of the lake: one per command that changed a table."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.versions import listed

        return listed(open_lake(lake, must_exist=True))

    run(work, _show_versions, as_json=as_json)


def _show_versions(report: Mapping[str, Any], console: Console) -> None:
    for row in report["versions"]:
        console.print(
            f"{row['number']:>4}  {row['taken_at']:%Y-%m-%d %H:%M:%S} UTC  {row['command']}",
            highlight=False,
        )
