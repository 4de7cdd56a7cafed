"""The crash laboratory: runners that are killed at random, alone and side by side.

A schedule is a few rounds of runners over random parts of a range of dates, each runner killed
(SIGKILL) after a random time or not at all, and one last round that is left alone. However it
went, the lake must be the one that a single undisturbed run gives, and no game date may have been
committed twice.
"""

import json
import os
import random
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from tests.faults.processes import forking
from tipoff.processors.catalogue import PROCESSORS
from tipoff.sources.league import LeagueSettings, append_to, generate
from tipoff.store import ledger
from tipoff.store.lake import Lake, open_lake, table_hash
from tipoff.store.ledger import Prints
from tipoff.tables.ledger import EMPTY
from tipoff.tables.table import Table
from tipoff.workflows import unit
from tipoff.workflows.backfill import Request, backfill

SPAN = (date(2021, 11, 10), date(2021, 12, 20))
LITTLE = LeagueSettings(seasons=1, teams=6, games_per_team=30, extra_markets=False)
LONGEST_SECONDS = 1.2


@dataclass(frozen=True)
class Outcome:
    """What a schedule led to.

    Attributes:
        hashes: content hash by derived table.
        repeated: (table, game date) that was committed more than once, with how often.
        kills: runners that were killed before they were done.
        failures: exit codes of runners that were not killed and did not end well.
    """

    hashes: dict[str, str]
    repeated: dict[tuple[str, date], int]
    kills: int
    failures: list[int]


class Laboratory:
    """Runs schedules on copies of one raw lake."""

    def __init__(self, folder: Path, plant: str = "") -> None:
        self._folder = folder
        self._plant = plant
        self._context = forking()
        self._raw = folder / "raw"
        append_to(open_lake(str(self._raw)), generate(LITTLE))

    def undisturbed(self) -> dict[str, str]:
        """The hashes that a single run gives which nobody disturbs."""
        lake = self._copied("undisturbed")
        backfill(lake, Request(*SPAN), lambda *_: None)
        return hashes(lake)

    def run(self, seed: int) -> Outcome:
        """Draw a schedule and run it."""
        chance = random.Random(seed)
        lake = self._copied(f"schedule {seed}")
        kills, failures = 0, []
        for _ in range(chance.randint(1, 3)):
            killed, ended = self._round(lake, chance, disturbed=True)
            kills += killed
            failures += ended
        _, ended = self._round(lake, chance, disturbed=False)
        outcome = Outcome(hashes(lake), commits(lake), kills, failures + ended)
        shutil.rmtree(lake.url)
        return outcome

    def _copied(self, name: str) -> Lake:
        shutil.copytree(self._raw, self._folder / name)
        return open_lake(str(self._folder / name))

    def _round(
        self, lake: Lake, chance: random.Random, *, disturbed: bool
    ) -> tuple[int, list[int]]:
        """Start runners at once; kill some of them, or let all end."""
        spans = [part_of(chance) if disturbed else SPAN for _ in range(chance.randint(1, 3))]
        processes = [
            self._context.Process(target=_run, args=(lake.url, span, self._plant)) for span in spans
        ]
        for process in processes:
            process.start()
        kills = 0
        for process in processes:
            if disturbed and chance.random() < 0.8:
                process.join(chance.uniform(0.02, LONGEST_SECONDS))
                if process.is_alive() and process.pid is not None:
                    os.kill(process.pid, signal.SIGKILL)
                    kills += 1
        for process in processes:
            process.join()
        codes = [process.exitcode or 0 for process in processes]
        return kills, [code for code in codes if code not in (0, -signal.SIGKILL)]


def part_of(chance: random.Random) -> tuple[date, date]:
    """Draw a part of the range, or the whole."""
    days = (SPAN[1] - SPAN[0]).days
    if chance.random() < 0.5:
        return SPAN
    first, last = sorted((chance.randint(0, days - 9), chance.randint(0, days)))
    return SPAN[0] + timedelta(days=first), SPAN[0] + timedelta(days=max(last, first + 9))


def _run(url: str, span: tuple[date, date], plant: str) -> None:
    if plant:
        PLANTS[plant]()
    report = backfill(open_lake(url), Request(*span), lambda *_: None)
    if report["failed"]:
        raise SystemExit(1)


def hashes(lake: Lake) -> dict[str, str]:
    """Content hash by derived table."""
    return {p.name: table_hash(lake, p.table) for p in PROCESSORS}


def commits(lake: Lake) -> dict[tuple[str, date], int]:
    """How often each (table, game date) was committed, where more than once."""
    counts: Counter[tuple[str, date]] = Counter()
    for processor in PROCESSORS:
        for dates in _committed_dates(lake, processor.table):
            counts.update((processor.name, day) for day in dates)
    return {key: count for key, count in counts.items() if count > 1}


def _committed_dates(lake: Lake, table: Table) -> list[set[date]]:
    """The game dates that each commit replaced, by its own words; by its rows for the first."""
    folder = Path(lake.table_url(table))
    found = []
    for entry in sorted((folder / "_delta_log").glob("*.json")):
        actions = [json.loads(line) for line in entry.read_text().splitlines()]
        about = next(a["commitInfo"] for a in actions if "commitInfo" in a)
        predicate = about["operationParameters"].get("predicate")
        if predicate:
            found.append({date.fromisoformat(day) for day in _DAY.findall(predicate)})
        else:
            files = [folder / unquote(a["add"]["path"]) for a in actions if "add" in a]
            found.append(_dates(files))
    return found


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _dates(files: Sequence[Path]) -> set[date]:
    frames = [pl.read_parquet(f, columns=["game_date"], hive_partitioning=False) for f in files]
    return set().union(*[frame["game_date"].unique().to_list() for frame in frames])


# The planted faults, each beside what the laboratory must notice of it.


def _without_looking_again() -> None:
    """A runner that does not look again at what is done, once it has the lock."""
    vars(unit)["left_to_do"] = lambda lake, table, season, dates, prints: list(dates)
    vars(ledger)["is_current"] = lambda row, prints, day: False


def _done_before_commit() -> None:
    """A ledger that says done before the rows are there."""

    def commit(
        lake: Lake, table: Table, rows: pl.DataFrame, season: str, dates: list[date], own: Prints
    ) -> list[date]:
        ledger.note(lake, table.name, EMPTY, dates, own)
        time.sleep(0.05)
        return ledger.commit(lake, table, rows, season, dates, own)

    vars(unit)["commit"] = commit


PLANTS: dict[str, Callable[[], None]] = {
    "without looking again": _without_looking_again,
    "done before commit": _done_before_commit,
}
