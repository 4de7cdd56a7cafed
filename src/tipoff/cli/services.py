"""``tipoff services``: the HTTP API and the scheduler, in one process or apart."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.settings import DEFAULT_LAKE

services_app = typer.Typer(
    help="Run the HTTP API and the scheduler, in one process or apart.", no_args_is_help=True
)


@services_app.callback()
def services() -> None:
    """Run the HTTP API and the scheduler, in one process or apart."""


@services_app.command("run")
def run_services(
    only: Annotated[
        str | None,
        typer.Option(help="Only these services, by commas; all by default.", metavar="NAME,…"),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(help="Where to listen; 127.0.0.1, which only this machine reaches."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 8321. 0 takes a free one.")
    ] = None,
    published: Annotated[
        Path | None, typer.Option(help="What 'tipoff publish' wrote; in the lake by default.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="services.toml; the shipped one by default.")
    ] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Serve and schedule until SIGTERM or SIGINT; logs go to stderr, one JSON object a line.

    Exit code 2: others could reach the API and there is no key, or a service runs already.
    """
    asked = dict(locals())
    run(lambda: _ran(asked), _show_ran, as_json=as_json)


def _ran(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    from tipoff.store.lake import open_lake
    from tipoff.web.logs import logger_to
    from tipoff.web.server import chosen
    from tipoff.web.server import run as run_until_stopped
    from tipoff.web.settings import read_settings

    names = chosen([name.strip() for name in (asked["only"] or "").split(",") if name.strip()])
    stated = {
        name: asked[name] for name in ("host", "port", "published") if asked[name] is not None
    }
    settings = read_settings(asked["config"]).model_copy(update=stated)
    opened = open_lake(asked["lake"], must_exist=True)
    return vars(run_until_stopped(opened, names, settings, logger_to()))


def _show_ran(report: Mapping[str, Any], console: Console) -> None:
    jobs = ", ".join(f"{n} {name}" for name, n in sorted(report["jobs"].items())) or "no job"
    console.print(f"Ran {', '.join(report['services'])} for {report['seconds']:.0f} s: {jobs}.")
    if report["abandoned"]:
        console.print(f"Under way still, begun again: {', '.join(report['abandoned'])}.")


@services_app.command("list")
def list_services(lake: LakeOption = DEFAULT_LAKE, as_json: JsonOption = False) -> None:
    """Show the services, whether each runs on the lake, and when its jobs are due."""

    def work() -> Mapping[str, Any]:
        from datetime import UTC, datetime

        from tipoff.monitoring.services import SERVICES
        from tipoff.store.lake import open_lake
        from tipoff.web.heartbeats import Heartbeats
        from tipoff.web.plans import PLANS, local, next_due
        from tipoff.workflows.service_reports import is_running

        opened = open_lake(lake, must_exist=True)
        beats, now = Heartbeats(opened), datetime.now(UTC)
        rows = []
        for plan in PLANS:
            beat = beats.get(plan.name)
            told: dict[str, Any] = {
                "plan": plan.name,
                "service": plan.work.service,
                "job": plan.work.name,
            }
            told |= {"when": plan.words(), "state": beat.state if beat else None}
            last = beat.success_at if beat else None
            rows.append({**told, "next_at": local(next_due(plan, now)), "success_at": last})
        named = [
            {"service": s.name, "about": s.about, "is_running": is_running(opened, s.name)}
            for s in SERVICES
        ]
        return {"services": named, "planned": rows}

    run(work, _show_list, as_json=as_json)


def _show_list(report: Mapping[str, Any], console: Console) -> None:
    table = Table("service", "runs", "does", box=None)
    for row in report["services"]:
        table.add_row(row["service"], "yes" if row["is_running"] else "no", row["about"])
    console.print(table)
    plans = Table("planned job", "service", "when", "next (US Eastern)", "last", box=None)
    for row in report["planned"]:
        due = f"{row['next_at']:%Y-%m-%d %H:%M}"
        plans.add_row(row["plan"], row["service"], row["when"], due, row["state"] or "never ran")
    console.print(plans)


@services_app.command("key")
def make_key(
    name: Annotated[str, typer.Argument(help="Whose key it is; logs name it.")],
    as_json: JsonOption = False,
) -> None:
    """Make an API key: shown once, and stored nowhere; a service is told its hash only."""

    def work() -> Mapping[str, Any]:
        from tipoff.web.keys import VARIABLE, new_key

        key, stated = new_key(name)
        return {"name": name, "key": key, "state_as": stated, "variable": VARIABLE}

    def show(report: Mapping[str, Any], console: Console) -> None:
        console.print(f"Key: {report['key']}", highlight=False, markup=False, soft_wrap=True)
        console.print(
            f"State in {report['variable']} or the keys file: {report['state_as']}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )

    run(work, show, as_json=as_json)
