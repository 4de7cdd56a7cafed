"""``tipoff features warm-up``: how many games each feature needs, and which rows have fewer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.domain.dates import iso_date
from tipoff.settings import DEFAULT_LAKE

# Weeks that the table has columns for; the document and the plot have all of them.
SHOWN_WEEKS = (1, 2, 3, 4, 8, 16)


def warm_up(
    season: Annotated[
        list[str] | None, typer.Option(help="A season such as 2023-24; repeat it for more.")
    ] = None,
    start_date: Annotated[str | None, typer.Option(help="First game date mapped (ISO).")] = None,
    end_date: Annotated[str | None, typer.Option(help="Last game date, included.")] = None,
    feature_set: Annotated[str, typer.Option(help="The features of this set.")] = "v12",
    market: Annotated[str, typer.Option(help="Whose feature rows.")] = "points",
    out: Annotated[
        Path | None, typer.Option(help="Write warm_up.csv, warm_up.json and warm_up.svg here.")
    ] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Measure how many games of history each feature needs, and map the rows that have fewer.

    Needs are measured by computing stored rows again as if the season had begun later. The table's
    last columns are the shares of played rows, in per cent, that have too little history in a week
    of the season.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.warm_up import warm_up as measure
        from tipoff.workflows.warm_up_files import write

        opened = open_lake(lake, must_exist=True)
        with progress() as step:
            report = measure(
                opened,
                seasons=season or (),
                dates=(
                    iso_date(start_date, "--start-date") if start_date else None,
                    iso_date(end_date, "--end-date") if end_date else None,
                ),
                feature_set_name=feature_set,
                market=market,
                step=step,
            )
        return report if out is None else {**report, "files": write(report, out)}

    run(work, _show, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    shares = {(cell["feature"], cell["week"]): cell["share"] for cell in report["map"]}
    held = {week for _, week in shares}
    weeks = [week for week in SHOWN_WEEKS if week in held]
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("feature", no_wrap=True)
    for name in ("games", "95 %", "n", *[f"w{week}" for week in weeks]):
        table.add_column(name, justify="right", no_wrap=True)
    for row in report["features"]:
        table.add_row(
            row["name"],
            needed(row),
            interval(row),
            f"{row['n']:,}",
            *[_percent(shares.get((row["name"], week))) for week in weeks],
        )
    console.print(table)
    for row in report["seasons"]:
        played = row["played"] or {"share": None, "n": 0}
        console.print(
            f"{row['season']}: {_percent(played['share'])} % of {played['n']:,} played rows are "
            f"inside the warm-up, {_percent(row['share'])} % of all {row['n']:,}",
            highlight=False,
        )
    for row in report["features"]:
        if row["moved"]:
            console.print(
                f"{row['name']} is shipped as needing {row['shipped']} games: rows are labelled by "
                "that.",
                highlight=False,
                soft_wrap=True,
            )
    for path in report.get("files", []):
        console.print(f"written {path}", highlight=False, soft_wrap=True)


def needed(row: Mapping[str, Any]) -> str:
    """Games needed; more than were measured, or the state in words."""
    if row["games"] is not None:
        return str(row["games"])
    return f"> {row['measured_to']}" if row["low"] is not None else str(row["state"])


def interval(row: Mapping[str, Any]) -> str:
    """The interval of the games needed; open where not all draws settle."""
    if row["low"] is None:
        return "–"
    return f"{row['low']}–{'' if row['high'] is None else row['high']}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f}"
