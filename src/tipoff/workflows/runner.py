"""Run the units of a plan: season by season, processor by processor, wherever they may run.

A unit that another runner is building is left until the others are done, and then waited for. A
unit that fails is tried again date by date, so that one bad date does not take others with it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from tipoff.domain.guard import planted
from tipoff.domain.market import Market
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError, StoreError, TipoffError
from tipoff.processors.declare import Processor
from tipoff.store.lake import Lake
from tipoff.store.ledger import Prints, note, time_taken
from tipoff.tables.ledger import FAILED
from tipoff.workflows.executors import Executor, open_executor
from tipoff.workflows.plan import Item, units
from tipoff.workflows.request import Request
from tipoff.workflows.under_way import Progress
from tipoff.workflows.unit import Built, Unit, build_unit
from tipoff.workflows.world import Loaded, load

Step = Callable[[str, int, int], None]


@dataclass
class Tally:
    """What was done for one processor."""

    dates: int = 0
    others: int = 0
    rows_written: int = 0
    rows_explained: int = 0
    seconds: float = 0.0
    failed: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Attempt:
    """What became of one unit: what was built, and the dates that failed with their errors."""

    built: tuple[Built, ...] = ()
    failed: tuple[tuple[date, str], ...] = ()


@dataclass
class Runner:
    """Runs the units of a plan, in this process or in several.

    Attributes:
        lake: the lake with the raw rows.
        target: the lake, or the planted view, that the derived rows go to.
        request: what was asked for.
        prints: fingerprints of every processor.
        step: called with what is being done and how far it is.
        total: (processor, game date) to be done in all.
        progress: tells others how far it is.
    """

    lake: Lake
    target: Lake
    request: Request
    prints: Mapping[str, Prints]
    step: Step
    total: int
    progress: Progress
    finished: int = 0

    def run(
        self, processors: Sequence[Processor], todo: Sequence[Item], tallies: Mapping[str, Tally]
    ) -> None:
        """Build every unit, season by season, in each the processors in their order."""
        with open_executor(self.request.executor, self.request.workers) as executor:
            for season in sorted({season_of(item.game_date) for item in todo}):
                for processor in processors:
                    dates = [
                        item.game_date
                        for item in todo
                        if item.processor == processor.name and season_of(item.game_date) == season
                    ]
                    if dates:
                        self._build(processor.name, dates, executor, tallies[processor.name])
        _loaded.clear()
        for processor in processors:
            tally = tallies[processor.name]
            time_taken(self.target, processor.name, tally.dates, tally.seconds)

    def _build(self, name: str, dates: list[date], executor: Executor, tally: Tally) -> None:
        started = time.perf_counter()
        self.progress.begin()
        self.step(name, self.finished, self.total)
        cut = [
            Unit(name, tuple(days), self.request.lead_minutes, self.request.plant)
            for days in units(dates)
        ]
        locked = self._attempted(cut, executor, tally, wait=False)
        self._attempted(locked, executor, tally, wait=True)
        tally.seconds += time.perf_counter() - started

    def _attempted(
        self, cut: Sequence[Unit], executor: Executor, tally: Tally, *, wait: bool
    ) -> list[Unit]:
        """Run units; return those that somebody else is building."""
        common = (self.lake, self.target, self.request.markets, self.prints, wait)
        results = executor.map(attempt, [(*common, unit) for unit in cut])
        locked = []
        for unit, result in zip(cut, results, strict=True):
            if any(built.is_locked for built in result.built):
                locked.append(unit)
                continue
            self.finished += len(unit.dates)
            self._count(unit, result, tally)
            self.step(unit.processor, self.finished, self.total)
        return locked

    def _count(self, unit: Unit, result: Attempt, tally: Tally) -> None:
        for built in result.built:
            tally.dates += len(built.dates)
            tally.others += len(built.others)
            tally.rows_written += built.rows_written
            tally.rows_explained += built.rows_explained
        for day, error in result.failed:
            tally.failed.append(
                {"processor": unit.processor, "game_date": day.isoformat(), "error": error}
            )
        rows = sum(built.rows_written + built.rows_explained for built in result.built)
        self.progress.through(
            unit.processor, dates=len(unit.dates), failed=len(result.failed), rows=rows
        )


# The facts of the season that this process is building; dropped when a run ends.
_loaded: dict[tuple[str, str, int, tuple[Market, ...], str, str], Loaded] = {}


def attempt(
    lake: Lake,
    target: Lake,
    markets: tuple[Market, ...],
    prints: Mapping[str, Prints],
    wait: bool,
    unit: Unit,
) -> Attempt:
    """Build one unit; what fails is noted in the ledger and returned, so that the rest goes on.

    Raises:
        InputError: newer code was taken into use since the run began.
        StoreError: the lake can not be written.
    """
    try:
        return Attempt((_build(lake, target, markets, prints, unit, wait=wait),))
    except (InputError, StoreError):
        raise
    except (TipoffError, pl.exceptions.PolarsError, OSError) as error:
        if len(unit.dates) == 1:
            text = f"{type(error).__name__}: {error}"
            note(target, unit.processor, FAILED, unit.dates, prints[unit.processor], text)
            return Attempt(failed=((unit.dates[0], text),))
    parts = [attempt(lake, target, markets, prints, True, _single(unit, day)) for day in unit.dates]
    return Attempt(
        tuple(b for part in parts for b in part.built),
        tuple(f for part in parts for f in part.failed),
    )


def _single(unit: Unit, day: date) -> Unit:
    return Unit(unit.processor, (day,), unit.lead_minutes, unit.plant)


def _build(
    lake: Lake,
    target: Lake,
    markets: tuple[Market, ...],
    prints: Mapping[str, Prints],
    unit: Unit,
    *,
    wait: bool,
) -> Built:
    season = season_of(unit.dates[0])
    plant = unit.plant.name if unit.plant else ""
    key = (lake.url, season, unit.lead_minutes, markets, _state_of(prints, season), plant)
    if key not in _loaded:
        _loaded.clear()
        with planted(plant):
            _loaded[key] = load(lake, [season], unit.lead_minutes, markets)
    return build_unit(target, _loaded[key], unit, prints, wait=wait)


def _state_of(prints: Mapping[str, Prints], season: str) -> str:
    """What the facts of a season depend on: a long-lived worker must not keep older ones."""
    days = sorted({day for p in prints.values() for day in p.inputs if season_of(day) == season})
    return " ".join(p.inputs.get(days[-1], "") for p in prints.values()) if days else ""
