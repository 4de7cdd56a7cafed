"""``tipoff features``: the catalogue."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, LeadOption, run
from tipoff.cli.features_serve import serve
from tipoff.cli.warm_up import warm_up
from tipoff.domain.dates import iso_date
from tipoff.errors import InputError
from tipoff.settings import DEFAULT_LAKE, DEFAULT_LEAD_MINUTES

features_app = typer.Typer(help="The features: what they are and what they need.")
features_app.command()(serve)
features_app.command("warm-up")(warm_up)


@features_app.command("list")
def list_(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the catalogue page.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List every feature in order of index."""

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.catalogue import listed, page

        return {**listed(), "page": page()} if markdown else listed()

    run(work, _show_page if markdown else _show_list, as_json=as_json)


@features_app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a feature.")], as_json: JsonOption = False
) -> None:
    """Show one feature's declaration."""

    def work() -> Mapping[str, Any]:
        from tipoff.workflows.catalogue import shown

        return shown(name)

    run(work, _show_one, as_json=as_json)


@features_app.command()
def why(
    name: Annotated[str, typer.Argument(help="Name of a feature, or all.")] = "all",
    player: Annotated[str, typer.Option(help="His name in any spelling, or his id.")] = "",
    date: Annotated[str, typer.Option(help="The game date (ISO).")] = "",
    market: Annotated[str, typer.Option(help="Whose features.")] = "points",
    lead_minutes: LeadOption = DEFAULT_LEAD_MINUTES,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Show a player's values of a date, the rows they came from, and what came later.

    Of a single feature every row that its value comes from is found, by trying without it.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.why import why as explain

        if not player or not date:
            raise InputError("Expected --player and --date, such as --player 'Luka Doncic'.")
        day = iso_date(date, "--date")
        opened = open_lake(lake, must_exist=True)
        return explain(opened, name, player, day, market=market, lead_minutes=lead_minutes)

    run(work, _show_why, as_json=as_json)


def _show_why(report: Mapping[str, Any], console: Console) -> None:
    player, game = report["player"], report["game"]
    console.print(
        f"{player['name']} ({player['id']}) of {player['team']} against {game['opponent']}, "
        f"{game['game_date']}; decided at {report['as_of']:%Y-%m-%d %H:%M} UTC",
        highlight=False,
        soft_wrap=True,
    )
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("feature", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold")
    table.add_column("days old", justify="right")
    table.add_column("from, or why not", overflow="fold")
    for row in report["features"]:
        age = "–" if row["age_days"] is None else f"{row['age_days']:.1f}"
        source = row["why_missing"] or ", ".join(row["reads"])
        table.add_row(row["name"], _value(row["value"]), row["unit"], age, source)
    console.print(table)
    _show_stale(report["features"], console)
    if len(report["features"]) == 1:
        _show_parts(report["features"][0], console)
    for name, part in report["inputs"].items():
        console.print(
            f"{name}: {part['used']} rows known, {part['came_later']} came later", highlight=False
        )
        for row in part["rows"][:5]:
            console.print(f"  {_line(row)}", highlight=False, markup=False, soft_wrap=True)
        for row in part["not_used"][:3]:
            text = f"  not used: {_line(row)}"
            console.print(text, highlight=False, markup=False, soft_wrap=True)


def _show_stale(features: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Say which stored values are not what the lake's rows give now."""
    if not any(row["is_stored"] for row in features):
        console.print("Not stored; 'tipoff backfill' stores it.", highlight=False)
        return
    for row in features:
        if not row["agrees"]:
            console.print(
                f"{row['name']} is stored as {_value(row['stored'])}: stale, or decided at "
                "another moment; 'tipoff backfill status' tells.",
                highlight=False,
                soft_wrap=True,
            )


def _show_parts(feature: Mapping[str, Any], console: Console) -> None:
    rows = feature["rows"]
    console.print(f"{feature['doc']}", highlight=False, markup=False, soft_wrap=True)
    console.print(
        f"{_value(feature['value'])} comes from {len(rows)} rows:"
        if rows
        else "No row of an input moves it; it comes from the game's own place in the schedule.",
        highlight=False,
    )
    for row in rows:
        shown = {k: v for k, v in row.items() if k not in ("input", "without")}
        console.print(
            f"  {row['input']} {_line(shown)}; without it {_value(row['without'])}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _value(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _line(row: Mapping[str, Any]) -> str:
    basis = " (assumed)" if row["is_time_recorded"] is False else ""
    left_out = ("game_id", "known_at", "sources", "is_time_recorded", "is_this_game", "game_date")
    values = [
        f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}"
        for k, v in row.items()
        if v is not None and v is not False and k not in left_out
    ]
    own = " (this very game)" if row["is_this_game"] else ""
    return (
        f"{row['game_id']}{own}, known {row['known_at']:%Y-%m-%d %H:%M}{basis}: {', '.join(values)}"
    )


def _show_page(report: Mapping[str, Any], _: Console) -> None:
    sys.stdout.write(report["page"])


def _show_list(report: Mapping[str, Any], console: Console) -> None:
    table = Table("#", "feature", "unit", "need", "reads")
    for row in report["features"]:
        table.add_row(
            str(row["index"]), row["name"], row["unit"], row["need"], ", ".join(row["reads"])
        )
    console.print(table)


def _show_one(report: Mapping[str, Any], console: Console) -> None:
    row = report["features"][0]
    console.print(f"{row['index']} {row['name']}: {row['doc']}", highlight=False)
    low, high = row["bounds"]
    console.print(
        f"{row['unit']}, {low:g} to {high:g}; {row['need']}; from {', '.join(row['reads'])}, "
        f"at most {row['freshness_days']} days old",
        highlight=False,
    )
    console.print(f"in {', '.join(row['sets'])}", highlight=False)
