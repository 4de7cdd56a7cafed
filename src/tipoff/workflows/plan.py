"""The plan of a backfill: which game dates each processor must build, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from tipoff.domain.plant import Plant
from tipoff.domain.seasons import season_of
from tipoff.processors.catalogue import ALL_PROCESSORS
from tipoff.processors.declare import Processor
from tipoff.store.fingerprint import code_fingerprint, digest, input_fingerprints, per_date
from tipoff.store.lake import Lake, scan
from tipoff.store.ledger import done, notes
from tipoff.store.spine import game_spine
from tipoff.tables.derived import FAILED
from tipoff.tables.raw import RAW_TABLES

UNIT_DATES = 64
_SHARED_CODE = ("tipoff.store.facts", "tipoff.store.spine")


@dataclass(frozen=True)
class Prints:
    """The fingerprints that one processor's rows of some dates must carry.

    Attributes:
        code: fingerprint of the processor's code.
        inputs: fingerprint of the inputs by game date.
    """

    code: str
    inputs: dict[date, str]


def fingerprints(
    lake: Lake, games: pl.DataFrame, dates: Sequence[date], lead_minutes: int, plant: Plant | None
) -> dict[str, Prints]:
    """Return what each processor's rows of the dates must carry."""
    spine = game_spine(games, dates, lead_minutes)
    instants = spine.group_by("game_date").agg(pl.col("as_of").max()).sort("game_date")
    first = min(dates, default=None)
    tables = {}
    for name, table in RAW_TABLES.items():
        rows = scan(lake, table)
        if first is not None:
            rows = rows.filter(pl.col("season") >= _season_before(first))
        tables[name] = rows
    sums = input_fingerprints(instants, tables)
    found: dict[str, Prints] = {}
    marked = plant.name if plant else ""
    for processor in ALL_PROCESSORS:
        code = code_fingerprint(processor.module, *_SHARED_CODE)
        code = digest([code, marked, processor.market.name if processor.market else ""])
        own = per_date(instants["game_date"], sums, processor.inputs, str(lead_minutes))
        inputs = {
            day: digest(
                [text, *[f"{found[n].code}{found[n].inputs[day]}" for n in processor.needs]]
            )
            for day, text in own.items()
        }
        found[processor.name] = Prints(code, inputs)
    return found


def _season_before(day: date) -> str:
    return season_of(day.replace(year=day.year - 1, day=min(day.day, 28)))


@dataclass(frozen=True)
class Item:
    """One (processor, game date) of a plan.

    Attributes:
        processor: the processor's name.
        game_date: the date.
        reason: why it is to be built: missing, code changed, input changed, mixed or failed;
            ``"done"`` where it is not.
    """

    processor: str
    game_date: date
    reason: str


def plan(
    lake: Lake, prints: dict[str, Prints], processors: Sequence[Processor], dates: Sequence[date]
) -> list[Item]:
    """Compare what the lake holds with what it should hold.

    Args:
        lake: the lake (or planted view) that holds the derived tables.
        prints: what the rows must carry.
        processors: those to look at.
        dates: the game dates wanted.
    """
    noted = {(row["processor"], row["game_date"]): row for row in notes(lake).to_dicts()}
    items = []
    for processor in processors:
        held = {row["game_date"]: row for row in done(lake, processor.table).to_dicts()}
        expected = prints[processor.name]
        for day in dates:
            reason = _reason(held.get(day), expected.code, expected.inputs[day])
            about = noted.get((processor.name, day))
            if reason != "done" and about is not None and _is_same(about, expected, day):
                reason = "failed" if about["state"] == FAILED else "done"
            items.append(Item(processor.name, day, reason))
    return items


def _reason(row: dict[str, object] | None, code: str, inputs: str) -> str:
    if row is None:
        return "missing"
    if row["code_fingerprint"] is None or row["input_fingerprint"] is None:
        return "mixed"
    if row["code_fingerprint"] != code:
        return "code changed"
    return "done" if row["input_fingerprint"] == inputs else "input changed"


def _is_same(about: dict[str, object], expected: Prints, day: date) -> bool:
    return (
        about["code_fingerprint"] == expected.code
        and about["input_fingerprint"] == expected.inputs[day]
    )


def units(dates: Sequence[date], size: int = UNIT_DATES) -> list[list[date]]:
    """Cut game dates into units of work: at most ``size`` dates of one season each."""
    cut: list[list[date]] = []
    for day in sorted(dates):
        fits = cut and len(cut[-1]) < size and season_of(cut[-1][0]) == season_of(day)
        if fits:
            cut[-1].append(day)
        else:
            cut.append([day])
    return cut
