"""A lake on a day on which all is well: a small league, live models, their predictions and grades.

What is predicted is made up; who is predicted, the lines and the results are the league's.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from tests.faults.crash_laboratory import LITTLE
from tests.store.answer_rows import answer_rows
from tests.workflows.live_season import come_in

from tipoff.domain.clock import EASTERN
from tipoff.domain.seasons import season_of
from tipoff.monitoring.schedule import last_dates
from tipoff.sources.league import generate
from tipoff.store.lake import Lake, log, open_lake, read
from tipoff.tables.answers import ANSWERS
from tipoff.tables.models import MODEL_EVENTS, MODELS
from tipoff.tables.predictions import COVERAGE, GRADES, PREDICTIONS
from tipoff.tables.raw import PLAYER_BOXES
from tipoff.tables.table import Table
from tipoff.tables.watch import JOB_STEPS, MODEL_STATES
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.expected import follow
from tipoff.workflows.freshness import known_schedule
from tipoff.workflows.reconcile import asked_for

DAY = date(2021, 12, 30)
BEFORE = date(2021, 12, 29)
CHAMPION, SHADOW, RETIRED = "a" * 64, "b" * 64, "c" * 64
NAMES = {CHAMPION: "lion", SHADOW: "wolf", RETIRED: "dodo"}
PREDICTED_DATES = 8


def eastern(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN).astimezone(UTC)


# The first plan, when all games of the date are decided, and when they are over and graded.
DAWN = eastern(DAY, 4)
EVENING = eastern(DAY, 19, 45)
MORNING = eastern(DAY + timedelta(days=1), 12, 30)


@dataclass(frozen=True)
class Healthy:
    """The lake, and all rows of the league's season; later ones are not in the lake."""

    lake: Lake
    frames: dict[str, pl.DataFrame]

    def copied(self, folder: Path) -> "Healthy":
        """The same with a lake of its own."""
        shutil.copytree(self.lake.url, folder / "lake")
        return Healthy(open_lake(str(folder / "lake")), self.frames)


def healthy(folder: Path) -> Healthy:
    """Live up to the morning after the date."""
    frames = dict(generate(LITTLE).frames)
    lake = open_lake(str(folder / "lake"))
    come_in(lake, frames, MORNING)
    schedule = known_schedule(lake, DAY, MORNING)
    days = last_dates(schedule, DAY, PREDICTED_DATES)
    backfill(lake, Request(last_dates(schedule, DAY, 3)[0], DAY), lambda *_: None)
    _register(lake)
    follow(lake, BEFORE, DAWN - timedelta(days=1))
    follow(lake, DAY, DAWN)
    slates = [slate(lake, schedule, day, number) for number, day in enumerate(days)]
    put(lake, PREDICTIONS, [row for rows in slates for row in rows])
    grade(lake, schedule)
    _work(lake, schedule)
    follow(lake, BEFORE, eastern(DAY, 9))
    for now in (EVENING, MORNING):
        follow(lake, DAY, now)
    return Healthy(lake, frames)


def put(lake: Lake, table: Table, rows: list[dict[str, Any]]) -> None:
    """Log rows; columns that they do not tell are null."""
    names = table.columns
    whole = [{name: row.get(name) for name in names} for row in rows]
    log(lake, table, pl.DataFrame(whole, schema=names))


def _register(lake: Lake) -> None:
    since = eastern(DAY - timedelta(days=60), 9)
    blank: dict[str, Any] = {
        "spec": "{}", "features": "[]", "lead_minutes": 30, "line_source": "median",
        "train_start": DAY, "train_end": DAY, "train_rows": 1, "train_mean": 10.0, "trees": 1,
        "data_fingerprint": "", "code_fingerprint": "", "plant": "", "library": "", "versions": "",
        "suffix": "cbm", "file_sha256": "0" * 64, "file_bytes": 1, "market": "points",
        "registered_at": since,
    }  # fmt: skip
    put(lake, MODELS, [{**blank, "model_id": key, "name": name} for key, name in NAMES.items()])
    stages = [
        (CHAMPION, "champion"),
        (SHADOW, "shadow"),
        (RETIRED, "champion"),
        (RETIRED, "retired"),
    ]
    events = [
        {
            "number": n, "at": since + timedelta(minutes=n), "model_id": key, "market": "points",
            "event": "retired" if stage == "retired" else "promoted", "to_stage": stage,
            "is_forced": False, "by": "test", "reason": "test",
        }
        for n, (key, stage) in enumerate(stages, 1)
    ]  # fmt: skip
    put(lake, MODEL_EVENTS, events)


