"""``tipoff league``: made-up leagues whose truth is known."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.settings import DEFAULT_LAKE

league_app = typer.Typer(help="Made-up leagues whose truth is known.", no_args_is_help=True)


@league_app.callback()
def about() -> None:
    """Made-up leagues whose truth is known."""


@league_app.command()
def generate(
    world: Annotated[
        str | None, typer.Option(help="Begin with the knobs of this world; see 'league worlds'.")
    ] = None,
    knob: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Turn a knob; see 'league knobs'. Repeatable."),
    ] = None,
    truth_games: Annotated[
        int,
        typer.Option(min=0, help="Play each game so often for its true distributions; 0: none."),
    ] = 0,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Put a made-up league, and its truth beside it, into an empty lake."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.league import put, settings_of

        settings = settings_of(knob or [], world)
        with progress() as step:
            return put(open_lake(lake), settings, truth_games=truth_games, step=step)

    run(work, _show_generated, as_json=as_json)


def _show_generated(report: Mapping[str, Any], console: Console) -> None:
    rows = {**report["league"], **report["truth"]}
    counted = ", ".join(f"{count:,} {name}" for name, count in rows.items())
    console.print(f"In the lake: {counted}.", highlight=False)
    console.print(f"Took {report['seconds']} s.", highlight=False)


@league_app.command()
def truth(lake: LakeOption = DEFAULT_LAKE, as_json: JsonOption = False) -> None:
    """Hold what happened against the true distributions. Exit code 3: they are not true."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.league import truth_report

        return truth_report(open_lake(lake, must_exist=True))

    run(work, _show_truth, as_json=as_json, negative=_untrue)


def _untrue(report: Mapping[str, Any]) -> str | None:
    from tipoff.workflows.league import LEVEL

    off = [
        name
        for name, found in report["calibration"].items()
        if not found["mean_holds"]
        or min(found["chi_square_p"], found["kolmogorov_smirnov_p"]) < LEVEL
    ]
    if not off:
        return None
    return f"What happened does not follow the true distributions ({', '.join(off)})."


def _show_truth(report: Mapping[str, Any], console: Console) -> None:
    knobs = ", ".join(f"{name}={value}" for name, value in report["settings"].items())
    console.print(f"Knobs that are not as usual: {knobs or 'none'}.", highlight=False)
    console.print(f"Player-games with a true distribution: {report['rows']:,}.", highlight=False)
    table = Table("known", "n", "mean integral", "games", "chi² p", "Kolmogorov-Smirnov p")
    for name, found in report["calibration"].items():
        table.add_row(
            name,
            f"{found['n']:,}",
            f"{found['mean']:.4f}",
            f"{found['games']:,}",
            f"{found['chi_square_p']:.4f}",
            f"{found['kolmogorov_smirnov_p']:.4f}",
        )
    console.print(table)


@league_app.command()
def knobs(as_json: JsonOption = False) -> None:
    """List the knobs, their usual values and bounds."""

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.league import knobs as listed

        return listed()

    run(work, _show_knobs, as_json=as_json)


def _show_knobs(report: Mapping[str, Any], console: Console) -> None:
    table = Table("knob", "usual", "from", "to", "what")
    for row in report["knobs"]:
        table.add_row(
            row["name"], str(row["usual"]), _plain(row["low"]), _plain(row["high"]), row["doc"]
        )
    console.print(table)


def _plain(bound: float | None) -> str:
    return "" if bound is None else f"{bound:g}"


@league_app.command()
def worlds(as_json: JsonOption = False) -> None:
    """List the worlds: an efficient market, and markets that are wrong in one known way each."""

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.league import worlds as listed

        return listed()

    run(work, _show_worlds, as_json=as_json)


def _show_worlds(report: Mapping[str, Any], console: Console) -> None:
    for row in report["worlds"]:
        turned = ", ".join(f"{name}={value}" for name, value in row["knobs"].items())
        console.print(f"{row['name']}: {turned}", highlight=False, soft_wrap=True)
