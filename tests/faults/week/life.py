"""A week that is lived on the built-in league, with a fault and a killed job every day.

Rows come in as they become known. Each fault is what happens to real pipelines; what must be said
of it, by name, stands in the test.
"""

import os
import random
import signal
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import polars as pl

from tests.faults.crash_laboratory import LITTLE
from tests.faults.processes import forking
from tipoff.backtest.picks import PickPolicy
from tipoff.domain.clock import eastern_moment
from tipoff.errors import InputError
from tipoff.sources.league import generate
from tipoff.store import delta
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, append, open_lake, read
from tipoff.store.spine import game_spine
from tipoff.tables.models import CHAMPION
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES, SOURCE_TABLES
from tipoff.workflows.daily import run_day
from tipoff.workflows.daily_config import Daily, DailyModel
from tipoff.workflows.day import Day, DayStep
from tipoff.workflows.day_steps import STEPS, predict_due
from tipoff.workflows.models import promoted
from tipoff.workflows.refit import How, refit

MORNING = time(10, 0)
HOUR = timedelta(hours=1)
RECIPE = {"no_vegas": True, "iterations": 20, "learning_rate": 0.2}
LEAST_ROWS = 100
# Points edges of one and no probability edge asked for: a small league's model is no good.
PICKS = PickPolicy(point_edge=1.0)


@dataclass
class Week:
    """A lake whose rows come in as time goes on.

    Attributes:
        lake: the lake.
        frames: all rows that will ever come in, by table; faults change them.
        days: the game dates of the week.
        config: the daily job.
        reports: of every run of a day's job that ended, in order.
        kills: how many were killed.
    """

    lake: Lake
    frames: dict[str, pl.DataFrame]
    days: list[date]
    config: Daily
    reports: list[dict[str, Any]] = field(default_factory=list)
    kills: int = 0
    errors: list[str] = field(default_factory=list)

    def come_in(self, until: datetime) -> None:
        """Store what is known by an instant and not stored yet."""
        for name, table in SOURCE_TABLES.items():
            rows = self.frames[name]
            known = pl.col("observed_at") <= until
            append(self.lake, table, rows.filter(known), now=until)
            self.frames[name] = rows.filter(~known)

    def morning(self, day: date, *, clock: timedelta = timedelta(0)) -> dict[str, Any]:
        """Run the day's job at ten in the morning, killed once somewhere on the way."""
        job = self._job(day, clock)
        report = killed_or_done(job, commit=random.Random(day.toordinal()).randint(1, 6))
        self.kills += report is None
        self.reports.append(report or run_day(job, steps=_steps()))
        return self.reports[-1]

    def quiet_morning(self, day: date) -> None:
        """Run the day's job at ten in the morning, and nobody kills it."""
        self.reports.append(run_day(self._job(day, timedelta(0)), steps=_steps()))

    def _job(self, day: date, clock: timedelta) -> Day:
        at = eastern_moment(day, MORNING)
        self.come_in(at)
        return Day(self.lake, self.config, day, at + clock, threads=1, progress=_silent)

    def decisions(self, day: date, *, clock: timedelta = timedelta(0)) -> list[dict[str, Any]]:
        """Predict each game at its decision instant."""
        games = merged_games(pl.concat([self.frames[GAMES.name], self.stored(GAMES.name)]))
        told = []
        for at in game_spine(games, [day], 30)["as_of"].unique().sort().to_list():
            self.come_in(at)
            job = Day(self.lake, self.config, day, at + clock, threads=1)
            try:
                told.append(dict(predict_due(job)))
            except InputError as error:
                self.errors.append(str(error))
        return told

    def stored(self, name: str) -> pl.DataFrame:
        return read(self.lake, SOURCE_TABLES[name]).select(self.frames[name].columns)


def _silent(*_: Any) -> None:
    """Tell nothing; it goes along to another process, as a lambda could not."""


def _steps() -> list[DayStep]:
    """The day's steps; a little league has little to train on."""

    def little(day: Day) -> Any:
        how = How(day.now, 1, LEAST_ROWS)
        return {"models": [refit(day.lake, day.config, m, day.day, how) for m in day.config.model]}

    return [
        DayStep(s.name, s.about, little, s.needs, s.negative) if s.name == "refit" else s
        for s in STEPS
    ]


def killed_or_done(job: Day, *, commit: int) -> dict[str, Any] | None:
    """Run a day's job in a process of its own that is killed at a commit.

    Args:
        job: the day.
        commit: which commit of it, from 1; half of the time before it, half of the time after it.

    Returns:
        The report, or None where the process was killed.
    """
    context = forking()
    told, telling = context.Pipe(duplex=False)
    process = context.Process(target=_doomed, args=(job, commit, telling))
    process.start()
    telling.close()
    try:
        report: dict[str, Any] | None = told.recv()
    except EOFError:
        report = None
    process.join()
    assert process.exitcode == (-signal.SIGKILL if report is None else 0)
    return report


