"""The backfill: the five processors over a range of game dates.

Work to do is what is wanted less what the lake's own rows say is done. Each unit is committed at
once, so a run that is killed anywhere is finished by the same command.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from tipoff.domain.market import Market
from tipoff.domain.plant import Plant
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError, TipoffError
from tipoff.features.declare import POINTS
from tipoff.processors.catalogue import ALL_PROCESSORS, processor_named, processors_for
from tipoff.processors.declare import Processor
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.lake import Lake
from tipoff.store.ledger import note
from tipoff.store.spine import game_spine
from tipoff.tables.derived import EMPTY, FAILED
from tipoff.workflows.executors import Executor, open_executor
from tipoff.workflows.plan import UNIT_DATES, Item, Prints, fingerprints, plan, units
from tipoff.workflows.unit import Built, build_unit
from tipoff.workflows.world import Loaded, known_games, load, planted_lake

Step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Request:
    """What a backfill is asked to do.

    Attributes:
        start: first game date.
        end: last game date, included.
        start_from: number of the first processor to build.
        only: name of the only processor to build, or None for all.
        workers: processes that share the units of one processor.
        executor: where they run.
        lead_minutes: minutes before tip-off of the decision instant.
        plant: fault to plant, or None.
        markets: markets to build the fifth processor for.
    """

    start: date
    end: date
    start_from: int = 1
    only: str | None = None
    workers: int = 1
    executor: str = "local"
    lead_minutes: int = DEFAULT_LEAD_MINUTES
    plant: Plant | None = None
    markets: tuple[Market, ...] = (POINTS,)


@dataclass
class _Tally:
    dates: int = 0
    rows_written: int = 0
    rows_explained: int = 0
    seconds: float = 0.0
    failed: list[dict[str, str]] = field(default_factory=list)


def backfill(
    lake: Lake, request: Request, step: Step, *, plan_only: bool = False
) -> dict[str, Any]:
    """Bring the derived tables of a range of game dates up to date.

    Returns:
        The report of house rules: ``planned``, ``written``, ``skipped``, ``failed`` (counts of
        (processor, game date)), ``plan`` (counts by processor and reason) and ``processors``.

    Raises:
        InputError: the range is reversed, or the lake knows no game in it.
    """
    started = time.perf_counter()
    chosen = _chosen(request)
    games = known_games(lake)
    dates = _game_dates(games, request)
    target = planted_lake(lake, request.plant) if request.plant else lake
    prints = fingerprints(lake, games, dates, request.lead_minutes, request.plant)
    items = plan(target, prints, chosen, dates)
    todo = [item for item in items if item.reason != "done"]
    tallies = {processor.name: _Tally() for processor in chosen}
    if not plan_only and todo:
        runner = _Runner(lake, target, request, prints, step, len(todo))
        runner.run(chosen, todo, tallies)
    failed = sum(len(tally.failed) for tally in tallies.values())
    written = sum(tally.dates for tally in tallies.values())
    return {
        "planned": len(todo),
        "written": written,
        "skipped": len(items) - len(todo),
        "failed": failed,
        "plan": _reasons(items),
        "failures": [f for tally in tallies.values() for f in tally.failed],
        "processors": [
            {
                "number": processor.number,
                "name": processor.name,
                "dates": tallies[processor.name].dates,
                "rows_written": tallies[processor.name].rows_written,
                "rows_explained": tallies[processor.name].rows_explained,
                "seconds": round(tallies[processor.name].seconds, 3),
            }
            for processor in chosen
        ],
        "game_dates": len(dates),
        "plant": request.plant.name if request.plant else None,
        "seconds": round(time.perf_counter() - started, 3),
    }


def status(
    lake: Lake, start: date | None, end: date | None, lead_minutes: int = DEFAULT_LEAD_MINUTES
) -> dict[str, Any]:
    """Return, per processor, how many game dates are done, stale, failed and missing."""
    games = known_games(lake)
    if games.is_empty():
        raise InputError("Expected games in the lake; it holds none. Ingest box scores first.")
    first, last = games["game_date"].min(), games["game_date"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    request = Request(start or first, end or last, lead_minutes=lead_minutes)
    dates = _game_dates(games, request)
    prints = fingerprints(lake, games, dates, lead_minutes, None)
    counts = _reasons(plan(lake, prints, ALL_PROCESSORS, dates))
    rows = []
    for processor in ALL_PROCESSORS:
        by_reason = counts.get(processor.name, {})
        stale = sum(by_reason.get(r, 0) for r in ("code changed", "input changed", "mixed"))
        rows.append(
            {
                "name": processor.name,
                "done": by_reason.get("done", 0),
                "stale": stale,
                "failed": by_reason.get("failed", 0),
                "missing": by_reason.get("missing", 0),
            }
        )
    return {"processors": rows, "game_dates": len(dates)}


def _chosen(request: Request) -> list[Processor]:
    if request.only is not None:
        return [processor_named(request.only)]
    chosen = processors_for(request.markets)
    last = chosen[-1].number
    if not 1 <= request.start_from <= last:
        raise InputError(f"Expected --start-from between 1 and {last}, got {request.start_from}.")
    return [p for p in chosen if p.number >= request.start_from]


def _game_dates(games: pl.DataFrame, request: Request) -> list[date]:
    if request.end < request.start:
        raise InputError(
            f"Expected --start-date not after --end-date, got {request.start} and {request.end}."
        )
    inside = games.filter(pl.col("game_date").is_between(request.start, request.end))
    spine = game_spine(inside, inside["game_date"].unique().to_list(), request.lead_minutes)
    dates = sorted(spine["game_date"].unique().to_list())
    if not dates:
        raise InputError(
            f"Expected games between {request.start} and {request.end}, but the lake knows none. "
            "Ingest schedules or box scores of these dates first."
        )
    return dates


def _reasons(items: Sequence[Item]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for item in items:
        by_reason = counts.setdefault(item.processor, {})
        by_reason[item.reason] = by_reason.get(item.reason, 0) + 1
    return counts


@dataclass
class _Runner:
    """Runs the units of a plan, in this process or in several."""

    lake: Lake
    target: Lake
    request: Request
    prints: dict[str, Prints]
    step: Step
    total: int
    finished: int = 0

    def run(
        self, processors: Sequence[Processor], todo: Sequence[Item], tallies: dict[str, _Tally]
    ) -> None:
        """Build every unit, season by season, in each the processors in their order."""
        _loaded.clear()
        with open_executor(self.request.executor, self.request.workers) as executor:
            for season in sorted({season_of(item.game_date) for item in todo}):
                for processor in processors:
                    dates = [
                        item.game_date
                        for item in todo
                        if item.processor == processor.name and season_of(item.game_date) == season
                    ]
                    self._build(processor.name, dates, executor, tallies[processor.name])
        _loaded.clear()

    def _build(self, name: str, dates: list[date], executor: Executor, tally: _Tally) -> None:
        started = time.perf_counter()
        self.step(name, self.finished, self.total)
        share = max(1, -(-len(dates) // self.request.workers))
        cut = units(dates, min(share, UNIT_DATES))
        common = (self.lake, self.target, self.request, self.prints, name)
        results = executor.map(_attempt, [(*common, unit) for unit in cut])
        for unit, result in zip(cut, results, strict=True):
            self._count(name, unit, result, tally)
        tally.seconds += time.perf_counter() - started

    def _count(
        self, name: str, unit: list[date], result: "Built | Exception", tally: _Tally
    ) -> None:
        self.finished += len(unit)
        self.step(name, self.finished, self.total)
        prints, now = self.prints[name], datetime.now(UTC)
        if isinstance(result, Built):
            empty = [(day, prints.code, prints.inputs[day]) for day in result.empty]
            if empty:
                note(self.target, name, EMPTY, empty, now)
            tally.dates += len(unit)
            tally.rows_written += result.rows_written
            tally.rows_explained += result.rows_explained
            return
        error = f"{type(result).__name__}: {result}"
        failed = [(day, prints.code, prints.inputs[day]) for day in unit]
        note(self.target, name, FAILED, failed, now, error)
        tally.failed += [
            {"processor": name, "game_date": day.isoformat(), "error": error} for day in unit
        ]


# The facts of the season that this process is building; dropped when a run ends.
_loaded: dict[tuple[str, str, int, tuple[Market, ...]], Loaded] = {}


def _attempt(
    lake: Lake,
    target: Lake,
    request: Request,
    prints: dict[str, Prints],
    name: str,
    unit: list[date],
) -> "Built | Exception":
    """Build one unit; a failure is returned, so that the other units go on."""
    season = season_of(unit[0])
    key = (lake.url, season, request.lead_minutes, request.markets)
    try:
        if key not in _loaded:
            _loaded.clear()
            _loaded[key] = load(lake, [season], request.lead_minutes, request.markets)
        return build_unit(
            target,
            _loaded[key],
            name,
            unit,
            prints,
            lead_minutes=request.lead_minutes,
            plant=request.plant,
        )
    except (TipoffError, pl.exceptions.PolarsError, OSError) as error:
        return error
