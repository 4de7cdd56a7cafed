"""A whole season is downloaded from hostile providers, by a command that is killed on the way.

However it went, the lake must be that of a download in fair weather, and what was paid must be
what the provider counted, within what the plan said.
"""

import json
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import polars as pl
from typer.testing import CliRunner

from tests.faults.processes import forking
from tests.faults.season.plants import run
from tests.faults.season.provider import Providers, Seen, asked_too_late
from tests.faults.season.spoiling import SOUND, Spoiler
from tipoff.cli.app import app
from tipoff.tables.raw import RAW_TABLES, ROSTERS

COMPARED = (*RAW_TABLES, ROSTERS.name)
GAMES_KNOWN = "games known"
SHARE = 0.1
KILLS = 2
MARKETS = "points,rebounds,assists,threes,spread,total,moneyline"
# Runs that end without being killed: some requests fail for good in each, ever fewer.
_MOST_RUNS = KILLS + 8
_LONGEST_DELAY = 0.15
_ENDS = (0, 1, 2, 3)
_PACE = ("--per-minute", "60000", "--timeout", "2")


@dataclass(frozen=True)
class Outcome:
    """What came of a download.

    Attributes:
        hashes: content hash by raw table.
        requests: tries by provider, as the providers saw them.
        troubles: answers that went bad, by kind.
        kills, runs: of the command that asks.
        at_a_time: requests that it had under way at a time.
        planned: credits that the plan stated, both its steps together.
        spent, unsure: credits by the account that is kept, and how much of it is not certain.
        charged: credits by the provider's account.
        again: good answers that were asked for and sent more than once, by provider.
        late: what was asked of a moment when its game had begun.
        fetch_seconds, parse_seconds: they took.
    """

    hashes: Mapping[str, str]
    requests: Mapping[str, int]
    troubles: Mapping[str, int]
    kills: int
    runs: int
    at_a_time: int
    planned: int
    spent: int
    unsure: int
    charged: int
    again: Mapping[str, int]
    late: list[str]
    fetch_seconds: float
    parse_seconds: float


@dataclass
class Season:
    """Downloads one season, into a new lake each time.

    Args:
        frames: of one season of a league.
        folder: where the lakes go.
        instants: before tip-off, of which lines are asked.
        at_a_time: requests under way at a time.
        step: called with the number of requests so far.
        plant: a planted fault that the command is run with.
        start: a lake with NBA.com's part already in it; None to download that, too.
        on_floor: who is on the floor when, for the play by play.
    """

    frames: Mapping[str, pl.DataFrame]
    folder: Path
    instants: str = "-24h,-6h,-2h,-30m,-5m"
    at_a_time: int = 2
    step: Callable[[int], object] = lambda _: None
    plant: str = ""
    start: Path | None = None
    on_floor: pl.DataFrame | None = None
    # Both downloads state one moment as that at which rosters were read.
    date: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(microsecond=0) + timedelta(hours=12)
    )

    def clean(self) -> Outcome:
        """Download in fair weather, undisturbed."""
        run = _Run(
            self,
            Providers(self.frames, date=self.date, on_floor=self.on_floor),
            self.folder / "clean",
        )
        return run.all(self.folder / GAMES_KNOWN)

    def stormy(self, seed: int, expected: Mapping[str, int]) -> Outcome:
        """Download with a tenth of the answers spoilt and two kills.

        Args:
            seed: of the trouble and of the kills.
            expected: requests by provider of a download in fair weather.
        """
        providers = Providers(self.frames, Spoiler(seed, SHARE), self.date, on_floor=self.on_floor)
        run = _Run(self, providers, self.folder / f"seed {seed}")
        chance = Random(seed)
        of_nba = 0 if self.start else expected["nba"]
        for place in chance.sample(range(1, of_nba + expected["the_odds_api"]), KILLS):
            is_nba = place <= of_nba
            when = place if is_nba else place - of_nba
            # Half of the kills come between a request and its answer.
            delay = max(0.0, chance.uniform(-_LONGEST_DELAY, _LONGEST_DELAY))
            run.kill_at["nba" if is_nba else "the_odds_api", when] = delay
        return run.all()


