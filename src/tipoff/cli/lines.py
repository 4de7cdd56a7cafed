"""``tipoff lines``: what lines the lake holds."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.settings import DEFAULT_LAKE

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
    market: Annotated[str, typer.Option(help="Market, by name or spelling.")] = "points",
    by: Annotated[By, typer.Option(help="One row per season, or per month.")] = By.SEASON,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Count game dates, games and player-games that have a line, and how many are usable."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.coverage import coverage as count

        return count(open_lake(lake, must_exist=True), market, by.value)

    run(work, _show, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    if not report["rows"]:
        console.print(f"No lines on {report['market']} in this lake.", highlight=False)
        return
    numbers = ("game_dates", "games", "player_games", "priced", "known_time", "usable")
    texts = ("season", *(["month"] if report["by"] == By.MONTH else []), "source", "book")
    table = Table(title=f"Lines on {report['market']}", box=SIMPLE_HEAD, pad_edge=False)
    for name in texts:
        table.add_column(name, overflow="fold", no_wrap=name != "source")
    for name in numbers:
        table.add_column(name.replace("_", " "), justify="right")
    for row in report["rows"]:
        table.add_row(*[row[n] for n in texts], *[f"{row[n]:,}" for n in numbers])
    console.print(table)
