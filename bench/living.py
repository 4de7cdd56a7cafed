"""A season lived anew: rows come in as they became known, dates are served, then audited.

Needs a lake with raw rows: ``TIPOFF_BENCH_LAKE``, else the built-in league is used; from its date
``TIPOFF_LIVE_START`` (else a third into its last season) ``TIPOFF_LIVE_DATES`` (12) are lived. One
row in ``TIPOFF_LIVE_LATE`` (none) that is no schedule comes in a day late.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
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
from tipoff.tables.raw import RAW_TABLES, SOURCE_TABLES
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.decisions import Decision
from tipoff.workflows.parity import audit_parity
from tipoff.workflows.parity_request import Asked
from tipoff.workflows.serve_features import Asked as Serving
from tipoff.workflows.serve_features import serve

Frames = Mapping[str, pl.DataFrame]
_LEAD = 30
_MORNING = clock(10, 0)


@dataclass
class _Living:
    """A lake and what is still to come in, from an instant on."""

    lake: Lake
    frames: Frames
    since: datetime

    def come_in(self, until: datetime) -> None:
        """Store the rows that arrived since the last time."""
        for name, table in SOURCE_TABLES.items():
            inside = (pl.col("_arrives") > self.since) & (pl.col("_arrives") <= until)
            rows = self.frames[name].filter(inside).drop("_arrives")
            if rows.height:
                append(self.lake, table, rows)
        self.since = until


def live() -> tuple[Result, dict[str, Any]]:
    """Serve each date in the morning, then for that instant, and at its last decision; audit all.

    Returns:
        Seconds of the audit against those of the backfill, and what it found.
    """
    frames, days = _season()
    with TemporaryDirectory() as folder:
        lake = open_lake(str(Path(folder) / "lake"))
        living = _Living(lake, frames, datetime.min.replace(tzinfo=UTC))
        began = time.perf_counter()
        seconds = [spent for day in days for spent in _lived(living, day)]
        living.come_in(datetime.max.replace(tzinfo=UTC))
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
    """Servings kept, and differing of all values, by when and for when they were served."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in servings:
        is_morning = one["served_at"] == eastern_moment(one["game_date"], _MORNING)
        name = "in the morning" if is_morning else "at the last decision"
        found.setdefault(f"{name}, for it" if one["asked_at"] else name, []).append(one)
    return {
        name: f"{len(own)} kept, {sum(s['differing'] for s in own):,} of "
        f"{sum(s['values'] for s in own):,}"
        for name, own in found.items()
    }


def _season() -> tuple[Frames, list[date]]:
    """The raw rows with ``_arrives``, and the dates that are lived."""
    stated = os.environ.get("TIPOFF_BENCH_LAKE")
    start = os.environ.get("TIPOFF_LIVE_START")
    frames: dict[str, pl.DataFrame]
    if stated is None:
        frames = dict(generate(LeagueSettings(seasons=2, teams=12, games_per_team=40)).frames)
    else:
        lake = open_lake(stated, must_exist=True)
        frames = {name: read(lake, table) for name, table in SOURCE_TABLES.items()}
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
    late = int(os.environ.get("TIPOFF_LIVE_LATE", "0"))
    is_late = (pl.col("row_hash") % late == 0) if late else pl.lit(value=False)
    delay = pl.when(is_late).then(pl.duration(days=1)).otherwise(pl.duration(days=0))
    found = {
        name: rows.with_columns(_arrives=pl.col("observed_at") + delay)
        for name, rows in frames.items()
    }
    with_box = pl.col("_box").is_not_null() & pl.col("_box").is_null().any().over("game_id")
    found["games"] = (
        frames["games"]
        .with_columns(_arrives="observed_at")
        .join(boxes, on=["game_id", "source"], how="left")
        .with_columns(_arrives=pl.when(with_box).then("_box").otherwise("_arrives"))
        .drop("_box")
    )
    return found


def _lived(living: _Living, day: date) -> list[float]:
    """Let rows come in until the morning and the last decision of a date, and serve it."""
    morning = eastern_moment(day, _MORNING)
    living.come_in(morning)
    asked = [Decision(day), Decision(day, asked_at=morning)]
    seconds = [serve(living.lake, Serving(own), now=morning)["seconds"] for own in asked]
    spine = game_spine(merged_games(living.frames["games"].drop("_arrives")), [day], _LEAD)
    last = spine["as_of"].max()
    assert isinstance(last, datetime)
    living.come_in(last)
    return [*seconds, serve(living.lake, Serving(asked[0]), now=last)["seconds"]]
