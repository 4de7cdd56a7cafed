"""A whole season from hostile providers: a tenth of the answers spoilt, two kills, some seeds."""

import os
import shutil
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import polars as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from tests.faults.season.download import Outcome, Season, differences
from tests.faults.season.spoiling import names

from bench.measure import Result, compared
from tipoff.sources.league import LeagueSettings, generate
from tipoff.store.archive import Keeper, kept, with_bodies
from tipoff.store.lake import open_lake, scan
from tipoff.tables.answers import ANSWERS

SEEDS = 3
WHOLE = LeagueSettings(first_season=2023, seasons=1)
_ANSWERS = 20
_AT_A_TIME = 4


def download() -> tuple[Result, dict[str, Any]]:
    """Download a season in fair weather, then in ``TIPOFF_DOWNLOAD_SEEDS`` (3) storms.

    ``TIPOFF_DOWNLOAD_WORKERS`` (2) storms go on at a time: most of a storm is waiting.

    Returns:
        Seconds to keep a paid answer in the archive of a whole season, against reading the log of
        the archive before each; and a row on each download.

    Raises:
        SystemExit: a download in a storm is not what it must be.
    """
    seeds = range(1, int(os.environ.get("TIPOFF_DOWNLOAD_SEEDS", SEEDS)) + 1)
    workers = int(os.environ.get("TIPOFF_DOWNLOAD_WORKERS", "2"))
    league = generate(WHOLE)
    with TemporaryDirectory() as folder:
        with _Bar(len(seeds)) as bar:
            season = Season(
                league.frames,
                Path(folder),
                at_a_time=_AT_A_TIME,
                step=bar.step,
                on_floor=league.on_floor,
            )
            clean = season.clean()
            bar.known(sum(clean.requests.values()))
            rows = [_row("clean", clean, [])]
            _say(rows[-1])
            with ThreadPoolExecutor(workers) as pool:
                for row in pool.map(lambda seed: _storm(season, seed, clean), seeds):
                    rows.append(row)
                    _say(row)
        result = _keeping(Path(folder) / "clean")
    if wrong := [row for row in rows if row["differences"]]:
        raise SystemExit(f"Expected every download to end in the same lake, got {wrong}.")
    return result, {"games": league.frames["games"].height, "downloads": rows}


def _storm(season: Season, seed: int, clean: Outcome) -> dict[str, Any]:
    outcome = season.stormy(seed, clean.requests)
    shutil.rmtree(season.folder / f"seed {seed}")
    return _row(f"seed {seed}", outcome, differences(clean, outcome))


def _row(name: str, outcome: Outcome, differ: list[str]) -> dict[str, Any]:
    return {
        "download": name,
        "requests": dict(outcome.requests),
        "spoilt": sum(outcome.troubles.values()),
        "by_kind": names(outcome.troubles),
        "kills": outcome.kills,
        "runs": outcome.runs,
        "planned": outcome.planned,
        "spent": outcome.spent,
        "unsure": outcome.unsure,
        "charged": outcome.charged,
        "again": dict(outcome.again),
        "late": len(outcome.late),
        "fetch_seconds": round(outcome.fetch_seconds, 1),
        "parse_seconds": round(outcome.parse_seconds, 1),
        "tables": len(outcome.hashes),
        "differences": differ,
    }


def _say(row: dict[str, Any]) -> None:
    """Tell of each download when it is done: all of them take long."""
    print(row, file=sys.stderr, flush=True)


def _keeping(path: Path) -> Result:
    """Time the keeping of an answer, with the log that a whole season has left."""
    lake = open_lake(str(path))
    newest = next(iter(with_bodies(lake, kept(lake).tail(1))))
    number = Counter[str]()

    def another() -> pl.DataFrame:
        number["answer"] += 1
        word = f"{number['answer']:064}"
        return newest.with_columns(answer=pl.lit(word), sha256=pl.lit(word))

    keeper = Keeper(lake)
    keeper.keep(another())

    def ours() -> None:
        for _ in range(_ANSWERS):
            keeper.keep(another())

    def theirs() -> None:
        for _ in range(_ANSWERS):
            Keeper(lake).keep(another())

    log = scan(lake, ANSWERS).select(pl.len()).collect().item()
    result = compared("keeping", ours, "reading its log before each", theirs)
    name = f"keeping an answer in an archive of {log:,}"
    return Result(name, result.ours / _ANSWERS, result.baseline, result.theirs / _ANSWERS)


class _Bar:
    """A bar of requests on stderr; how many there are is known after the first download."""

    def __init__(self, storms: int) -> None:
        columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("asking", total=None)
        self._storms = storms
        self._lock = Lock()

    def __enter__(self) -> "_Bar":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def step(self, _: int) -> None:
        with self._lock:
            self._bar.advance(self._task)

    def known(self, requests: int) -> None:
        """Say how many requests a download in fair weather takes."""
        self._bar.update(self._task, total=requests * (1 + self._storms))
