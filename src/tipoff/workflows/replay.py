"""Run the daily job over history at its true instants, and show that it says what a backtest says.

The job sees a lake in which nothing is known yet that was observed later. What it writes goes into
logs of the replay's own; the lake itself is only looked at.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any

import polars as pl

from tipoff.backtest.account import KEPT, OWNER, unbalanced
from tipoff.backtest.account import STEPS as ACCOUNT_STEPS
from tipoff.backtest.current import current_grades, current_predictions
from tipoff.domain.clock import eastern_moment
from tipoff.domain.seasons import seasons_between
from tipoff.errors import InputError
from tipoff.store.lake import Lake, log, scan
from tipoff.store.location import looking_at
from tipoff.store.spine import game_spine
from tipoff.tables.models import CANDIDATE, CHAMPION, SHADOW
from tipoff.tables.predictions import COVERAGE, GRADES, PREDICTIONS
from tipoff.tables.watch import JOB_STEPS, MODEL_STATES
from tipoff.workflows.daily import DONE, run_day
from tipoff.workflows.daily_config import Daily
from tipoff.workflows.day import Day
from tipoff.workflows.day_steps import STEPS, predict_due
from tipoff.workflows.grade_versions import newest_account
from tipoff.workflows.models import promoted
from tipoff.workflows.registered import records_of
from tipoff.workflows.world import known_games

Progress = Callable[[str, int, int], None]
MORNING = clock(10, 0)
REPLAYED = "replayed"
_BY = "replay"
# Steps that fill the lake itself are no part of a replay: it is full.
REPLAYED_STEPS = tuple(step for step in STEPS if not step.writes_rows)


@dataclass(frozen=True)
class Asked:
    """What is replayed.

    Attributes:
        start, end: game dates, both included.
        config: the daily job.
        home: where the replay's logs go.
        stage: shadow or champion: where models that have no predecessor are put.
        has_morning: predict all games in the morning too, not only each at its decision.
        threads: processor threads; they change the time only.
    """

    start: date
    end: date
    config: Daily
    home: str
    stage: str = CHAMPION
    has_morning: bool = False
    threads: int = 2


def replay(lake: Lake, asked: Asked, *, step: Progress = lambda *_: None) -> dict[str, Any]:
    """Replay a span day by day; days that were replayed before are not replayed again.

    Args:
        lake: a lake with raw rows and the features of the span and of what is trained on.
        asked: what is replayed.
        step: called with what is being done and how far it is.

    Returns:
        ``days``: of each game date ``game_date``, how many got to each step of the account
        (``listed`` to ``graded``), ``lost`` (by step and reason), ``unbalanced`` (sentences),
        ``outcomes`` of picks, ``states`` of decay, ``instants`` and ``seconds``; ``home``,
        ``resumed`` and ``seconds``.

    Raises:
        InputError: the lake knows no game in the span.
    """
    began = time.perf_counter()
    days = _game_dates(lake, asked)
    done = _replayed(looking_at(lake, asked.home))
    rows = []
    for place, day in enumerate(days):
        step(f"replaying {day}", place, len(days))
        if day not in done:
            _one(lake, asked, day)
    step(f"grading {days[-1]}", len(days), len(days))
    _after(lake, asked, days[-1])
    rows = [_told(lake, asked, day) for day in days]
    return {
        "start": asked.start,
        "end": asked.end,
        "home": asked.home,
        "days": rows,
        "resumed": len(done & set(days)),
        "seconds": round(time.perf_counter() - began, 3),
    }


def _game_dates(lake: Lake, asked: Asked) -> list[date]:
    games = known_games(lake, seasons_between(asked.start, asked.end))
    wanted = game_spine(games, games["game_date"].unique().to_list(), 0)["game_date"]
    found: list[date] = wanted.unique().sort().to_list()
    days = [day for day in found if asked.start <= day <= asked.end]
    if not days:
        raise InputError(
            f"Expected games between {asked.start} and {asked.end}, but the lake knows none. "
            "Ingest a schedule with these dates."
        )
    return days


def _replayed(own: Lake) -> set[date]:
    events = scan(own, JOB_STEPS).filter(pl.col("step") == REPLAYED, pl.col("event") == DONE)
    return set(events.select("game_date").unique().collect()["game_date"].to_list())


def _one(lake: Lake, asked: Asked, day: date) -> None:
    began = time.perf_counter()
    morning = eastern_moment(day, MORNING)
    view = looking_at(lake, asked.home, morning)
    job = Day(view, asked.config, day, morning, asked.threads)
    left_out = set() if asked.has_morning else {"predict"}
    steps = [s for s in REPLAYED_STEPS if s.name not in {"publish", *left_out}]
    told = run_day(job, steps=steps, again=True)
    _refuse_failed(told["steps"], day)
    _place(view, asked, morning)
    instants = _instants(view, asked, day)
    for now in instants:
        at_decision = replace(job, lake=looking_at(lake, asked.home, now), now=now)
        predict_due(at_decision)
    if instants:
        last = replace(job, lake=looking_at(lake, asked.home, instants[-1]), now=instants[-1])
        publish = [step for step in REPLAYED_STEPS if step.name == "publish"]
        _refuse_failed(run_day(last, steps=publish, again=True)["steps"], day)
    about = {"seconds": round(time.perf_counter() - began, 3), "instants": len(instants)}
    note = {
        "game_date": day,
        "step": REPLAYED,
        "run_id": told["run_id"],
        "event": DONE,
        "at": instants[-1] if instants else morning,
        "report": json.dumps(about),
    }
    log(view, JOB_STEPS, pl.DataFrame([note], schema=JOB_STEPS.columns))


def _refuse_failed(steps: list[dict[str, Any]], day: date) -> None:
    failed = [f"{row['name']}: {row['error']}" for row in steps if row["state"] != DONE]
    if failed:
        raise InputError(f"Expected the job of {day} to be done, but {'; '.join(failed)}")


def _place(view: Lake, asked: Asked, now: datetime) -> None:
    """Put models that follow nobody where the replay wants them; the mark says how."""
    for row in records_of(view):
        if row["stage"] == CANDIDATE and asked.stage in (SHADOW, CHAMPION):
            promoted(view, row["model_id"], by=_BY, to=asked.stage, force=True, now=now)


def _instants(view: Lake, asked: Asked, day: date) -> list[datetime]:
    """The decision instants of a date's games, as its schedule is known in the morning."""
    games = known_games(view, seasons_between(day, day))
    leads = sorted({model.lead_minutes for model in asked.config.model})
    found = {at for lead in leads for at in game_spine(games, [day], lead)["as_of"].to_list()}
    return sorted(found)


