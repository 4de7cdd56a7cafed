"""``tipoff lines``: what lines the lake holds."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, LeadOption, run
from tipoff.cli.lines_coverage import show_coverage
from tipoff.domain.dates import iso_date
from tipoff.settings import DEFAULT_LAKE, DEFAULT_LEAD_MINUTES

lines_app = typer.Typer(help="Posted lines: what there is.", no_args_is_help=True)


class By(StrEnum):
    """What a row of the coverage is about."""

    SEASON = "season"
    MONTH = "month"


@lines_app.callback()
def lines() -> None:
    """Posted lines: what there is."""


@lines_app.command()
def coverage(
    market: Annotated[
        str, typer.Option(help="Markets, by name or spelling, with commas; or all.")
    ] = "points",
    by: Annotated[By, typer.Option(help="One row per season, or per month.")] = By.SEASON,
    start_date: Annotated[str | None, typer.Option(help="First game date counted (ISO).")] = None,
    end_date: Annotated[str | None, typer.Option(help="Last game date, included.")] = None,
    lead_minutes: LeadOption = DEFAULT_LEAD_MINUTES,
    plot: Annotated[Path | None, typer.Option(help="Write the plot here, as SVG.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write coverage.csv, coverage.json and coverage.svg here.")
    ] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Count games, players and quotes that have a line, per source and book, and how usable."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.coverage import coverage as count
        from tipoff.workflows.coverage_files import plot_file, write

        window = (
            iso_date(start_date, "--start-date") if start_date else None,
            iso_date(end_date, "--end-date") if end_date else None,
        )
        opened = open_lake(lake, must_exist=True)
        report = count(opened, market, by.value, lead_minutes, window)
        files = [plot_file(report, plot)] if plot else []
        files += write(report, out) if out else []
        return {**report, "files": files} if files else report

    run(work, show_coverage, as_json=as_json)


@lines_app.command()
def audit(
    market: Annotated[str, typer.Option(help="Market, by name or spelling.")] = "points",
    season: Annotated[str, typer.Option(help="Seasons, with commas; all by default.")] = "",
    lead_minutes: LeadOption = DEFAULT_LEAD_MINUTES,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Say what share of each book's quotes could not really have been taken, and why."""

    def work() -> Mapping[str, Any]:
        from tipoff.domain.seasons import start_year
        from tipoff.store.lake import open_lake
        from tipoff.workflows.audit_lines import audit_lines

        seasons = [name.strip() for name in season.split(",") if name.strip()]
        for name in seasons:
            start_year(name)
        return audit_lines(open_lake(lake, must_exist=True), market, seasons, lead_minutes)

    run(work, _show_audit, as_json=as_json)


def _show_audit(report: Mapping[str, Any], console: Console) -> None:
    table = Table(
        title=f"Quotes on {report['market']}, and what is wrong with them",
        box=None,
        padding=(0, 1, 0, 0),
    )
    for name in ("season", "source", "book"):
        table.add_column(name, overflow="fold", no_wrap=name != "source")
    for name in ("quotes", "takeable"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("fails", overflow="fold")
    for row in report["rows"]:
        failing = sorted(row["fails"].items(), key=lambda item: -(item[1] or 0.0))
        words = [f"{n.replace('_', ' ')} {100 * v:.1f} %" for n, v in failing if v]
        table.add_row(
            row["season"],
            row["source"],
            row["book"],
            f"{row['quotes']:,}",
            f"{100 * row['takeable']:.1f} %",
            ", ".join(words) or "–",
        )
    console.print(table)