class _Run:
    """One download: NBA.com's season, then the lines of its games, then all of it as rows."""

    def __init__(self, season: Season, providers: Providers, lake: Path) -> None:
        self._season = season
        self._providers = providers
        self._lake = lake
        self._environment: dict[str, str] = {}
        self._process: BaseProcess | None = None
        self._printed = lake.with_name(f"{lake.name} printed")
        self._kills = 0
        self._runs = 0
        # By provider and number of request: seconds after it.
        self.kill_at: dict[tuple[str, int], float] = {}
        providers.on_request = self._requested

    def all(self, games_known: Path | None = None) -> Outcome:
        """Download everything and say what came of it.

        Args:
            games_known: where to put a copy of the lake when NBA.com's part is in it.
        """
        games = self._season.frames["games"]
        season = str(games["season"][0])
        nba = ("nba", "season", "--param", f"season={season}")
        days = games["game_date"].cast(pl.String)
        options = {
            "start": str(days.min()),
            "end": str(days.max()),
            "markets": MARKETS,
            "alternates": "yes",
            "instants": self._season.instants,
        }
        words = [w for name, value in options.items() for w in ("--param", f"{name}={value}")]
        lines = ("the_odds_api", "history", *words)
        with self._providers.serving() as environment:
            self._environment = dict(environment)
            asked = parsing = 0.0
            if self._season.start:
                shutil.copytree(self._season.start, self._lake)
            else:
                began = time.perf_counter()
                self._fetched(*nba)
                asked = time.perf_counter() - began
                parsing = self._parsed()
            if games_known:
                shutil.copytree(self._lake, games_known)
            plan = self._call("fetch", *lines, "--plan")
            planned = int(plan["credits"] + plan["credits_later"])
            began = time.perf_counter()
            report = self._fetched(*lines, "--credits", str(planned))
            asked += time.perf_counter() - began
        parsing += self._parsed()
        seen = self._providers.seen
        return Outcome(
            hashes=self._hashes(),
            requests=Counter(one.provider for one in seen),
            troubles=Counter(one.kind.name for one in seen if one.kind is not SOUND),
            kills=self._kills,
            runs=self._runs,
            at_a_time=self._season.at_a_time,
            planned=planned,
            spent=report["spent"],
            unsure=report["unsure"],
            charged=self._providers.used,
            again=_again(seen),
            late=asked_too_late(seen, games),
            fetch_seconds=asked,
            parse_seconds=parsing,
        )

    def _fetched(self, *words: str) -> dict[str, Any]:
        """Run the same command until it is done; return the last report."""
        for _ in range(_MOST_RUNS):
            pace = (*_PACE, "--concurrency", str(self._season.at_a_time))
            code, report = self._ran("fetch", *words, *pace, "--no-parse")
            self._runs += 1
            if code == 0:
                return report
            self._kills += code == -signal.SIGKILL
            if code not in (1, -signal.SIGKILL):
                raise AssertionError(f"Expected a download to go on, got {code}: {report}.")
        raise AssertionError(f"Expected a download to end after {_MOST_RUNS} runs, it did not.")

    def _parsed(self) -> float:
        began = time.perf_counter()
        self._call("fetch", "parse")
        return time.perf_counter() - began

    def _hashes(self) -> dict[str, str]:
        found = self._call("lake", "hash")["tables"]
        return {name: value for name, value in found.items() if name in COMPARED}

    def _call(self, *words: str) -> dict[str, Any]:
        """Run a command that nobody kills; return its document."""
        with patch.dict(os.environ, self._environment):
            done = CliRunner().invoke(app, self._of_lake(words), prog_name="tipoff")
        if done.exit_code:
            raise AssertionError(f"Expected {words} to be done, got {done.exit_code}: {done}.")
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def _ran(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run a command in a process of its own; return its exit code and its document."""
        self._printed.mkdir(exist_ok=True)
        asked = (self._of_lake(words), self._environment, self._season.plant, self._printed)
        process = forking().Process(target=run, args=asked)
        process.start()
        self._process = process
        process.join()
        self._process = None
        told, errors = ((self._printed / n).read_text("utf-8") for n in ("stdout", "stderr"))
        code = process.exitcode
        if code is None or code not in (*_ENDS, -signal.SIGKILL):
            raise AssertionError(f"Expected {words} to end well, got {code}: {errors}")
        return code, json.loads(told) if told else {}

    def _of_lake(self, words: Sequence[str]) -> list[str]:
        return [*words, "--lake", str(self._lake), "--json"]

    def _requested(self, provider: str, number: int) -> None:
        """Kill who asks, a moment after the request that was drawn."""
        self._season.step(len(self._providers.seen))
        delay = self.kill_at.pop((provider, number), None)
        if delay is None or self._process is None:
            return
        if delay:
            threading.Timer(delay, self._process.kill).start()
        else:
            self._process.kill()
            # Not joined: only who started it may read how it ended.
            wait([self._process.sentinel])


def _again(seen: list[Seen]) -> dict[str, int]:
    """Count good answers that were sent before, by provider."""
    sent = Counter((one.provider, one.address) for one in seen if one.kind.is_good)
    again: Counter[str] = Counter()
    for (provider, _), times in sent.items():
        again[provider] += times - 1
    return dict(again)


def differences(clean: Outcome, stormy: Outcome) -> list[str]:
    """Say in what a download in a storm is not what it must be; nothing where all is well."""
    told = [
        f"{name} is not what a clean download gives"
        for name in COMPARED
        if clean.hashes.get(name) != stormy.hashes.get(name)
    ]
    if max(stormy.spent, stormy.charged) > stormy.planned:
        told.append(f"{stormy.charged:,} credits were spent, the plan said {stormy.planned:,}")
    if not stormy.spent - stormy.unsure <= stormy.charged <= stormy.spent:
        told.append(f"{stormy.charged:,} credits were charged, {stormy.spent:,} are accounted for")
    # A kill takes what is under way, and nothing else.
    told += [
        f"{provider} was asked {times:,} times for what it told"
        for provider, times in stormy.again.items()
        if times > stormy.kills * stormy.at_a_time
    ]
    told += [f"asked too late: {address}" for address in stormy.late]
    return told
