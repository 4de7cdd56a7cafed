"""Run the checks of a schedule, keep what they found, and say what it comes to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import polars as pl

from tipoff.errors import InputError
from tipoff.monitoring.checks import all_checks
from tipoff.monitoring.declare import (
    HEALTHY,
    SCHEDULES,
    Result,
    of_schedule,
    overall,
    run,
    schedule_named,
)
from tipoff.monitoring.deployment import FINE, KNOWN, State
from tipoff.monitoring.scene import SCHEMAS, Need
from tipoff.store.lake import Lake, log
from tipoff.tables.watch import CHECK_RESULTS, CHECK_STATES, PASS
from tipoff.workflows.scene import scene_of


@dataclass(frozen=True)
class Given:
    """What the lake does not hold and somebody must give; what is not given fails its check.

    Attributes:
        services: ``service, is_healthy, at, sentence`` as services report of themselves.
        deployed: ``service, is_current, sentence``; ``is_current`` is null where not known.
        retired: sources that are known to have ended.
    """

    services: pl.DataFrame | None = None
    deployed: pl.DataFrame | None = None
    retired: tuple[str, ...] = ()


def validate(
    lake: Lake,
    schedule: str,
    now: datetime,
    *,
    day: date | None = None,
    clock: datetime | None = None,
    given: Given | None = None,
) -> dict[str, Any]:
    """Run the checks of a schedule and keep their results.

    Args:
        lake: the lake; results are appended to ``check_results``, nothing else is written.
        schedule: its name, or ``auto`` for the last one that was due.
        now: the instant (UTC); what became known later is not looked at.
        day: the game date; by default the Eastern date (``schedule_named``).
        clock: the present by a clock that is right; the instant by default.
        given: what the lake does not hold.

    Returns:
        ``run_id, schedule, game_date, at, overall`` (HEALTHY, WARNING or CRITICAL), ``counts`` by
        state and ``checks``: ``name, severity, state, observed, required, sentence``, the worst
        first.

    Raises:
        InputError: there is no such schedule.
    """
    chosen, usual = schedule_named(schedule, now)
    given = given or Given()
    about = day or usual
    scene = scene_of(
        lake,
        about,
        now,
        clock=clock,
        retired=given.retired,
        services=given.services,
        deployed=given.deployed,
    )
    results = run(of_schedule(chosen), scene)
    run_id = uuid4().hex
    _keep(lake, results, run_id, chosen.name, about, now)
    worst_first = sorted(results, key=lambda r: (r.finding.state == PASS, r.check.severity))
    return {
        "run_id": run_id,
        "schedule": chosen.name,
        "game_date": about,
        "at": now,
        "overall": overall(results),
        "counts": {s: sum(r.finding.state == s for r in results) for s in CHECK_STATES},
        "checks": [_row(result) for result in worst_first],
    }


def not_passed(report: Mapping[str, Any]) -> str | None:
    """Return the sentence of a run in which not every check passed, or None."""
    if report["overall"] == HEALTHY:
        return None
    bad = [row["name"] for row in report["checks"] if row["state"] != PASS]
    return f"{report['overall']}: {', '.join(bad)} of {report['schedule']} did not pass."


def listed() -> dict[str, Any]:
    """Return the schedules and the checks as they are declared."""
    return {
        "schedules": [
            {
                "name": schedule.name,
                "clock": f"{schedule.clock:%H:%M}",
                "checks": [c.name for c in of_schedule(schedule)],
            }
            for schedule in SCHEDULES.values()
        ],
        "checks": [
            {
                "name": check.name,
                "severity": check.severity,
                "schedules": [s.name for s in check.schedules],
                "needs": [n.value for n in check.needs],
                "required": check.required,
                "doc": check.doc,
            }
            for check in all_checks()
        ],
    }


def _row(result: Result) -> dict[str, Any]:
    return {
        "name": result.check.name,
        "severity": result.check.severity,
        "state": result.finding.state,
        "observed": dict(result.finding.observed),
        "required": result.check.required,
        "sentence": result.finding.sentence,
    }


def _keep(
    lake: Lake, results: list[Result], run_id: str, schedule: str, day: date, now: datetime
) -> None:
    rows = [
        {
            "run_id": run_id,
            "check": result.check.name,
            "schedule": schedule,
            "game_date": day,
            "at": now,
            "severity": result.check.severity,
            "state": result.finding.state,
            "observed": json.dumps(result.finding.observed, sort_keys=True, default=str),
            "required": result.check.required,
            "sentence": result.finding.sentence,
        }
        for result in results
    ]
    log(lake, CHECK_RESULTS, pl.DataFrame(rows, schema=CHECK_RESULTS.columns))


def given_frames(
    services: Sequence[Mapping[str, Any]] | None, deployed: Sequence[Mapping[str, Any]] | None
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    """Make frames of what is given as JSON, such as by a file or a service's answer.

    Raises:
        InputError: a row lacks a column, or a value is none of its kind.
    """
    return _given(Need.SERVICES, services), _given(Need.DEPLOYED, deployed)


def _given(need: Need, rows: Sequence[Mapping[str, Any]] | None) -> pl.DataFrame | None:
    if rows is None:
        return None
    types = dict(SCHEMAS[need])
    try:
        return pl.DataFrame(
            [{n: _value(row[n], t) for n, t in types.items()} for row in rows], types
        )
    except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
        kind = type(error).__name__
        raise InputError(
            f"Expected {', '.join(types)} in each row of {need}, but {kind}: {error}."
        ) from None


def _value(value: Any, dtype: pl.DataType) -> Any:
    if isinstance(dtype, pl.Datetime) and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


def deployed_rows(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a report of ``deployment_drift`` says of each service, as rows to be given.

    A service of which nothing is known is neither current nor not: null, which fails.
    """
    rows = []
    for row in report["services"]:
        is_known = row["state"] in (*FINE, *KNOWN, State.NOT_RUNNING)
        current = row["state"] in FINE if is_known else None
        told = {"service": row["service"], "is_current": current}
        rows.append({**told, "sentence": row["sentence"]})
    return rows