def _after(lake: Lake, asked: Asked, last: date) -> None:
    """Grade the last day on the morning after."""
    day = last + timedelta(days=1)
    morning = eastern_moment(day, MORNING)
    view = looking_at(lake, asked.home, morning)
    judging = [step for step in REPLAYED_STEPS if step.name in ("grade", "decay", "publish")]
    told = run_day(Day(view, asked.config, day, morning), steps=judging, again=True)
    _refuse_failed(told["steps"], day)


def _told(lake: Lake, asked: Asked, day: date) -> dict[str, Any]:
    """The account of a day over all its models, what its picks came to, and how long it took."""
    own = looking_at(lake, asked.home)
    account = newest_account(scan(own, COVERAGE).filter(pl.col("game_date") == day).collect())
    kept = account.filter(pl.col("reason") == KEPT).group_by("step").agg(pl.col("n").sum())
    steps: Mapping[str, int] = dict(kept.iter_rows())
    lost = account.filter(pl.col("reason") != KEPT)
    events = scan(own, JOB_STEPS).filter(
        pl.col("game_date") == day, pl.col("step") == REPLAYED, pl.col("event") == DONE
    )
    job: Mapping[str, Any] = json.loads(events.collect()["report"][0])
    return {
        "game_date": day,
        **{step: steps.get(step, 0) for step in ACCOUNT_STEPS},
        "lost": {f"{r['step']}: {r['reason']}": r["n"] for r in lost.to_dicts()},
        "unbalanced": unbalanced(account.select(*OWNER, "step", "reason", "n")),
        "outcomes": _outcomes(own, day),
        "states": _states(own, day),
        **job,
    }


def _states(own: Lake, day: date) -> dict[str, str]:
    """How each recipe's picks were doing as of the date."""
    rows = scan(own, MODEL_STATES).filter(pl.col("game_date") == day).sort("at").collect()
    pairs = rows.select(pl.concat_str("market", "model_name", separator="/"), "state")
    return dict(pairs.iter_rows())


def _outcomes(own: Lake, day: date) -> dict[str, int]:
    at_day = pl.col("game_date") == day
    made = current_predictions(scan(own, PREDICTIONS).filter(at_day).collect()).filter("is_pick")
    grades = current_grades(scan(own, GRADES).filter(at_day).collect())
    told = made.join(grades, on=["slate", "game_id", "player_id"], suffix="_graded")
    return dict(sorted(told.drop_nulls("outcome").group_by("outcome").len().iter_rows()))