def slate(lake: Lake, schedule: pl.DataFrame, day: date, number: int) -> list[dict[str, Any]]:
    """Both live models predict everybody of a date, five minutes before the first decision."""
    own = schedule.filter(pl.col("game_date") == day)
    first, last = own["tip_off_at"].min(), own["tip_off_at"].max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    expected = asked_for(lake, day, last).expected.sort("model_id", "game_id", "player_id")
    told = expected.join(own, on="game_id").join(
        _actuals(lake), on=["game_id", "player_id"], how="left"
    )
    rows = []
    for place, row in enumerate(told.to_dicts()):
        off = 1.5 if place % 2 else -1.5
        is_pick = row["has_line"] and place % 2 == 0
        over = place % 4 == 0
        rows.append(
            {
                "season": season_of(day), "slate": 2 * number + 1 + (row["model_id"] == SHADOW),
                "slate_hash": f"{2 * number + (row['model_id'] == SHADOW):064d}", "game_date": day,
                "game_id": row["game_id"], "player_id": row["player_id"],
                "player_name": row["player_name"], "team": row["home_team"],
                "opponent": row["away_team"], "is_home": True, "market": "points",
                "model_id": row["model_id"], "model_name": row["model_name"], "stage": "champion",
                "is_forced": False, "made_at": first - timedelta(minutes=35), "lead_minutes": 30,
                "as_of": row["as_of"], "tip_off_at": row["tip_off_at"], "tip_off_basis": "recorded",
                "spine_basis": "recent_box", "code_fingerprint": "", "is_training_ready": True,
                "prediction": (10.0 if row["actual"] is None else row["actual"]) + off,
                "line": 10.5, "is_quoted": row["has_line"], "is_pick": is_pick,
                "side": "over" if over else "under", "price": -110,
                "no_pick_reason": None if is_pick else "no edge", "subsets": "",
            }
        )  # fmt: skip
    return rows


def _actuals(lake: Lake) -> pl.DataFrame:
    boxes = read(lake, PLAYER_BOXES).filter(pl.col("seconds_played") > 0)
    return boxes.select("game_id", "player_id", actual=pl.col("points").cast(pl.Float64))


def grade(lake: Lake, schedule: pl.DataFrame) -> None:
    """Grade what was predicted eight hours after a date's last game began, and count it."""
    ends = schedule.group_by("game_date").agg(at=pl.col("tip_off_at").max() + pl.duration(hours=8))
    made = read(lake, PREDICTIONS).join(ends, on="game_date")
    kept = ("season", "game_date", "slate", "game_id", "player_id", "market", "model_id", "actual")
    rows = made.join(_actuals(lake), on=["game_id", "player_id"], how="left").to_dicts()
    grades = []
    for row in rows:
        played = row["actual"] is not None
        told = {"state": "settled" if played else "void", "outcome": "win" if played else None}
        told["void_reason"] = None if played else "did not play"
        profit = 0.91 if played else None
        about = {n: row[n] for n in kept} | told
        grades.append({**about, "profit": profit, "version": 1, "graded_at": row["at"]})
    put(lake, GRADES, grades)
    key = ["game_date", "at", "model_id", "model_name", "market"]
    counts = made.group_by(key).agg(n=pl.len(), lined=pl.col("is_quoted").sum())
    steps, states = [], []
    for row in counts.to_dicts():
        account = {n: row[n] for n in ("game_date", "market", "model_id")}
        for step, reason, n in (
            ("listed", "kept", row["n"]), ("predicted", "kept", row["n"]),
            ("lined", "kept", row["lined"]), ("lined", "no line", row["n"] - row["lined"]),
            ("takeable", "kept", row["lined"] - 1), ("takeable", "one-sided", 1),
            ("picked", "no edge", row["lined"] - 1),
        ):  # fmt: skip
            counted = {"counted_at": row["at"], "step": step, "reason": reason, "n": n}
            steps.append(account | counted)
        state = {"at": row["at"], "state": "HEALTHY", "reason": "", "numbers": ""}
        name = NAMES[row["model_id"]]
        states.append({**account, **state, "model_name": name})
    put(lake, COVERAGE, steps)
    put(lake, MODEL_STATES, states)


def _work(lake: Lake, schedule: pl.DataFrame) -> None:
    """The steps of the job, and what was asked of a provider, every day of the week."""
    days = [DAY - timedelta(days=n) for n in range(8)]
    steps, times = [], []
    for day in days:
        for step, at in (
            ("fetch", eastern(day, 5)), ("predict", eastern(day, 18)),
            ("grade", eastern(day, 5) + timedelta(days=1)),
        ):  # fmt: skip
            for event, minute in (("started", 0), ("done", 3)):
                about = {"game_date": day, "step": step, "run_id": f"run {day}"}
                steps.append({**about, "event": event, "at": at + timedelta(minutes=minute)})
            times.append(at)
    put(lake, JOB_STEPS, steps)
    bodies = [str(n).encode() for n in range(len(times))]
    answers = (
        answer_rows(*bodies)
        .drop("body")
        .with_columns(fetched_at=pl.Series(times, dtype=ANSWERS.columns["fetched_at"]))
    )
    log(lake, ANSWERS, answers)
