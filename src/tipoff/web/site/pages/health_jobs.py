"""The daily job's steps, how long they took, the services that run and their planned jobs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from tipoff.errors import InputError
from tipoff.monitoring.services import SERVICES
from tipoff.store.location import Lake
from tipoff.web.heartbeats import Heartbeats
from tipoff.web.plans import PLANS, next_due
from tipoff.web.site import charts
from tipoff.web.site.blocks import Block, Column, Grid, Plot
from tipoff.workflows.service_reports import is_running, read_file, report_path

_STEPS = {
    "step": Column("step"),
    "state": Column("state", "state", "Started: it runs, or was killed."),
    "seconds": Column("seconds", "number", "How long it took.", 1),
    "sentence": Column("what it found", "sentence"),
    "game_date": Column("game date", "day"),
    "began_at": Column("began", "moment"),
    "run_id": Column("run", "code"),
}
_SERVICES = {
    "service": Column("service"),
    "state": Column("state", "state"),
    "about": Column("what it does", "sentence"),
    "version": Column("version"),
    "started_at": Column("began", doc="As it says itself (UTC)."),
}
_PLANS = {
    "plan": Column("planned job"),
    "state": Column("last run", "state"),
    "sentence": Column("what it found", "sentence"),
    "success_at": Column("last done", "moment", "When it last did its work."),
    "due_at": Column("was due", "moment"),
    "next_at": Column("next", "moment"),
    "when": Column("when"),
    "service": Column("service"),
}


@dataclass(frozen=True)
class Services:
    """What runs on a lake.

    Attributes:
        running: ``service, is_running, state, about, version, started_at``.
        planned: ``plan, service, when, state, sentence, success_at, due_at, next_at``.
        now: when it was looked at.
    """

    running: pl.DataFrame
    planned: pl.DataFrame
    now: datetime


def services_of(lake: Lake, now: datetime) -> Services:
    """Look which services hold their locks, and what became of planned jobs last."""
    moment = pl.Datetime("us", "UTC")
    running = [_service(lake, service.name, service.about) for service in SERVICES]
    beats = Heartbeats(lake)
    planned = [{**_plan(beats, plan.name), "service": plan.work.service, "when": plan.words(),
                "next_at": next_due(plan, now)} for plan in PLANS]  # fmt: skip
    schema: dict[str, Any] = dict.fromkeys(_PLANS, pl.String) | {
        "success_at": moment, "due_at": moment, "next_at": moment,
    }  # fmt: skip
    return Services(pl.DataFrame(running), pl.DataFrame(planned, schema=schema), now)


def _service(lake: Lake, name: str, about: str) -> dict[str, Any]:
    runs = is_running(lake, name)
    told: Any = {}
    if runs:
        try:
            told = read_file(report_path(lake, name))
        except InputError as error:
            about = str(error)
    told = told if isinstance(told, dict) else {}
    return {
        "service": name, "is_running": runs, "state": "runs" if runs else "not running",
        "about": about, "version": str(told.get("version") or "") or None,
        "started_at": str(told.get("started_at") or "") or None,
    }  # fmt: skip


def _plan(beats: Heartbeats, name: str) -> dict[str, Any]:
    try:
        beat = beats.get(name)
    except InputError as error:
        return {"plan": name, "state": "damaged", "sentence": str(error)}
    if beat is None:
        return {"plan": name, "state": "never ran"}
    kept = ("state", "sentence", "success_at", "due_at")
    return {"plan": name, **{field: getattr(beat, field) for field in kept}}


def job_blocks(steps: pl.DataFrame, services: Services) -> list[Block]:
    """Return the blocks on jobs and services."""
    own = steps.filter(pl.col("game_date") == pl.col("game_date").max())
    runs = steps["run_id"].n_unique()
    timed = steps.drop_nulls("seconds").with_columns(
        is_newest=pl.col("began_at") == pl.col("began_at").max().over("step")
    )
    never = "The daily job has not run here. 'tipoff daily' runs it."
    return [
        Grid("steps", "Steps of the last day", own.sort("began_at", descending=True),
             f"Game date {own['game_date'][0]}." if own.height else "", "tipoff daily",
             columns=_STEPS, empty=never),
        Plot(
            "durations", "How long steps take", timed,
            f"Seconds of each step, of {runs} runs of the last 14 days; the newest is filled.",
            "tipoff daily --json", spec=_durations_spec(), alt=_longest(timed, runs),
            columns={name: _STEPS[name] for name in ("step", "seconds", "game_date", "state")},
        ),
        Grid("services", "Services", services.running,
             "Each runs where it holds its lock on this lake; those on other machines say so by "
             "HTTP.", "tipoff services list", columns=_SERVICES),
        Grid("planned", "Planned jobs", services.planned,
             "What the scheduler does, and what became of it last.", "tipoff services list",
             columns=_PLANS),
    ]  # fmt: skip


def _longest(timed: pl.DataFrame, runs: int) -> str:
    if timed.is_empty():
        return "No step was timed."
    top = timed.sort("seconds", descending=True).row(0, named=True)
    return f"Seconds by step of {runs} runs; the longest was {top['step']}, {top['seconds']:.1f} s."


def _durations_spec() -> dict[str, Any]:
    newest = {"test": "datum.is_newest", "value": charts.SECOND}
    return {
        "height": {"step": 18},
        "mark": {"type": "point", "size": 40, "strokeWidth": 1.5},
        "encoding": {
            "x": {"field": "seconds", "type": "quantitative", "title": "seconds",
                  "scale": {"type": "symlog"}, "axis": {"tickCount": 6}},
            "y": {"field": "step", "type": "nominal", "title": None},
            "stroke": {"condition": newest, "value": charts.FIRST},
            "fill": {"condition": newest, "value": "transparent"},
        },
    }  # fmt: skip
