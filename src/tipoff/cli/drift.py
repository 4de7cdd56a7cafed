"""``tipoff drift``: whether what runs is still what it should be."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.cli.predict import game_date
from tipoff.errors import InputError
from tipoff.settings import DEFAULT_LAKE

drift_app = typer.Typer(help="Whether what runs is still what it should be.", no_args_is_help=True)


@drift_app.callback()
def drift() -> None:
    """Whether what runs is still what it should be."""


@drift_app.command()
def deployment(
    service: Annotated[
        list[str] | None,
        typer.Option(
            help="Where a service answers HTTP; may be given again. Others report by a file.",
            metavar="NAME=URL",
        ),
    ] = None,
    not_deployed: Annotated[
        list[str] | None,
        typer.Option(
            help="A service that is not to be missed; may be given again.", metavar="NAME"
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="The same as a file (TOML): not_deployed, and services by name."),
    ] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Compare what each service runs, file by file, with what is here now.

    Exit code 3: one runs something else, or does not say what it runs.
    """
    from tipoff.workflows.deployment import not_fine

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.deployment import deployment_drift, read_deployed

        stated = read_deployed(config)
        return deployment_drift(
            open_lake(lake, must_exist=True),
            {**stated.services, **_addresses(service or [])},
            not_deployed=(*stated.not_deployed, *(not_deployed or ())),
        )

    run(work, _show, as_json=as_json, negative=not_fine)


def _addresses(stated: list[str]) -> dict[str, str]:
    found = dict[str, str]()
    for text in stated:
        name, _, url = text.partition("=")
        if not url:
            raise InputError(f"Expected NAME=URL for --service, got {text!r}.")
        if name in found:
            raise InputError(f"Expected one address of {name} for --service, got two.")
        found[name] = url
    return found


def _show(report: Mapping[str, Any], console: Console) -> None:
    table = Table("service", "state", "version", "here", "running", box=None)
    for row in report["services"]:
        running = (row["hash_running"] or "")[:12]
        table.add_row(
            row["service"], row["state"], row["version"] or "", row["hash_here"][:12], running
        )
    console.print(table)
    for row in report["services"]:
        if row["state"] != "same":
            console.print(row["sentence"], highlight=False, markup=False, soft_wrap=True)
    if not report["models_compared"]:
        console.print("Models were not compared.", highlight=False)


@drift_app.command()
def models(
    date: Annotated[
        str, typer.Option("--date", help="The game date before which it is looked at.")
    ] = "TODAY",
    market: Annotated[str, typer.Option(help="Whose live models.")] = "points",
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Hold what live models see, and how they err, against their training.

    Exit code 3: something drifted, or could not be told.
    """
    from tipoff.workflows.model_drift import models_drifted

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.model_drift import model_drift

        return model_drift(open_lake(lake, must_exist=True), game_date(date), market)

    run(work, _show_models, as_json=as_json, negative=models_drifted)


def _show_models(report: Mapping[str, Any], console: Console) -> None:
    for model in report["models"]:
        for kind in ("features", "residuals", "calibration"):
            states = [check["state"] for check in model[kind]]
            counts = ", ".join(f"{states.count(s)} {s}" for s in dict.fromkeys(states))
            console.print(
                f"{model['name']} ({model['stage']}), {kind}: {counts or 'nothing told'}",
                highlight=False,
                markup=False,
            )


@drift_app.command()
def decay(
    date: Annotated[
        str, typer.Option("--date", help="The game date that is decided next.")
    ] = "TODAY",
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Judge the picks of every recipe; halt the market of a champion that is blocked.

    Exit code 3: a recipe is degrading or blocked.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.decay import decay_states

        return decay_states(open_lake(lake, must_exist=True), game_date(date))

    from tipoff.workflows.decay import decayed

    run(work, _show_decay, as_json=as_json, negative=decayed)


def _show_decay(report: Mapping[str, Any], console: Console) -> None:
    table = Table("market", "recipe", "as of", "state", "e-value", box=None)
    for row in report["states"]:
        value = row["numbers"]["e_value"]
        shown = "–" if value is None else f"{value:.3g}"
        about = (row["market"], row["model_name"], str(row["game_date"]))
        table.add_row(*about, row["state"], shown)
    console.print(table)
    for row in report["states"]:
        console.print(f"{row['model_name']}: {row['reason']}", highlight=False, markup=False)
    for row in report["halts"]:
        word = "halted" if row["is_on"] else "no longer halted"
        console.print(f"{row['market']} is {word}.", highlight=False)
