"""``tipoff validate``: the checks of six daily schedules."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, instant, run
from tipoff.cli.freshness import AtOption, RetiredOption
from tipoff.errors import InputError
from tipoff.settings import DEFAULT_LAKE

validate_app = typer.Typer(help="Run the checks of a daily schedule; whatever is unknown fails.")
_STYLE = {"PASS": "green", "WARN": "yellow", "FAIL": "red", "ERROR": "bold red"}


@validate_app.callback(invoke_without_command=True)
def validate(
    context: typer.Context,
    schedule: Annotated[
        str, typer.Option(help="A schedule's name, or auto for the last one that was due.")
    ] = "auto",
    day: Annotated[
        str | None,
        typer.Option("--date", help="Game date: ISO, TODAY, TOMORROW or YESTERDAY (Eastern)."),
    ] = None,
    at: AtOption = None,
    services: Annotated[
        Path | None, typer.Option(help="JSON list of what services report of themselves.")
    ] = None,
    deployed: Annotated[
        Path | None, typer.Option(help="JSON list of whether each runs what it should.")
    ] = None,
    retired: RetiredOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Run a schedule's checks, keep their results, and leave with 3 unless all pass."""
    if context.invoked_subcommand is not None:
        return
    from tipoff.workflows.validate import not_passed

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.freshness import date_named
        from tipoff.workflows.validate import Given, given_frames, validate

        clock = datetime.now(UTC)
        now = instant(at, "--at") if at else clock
        stated = Given(*given_frames(_rows(services), _rows(deployed)), tuple(retired or ()))
        return validate(
            open_lake(lake, must_exist=True),
            schedule,
            now,
            day=date_named(day, now) if day else None,
            clock=max(now, clock),
            given=stated,
        )

    run(work, _show, as_json=as_json, negative=not_passed)


@validate_app.command("list")
def list_checks(as_json: JsonOption = False) -> None:
    """Show the schedules and what each check looks at."""

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.validate import listed

        return listed()

    run(work, _show_list, as_json=as_json)


def _rows(path: Path | None) -> list[Mapping[str, Any]] | None:
    """Read a file of rows, or raise an InputError that says what it should hold."""
    if path is None:
        return None
    try:
        rows = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"Expected a JSON list of objects in {path}, but: {error}.") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"Expected a JSON list of objects in {path}, got something else.")
    return rows


def _show(report: Mapping[str, Any], console: Console) -> None:
    table = Table("", "state", "check", "what was found", box=None)
    for row in report["checks"]:
        state = f"[{_STYLE[row['state']]}]{row['state']}[/]"
        table.add_row(row["severity"], state, row["name"], row["sentence"])
    console.print(table)
    console.print(
        f"{report['schedule']} of {report['game_date']}: {report['overall']}", highlight=False
    )


def _show_list(report: Mapping[str, Any], console: Console) -> None:
    table = Table("check", "", "schedules", "looks at", "required", box=None)
    for row in report["checks"]:
        schedules = ", ".join(row["schedules"])
        table.add_row(row["name"], row["severity"], schedules, row["doc"], row["required"])
    console.print(table)
