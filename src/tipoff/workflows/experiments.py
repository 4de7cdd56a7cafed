"""The experiment ledger: every run is counted, the aborted, failed and forced ones too."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from tipoff.errors import InputError, TipoffError
from tipoff.store.lake import Lake, log, scan
from tipoff.tables.experiments import EXPERIMENTS, FAILED, FINISHED, STARTED


@dataclass
class Run:
    """One run: what was asked for and, at its end, the report."""

    run_id: str
    name: str
    spec: dict[str, Any]
    plant: str
    fingerprint: str
    report: dict[str, Any] | None = None


@contextmanager
def counted(lake: Lake, run: Run) -> Iterator[Run]:
    """Log that a run starts and how it ends; the caller sets ``run.report``."""
    at = datetime.now(UTC)
    _log(lake, run, STARTED, at, at)
    try:
        yield run
    except TipoffError as error:
        run.report = {"error": str(error)}
        _log(lake, run, FAILED, datetime.now(UTC), at)
        raise
    _log(lake, run, FINISHED, datetime.now(UTC), at)


def _log(lake: Lake, run: Run, event: str, at: datetime, started: datetime) -> None:
    report = run.report or {}
    row = {
        # The same run may be forced again: each attempt is a row of its own.
        "run_id": run.run_id,
        "event": event,
        "attempt": started,
        "at": at,
        "name": run.name,
        "spec": json.dumps(run.spec, sort_keys=True, default=str),
        "plant": run.plant,
        "fingerprint": run.fingerprint,
        "verdict": report.get("verdict"),
        "report": json.dumps(report, default=_plain) if report else None,
    }
    log(lake, EXPERIMENTS, pl.DataFrame([row], schema=EXPERIMENTS.columns))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def attempts(lake: Lake) -> int:
    """Return how many runs were started in this lake, whatever became of them."""
    started = scan(lake, EXPERIMENTS).filter(pl.col("event") == STARTED)
    return int(started.select(pl.len()).collect().item())


def tries(lake: Lake, market: str, *, until: datetime | None = None) -> int:
    """Return how many different experiments on a market were started in this lake.

    The same experiment run again is no other try: it can only give the same. Planted ones are none.

    Args:
        lake: the lake with the experiment ledger.
        market: name of the market.
        until: count those that were started by then; all where None.
    """
    started = scan(lake, EXPERIMENTS).filter(pl.col("event") == STARTED, pl.col("plant") == "")
    if until is not None:
        started = started.filter(pl.col("at") <= until)
    runs = started.select("run_id", "spec").unique().collect().iter_rows()
    of_market = {run_id for run_id, spec in runs if json.loads(spec)["spec"]["market"] == market}
    return max(len(of_market), 1)


def finished(lake: Lake, named: str) -> dict[str, Any]:
    """Return the ledger's row of the last attempt of the finished run of an id, or its beginning.

    Raises:
        InputError: there is none, or several.
    """
    found = (
        scan(lake, EXPERIMENTS)
        .filter(pl.col("event") == FINISHED, pl.col("run_id").str.starts_with(named))
        .sort("at")
        .unique("run_id", keep="last", maintain_order=True)
        .collect()
        .to_dicts()
    )
    if len(found) != 1:
        seen = "none" if not found else ", ".join(run["run_id"] for run in found[:5])
        raise InputError(
            f"Expected one finished run in the experiment ledger by {named!r}, found {seen}."
        )
    return found[0]


def refuse_repeated(lake: Lake, run_id: str) -> None:
    """Refuse a run that was finished before with the same recipe, windows and rows.

    Raises:
        InputError: it was.
    """
    same = scan(lake, EXPERIMENTS).filter(pl.col("run_id") == run_id, pl.col("event") == FINISHED)
    if same.select(pl.len()).collect().item():
        raise InputError(
            f"Expected a new experiment; run {run_id} has the same recipe, windows, lines and rows "
            "and is in the ledger. Use --force to run it again; it will be counted."
        )


def listed(lake: Lake) -> dict[str, Any]:
    """Return every attempt of every run, the oldest first.

    Returns:
        ``experiments``: ``run_id, name, state`` (finished, failed or aborted), ``market``,
        ``started_at``, ``ended_at``, ``plant``, ``verdict``, ``forced`` (it was run before) and
        ``number``: which try of this lake it was.
    """
    # Without the reports, which are long.
    shown = scan(lake, EXPERIMENTS).select(pl.exclude("report"))
    events = shown.sort("attempt", "at").collect()
    ends = {
        (row["run_id"], row["attempt"]): row
        for row in events.filter(pl.col("event") != STARTED).to_dicts()
    }
    found, seen = [], set[str]()
    starts = events.filter(pl.col("event") == STARTED).to_dicts()
    for number, row in enumerate(starts, start=1):
        end = ends.get((row["run_id"], row["attempt"]))
        found.append(
            {
                "number": number,
                "run_id": row["run_id"],
                "name": row["name"],
                "market": json.loads(row["spec"])["spec"]["market"],
                "state": "aborted" if end is None else end["event"],
                "started_at": row["at"],
                "ended_at": None if end is None else end["at"],
                "plant": row["plant"] or None,
                "verdict": None if end is None else end["verdict"],
                "forced": row["run_id"] in seen,
            }
        )
        seen.add(row["run_id"])
    return {"experiments": found}
