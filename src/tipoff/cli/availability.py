"""``tipoff availability``: what was known of who would play, and who played."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.domain.dates import iso_date
from tipoff.settings import DEFAULT_LAKE, DEFAULT_LEAD_MINUTES


def availability(
    lead_minutes: Annotated[
        int, typer.Option(min=0, help="Minutes before tip-off of the decision.")
    ] = DEFAULT_LEAD_MINUTES,
    start_date: Annotated[str | None, typer.Option(help="First game date (ISO).")] = None,
    end_date: Annotated[str | None, typer.Option(help="Last game date, included.")] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Report of how many players it was known whether they would play, and how many did."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.availability import availability_report

        start = iso_date(start_date, "--start-date") if start_date else None
        end = iso_date(end_date, "--end-date") if end_date else None
        opened = open_lake(lake, must_exist=True)
        return availability_report(opened, lead_minutes=lead_minutes, window=(start, end))

    run(work, _show, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    seasons = Table("season", "player-games", "known", "%", "lists that count", box=None)
    for row in report["rows"]:
        lists = ", ".join(f"{name} {n:,}" for name, n in row["sources"].items())
        seasons.add_row(
            row["season"],
            f"{row['player_games']:,}",
            f"{row['known']:,}",
            _percent(row["share"]),
            f"{lists or 'none'} of {row['team_games']:,} team-games",
        )
    console.print(seasons)
    statuses = Table("status at the decision", "player-games", "played", "%", box=None)
    for row in report["statuses"]:
        statuses.add_row(
            row["status"], f"{row['player_games']:,}", f"{row['played']:,}", _percent(row["share"])
        )
    console.print(statuses)
    conflicts = report["conflicts"]
    console.print(
        f"Sources say different things of {conflicts['differing']:,} of the "
        f"{conflicts['compared']:,} players of whom several tell.",
        highlight=False,
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"
