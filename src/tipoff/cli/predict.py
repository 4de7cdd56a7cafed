"""``tipoff predict`` and ``tipoff halt``: picks of a date before it is played, or none at all."""

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from datetime import date as calendar_date
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, instant, progress, run
from tipoff.domain.dates import iso_date
from tipoff.settings import DEFAULT_LAKE

_SHORT = 12
DateOption = Annotated[
    str, typer.Option("--date", help="The game date (ISO), or TODAY, TOMORROW or YESTERDAY.")
]


def game_date(text: str, option: str = "--date") -> calendar_date:
    """Parse a game date, or a word for one as of now in the US East."""
    from tipoff.workflows.freshness import DAYS, date_named

    return date_named(text, datetime.now(UTC)) if text.upper() in DAYS else iso_date(text, option)


def predict(
    date: DateOption = "TODAY",
    market: Annotated[str, typer.Option(help="The market.")] = "points",
    at: Annotated[
        str | None,
        typer.Option(help="Decide at this instant (ISO, with its zone) where it is earlier."),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Of these models only (repeatable); all live ones.")
    ] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Only games whose decision instant has come.")
    ] = False,
    point_edge: Annotated[
        float | None, typer.Option(min=0, help="Least point edge; the market's usual one.")
    ] = None,
    probability_edge: Annotated[
        float, typer.Option(min=0, max=0.99, help="Least probability edge.")
    ] = 0.0,
    per_team: Annotated[int, typer.Option(min=0, help="Most picks per team.")] = 2,
    per_game: Annotated[int, typer.Option(min=0, help="Most picks per game.")] = 3,
    per_day: Annotated[int, typer.Option(min=0, help="Most picks per day.")] = 15,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Predict every player who may play, with all live models, and keep what is new.

    What was said before stays; a newer slate supersedes it for games that have not begun.
    """
    asked = dict(locals())
    run(lambda: _predicted(asked), _show, as_json=as_json, negative=_nothing)


def _predicted(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    from pydantic import ValidationError

    from tipoff.backtest.picks import PickPolicy
    from tipoff.models.spec import sentence_of
    from tipoff.store.lake import open_lake
    from tipoff.workflows.predict import Question
    from tipoff.workflows.predict import predict as predict_date

    names = ("point_edge", "probability_edge", "per_team", "per_game", "per_day")
    try:
        policy = PickPolicy(**{name: asked[name] for name in names})
    except ValidationError as error:
        raise sentence_of(error) from None
    now = datetime.now(UTC)
    question = Question(
        game_date(asked["date"]),
        asked["market"],
        instant(asked["at"], "--at") if asked["at"] else now,
        tuple(asked["model"] or ()),
        asked["due"],
        policy,
    )
    with progress() as step:
        return predict_date(open_lake(asked["lake"], must_exist=True), question, now=now, step=step)


def _nothing(report: Mapping[str, Any]) -> str | None:
    # That no game is due yet is no failure of a job that runs every few minutes.
    if report["state"] in ("predicted", "not due"):
        return " ".join(report["broken"].values()) or None
    return f"Nothing was predicted ({report['state']}): {report['reason']}"


def _show(report: Mapping[str, Any], console: Console) -> None:
    for slate in report["slates"]:
        mark = " (forced)" if slate["is_forced"] else ""
        kept = "kept as" if slate["kept"] else "the same as"
        console.print(
            f"{slate['name']} {slate['model_id'][:_SHORT]}, {slate['stage']}{mark}: "
            f"{slate['predicted']:,} of {slate['rows']:,} players of {slate['games']} games "
            f"predicted, {slate['lined']:,} with a line, {slate['picks']} picks; {kept} slate "
            f"{slate['slate']}.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        if slate["halted"]:
            console.print(f"Halted: {slate['halted']}", highlight=False, markup=False)
        table = Table("no pick because", "players", box=None)
        for reason, n in slate["reasons"].items():
            table.add_row(reason, f"{n:,}")
        console.print(table)
    if report["state"] == "not due":
        console.print(report["reason"], highlight=False, markup=False)


def halt(
    reason: Annotated[str, typer.Argument(help="Why, in words; it is published.")] = "",
    market: Annotated[str, typer.Option(help="A market, or all.")] = "all",
    kind: Annotated[str, typer.Option(help="Which halt; each is lifted by itself.")] = "manual",
    lift: Annotated[bool, typer.Option("--lift", help="Let picks go on.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who does it.")] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Halt picks, or lift a halt: while one is on nothing is picked, and the reason is shown."""

    def work() -> Mapping[str, Any]:
        from tipoff.domain.market import market_named
        from tipoff.errors import InputError
        from tipoff.store.lake import open_lake
        from tipoff.workflows.halts import ALL, active_halts, set_halt

        if not lift and not reason.strip():
            raise InputError("Expected a reason in words, such as tipoff halt 'lines are late'.")
        name = ALL if market == ALL else market_named(market).name
        opened = open_lake(lake, must_exist=True)
        who = by or getpass.getuser()
        found = set_halt(opened, name, kind, is_on=not lift, by=who, sentence=reason)
        return {**found, "active": active_halts(opened)}

    run(work, _show_halts, as_json=as_json)


def _show_halts(report: Mapping[str, Any], console: Console) -> None:
    if not report["changed"]:
        console.print("It was so already; nothing was changed.", highlight=False)
    for row in report["active"]:
        console.print(
            f"{row['market']} is halted since {row['at']:%Y-%m-%d %H:%M} UTC ({row['reason']}, by "
            f"{row['by']}): {row['sentence']}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if not report["active"]:
        console.print("No halt is on.", highlight=False)
