"""All seasons at once: five processors cold, one new date on top, and the way of single dates.

Needs a lake with raw rows: ``TIPOFF_BENCH_LAKE``, else the built-in league is used.
"""

import os
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from bench.measure import Result
from bench.pandas_dates import build_date, tables
from tipoff.domain.seasons import season_of
from tipoff.features.declare import POINTS
from tipoff.processors.catalogue import PROCESSORS
from tipoff.sources.league import LeagueSettings, append_to, generate
from tipoff.store.lake import Lake, open_lake, scan
from tipoff.store.spine import game_spine
from tipoff.tables.raw import PLAYER_BOXES, SOURCE_TABLES
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.world import known_games, load

_SAMPLED = 12
_COMPARED = ("team_defense_zone", "player_shot_zone", "player_daily_cache")


def seasons() -> tuple[Result, dict[str, Any]]:
    """Build every season that the lake holds, then its last date anew.

    Returns:
        Processors 1, 2 and 4 against pandas, both in seconds a date, and the figures: seconds
        and peak memory of all five, milliseconds a date by season, seconds of one new date.
    """
    with _lake() as lake:
        played = scan(lake, PLAYER_BOXES).select("game_id").unique().collect()
        games = known_games(lake).join(played, on="game_id", how="semi")
        dates = sorted(game_spine(games, games["game_date"].to_list(), 30)["game_date"].unique())
        by_season: dict[str, list[date]] = {}
        for day in dates[:-1]:
            by_season.setdefault(season_of(day), []).append(day)
        figures: dict[str, Any] = {"dates": len(dates), "ms_a_date": {}}
        seconds, ours = 0.0, 0.0
        for season, days in by_season.items():
            report = _built(lake, days[0], days[-1])
            seconds += report["seconds"]
            ours += sum(p["seconds"] for p in report["processors"] if p["name"] in _COMPARED)
            figures["ms_a_date"][season] = round(1000 * report["seconds"] / len(days), 1)
        figures["all_seconds"] = round(seconds, 2)
        figures["new_date_seconds"] = _built(lake, dates[-1], dates[-1])["seconds"]
        figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        theirs = _pandas_seconds(lake, dates)
    name = "processors 1, 2 and 4, seconds a date"
    return Result(name, ours / len(dates), "pandas, one date at a time", theirs), figures


def _built(lake: Lake, start: date, end: date) -> dict[str, Any]:
    report = backfill(lake, Request(start, end), lambda *_: None)
    if report["failed"] or not report["written"]:
        raise SystemExit(f"Expected dates to be built, got {report['failures'][:1]}.")
    return report


@contextmanager
def _lake() -> Iterator[Lake]:
    """A lake with raw rows only, thrown away afterwards."""
    source = os.environ.get("TIPOFF_BENCH_LAKE")
    with TemporaryDirectory() as folder:
        lake = open_lake(str(Path(folder) / "lake"))
        if source is None:
            append_to(lake, generate(LeagueSettings(seasons=3, teams=16, games_per_team=60)))
        else:
            for name in SOURCE_TABLES:
                if (Path(source) / name).is_dir():
                    shutil.copytree(Path(source) / name, Path(lake.url) / name)
        yield lake


def _pandas_seconds(lake: Lake, dates: list[date]) -> float:
    """Mean seconds a date over dates spread evenly, tables already in memory."""
    sampled = dates[:: max(len(dates) // _SAMPLED, 1)][1:]
    spent = 0.0
    for season in sorted({season_of(day) for day in sampled}):
        frames = tables(load(lake, [season], 30, [POINTS]).world.facts)
        for day in (d for d in sampled if season_of(d) == season):
            began = time.perf_counter()
            rows = build_date(frames, day, season)
            spent += time.perf_counter() - began
            _refuse_other_numbers(lake, rows, day)
    return spent / len(sampled)


def _refuse_other_numbers(lake: Lake, rows: Any, day: date) -> None:
    """A baseline that computes something else is none: the averages must be the same."""
    cache = next(p.table for p in PROCESSORS if p.name == "player_daily_cache")
    stored = scan(lake, cache).filter(pl.col("game_date") == day, pl.col("state") == "ready")
    theirs = pl.DataFrame(
        {"player_id": list(rows.index), "points_avg_last_5": rows["points_avg_last_5"].to_list()}
    )
    both = stored.collect().join(theirs, on="player_id", suffix="_pandas")
    gap = (both["points_avg_last_5"] - both["points_avg_last_5_pandas"]).abs().max()
    if both.is_empty() or float(gap) > 1e-6:  # type: ignore[arg-type]
        raise SystemExit(f"Expected equal averages on {day}, they differ by {gap!r}.")
