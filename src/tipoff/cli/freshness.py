"""``tipoff freshness`` (also ``validate-freshness``): what of a date is late or missing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, instant, run
from tipoff.settings import DEFAULT_LAKE

DateOption = Annotated[
    str, typer.Option("--date", help="Game date: ISO, TODAY, TOMORROW or YESTERDAY (Eastern).")
]
AtOption = Annotated[
    str | None, typer.Option("--at", help="Instant with its zone to judge at; now by default.")
]

RetiredOption = Annotated[
    list[str] | None,
    typer.Option("--retired", help="A source that is known to have ended; repeatable."),
]


def freshness(
    day: DateOption = "TODAY",
    at: AtOption = None,
    max_age_hours: Annotated[
        float, typer.Option(min=0, help="How old quotes, lines and reports may be.")
    ] = 24.0,
    retired: RetiredOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also show what is fresh or not due.")
    ] = False,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Say of each table, source and game date what should be there by now, and what is."""
    from tipoff.workflows.freshness import not_fresh

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.freshness import Question, date_named, validate_freshness

        clock = datetime.now(UTC)
        now = instant(at, "--at") if at else clock
        asked = Question(
            date_named(day, now), now, max(now, clock), max_age_hours, tuple(retired or ())
        )
        return validate_freshness(open_lake(lake, must_exist=True), asked)

    def show(report: Mapping[str, Any], console: Console) -> None:
        _show(report, console, everything=everything)

    run(work, show, as_json=as_json, negative=not_fresh)


_STYLE = {"FRESH": "green", "LATE": "yellow", "MISSING": "red", "NOT_DUE": "dim"}


def _show(report: Mapping[str, Any], console: Console, *, everything: bool) -> None:
    table = Table("state", "what", box=None)
    for row in report["rows"]:
        if everything or row["state"] in ("LATE", "MISSING"):
            table.add_row(f"[{_STYLE[row['state']]}]{row['state']}[/]", row["sentence"])
    for row in report["clocks"]:
        table.add_row("[red]CLOCK[/]", row["sentence"])
    if table.row_count:
        console.print(table)
    counts = ", ".join(f"{n} {state}" for state, n in report["counts"].items())
    console.print(f"{report['game_date']} at {report['at']:%Y-%m-%d %H:%M} UTC: {counts}")
