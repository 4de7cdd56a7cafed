"""``tipoff doctor``: whether all is there that the commands need."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, run

_STYLE = {"ok": "green", "absent": "dim", "warning": "yellow", "wrong": "bold red"}


def doctor(
    lake: Annotated[
        str | None, typer.Option(metavar="PATH", help="Folder or URL; else the project's lake.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check the machine, the project and the lake, and say what to do about what is wrong.

    Nothing is changed, and of keys only whether they are set is looked at. Exit code 3: something
    is wrong.
    """
    run(lambda: _examined(lake), _show, as_json=as_json, negative=_wrong)


def _examined(lake: str | None) -> Mapping[str, Any]:
    from tipoff.errors import InputError
    from tipoff.settings import DEFAULT_LAKE
    from tipoff.web.settings import read_settings
    from tipoff.workflows.comparison_config import read_comparison
    from tipoff.workflows.daily_config import read_daily
    from tipoff.workflows.doctor import examine, machine
    from tipoff.workflows.project_config import in_force
    from tipoff.workflows.table_config import read_config

    readers = {
        "daily_config": read_daily,
        "services_config": read_settings,
        "multiseason_config": read_config,
        "comparison_config": read_comparison,
    }
    try:
        usual = next(str(row.value) for row in in_force() if row.key == "lake")
    except InputError:  # A check says so.
        usual = DEFAULT_LAKE
    where = lake or usual
    return examine(where, readers, machine(where))


def _wrong(report: Mapping[str, Any]) -> str | None:
    return f"Wrong: {', '.join(report['wrong'])}." if report["wrong"] else None


def _show(report: Mapping[str, Any], console: Console) -> None:
    table = Table(box=None, padding=(0, 1, 0, 0))
    for heading in ("check", "state", "found", "what to do"):
        table.add_column(heading, overflow="fold")
    for row in report["checks"]:
        state = f"[{_STYLE[row['state']]}]{row['state']}[/]"
        table.add_row(row["check"], state, _plain(row["found"]), _plain(row["advice"]))
    console.print(table)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
