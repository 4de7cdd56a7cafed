"""``tipoff outputs``: what is expected of a date, and what became of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, instant, run
from tipoff.cli.freshness import AtOption, DateOption
from tipoff.settings import DEFAULT_LAKE

_STYLE = {"COMPLETE": "green", "EMPTY_OK": "green", "FAILED": "red", "DEGRADED": "yellow"}


def outputs(
    day: DateOption = "TODAY",
    at: AtOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Plan what is due for a date, and write down what the tables say became of it."""
    from tipoff.workflows.expected import not_complete

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.expected import follow
        from tipoff.workflows.freshness import date_named

        now = instant(at, "--at") if at else datetime.now(UTC)
        return follow(open_lake(lake, must_exist=True), date_named(day, now), now)

    run(work, _show, as_json=as_json, negative=not_complete)


def _show(report: Mapping[str, Any], console: Console) -> None:
    table = Table("state", "output", "due (UTC)", "rows", "why", box=None)
    for row in report["outputs"]:
        state = f"[{_STYLE.get(row['state'], 'dim')}]{row['state']}[/]"
        rows = "" if row["n"] is None else f"{row['n']:,}"
        due = f"{row['due_at']:%Y-%m-%d %H:%M}"
        table.add_row(state, row["output"], due, rows, row["reason"] or "")
    console.print(table)
    console.print(f"{report['events']} new events of {report['game_date']}", highlight=False)
