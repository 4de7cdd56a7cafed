"""A season lived anew: rows come in as they became known, dates are served, then audited.

Needs a lake with raw rows: ``TIPOFF_BENCH_LAKE``, else the built-in league is used; from its date
``TIPOFF_LIVE_START`` (else a third into its last season) ``TIPOFF_LIVE_DATES`` (12) are lived.
"""

import os
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from bench.measure import Result
from tipoff.domain.clock import eastern_moment
from tipoff.domain.seasons import previous_season, season_of
from tipoff.sources.league import LeagueSettings, generate
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, append, open_lake, read
from tipoff.store.spine import game_spine
from tipoff.tables.raw import RAW_TABLES
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.decisions import Decision
from tipoff.workflows.parity import audit_parity
from tipoff.workflows.parity_request import Asked
from tipoff.workflows.serve_features import Asked as Serving
from tipoff.workflows.serve_features import serve

Frames = Mapping[str, pl.DataFrame]
_LEAD = 30


def live() -> tuple[Result, dict[str, Any]]:
    """Serve each date at noon, at noon for noon, and at its last decision; audit all.

    Returns:
        Seconds of the audit against those of the backfill, and what it found.
    """
    frames, days = _season()
    with TemporaryDirectory() as folder:
        lake = open_lake(str(Path(folder) / "lake"))
        began = time.perf_counter()
        seconds = [spent for day in days for spent in _lived(lake, frames, day)]
        _come_in(lake, frames, datetime.max.replace(tzinfo=UTC))
        came = time.perf_counter() - began
        built = backfill(lake, Request(days[0], days[-1]), lambda *_: None)
        report = audit_parity(lake, Asked(days[0], days[-1]))
    figures = {
        "dates": f"{len(days)}, {days[0]} to {days[-1]}",
        "servings": len(report["servings"]),
        "seconds of a serving": round(sum(seconds) / len(seconds), 2),
        "seconds of living": round(came, 1),
        "values": report["values"],
        "rows": report["rows"],
        "differing by hour": _by_hour(report["servings"]),
        "causes": {one["cause"]: one["values"] for one in report["causes"]},
        "verdict": report["verdict"],
    }
    return Result(
        "audit of what was served", report["seconds"], "its backfill", built["seconds"]
    ), figures


def _by_hour(servings: list[dict[str, Any]]) -> dict[str, str]:
    """Differing of all values, by when and for when they were served."""
    names = ("at noon", "at noon for noon", "at the last decision")
    found = {}
    for place, name in enumerate(names):
        own = servings[place :: len(names)]
        found[name] = f"{sum(s['differing'] for s in own):,} of {sum(s['values'] for s in own):,}"
    return found


def _season() -> tuple[Frames, list[date]]:
    """The raw rows with ``_arrives``, and the dates that are lived."""
    stated = os.environ.get("TIPOFF_BENCH_LAKE")
    start = os.environ.get("TIPOFF_LIVE_START")
    frames: dict[str, pl.DataFrame]
    if stated is None:
        frames = dict(generate(LeagueSettings(seasons=2, teams=12, games_per_team=40)).frames)
    else:
        lake = open_lake(stated, must_exist=True)
        frames = {name: read(lake, table) for name, table in RAW_TABLES.items()}
    games = merged_games(frames["games"])
    last = str(games["season"].max()) if start is None else season_of(date.fromisoformat(start))
    seasons = [previous_season(last), last]
    frames = {n: rows.filter(pl.col("season").is_in(seasons)) for n, rows in frames.items()}
    own = games.filter(pl.col("season") == last)["game_date"].unique().sort()
    first = date.fromisoformat(start) if start else own[len(own) // 3]
    listed = sorted(game_spine(games, own.to_list(), _LEAD)["game_date"].unique())
    days = [day for day in listed if day >= first][: int(os.environ.get("TIPOFF_LIVE_DATES", "12"))]
    return _with_arrivals(frames), days


def _with_arrivals(frames: Frames) -> Frames:
    """Say when each row comes in.

    What box-score files tell of the schedule comes with the box, where a schedule tells it before.
    """
    told = pl.concat(
        frames[table.name].select("game_id", "source", "observed_at")
        for table in RAW_TABLES.values()
        if table.is_outcome
    )
    boxes = told.group_by("game_id", "source").agg(_box=pl.col("observed_at").min())
    found = {}
    for name, rows in frames.items():
        found[name] = rows.with_columns(_arrives="observed_at")
    with_box = pl.col("_box").is_not_null() & pl.col("_box").is_null().any().over("game_id")
    found["games"] = (
        found["games"]
        .join(boxes, on=["game_id", "source"], how="left")
        .with_columns(_arrives=pl.when(with_box).then("_box").otherwise("_arrives"))
        .drop("_box")
    )
    return found


def _lived(lake: Lake, frames: Frames, day: date) -> list[float]:
    """Let rows come in until noon and until the last decision of a date, and serve it."""
    noon = eastern_moment(day, clock(12, 0))
    _come_in(lake, frames, noon)
    seconds = [
        serve(lake, Serving(Decision(day)), now=noon)["seconds"],
        serve(lake, Serving(Decision(day, asked_at=noon)), now=noon)["seconds"],
    ]
    spine = game_spine(merged_games(frames["games"].drop("_arrives")), [day], _LEAD)
    last = spine["as_of"].max()
    assert isinstance(last, datetime)
    _come_in(lake, frames, last)
    return [*seconds, serve(lake, Serving(Decision(day)), now=last)["seconds"]]


_came: dict[str, datetime] = {}


def _come_in(lake: Lake, frames: Frames, until: datetime) -> None:
    """Store the rows that arrived since the last time."""
    since = _came.get(lake.url, datetime.min.replace(tzinfo=UTC))
    for name, table in RAW_TABLES.items():
        inside = (pl.col("_arrives") > since) & (pl.col("_arrives") <= until)
        rows = frames[name].filter(inside).drop("_arrives")
        if rows.height:
            append(lake, table, rows)
    _came[lake.url] = until
