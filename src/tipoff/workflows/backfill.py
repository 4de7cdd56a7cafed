"""The backfill: the five processors over a range of game dates.

Work to do is what is wanted less what the lake's own rows say is done. Each unit is committed at
once, so a run that is killed anywhere is finished by the same command.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import polars as pl

from tipoff.domain.seasons import seasons_between
from tipoff.errors import InputError
from tipoff.processors.catalogue import ALL_PROCESSORS, processor_named, processors_for
from tipoff.processors.declare import Processor
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.delta import found_in
from tipoff.store.lake import Lake
from tipoff.store.ledger import seconds_a_date, take_into_use
from tipoff.store.spine import game_spine
from tipoff.tables.ledger import FAILED
from tipoff.tables.raw import GAMES
from tipoff.workflows.plan import (
    CODE,
    DONE,
    GONE,
    INPUT,
    MISSING,
    MIXED,
    Item,
    fingerprints,
    plan,
)
from tipoff.workflows.request import Request
from tipoff.workflows.runner import Runner, Tally
from tipoff.workflows.under_way import telling
from tipoff.workflows.versions import mark
from tipoff.workflows.world import known_games, view_of

Step = Callable[[str, int, int], None]

__all__ = ["STALE", "Request", "backfill", "states", "status"]

# Reasons of dates whose rows are there, but not as they should be.
STALE = (CODE, INPUT, MIXED, GONE)


def backfill(
    lake: Lake, request: Request, step: Step, *, plan_only: bool = False
) -> dict[str, Any]:
    """Bring the derived tables of a range of game dates up to date.

    Returns:
        The report of house rules: ``planned``, ``written``, ``skipped``, ``failed`` (counts of
        (processor, game date)), ``plan`` (counts by processor and reason), ``estimate_seconds``
        (from earlier runs; null for the first) and ``processors``.

    Raises:
        InputError: the range is reversed, the lake knows no game in it, newer code has built
            rows here, or the plant breaks no rows.
    """
    started = time.perf_counter()
    _refuse_without_view(request)
    chosen = _chosen(request)
    games = known_games(lake)
    dates = _game_dates(games, request)
    target = view_of(lake, request.plant, request.lead_minutes)
    related = processors_for(request.markets)
    prints = fingerprints(lake, games, dates, request.lead_minutes, request.plant, related)
    items = plan(target, prints, chosen, dates, (request.start, request.end))
    todo = [item for item in items if item.reason != DONE]
    estimate = _estimate(target, todo)
    tallies = {processor.name: Tally() for processor in chosen}
    if not plan_only and todo:
        codes = {processor.name: prints[processor.name].code for processor in chosen}
        take_into_use(target, codes, allow_older=request.allow_older_code)
        mark(target, "before backfill")
        names = [item.processor for item in todo]
        with telling(target, (request.start, request.end), names) as progress:
            runner = Runner(lake, target, request, prints, step, len(todo), progress)
            runner.run(chosen, todo, tallies)
    if not plan_only:
        # Also where nothing was left to do: an earlier run may have been killed before it marked.
        mark(target, "backfill")
    return {
        "planned": len(todo),
        "written": sum(tally.dates for tally in tallies.values()),
        "skipped": len(items) - len(todo) + sum(tally.others for tally in tallies.values()),
        "failed": sum(len(tally.failed) for tally in tallies.values()),
        "plan": _reasons(items),
        "estimate_seconds": estimate,
        "failures": [f for tally in tallies.values() for f in tally.failed],
        "processors": [_entry(processor, tallies[processor.name]) for processor in chosen],
        "game_dates": len(dates),
        "plant": request.plant.name if request.plant else None,
        "seconds": round(time.perf_counter() - started, 3),
    }


def _entry(processor: Processor, tally: Tally) -> dict[str, Any]:
    return {
        "number": processor.number,
        "name": processor.name,
        "dates": tally.dates,
        "rows_written": tally.rows_written,
        "rows_explained": tally.rows_explained,
        "seconds": round(tally.seconds, 3),
    }


def _estimate(lake: Lake, todo: Sequence[Item]) -> float | None:
    """Seconds that a plan will take, by what its processors took before."""
    taken = seconds_a_date(lake)
    if any(item.processor not in taken for item in todo):
        return None
    return round(sum(taken[item.processor] for item in todo), 1)


def status(
    lake: Lake, start: date | None, end: date | None, lead_minutes: int = DEFAULT_LEAD_MINUTES
) -> dict[str, Any]:
    """Return, per processor, how many game dates are done, stale, failed and missing."""
    items, dates = states(lake, start, end, lead_minutes)
    counts = _reasons(items)
    rows = []
    for processor in ALL_PROCESSORS:
        by_reason = counts.get(processor.name, {})
        rows.append(
            {
                "name": processor.name,
                "done": by_reason.get(DONE, 0),
                "stale": sum(by_reason.get(reason, 0) for reason in STALE),
                "failed": by_reason.get(FAILED, 0),
                "missing": by_reason.get(MISSING, 0),
            }
        )
    return {"processors": rows, "game_dates": len(dates)}


def states(
    lake: Lake,
    start: date | None,
    end: date | None,
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
    processors: Sequence[Processor] = ALL_PROCESSORS,
) -> tuple[list[Item], list[date]]:
    """Return where each game date of each processor stands, and the game dates that there are.

    Raises:
        InputError: the lake knows no game in the range.
    """
    # A season's games do not depend on those of others.
    seasons = seasons_between(start, end) if start is not None and end is not None else None
    asked = ("known games", None if seasons is None else tuple(seasons))
    games = found_in(lake, [GAMES], asked, lambda: known_games(lake, seasons))
    if games.is_empty() and (seasons is None or known_games(lake).is_empty()):
        raise InputError("Expected games in the lake; it holds none. Ingest box scores first.")
    first, last = start or games["game_date"].min(), end or games["game_date"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    request = Request(first, last, lead_minutes=lead_minutes)
    dates = _game_dates(games, request)
    prints = fingerprints(lake, games, dates, lead_minutes, None, processors)
    target = view_of(lake, None, lead_minutes)
    return plan(target, prints, processors, dates, (request.start, request.end)), dates


def _refuse_without_view(request: Request) -> None:
    """A fault that breaks no rows has no view to build; it must not touch the clean rows."""
    if request.plant is not None and not request.plant.has_view:
        raise InputError(
            f"Expected a plant that breaks feature rows, got {request.plant.name}, which breaks "
            f"{request.plant.part}; it needs no backfill of its own."
        )


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
