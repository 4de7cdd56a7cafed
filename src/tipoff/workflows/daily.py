"""Run a day's job: its steps in order, each noted as it starts and ends, so that it resumes."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from tipoff.errors import InputError, TipoffError
from tipoff.store.fingerprint import digest
from tipoff.store.lake import Lake, log, scan
from tipoff.store.locks import held
from tipoff.tables.watch import JOB_STEPS
from tipoff.workflows.day import Day, DayStep
from tipoff.workflows.day_steps import STEPS

STARTED, DONE, FAILED = "started", "done", "failed"
SKIPPED = "skipped"
WHOLE = "day"
# A run that was killed is gone on with for so long; after that the day has moved on.
RESUMES_WITHIN = timedelta(hours=3)


class DayFailedError(TipoffError):
    """A step of the day failed; the others are done."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        failed = [row for row in report["steps"] if row["state"] != "done"]
        told = " ".join(f"{row['name']}: {row['error']}" for row in failed)
        super().__init__(f"The job of {report['game_date']} is not done. {told}")
        self.report = report


def run_day(day: Day, *, steps: Sequence[DayStep] = STEPS, again: bool = False) -> dict[str, Any]:
    """Run the steps of a day that are not done yet.

    A step that fails does not stop those that do not need it. A run that was killed is gone on
    with by the next one; a run that ended is followed by a new one.

    Args:
        day: the day.
        steps: what to do, in order.
        again: begin a new run though one was killed.

    Returns:
        ``run_id, game_date, resumed`` and ``steps``: ``name, state`` (done, failed, skipped),
        ``negative`` (the sentence of a negative verdict, or None), ``error``, ``report`` and
        ``seconds``.

    Raises:
        InputError: another run of the day's job is under way.
    """
    with held(day.lake, "daily", wait=False) as is_ours:
        if not is_ours:
            raise InputError(
                "Expected no other daily job on this lake, but one is running. Wait for it to end."
            )
        return _run(day, steps, again=again)


def wrong_day(report: Mapping[str, Any]) -> str | None:
    """Return what the steps of a day found wrong, in words, or None."""
    found = [f"{row['name']}: {row['negative']}" for row in report["steps"] if row["negative"]]
    return " ".join(found) or None


def _run(day: Day, steps: Sequence[DayStep], *, again: bool) -> dict[str, Any]:
    found = None if again else _unfinished(day.lake, day.day, day.now)
    run_id = found or digest([day.day.isoformat(), day.now.isoformat()])
    before = _ended(day.lake, day.day, run_id) if found else {}
    if found is None:
        _note(day, WHOLE, run_id, STARTED, None)
    rows: list[dict[str, Any]] = []
    for place, step in enumerate(steps):
        day.progress(step.about, place, len(steps))
        rows.append(before.get(step.name) or _one(day, step, run_id, rows))
    failed = [row["name"] for row in rows if row["state"] != DONE]
    _note(day, WHOLE, run_id, FAILED if failed else DONE, {"failed": failed})
    return {
        "run_id": run_id,
        "game_date": day.day,
        "now": day.now,
        "resumed": found is not None,
        "steps": rows,
        "seconds": round(sum(row["seconds"] for row in rows), 3),
    }


def _one(day: Day, step: DayStep, run_id: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    began = time.perf_counter()
    missing = [r["name"] for r in rows if r["name"] in step.needs and r["state"] != DONE]
    told: dict[str, Any] = {"name": step.name, "negative": None, "error": None, "report": None}
    if missing:
        reason = f"It needs {', '.join(missing)}."
        return told | {"state": SKIPPED, "error": reason, "seconds": 0.0}
    _note(day, step.name, run_id, STARTED, None)
    try:
        report = step.run(day)
    except TipoffError as error:
        told |= {"state": FAILED, "error": str(error), "seconds": _since(began)}
        _note(day, step.name, run_id, FAILED, told)
        return told
    told |= {"state": DONE, "negative": step.negative(report), "report": report}
    told |= {"seconds": _since(began)}
    _note(day, step.name, run_id, DONE, told)
    return told


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)


def _events(lake: Lake, day: date) -> pl.DataFrame:
    return scan(lake, JOB_STEPS).filter(pl.col("game_date") == day).sort("at").collect()


def _unfinished(lake: Lake, day: date, now: datetime) -> str | None:
    """The newest run of the date, where it was killed not long ago."""
    events = _events(lake, day)
    whole = events.filter(pl.col("step") == WHOLE)
    started = whole.filter(pl.col("event") == STARTED, pl.col("at") >= now - RESUMES_WITHIN)
    if started.is_empty():
        return None
    newest: str = started["run_id"][-1]
    ended = whole.filter(pl.col("run_id") == newest, pl.col("event") != STARTED)
    return newest if ended.is_empty() else None


def _ended(lake: Lake, day: date, run_id: str) -> dict[str, dict[str, Any]]:
    """Reports of the steps that a run has done; those that failed are tried again."""
    own = _events(lake, day).filter(pl.col("run_id") == run_id, pl.col("event") == DONE)
    return {row["step"]: json.loads(row["report"]) for row in own.to_dicts() if row["report"]}


def _note(day: Day, step: str, run_id: str, event: str, report: Mapping[str, Any] | None) -> None:
    row = {
        "game_date": day.day,
        "step": step,
        "run_id": run_id,
        "event": event,
        "at": day.now,
        "report": None if report is None else json.dumps(report, default=str),
    }
    log(day.lake, JOB_STEPS, pl.DataFrame([row], schema=JOB_STEPS.columns))
