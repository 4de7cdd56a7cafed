"""``tipoff experiments``: the ledger of every try, and seals on seasons."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.settings import DEFAULT_LAKE

experiments_app = typer.Typer(help="Every try, and seals on seasons.", no_args_is_help=True)


@experiments_app.command("list")
def list_all(lake: LakeOption = DEFAULT_LAKE, as_json: JsonOption = False) -> None:
    """List every run that was started in this lake, the aborted and forced ones too."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.experiments import listed

        return listed(open_lake(lake, must_exist=True))

    run(work, _show, as_json=as_json)


@experiments_app.command()
def seal(
    season: Annotated[str, typer.Argument(help="A season, such as 2024-25.")],
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Seal a season that nobody has looked at; runs graded on it are then refused.

    A sealed season opens once, with --open-seal; every look is noted for ever.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.domain.seasons import start_year
        from tipoff.store.lake import open_lake
        from tipoff.workflows.promises import seal as put

        start_year(season)
        return put(open_lake(lake), season)

    run(work, _show_seal, as_json=as_json)


@experiments_app.command()
def seals(lake: LakeOption = DEFAULT_LAKE, as_json: JsonOption = False) -> None:
    """List the seasons that were ever sealed, and every look at them."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.promises import seals as known

        return known(open_lake(lake, must_exist=True))

    run(work, _show_seals, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("try", "run", "name", "market", "started", "state", "verdict"):
        table.add_column(name, overflow="fold")
    for row in report["experiments"]:
        marks = [f"planted: {row['plant']}"] if row["plant"] else []
        marks += ["forced"] if row["forced"] else []
        table.add_row(
            str(row["number"]),
            row["run_id"][:8],
            row["name"] + (f" ({', '.join(marks)})" if marks else ""),
            row["market"],
            f"{row['started_at']:%Y-%m-%d %H:%M}",
            row["state"],
            row["verdict"] or "–",
        )
    console.print(table)


def _show_seal(report: Mapping[str, Any], console: Console) -> None:
    console.print(f"{report['season']} is {report['state']}.", highlight=False)


def _show_seals(report: Mapping[str, Any], console: Console) -> None:
    if not report["seals"]:
        console.print("No season was ever sealed.")
    for entry in report["seals"]:
        console.print(f"{entry['season']}: {entry['state']}", highlight=False)
        for event in entry["events"]:
            by = f" by run {event['run_id']}" if event["run_id"] else ""
            console.print(
                f"  {event['at']:%Y-%m-%d %H:%M} UTC {event['event']}{by}", highlight=False
            )
