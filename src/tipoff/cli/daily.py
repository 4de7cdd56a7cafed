"""``tipoff daily`` and ``tipoff replay``: the day's job, live and over history."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.cli.predict import game_date
from tipoff.domain.dates import iso_date
from tipoff.settings import DEFAULT_LAKE

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="What the day does; the shipped one by default.")
]


def daily(
    date: Annotated[
        str, typer.Option("--date", help="The game date that is predicted (ISO or TODAY).")
    ] = "TODAY",
    config: ConfigOption = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only these steps (repeatable), in their order.")
    ] = None,
    skip: Annotated[list[str] | None, typer.Option(help="All but these steps.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Begin anew though a run was killed.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show the steps, and stop.")] = False,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 2,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Run the day in order: take in, grade, build, refit, predict, publish, check.

    Killed anywhere, the same command goes on. Exit code 1: a step failed. Exit code 3: all is
    done, and something is wrong with what was found.
    """
    asked = dict(locals())
    if plan:
        run(lambda: {"steps": _steps(asked)}, _show_plan, as_json=as_json)
        return
    from tipoff.workflows.daily import wrong_day

    run(lambda: _done(asked), _show, as_json=as_json, negative=wrong_day)


def _steps(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    chosen = _chosen(asked["only"] or (), asked["skip"] or ())
    return [{"name": s.name, "about": s.about, "needs": list(s.needs)} for s in chosen]


def _chosen(only: Sequence[str], skip: Sequence[str]) -> list[Any]:
    from tipoff.errors import not_among
    from tipoff.workflows.day_steps import STEPS

    names = [step.name for step in STEPS]
    unknown = sorted({*only, *skip} - set(names))
    if unknown:
        raise not_among("steps", names, unknown[0])
    return [s for s in STEPS if (not only or s.name in only) and s.name not in skip]


def _done(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    from tipoff.store.lake import open_lake
    from tipoff.workflows.daily import DayFailedError, run_day
    from tipoff.workflows.daily_config import read_daily
    from tipoff.workflows.day import Day

    steps = _chosen(asked["only"] or (), asked["skip"] or ())
    lake = open_lake(asked["lake"], must_exist=True)
    config = read_daily(asked["config"])
    with progress() as step:
        day = Day(lake, config, game_date(asked["date"]), datetime.now(UTC), asked["threads"], step)
        report = run_day(day, steps=steps, again=asked["again"])
    if any(row["state"] != "done" for row in report["steps"]):
        raise DayFailedError(report)
    return report


def _show_plan(report: Mapping[str, Any], console: Console) -> None:
    for row in report["steps"]:
        needs = f" (needs {', '.join(row['needs'])})" if row["needs"] else ""
        console.print(f"{row['name']}: {row['about']}{needs}", highlight=False)


def _show(report: Mapping[str, Any], console: Console) -> None:
    table = Table("step", "state", "seconds", "found", box=None)
    for row in report["steps"]:
        table.add_row(row["name"], row["state"], f"{row['seconds']:.1f}", row["negative"] or "")
    console.print(table)
    resumed = ", gone on with after a kill" if report["resumed"] else ""
    console.print(
        f"{report['game_date']}: run {report['run_id']}{resumed}, {report['seconds']:.1f} s.",
        highlight=False,
    )


def replay(
    start: Annotated[str, typer.Option(help="First game date (ISO).")],
    end: Annotated[str, typer.Option(help="Last game date (ISO).")],
    config: ConfigOption = None,
    out: Annotated[
        str | None, typer.Option(help="Where its logs go; replays/START-END in the lake.")
    ] = None,
    stage: Annotated[
        str, typer.Option(help="Where models start: champion, shadow or candidate.")
    ] = "champion",
    morning: Annotated[
        bool, typer.Option("--morning", help="Predict in the morning too, not at decisions only.")
    ] = False,
    check: Annotated[bool, typer.Option(help="Compare with a backtest of the same walk.")] = True,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 2,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Run the daily job over history, each step at its true instant.

    Exit code 3: the replay does not say what the backtest says.
    """
    asked = dict(locals())
    run(lambda: _replayed(asked), _show_replay, as_json=as_json, negative=_differs)


def _replayed(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    from tipoff.errors import InputError, not_among
    from tipoff.store.lake import open_lake
    from tipoff.tables.models import CANDIDATE, CHAMPION, SHADOW
    from tipoff.workflows.daily_config import read_daily
    from tipoff.workflows.replay import Asked
    from tipoff.workflows.replay import replay as replay_days
    from tipoff.workflows.replay_check import beside_backtest

    stages = (CANDIDATE, SHADOW, CHAMPION)
    if asked["stage"] not in stages:
        raise not_among("a stage", stages, asked["stage"])
    first, last = iso_date(asked["start"], "--start"), iso_date(asked["end"], "--end")
    if last < first:
        raise InputError(f"Expected an end on or after {first}, got {last}.")
    lake = open_lake(asked["lake"], must_exist=True)
    home = asked["out"] or f"{lake.url.rstrip('/')}/replays/{first}-{last}"
    what = Asked(
        first,
        last,
        read_daily(asked["config"]),
        home,
        asked["stage"],
        asked["morning"],
        asked["threads"],
    )
    with progress() as step:
        report = replay_days(lake, what, step=step)
        step("walking through the same span", 0, 0)
        compared = beside_backtest(lake, what) if asked["check"] else None
    return {**report, "backtest": compared}


def _differs(report: Mapping[str, Any]) -> str | None:
    compared = report["backtest"]
    if compared is None or compared["equal"]:
        return None
    names = ", ".join(row["name"] for row in compared["models"] if not row["equal"])
    return f"The replay does not say what the backtest says of {names}."


def _show_replay(report: Mapping[str, Any], console: Console) -> None:
    columns = ("listed", "predicted", "lined", "takeable", "picked", "played", "graded")
    table = Table("date", *columns, "states", "seconds", box=None)
    for row in report["days"]:
        counts = [f"{row[name]:,}" for name in columns]
        states = ", ".join(f"{name} {state}" for name, state in row["states"].items())
        table.add_row(str(row["game_date"]), *counts, states, f"{row['seconds']:.1f}")
    console.print(table)
    console.print(
        f"Logs and published documents: {report['home']}", highlight=False, soft_wrap=True
    )
    for row in (report["backtest"] or {}).get("models", []):
        parts = {"predictions": row["predictions"], "lined": row["lined"]}
        for name, part in parts.items():
            console.print(
                f"{row['name']}, {name}: {part['both']:,} in both, {part['only_replay']:,} in the "
                f"replay only, {part['only_backtest']:,} in the backtest only, "
                f"{sum(part['differ'].values()):,} values differ.",
                highlight=False,
                soft_wrap=True,
            )
