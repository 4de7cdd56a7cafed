"""``tipoff grade``: what became of predictions and picks."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.cli.predict import game_date
from tipoff.settings import DEFAULT_LAKE

_SHORT = 12


def grade(
    date: Annotated[
        str, typer.Option("--date", help="The game date (ISO), or TODAY or YESTERDAY.")
    ] = "YESTERDAY",
    start_date: Annotated[str | None, typer.Option(help="The first of several.")] = None,
    market: Annotated[str | None, typer.Option(help="One market only.")] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Grade predictions at the line and price of the pick, as far as results are known.

    A corrected result adds a version; what was graded before is kept. Exit code 3: a game that was
    over hours ago has no result.
    """
    from tipoff.workflows.grade import ungraded

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.grade import Span
        from tipoff.workflows.grade import grade as grade_span

        end = game_date(date)
        start = game_date(start_date, "--start-date") if start_date else end
        return grade_span(open_lake(lake, must_exist=True), Span(start, end, market))

    run(work, _show, as_json=as_json, negative=ungraded)


def _show(report: Mapping[str, Any], console: Console) -> None:
    console.print(
        f"{report['rows']:,} predictions from {report['start']} to {report['end']}: "
        f"{report['settled']:,} settled, {report['void']:,} void, {report['waiting']:,} waiting; "
        f"{report['new']:,} grades are new, {report['corrected']:,} corrected.",
        highlight=False,
        soft_wrap=True,
    )
    for kind in ("voids", "waits"):
        for reason, n in report[kind].items():
            console.print(f"  {reason}: {n:,}", highlight=False, markup=False)
    for sentence in report["corrections"]:
        console.print(sentence, highlight=False, markup=False, soft_wrap=True)
    table = Table("date", "market", "model", "step", "kept or lost", "n", box=None)
    for row in report["account"]:
        about = (str(row["game_date"]), row["market"], row["model_id"][:_SHORT])
        table.add_row(*about, row["step"], row["reason"], f"{row['n']:,}")
    console.print(table)
