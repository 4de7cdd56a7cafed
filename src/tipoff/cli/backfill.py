"""``tipoff backfill``: the five processors over a range of game dates, and their ledger."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, LeadOption, progress, run
from tipoff.domain.dates import iso_date
from tipoff.domain.market import feature_markets
from tipoff.domain.plant import Part, plant_named
from tipoff.errors import TipoffError
from tipoff.settings import DEFAULT_LAKE, DEFAULT_LEAD_MINUTES

backfill_app = typer.Typer(help="Build the five processors over a range of game dates.")


@backfill_app.callback(invoke_without_command=True)
def backfill(
    context: typer.Context,
    start_date: Annotated[str | None, typer.Option(help="First game date (ISO).")] = None,
    end_date: Annotated[str | None, typer.Option(help="Last game date, included.")] = None,
    start_from: Annotated[int, typer.Option(help="Number of the first processor.")] = 1,
    only: Annotated[str | None, typer.Option(help="Build this processor only.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the work.")] = 1,
    executor: Annotated[str, typer.Option(help="Where the work runs.")] = "local",
    market: Annotated[
        str, typer.Option(help="Markets of the fifth processor, comma-separated; or all.")
    ] = "points",
    lead_minutes: LeadOption = DEFAULT_LEAD_MINUTES,
    allow_older_code: Annotated[
        bool, typer.Option("--allow-older-code", help="Build where newer code has built before.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be done.")] = False,
    plant: Annotated[str | None, typer.Option(help="Plant a fault, in a marked view.")] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Build what is missing or stale between two game dates, both included."""
    if context.invoked_subcommand is not None:
        return
    if start_date is None or end_date is None:
        raise typer.BadParameter("--start-date and --end-date are both needed, as ISO dates")

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.backfill import Request, backfill

        request = Request(
            iso_date(start_date, "--start-date"),
            iso_date(end_date, "--end-date"),
            start_from=start_from,
            only=only,
            workers=workers,
            executor=executor,
            markets=feature_markets(market),
            lead_minutes=lead_minutes,
            allow_older_code=allow_older_code,
            plant=plant_named(plant, (Part.FEATURES,)) if plant else None,
        )
        with progress() as step:
            report = backfill(open_lake(lake, must_exist=True), request, step, plan_only=plan)
        if report["failed"]:
            raise BackfillFailedError(report)
        return report

    run(work, _show, as_json=as_json)


class BackfillFailedError(TipoffError):
    """Some game dates failed; they are in the ledger and will be tried again next time."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        first = report["failures"][0]
        super().__init__(
            f"{report['failed']} of {report['planned']} (processor, game date) failed; the first: "
            f"{first['processor']} {first['game_date']}: {first['error']}. "
            "Run the same command again to retry them."
        )
        self.report = report


@backfill_app.command("status")
def status(
    start_date: Annotated[str | None, typer.Option(help="First game date (ISO).")] = None,
    end_date: Annotated[str | None, typer.Option(help="Last game date, included.")] = None,
    lead_minutes: LeadOption = DEFAULT_LEAD_MINUTES,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Show the ledger: done, stale, failed and missing game dates of each processor."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.backfill import status

        first = iso_date(start_date, "--start-date") if start_date else None
        last = iso_date(end_date, "--end-date") if end_date else None
        return status(open_lake(lake, must_exist=True), first, last, lead_minutes)

    run(work, _show_status, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    table = Table("#", "processor", "dates", "rows written", "rows explained", "seconds")
    for row in report["processors"]:
        table.add_row(
            str(row["number"]),
            row["name"],
            f"{row['dates']:,}",
            f"{row['rows_written']:,}",
            f"{row['rows_explained']:,}",
            f"{row['seconds']:.2f}",
        )
    console.print(table)
    for name, reasons in report["plan"].items():
        words = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
        console.print(f"{name}: {words}", highlight=False)
    if report["planned"] and report["estimate_seconds"] is not None:
        console.print(f"Expected to take {report['estimate_seconds']:.0f} s, by earlier runs.")
    console.print(
        f"{report['planned']:,} planned, {report['written']:,} written, "
        f"{report['skipped']:,} skipped, {report['failed']:,} failed, {report['seconds']:.1f} s"
    )


def _show_status(report: Mapping[str, Any], console: Console) -> None:
    table = Table("processor", "done", "stale", "failed", "missing")
    for row in report["processors"]:
        numbers = [f"{row[c]:,}" for c in ("done", "stale", "failed", "missing")]
        table.add_row(row["name"], *numbers)
    console.print(table)
