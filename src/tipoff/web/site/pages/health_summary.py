"""Health in a few lines: one row per area, what is wrong first, the oldest on top."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from tipoff.web.site.blocks import tone
from tipoff.web.site.pages.health_jobs import Services
from tipoff.workflows.watch_logs import WatchLogs

_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("area", "block", "state", "sentence"), pl.String),
    "since": pl.Datetime("us", "UTC"),
    "hours": pl.Float64,
    "command": pl.String,
}
_NAMED = 2
# A step that began so long ago and has not ended was killed.
KILLED_HOURS = 6
# So many hours are said in days.
_DAYS_FROM = 72


def summary(
    logs: WatchLogs,
    outputs: pl.DataFrame,
    halts: pl.DataFrame,
    services: Services,
    now: datetime,
) -> pl.DataFrame:
    """Return one row per area: ``area, block, state, sentence, since, hours, command``.

    Args:
        logs: what was last written down.
        outputs: with the overdue ones marked.
        halts: those that are on.
        services: what runs.
        now: the instant.
    """
    rows = [
        _halted(halts, now),
        _checked(logs.checks),
        _made(outputs),
        _job(logs.steps, now),
        _judged(logs.models),
        _fresh(logs.steps),
        _told(logs.notices),
        _serving(services),
    ]
    rank = {"bad": 0, "plain": 1, "good": 2}
    frame = pl.DataFrame(rows, schema=_SCHEMA)
    order = pl.Series([rank[tone(state)] for state in frame["state"]], dtype=pl.Int64)
    return (
        frame.with_columns(
            hours=(pl.lit(now) - pl.col("since")).dt.total_minutes() / 60, _order=order
        )
        .sort("_order", "since", nulls_last=True)
        .drop("_order")
    )


def headline(areas: pl.DataFrame) -> tuple[str, str]:
    """Return one sentence on all areas, and its state."""
    tones = [tone(state) for state in areas["state"]]
    bad, plain = tones.count("bad"), tones.count("plain")
    if bad:
        first = areas.row(0, named=True)
        oldest = "" if first["hours"] is None else f", for {_long(first['hours'])} now"
        need = "needs" if bad == 1 else "need"
        return (
            f"Red: {bad} of {areas.height} areas {need} somebody. The oldest: {first['area']}"
            f"{oldest}. {first['sentence']}",
            "failed",
        )
    if plain:
        unknown = areas.filter(pl.Series([t == "plain" for t in tones]))["area"].to_list()
        return (
            f"Nothing is known to be wrong; of {', '.join(unknown)} nothing good is known either. "
            "'tipoff daily' does the day's work and says how it went.",
            "",
        )
    return f"Green: all {areas.height} areas are well.", "ok"


def _area(area: str, block: str, command: str, **told: Any) -> dict[str, Any]:
    return {"area": area, "block": block, "command": command, "hours": None, "since": None, **told}


def _halted(halts: pl.DataFrame, now: datetime) -> dict[str, Any]:
    about = ("picks", "halts", "tipoff halt")
    if halts.is_empty():
        return _area(*about, state="ok", sentence="No halt is on.", since=now)
    said = _names([f"{row['market']} ({row['reason']})" for row in halts.to_dicts()])
    return _area(
        *about, state="halted", sentence=f"Halted: {said}. {halts['sentence'][0]}",
        since=halts["at"].min(),
    )  # fmt: skip


def _checked(checks: pl.DataFrame) -> dict[str, Any]:
    about = ("checks", "checks", "tipoff validate")
    if checks.is_empty():
        return _area(*about, state="not looked at", sentence="No check has run.")
    bad = checks.filter(pl.col("state").is_in(["FAIL", "ERROR"]))
    if bad.height:
        said = _names([f"{r['check']} ({r['severity']})" for r in bad.sort("severity").to_dicts()])
        return _area(
            *about, state="failed", since=bad["at"].min(),
            sentence=f"{bad.height} of {checks.height} fail: {said}.",
        )  # fmt: skip
    warn = checks.filter(pl.col("state") == "WARN")
    return _area(
        *about, state="warning" if warn.height else "pass", since=checks["at"].min(),
        sentence=f"{checks.height - warn.height} of {checks.height} pass"
        + (f"; a warning of {_names(warn['check'].to_list())}." if warn.height else "."),
    )  # fmt: skip


def _made(outputs: pl.DataFrame) -> dict[str, Any]:
    about = ("outputs", "outputs", "tipoff outputs")
    if outputs.is_empty():
        return _area(*about, state="not planned", sentence="Nothing was planned.")
    bad = outputs.filter(pl.col("state").is_in(["FAILED", "DEGRADED", "overdue"]))
    if bad.height:
        said = _names([f"{r['output']} of {r['game_date']} is {r['state'].lower()}"
                       for r in bad.sort("due_at").to_dicts()])  # fmt: skip
        return _area(*about, state="missing", sentence=f"{said}.", since=bad["due_at"].min())
    days = outputs["game_date"].n_unique()
    return _area(
        *about, state="complete", since=outputs["at"].max(),
        sentence=f"All that was due of {days} game dates is there.",
    )  # fmt: skip


def _job(steps: pl.DataFrame, now: datetime) -> dict[str, Any]:
    about = ("daily job", "steps", "tipoff daily")
    if steps.is_empty():
        return _area(*about, state="never ran", sentence="The daily job has not run here.")
    last = steps.sort("began_at").unique(["game_date", "step"], keep="last", maintain_order=True)
    day: Any = last["game_date"].max()
    own = last.filter(pl.col("game_date") == day)
    long_ago = pl.col("began_at") < now - timedelta(hours=KILLED_HOURS)
    bad = own.filter((pl.col("state") == "failed") | ((pl.col("state") == "started") & long_ago))
    if bad.height:
        said = _names([f"{r['step']} {'failed' if r['state'] == 'failed' else 'never ended'}"
                       for r in bad.to_dicts()])  # fmt: skip
        return _area(*about, state="failed", sentence=f"{day}: {said}.",
                     since=bad["began_at"].min())  # fmt: skip
    runs = own.filter(pl.col("state") == "started")
    if runs.height:
        return _area(*about, state="under way", since=runs["began_at"].min(),
                     sentence=f"{day}: {_names(runs['step'].to_list())} under way.")  # fmt: skip
    return _area(*about, state="done", since=own["ended_at"].max(),
                 sentence=f"{day}: all {own.height} steps are done.")  # fmt: skip


def _judged(models: pl.DataFrame) -> dict[str, Any]:
    about = ("models", "models", "tipoff drift decay")
    if models.is_empty():
        return _area(*about, state="not judged", sentence="No picks were judged.")
    bad = models.filter(pl.col("state").is_in(["BLOCKED", "DEGRADING"]))
    said = _names([f"{r['model_name']} ({r['market']}) is {r['state'].lower()}"
                   for r in (bad if bad.height else models).to_dicts()])  # fmt: skip
    is_well = set(models["state"]) == {"HEALTHY"}
    state = "degraded" if bad.height else "healthy" if is_well else "not sure"
    since = bad["at"].min() if bad.height else models["at"].max()
    return _area(*about, state=state, sentence=f"{said}.", since=since)


def _fresh(steps: pl.DataFrame) -> dict[str, Any]:
    """What the last run of the step that looks at freshness found."""
    about = ("data", "freshness", "tipoff freshness")
    own = steps.filter(pl.col("step") == "freshness", pl.col("state") != "started")
    if own.is_empty():
        return _area(*about, state="not judged", sentence="Freshness was not judged here.")
    row = own.row(-1, named=True)
    is_bad = row["sentence"] is not None
    said = (
        _first(row["sentence"])
        if is_bad
        else f"All that was due for {row['game_date']} was there in time."
    )
    return _area(*about, state="stale" if is_bad else "fresh", sentence=said, since=row["ended_at"])


def _told(notices: pl.DataFrame) -> dict[str, Any]:
    about = ("notices", "notices", "tipoff daily")
    if notices.is_empty():
        return _area(*about, state="none", sentence="Nobody was told of anything.")
    last = notices.sort("at").unique(["day", "problem", "channel"], keep="last")
    failed = last.filter(pl.col("state") == "failed")
    if failed.height:
        said = f"{failed.height} could not be told: {failed['sentence'][0]}"
        return _area(*about, state="failed", since=failed["at"].min(), sentence=said)
    return _area(*about, state="ok", since=last["at"].max(),
                 sentence=f"All {last.height} were sent.")  # fmt: skip


def _serving(services: Services) -> dict[str, Any]:
    about = ("services", "services", "tipoff services run")
    missed = services.planned.filter(pl.col("state").is_in(["failed", "missed"]))
    running = services.running.filter("is_running")["service"].to_list()
    if missed.height:
        said = _names([f"{r['plan']} {r['state']}" for r in missed.to_dicts()])
        return _area(*about, state="failed", sentence=f"Planned jobs: {said}.",
                     since=missed["due_at"].min())  # fmt: skip
    if running:
        return _area(*about, state="runs", sentence=f"{_names(running)}.", since=services.now)
    return _area(*about, state="not running", sentence="No service runs on this lake here.")


def _long(hours: float) -> str:
    return f"{hours:.0f} hours" if hours < _DAYS_FROM else f"{hours / 24:,.0f} days"


def _first(text: str) -> str:
    """The first sentence of a text; dates and file names have no blank after their points."""
    return text.split(". ", 1)[0].rstrip(".") + "."


def _names(said: list[str]) -> str:
    more = len(said) - _NAMED
    return ", ".join(said[:_NAMED]) + (f" and {more} more" if more > 0 else "")