def _doomed(job: Day, commit: int, telling: Connection) -> None:
    write, counted = delta._write, 0

    def counting(*args: Any, **kwargs: Any) -> None:
        nonlocal counted
        counted += 1
        if counted == commit and commit % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        write(*args, **kwargs)
        if counted == commit:
            os.kill(os.getpid(), signal.SIGKILL)

    delta._write = counting
    telling.send(run_day(job, steps=_steps()))


def begun(folder: Path) -> Week:
    """A league up to the eve of a week, with its features built and a model in service."""
    frames = dict(generate(LITTLE).frames)
    games = merged_games(frames[GAMES.name])
    listed = games["game_date"].unique().sort().to_list()
    days = listed[-12:-5]
    model = DailyModel(name="little", line_source="median", start=days[0], recipe=RECIPE)
    config = Daily(walk={"span": 4, "least": 10}, model=(model,), picks=PICKS)
    week = Week(open_lake(str(folder / "lake")), frames, days, config)
    eve = eastern_moment(days[0], time(6, 0))
    week.come_in(eve)
    job = Day(week.lake, config, days[0], eve, threads=1)
    run_day(job, steps=[s for s in _steps() if s.name in ("build", "refit")])
    name = config.model[0].name
    promoted(week.lake, name, by="operator", to=CHAMPION, force=True, now=eve)
    return week


def moved(week: Week, game_id: str, to: date, told_at: datetime) -> str:
    """Put a game off: its row is taken back, and it is played on another date."""
    stored = week.stored(GAMES.name).filter(pl.col("game_id") == game_id)
    row = pl.concat([stored, week.frames[GAMES.name].filter(pl.col("game_id") == game_id)])
    row = row.sort("observed_at").unique(["game_id", "source"], keep="last")
    day = row["game_date"][0]
    new_id = f"{to:%Y%m%d}{game_id[8:]}"
    shift = pl.duration(days=(to - day).days)
    gone = row.with_columns(is_deleted=pl.lit(value=True), observed_at=pl.lit(told_at))
    again = row.with_columns(
        game_id=pl.lit(new_id),
        game_date=pl.lit(to),
        tip_off_at=pl.col("tip_off_at") + shift,
        observed_at=pl.lit(told_at),
    )
    for name, frame in week.frames.items():
        if "game_id" not in frame.columns or name == GAMES.name:
            continue
        own = pl.col("game_id") == game_id
        later = frame.filter(own).with_columns(
            game_id=pl.lit(new_id),
            game_date=pl.lit(to),
            observed_at=pl.col("observed_at") + shift,
        )
        if name == PROP_QUOTES.name and "tip_off_at" in later.columns:
            later = later.with_columns(tip_off_at=pl.col("tip_off_at") + shift)
        week.frames[name] = pl.concat([frame.filter(~own), later])
    rest = week.frames[GAMES.name].filter(pl.col("game_id") != game_id)
    week.frames[GAMES.name] = pl.concat([rest, gone, again])
    return new_id


def late(week: Week, game_id: str, until: datetime) -> None:
    """What is told of a game comes at an instant, later than usual."""
    for name, table in SOURCE_TABLES.items():
        if not table.is_outcome:
            continue
        rows = week.frames[name]
        own = (pl.col("game_id") == game_id) & (pl.col("observed_at") < until)
        week.frames[name] = rows.with_columns(
            observed_at=pl.when(own).then(pl.lit(until)).otherwise("observed_at")
        )


def corrected(week: Week, game_id: str, player_id: str, points: int, at: datetime) -> None:
    """Somebody's points are corrected at an instant."""
    rows = pl.concat([week.frames[PLAYER_BOXES.name], week.stored(PLAYER_BOXES.name)])
    own = rows.filter(pl.col("game_id") == game_id, pl.col("player_id") == player_id)
    newer = own.with_columns(
        points=pl.col("points") + points,
        observed_at=pl.lit(at),
        observed_basis=pl.lit("recorded"),
    )
    week.frames[PLAYER_BOXES.name] = pl.concat([week.frames[PLAYER_BOXES.name], newer])


def silent(week: Week, day: date) -> None:
    """No quote of a date ever comes."""
    rows = week.frames[PROP_QUOTES.name]
    week.frames[PROP_QUOTES.name] = rows.filter(pl.col("game_date") != day)
