"""Whether all is well: what needs somebody, the oldest first, and what was last found of each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from tipoff.tables.raw import RAW_TABLES
from tipoff.tables.watch import (
    CHECK_RESULTS,
    EXPECTED_OUTPUTS,
    HALTS,
    JOB_STEPS,
    MODEL_STATES,
    NOTICES,
)
from tipoff.web.site.blocks import Block, Column, Grid, Words
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.web.site.pages.health_jobs import job_blocks, services_of
from tipoff.web.site.pages.health_summary import headline, summary
from tipoff.web.site.pages.health_tables import freshness_blocks
from tipoff.workflows.halts import active_halts
from tipoff.workflows.watch_logs import WatchLogs, watch_logs

_AREAS = {
    "area": Column("area", link=lambda row: f"/health#{row['block']}"),
    "state": Column("state", "state"),
    "sentence": Column("what was found", "sentence"),
    "since": Column("since", "moment", "Of what is wrong the oldest; else when it was looked at."),
    "hours": Column("hours ago", "number", "Hours from then to now.", 1),
    "command": Column("looked at anew by", "code"),
}
_HALTS = {
    "market": Column("market"),
    "reason": Column("reason"),
    "sentence": Column("why", "sentence"),
    "at": Column("since", "moment"),
    "by": Column("by"),
}
_CHECKS = {
    "check": Column("check"),
    "state": Column("state", "state"),
    "severity": Column("severity", doc="P1 needs somebody now, P3 some day."),
    "sentence": Column("what was found", "sentence"),
    "required": Column("what is required", "sentence"),
    "schedule": Column("schedule"),
    "game_date": Column("game date", "day"),
    "at": Column("looked at", "moment"),
}
_OUTPUTS = {
    "output": Column("output"),
    "game_date": Column("game date", "day"),
    "state": Column("state", "state", "Overdue: expected, and due before now."),
    "n": Column("rows", "integer"),
    "due_at": Column("due", "moment"),
    "at": Column("noted", "moment"),
    "reason": Column("why", "sentence"),
}
_MODELS = {
    "model_name": Column("recipe"),
    "market": Column("market"),
    "state": Column("state", "state"),
    "reason": Column("why", "sentence"),
    "game_date": Column("up to", "day", "The last game date that counts."),
    "at": Column("judged", "moment"),
}
_NOTICES = {
    "at": Column("told", "moment"),
    "channel": Column("by"),
    "state": Column("state", "state"),
    "sentence": Column("what", "sentence"),
    "tries": Column("tries", "integer"),
}
_WORST = ("FAIL", "ERROR", "FAILED", "overdue", "DEGRADED", "BLOCKED", "DEGRADING", "WARN", "WATCH")


def _view(asked: Asked) -> Sequence[Block]:
    logs, halts = watch_logs(asked.lake), _halts(asked)
    outputs = _with_overdue(logs.outputs, asked.now)
    services = services_of(asked.lake, asked.now)
    areas = summary(logs, outputs, halts, services, asked.now)
    said, state = headline(areas)
    return [
        Words("all", "At a glance", text=(said,), state=state),
        Grid("areas", "What needs somebody", areas, "What is wrong first, the oldest on top. "
             "Nothing is looked at anew by this page; the commands do.", columns=_AREAS),
        Grid("halts", "Halts that are on", halts, "While one is on nothing is picked.",
             "tipoff halt", columns=_HALTS,
             empty="No halt is on. 'tipoff halt WHY' sets one."),
        *_found(logs, outputs),
        *job_blocks(logs.steps, services),
        *freshness_blocks(asked),
    ]  # fmt: skip


def _halts(asked: Asked) -> pl.DataFrame:
    return pl.DataFrame(active_halts(asked.lake), schema=HALTS.columns).sort("at")


def _with_overdue(outputs: pl.DataFrame, now: datetime) -> pl.DataFrame:
    is_over = (pl.col("state") == "EXPECTED") & (pl.col("due_at") < now)
    return outputs.with_columns(
        state=pl.when(is_over).then(pl.lit("overdue")).otherwise(pl.col("state"))
    )


def _worst_first(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    rank = pl.col("state").replace_strict(
        {state: place for place, state in enumerate(_WORST)}, default=len(_WORST)
    )
    return rows.sort(rank, *by)


def _found(logs: WatchLogs, outputs: pl.DataFrame) -> list[Block]:
    return [
        Grid(
            "checks", "Checks", _worst_first(logs.checks, "severity", "check"),
            "The newest result of each check of each schedule.", "tipoff validate",
            columns=_CHECKS, empty="No check has run. 'tipoff validate' runs those that are due.",
        ),
        Grid(
            "outputs", "Expected outputs", _worst_first(outputs, "due_at", "output"),
            "What was due of the last three game dates with a plan, and what became of it.",
            "tipoff outputs", columns=_OUTPUTS,
            empty="Nothing was planned. 'tipoff outputs' plans what is due for a date.",
        ),
        Grid(
            "models", "Models: decay", _worst_first(logs.models, "market", "model_name"),
            "How each recipe's picks are doing, over all models that it was fitted to.",
            "tipoff drift decay", columns=_MODELS,
            empty="No picks were judged. 'tipoff drift decay' judges those of every recipe.",
        ),
        _drift(logs),
        Grid(
            "notices", "Notices", logs.notices, "Who was told of what, the newest first.",
            columns=_NOTICES,
            empty="Nobody was told of anything. The configuration of 'tipoff daily' says who is.",
        ),
    ]  # fmt: skip


_DRIFT = {
    "what": Column("what"),
    "state": Column("state", "state"),
    "sentence": Column("what was found", "sentence"),
    "at": Column("looked at", "moment"),
    "command": Column("looked at anew by", "code"),
}
# Checks that say whether what runs is what should run, and errs as it should.
_OF_DRIFT = {
    "deployment_current": ("deployment", "tipoff drift deployment"),
    "model_bias": ("bias of the models", "tipoff drift models"),
    "sides_balanced": ("sides of the picks", "tipoff drift models"),
}


def _drift(logs: WatchLogs) -> Block:
    rows = list[Mapping[str, Any]]()
    newest = {row["check"]: row for row in logs.checks.sort("at").iter_rows(named=True)}
    for check, (what, command) in _OF_DRIFT.items():
        row = newest.get(check)
        told = {"state": "not looked at", "sentence": f"The check {check} has not run.", "at": None}
        if row is not None:
            told = {name: row[name] for name in told}
        rows.append({"what": what, **told, "command": command})
    return Grid(
        "drift", "Drift", pl.DataFrame(rows, schema_overrides={"at": pl.Datetime("us", "UTC")}),
        "Whether services run the code that is here, and models err as they should, as the newest "
        "checks found it.", "tipoff drift deployment", columns=_DRIFT,
        empty="Nothing was looked at. 'tipoff drift deployment' compares the services.",
    )  # fmt: skip


PAGE = Page(
    "health",
    "Health",
    "Whether all that should have happened has, and what needs somebody.",
    _view,
    tables=(
        CHECK_RESULTS, EXPECTED_OUTPUTS, HALTS, JOB_STEPS, MODEL_STATES, NOTICES,
        *RAW_TABLES.values(),
    ),
    choices=(Choice("date", "Game date, judged as of now", kind="date", block="freshness"),),
    keeps_seconds=30,
)  # fmt: skip
