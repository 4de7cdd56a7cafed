"""``tipoff audit``: look for what is too good to be true."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.audit_leaks import leaks
from tipoff.cli.audit_parity import parity
from tipoff.cli.audit_thermometer import ceilings, thermometer
from tipoff.cli.contract import JsonOption, run
from tipoff.errors import InputError

audit_app = typer.Typer(help="Look for what is too good to be true.", no_args_is_help=True)

audit_app.command()(leaks)
audit_app.command()(parity)
audit_app.command()(thermometer)
audit_app.command()(ceilings)

_FILES = ("lines", "box")


@audit_app.callback()
def audit() -> None:
    """Look for what is too good to be true."""


@audit_app.command()
def plants(as_json: JsonOption = False) -> None:
    """List the faults that can be planted on purpose with --plant."""

    def work() -> Mapping[str, Any]:
        from tipoff.domain.plant import PLANTS

        return {
            "plants": [
                {
                    "name": plant.name,
                    "breaks": plant.part.value,
                    "processors": list(plant.processors),
                    "about": plant.about,
                }
                for plant in PLANTS.values()
            ]
        }

    run(work, _show_plants, as_json=as_json)


def _show_plants(report: Mapping[str, Any], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("plant", "breaks", "what is wrong"):
        table.add_column(heading, no_wrap=heading != "what is wrong")
    for plant in report["plants"]:
        table.add_row(plant["name"], plant["breaks"], plant["about"])
    console.print(table)


@audit_app.command("file")
def file_(
    predictions: Annotated[
        Path,
        typer.Argument(help="CSV (also gzip, zip), Parquet, Excel, JSON lines or a JSON array."),
    ],
    lines: Annotated[Path | None, typer.Option(help="Posted lines.")] = None,
    box: Annotated[Path | None, typer.Option(help="What happened: box scores.")] = None,
    market: Annotated[
        str | None,
        typer.Option(help="Market, by name or spelling.  [default: what the file says, or points]"),
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="ROLE=COLUMN",
            help="Which column is what; lines.ROLE and box.ROLE for the other files. Repeatable.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the verdict card.")] = Path("reports"),
    as_json: JsonOption = False,
) -> None:
    """Grade anybody's predictions against lines and results; no lake is needed.

    Columns are recognised by name. Exit code 3 means that a leak is suspected.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.audit_file import Files, audit_file

        own = _mapped(mapped or [])
        return audit_file(
            Files(predictions, lines, box, market, own[""], own["lines"], own["box"]), out
        )

    run(work, _show, as_json=as_json, negative=_suspected)


def _mapped(pairs: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return role = column by file, the predictions' own under an empty name."""
    found: dict[str, dict[str, str]] = {"": {}, "lines": {}, "box": {}}
    for pair in pairs:
        role, equals, column = pair.partition("=")
        if not equals or not role.strip() or not column.strip():
            raise InputError(
                f"Expected --map ROLE=COLUMN, such as prediction=MyPred; got {pair!r}."
            )
        place, _, name = role.strip().rpartition(".")
        if place not in found:
            raise InputError(
                f"Expected --map of {' or '.join(f'{f}.ROLE' for f in _FILES)} or of ROLE alone, "
                f"got {pair!r}."
            )
        found[place][name] = column.strip()
    return found


def _suspected(report: Mapping[str, Any]) -> str | None:
    from tipoff.backtest.file_verdict import ALARMS

    return report["sentences"][0] if report["verdict"] in ALARMS else None


def _show(report: Mapping[str, Any], console: Console) -> None:
    for sentence in report["sentences"]:
        console.print(f"- {sentence}", highlight=False, markup=False)
    lines = report["lines"]
    table = Table(title=f"{report['verdict']}: hit rates", box=None, padding=(0, 2, 0, 0))
    for heading in (f"edge, {report['unit']}", "hit rate", "n", "interval", "break-even"):
        table.add_column(heading, justify="right", no_wrap=True)
    for edge, rate in lines["hr"].items():
        table.add_row(
            f"≥ {edge}",
            _percent(rate["rate"]),
            f"{rate['n']:,}",
            f"{_percent(rate['low'])} – {_percent(rate['high'])}",
            _percent(rate["break_even"]),
        )
    console.print(table)
    console.print(f"Card: {report['card']['html']}", highlight=False, soft_wrap=True)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
