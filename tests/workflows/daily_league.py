"""A game date of the small league, predicted as it went by, with a model of few trees."""

import shutil
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from tests.conftest import TEST, TRAIN

from tipoff.backtest.current import current_grades, current_predictions
from tipoff.models.spec import ModelSpec, Windows
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, open_lake, read, scan
from tipoff.store.lake import replace as replace_rows
from tipoff.store.location import looking_at
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.raw import GAMES
from tipoff.workflows.models import promoted
from tipoff.workflows.predict import Question, predict
from tipoff.workflows.registering import Origin, register
from tipoff.workflows.train import Options, Outcome, train

SPEC = ModelSpec(
    name="small", no_vegas=True, iterations=20, learning_rate=0.3, rsm=0.5, grow_policy="Depthwise"
)
WINDOWS = Windows(train_start=TRAIN[0], train_end=TRAIN[1], eval_start=TEST[0], eval_end=TEST[1])
# Three games at three times.
DAY = date(2023, 2, 6)
SEASON = "2022-23"
LEAD = timedelta(minutes=30)
EARLY = timedelta(hours=3)


@dataclass(frozen=True)
class Daily:
    """A lake with a shadow, and what it said of the date: early of all games, then of each in time.

    Attributes:
        lake: the lake; not to be written to.
        outcome: of the run that the model comes from, which graded the date too.
        model_id: of the shadow.
        games: ids of the date's games, the first one first.
        tips: their tip-offs.
        reports: of the predictions: the early one, then each game's.
    """

    lake: Lake
    outcome: Outcome
    model_id: str
    games: list[str]
    tips: list[datetime]
    reports: list[dict[str, Any]]

    @property
    def last(self) -> datetime:
        """When the last game is decided."""
        return self.tips[-1] - LEAD

    @property
    def after(self) -> datetime:
        """When all box scores have come in."""
        return self.tips[-1] + timedelta(hours=7)

    def copied(self, folder: Path) -> Lake:
        """A copy of the lake that a test may write to."""
        shutil.copytree(self.lake.url, folder / "lake")
        return open_lake(str(folder / "lake"))


def origin(outcome: Outcome, **changed: Any) -> Origin:
    """Where the model comes from, as the command says it."""
    own = Origin(TRAIN, 30, "median", outcome.report["fingerprint"], report=outcome.report)
    return replace(own, **changed)


def entered(lake: Lake, outcome: Outcome, **changed: Any) -> str:
    """Register the run's model; with another origin it is another model."""
    assert outcome.own is not None
    found = register(lake, SPEC, outcome.own, origin(outcome, **changed))
    return str(found["model_id"])


def lived(built_lake: Lake, folder: Path) -> Daily:
    """Train, register, and let the date go by up to the last decision."""
    shutil.copytree(built_lake.url, folder / "lake")
    lake = open_lake(str(folder / "lake"))
    options = Options(folder / "models", min_train_rows=100, threads=1)
    outcome = train(lake, SPEC, WINDOWS, "median", options)
    model_id = entered(lake, outcome)
    promoted(lake, model_id, by="tester")
    listed = merged_games(read(lake, GAMES, seasons=[SEASON])).filter(game_date=DAY)
    ordered = listed.sort("tip_off_at")
    games, tips = ordered["game_id"].to_list(), ordered["tip_off_at"].to_list()
    early = tips[0] - EARLY
    reports = [predict(at(lake, early), Question(DAY, asked_at=early), now=early)]
    for tip in tips:
        now = tip - LEAD
        reports.append(predict(at(lake, now), Question(DAY, is_due_only=True), now=now))
    return Daily(lake, outcome, model_id, games, tips, reports)


def at(lake: Lake, now: datetime) -> Lake:
    """The lake as it was at an instant, with its own logs."""
    return looking_at(lake, lake.url, now)


def predictions(lake: Lake) -> pl.DataFrame:
    """All that was predicted."""
    return scan(lake, PREDICTIONS).sort("slate", "game_id", "player_id").collect()


def current(lake: Lake) -> pl.DataFrame:
    """What counts of it."""
    return current_predictions(predictions(lake))


def grades(lake: Lake) -> pl.DataFrame:
    """The grades that count."""
    return current_grades(scan(lake, GRADES).collect())


def rewritten(lake: Lake, rows: pl.DataFrame) -> None:
    """Put other rows in the place of all predictions: nobody may, so nothing else does it."""
    replace_rows(lake, PREDICTIONS, rows, f"season = '{SEASON}'")
