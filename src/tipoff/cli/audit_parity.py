"""``tipoff audit parity``: what was served must be what is backfilled later."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli import train_options as options
from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.domain.dates import iso_date
from tipoff.domain.plant import Part, plant_named
from tipoff.settings import DEFAULT_LAKE


def parity(
    start_date: Annotated[str, typer.Option(help="First game date (ISO).")],
    end_date: Annotated[str, typer.Option(help="Last game date, included.")],
    market: Annotated[str, typer.Option(help="Whose features.")] = "points",
    tolerance: Annotated[float, typer.Option(help="Numbers may differ by so much.")] = 0.0,
    allow_unreadable: Annotated[
        bool,
        typer.Option("--allow-unreadable", help="Pass differences whose versions are gone."),
    ] = False,
    plant: options.Planted = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Compare every served value with the backfilled one, and name why it differs.

    Causes are found by building the rows again from what was there and what came in since. Exit
    code 3 for a leak, for what no cause explains, and for what can not be checked any more.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.domain.market import feature_markets
        from tipoff.errors import InputError
        from tipoff.store.lake import open_lake
        from tipoff.workflows.parity import audit_parity
        from tipoff.workflows.parity_request import Asked

        markets = feature_markets(market)
        if len(markets) > 1:
            raise InputError(f"Expected one market, got {market}. Audit them one after another.")
        asked = Asked(
            iso_date(start_date, "--start-date"),
            iso_date(end_date, "--end-date"),
            markets[0],
            tolerance,
            plant_named(plant, (Part.FEATURES,)) if plant else None,
            allow_unreadable,
        )
        with progress() as step:
            return audit_parity(open_lake(lake, must_exist=True), asked, step=step)

    run(work, _show, as_json=as_json, negative=_negative)


def _negative(report: Mapping[str, Any]) -> str | None:
    return None if report["passed"] else str(report["sentences"][-1])


def _show(report: Mapping[str, Any], console: Console) -> None:
    for sentence in report["sentences"]:
        console.print(f"- {sentence}", highlight=False, markup=False)
    _print(console, report["causes"], "cause", ("values", "rows"))
    differing = [row for row in report["features"] if row["differing"]]
    _print(console, differing, "feature", ("values", "equal", "differing", "largest_difference"))
    for cause in report["causes"]:
        for example in cause["examples"][:1]:
            console.print(
                f"{cause['cause']}: {example['column']} of {example['player_id']} in "
                f"{example['game_id']} was served as {_number(example['served'])}, backfilled as "
                f"{_number(example['backfilled'])}.",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )
    if report["dates_not_served"]:
        console.print(
            f"{len(report['dates_not_served'])} game dates of the span were never served.",
            highlight=False,
        )
    console.print(f"Audit {report['audit']}: {report['verdict']}", highlight=False)


def _print(
    console: Console, rows: list[Mapping[str, Any]], name: str, columns: tuple[str, ...]
) -> None:
    if not rows:
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column(name)
    for heading in columns:
        table.add_column(heading.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(row[name], *[_number(row[column]) for column in columns])
    console.print(table)


def _number(value: float | str | None) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else f"{value:,.6g}"
