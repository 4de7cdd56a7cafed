"""``tipoff demo``: everything, offline, on the built-in league."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tipoff.cli.contract import JsonOption, progress, run


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the lake and the documents.")] = Path("demo"),
    seasons: Annotated[int, typer.Option(help="Seasons of the league.")] = 2,
    teams: Annotated[int, typer.Option(help="Teams, an even number up to 30.")] = 16,
    games_per_team: Annotated[int, typer.Option(help="Games of each team in a season.")] = 82,
    seed: Annotated[int, typer.Option(help="The same seed gives the same league.")] = 7,
    workers: Annotated[int, typer.Option(min=1, help="Processes of the backfill.")] = 1,
    lake: Annotated[
        str | None,
        typer.Option(help="Folder or URL of an empty lake.  [default: lake, inside --out]"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Generate a league, backfill it, train and grade every season, clean and with a planted leak.

    Needs no network and no data. The planted half shows what the leak alarm is for.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.sources.league import LeagueSettings
        from tipoff.store.lake import open_lake
        from tipoff.workflows.demo import demo as run_demo

        settings = LeagueSettings(
            seasons=seasons, teams=teams, games_per_team=games_per_team, seed=seed
        )
        with progress() as step:
            opened = open_lake(lake) if lake else None
            return run_demo(out, settings, lake=opened, workers=workers, step=step)

    run(work, _show, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    rows = ", ".join(f"{count:,} {name}" for name, count in report["league"].items())
    console.print(f"The built-in league: {rows}.", highlight=False)
    for name in ("clean", "planted"):
        console.print(_heading(name), style="bold", highlight=False)
        for row in report["runs"]:
            if bool(row["plant"]) != (name == "planted"):
                continue
            console.print(_line(row), highlight=False)
    for name, paths in report["report"].items():
        console.print(f"{name}: {paths['html']}", highlight=False, soft_wrap=True)
    console.print(f"Took {report['seconds']['total']} s.", highlight=False)


def _heading(name: str) -> str:
    if name == "clean":
        return "Clean: what is known before tip-off"
    return "LEAK SUSPECTED: the same with the game itself in its recent averages"


def _line(row: Mapping[str, Any]) -> str:
    from tipoff.backtest.edges import USUAL, at_edge

    usual, lines = at_edge(row), row["lines"]
    rate = "no picks" if usual["rate"] is None else f"{100 * usual['rate']:.1f} % of {usual['n']:,}"
    edge = f"{lines['edges'][USUAL]} {row['unit']}"
    return (
        f"  {row['season']} {row['spec']['loss']:<14} hit rate at an edge of {edge} {rate} "
        f"(break-even {100 * usual['break_even']:.1f} %), MAE {lines['mae']:.2f}, "
        f"the line's {lines['line_mae']:.2f}: {row['verdict']}"
    )
