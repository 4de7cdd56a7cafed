"""Broken answers and files by the thousand: no parser fails, none loses a row without a word."""

import json
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID
from tests.sources import file_cases
from tests.sources.file_fuzz import fuzz_file
from tests.sources.providers import nba_fuzz, odds_cases, score_answers, score_fuzz
from tests.sources.providers.fuzzing import fuzz
from tests.sources.three_games import three_games

from bench.measure import Result
from tipoff.sources.league import LeagueSettings, generate
from tipoff.sources.providers.catalogue import PROVIDERS
from tipoff.sources.recognise import FORMATS

INPUTS = 10_000
_CHUNK = 500
_FOLDER = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
Try = Callable[[int], str]


@dataclass
class Told:
    """What came of the broken inputs of one parser."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0.0
    slowest: float = 0.0

    def add(self, other: "Told") -> None:
        """Take another part in."""
        self.outcomes += other.outcomes
        self.failures += other.failures
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)


def names() -> list[str]:
    """Every parser: of each endpoint of each provider, and of each layout of files."""
    endpoints = [f"{p.name} {e}" for p in PROVIDERS.values() for e in p.endpoints]
    return [*endpoints, *(f"file {layout.name}" for layout in FORMATS)]


@cache
def _seeds() -> nba_fuzz.Seeds:
    return nba_fuzz.Seeds(generate(LeagueSettings(seasons=2, teams=12, games_per_team=40)).frames)


def _nba(endpoint: str, number: int) -> str:
    return next(iter(nba_fuzz.fuzz(endpoint, _seeds(), inputs=1, seed=number)))


def _score(case: score_answers.Case, number: int) -> str:
    return score_fuzz.broken_once(case, three_games(), Random(number))


def _file(case: file_cases.FileCase, number: int) -> str:
    with TemporaryDirectory(dir=_FOLDER) as folder:
        return fuzz_file(case, number, Path(folder), three_games())


@cache
def tries() -> Mapping[str, Try]:
    """One broken input of every parser that has a case, made from a number."""
    scores = (*score_answers.CASES, *score_answers.REFUSED_CASES)
    return {
        **{name: partial(fuzz, case) for name, case in odds_cases.CASES.items()},
        **{f"nba {e}": partial(_nba, e) for e in PROVIDERS["nba"].endpoints},
        **{f"{c.provider} {c.endpoint}": partial(_score, c) for c in scores},
        **{f"file {c.layout}": partial(_file, c) for c in file_cases.CASES},
    }


def tried(name: str, numbers: range, once: Try | None = None) -> Told:
    """Try a parser with the inputs of some numbers.

    Args:
        name: the parser's.
        numbers: of the inputs.
        once: one try; the parser's own by default.
    """
    told = Told()
    for number in numbers:
        began = time.perf_counter()
        try:
            told.outcomes[(once or tries()[name])(number)] += 1
        # Whatever a parser throws is what is looked for here.
        except Exception as error:  # noqa: BLE001
            told.outcomes["failed"] += 1
            where = traceback.extract_tb(error.__traceback__)[-1]
            said = str(error).partition("\n")[0][:200]
            place = f"{Path(where.filename).name}:{where.lineno}"
            told.failures.append((number, f"{type(error).__name__} at {place}: {said}"))
        took = time.perf_counter() - began
        told.seconds += took
        told.slowest = max(told.slowest, took)
    return told


def _parts(inputs: int, wanted: list[str]) -> Iterator[tuple[str, range]]:
    for first in range(0, inputs, _CHUNK):
        for name in wanted:
            yield name, range(first, min(first + _CHUNK, inputs))


def run(inputs: int, wanted: list[str], workers: int, step: Callable[[int], object]) -> Any:
    """Try parsers in processes of their own; return a row for each."""
    found = {name: Told() for name in wanted}
    os.environ["POLARS_MAX_THREADS"] = "1"
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        asked = {
            pool.submit(tried, name, part): (name, part) for name, part in _parts(inputs, wanted)
        }
        for done in as_completed(asked):
            name, part = asked[done]
            found[name].add(done.result())
            step(len(part))
    return [_row(name, told) for name, told in found.items()]


def _row(name: str, told: Told) -> dict[str, Any]:
    number = told.outcomes.total()
    return {
        "parser": name,
        "inputs": number,
        "rows": told.outcomes["rows"] + told.outcomes["parsed"],
        "failed": told.outcomes["failed"],
        "outcomes": dict(sorted(told.outcomes.items())),
        "milliseconds": round(1000 * told.seconds / max(number, 1), 2),
        "slowest_milliseconds": round(1000 * told.slowest, 1),
        "failures": told.failures[:5],
    }


def fuzzing() -> tuple[Result, dict[str, Any]]:
    """Try every parser with ``TIPOFF_FUZZ_INPUTS`` (10,000) inputs in ``TIPOFF_FUZZ_WORKERS`` (2).

    ``TIPOFF_FUZZ_ONLY`` names parsers to try, by the beginnings of their names, with commas.

    Returns:
        Seconds of the dearest and the cheapest parser, and what came of each.

    Raises:
        SystemExit: a parser failed or lost a row.
    """
    inputs = int(os.environ.get("TIPOFF_FUZZ_INPUTS", INPUTS))
    workers = int(os.environ.get("TIPOFF_FUZZ_WORKERS", "2"))
    only = tuple(filter(None, os.environ.get("TIPOFF_FUZZ_ONLY", "").split(",")))
    wanted = [name for name in names() if not only or name.startswith(only)]
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task: TaskID = progress.add_task("fuzzing", total=inputs * len(wanted))
        rows = run(inputs, wanted, workers, lambda n: progress.advance(task, n))
    if any(row["failed"] for row in rows):
        # What the others did is told all the same: such a run takes hours.
        print(json.dumps(rows))
        for row in rows:
            for number, said in row["failures"]:
                print(f"{row['parser']} {number}: {said}", file=sys.stderr)
        raise SystemExit(1)
    costs = sorted(row["milliseconds"] for row in rows)
    figures = {"parsers": len(rows), "inputs": sum(row["inputs"] for row in rows), "rows": rows}
    return Result("the dearest parser", costs[-1], "the cheapest", costs[0]), figures
