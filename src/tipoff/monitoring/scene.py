"""What checks look at: frames as they were known at an instant, loaded when they are asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import polars as pl

from tipoff.errors import TipoffError
from tipoff.monitoring.missing import EXPECTED
from tipoff.monitoring.schedule import GameDay, game_day
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.table import UTC_MOMENT
from tipoff.tables.watch import EXPECTED_OUTPUTS, JOB_STEPS

_TEXT, _DATE, _BOOL, _COUNT = pl.String(), pl.Date(), pl.Boolean(), pl.Int64()


class Need(StrEnum):
    """A frame of a scene."""

    SCHEDULE = "schedule"
    FRESHNESS = "freshness"
    CLOCKS = "clocks"
    LEDGER = "ledger"
    BOXES = "boxes"
    ANSWERS = "answers"
    MODELS = "models"
    EXPECTED = "expected"
    PREDICTIONS = "predictions"
    GRADES = "grades"
    FEATURES = "features"
    LINES = "lines"
    NEWS = "news"
    PROBLEMS = "problems"
    OUTPUTS = "outputs"
    STEPS = "steps"
    SERVICES = "services"
    DEPLOYED = "deployed"


# The columns that a frame must have; it may have more.
SCHEMAS: dict[Need, Mapping[str, pl.DataType]] = {
    # Games of the season and the one before.
    Need.SCHEDULE: {
        "game_id": _TEXT,
        "game_date": _DATE,
        "season": _TEXT,
        "season_type": _TEXT,
        "home_team": _TEXT,
        "away_team": _TEXT,
        "tip_off_at": UTC_MOMENT,
    },
    # Rows of monitoring.freshness.
    Need.FRESHNESS: {
        "table": _TEXT,
        "source": _TEXT,
        "game_date": _DATE,
        "state": _TEXT,
        "sentence": _TEXT,
    },
    # Rows of monitoring.clocks.
    Need.CLOCKS: {
        "table": _TEXT,
        "source": _TEXT,
        "kind": _TEXT,
        "rows": _COUNT,
        "sentence": _TEXT,
    },
    # What the ledger says of each processor on the last game dates.
    Need.LEDGER: {"processor": _TEXT, "game_date": _DATE, "reason": _TEXT, "due_at": UTC_MOMENT},
    # Box scores of the last 14 days: seconds of all players, by source and team.
    Need.BOXES: {"game_id": _TEXT, "team": _TEXT, "source": _TEXT, "seconds": _COUNT},
    # Answers of the last 8 days.
    Need.ANSWERS: {
        "provider": _TEXT,
        "endpoint": _TEXT,
        "request": _TEXT,
        "fetched_at": UTC_MOMENT,
        "verdict": _TEXT,
    },
    Need.MODELS: {"model_id": _TEXT, "name": _TEXT, "market": _TEXT, "lead_minutes": pl.Int32()},
    # Whom live models should have predicted by now.
    Need.EXPECTED: EXPECTED,
    # Of the last 30 days.
    Need.PREDICTIONS: PREDICTIONS.columns,
    Need.GRADES: GRADES.columns,
    # Feature rows of the date, served or built.
    Need.FEATURES: {"game_id": _TEXT, "player_id": _TEXT, "is_training_ready": _BOOL},
    # Who was quoted on the last game dates, and since when.
    Need.LINES: {
        "source": _TEXT,
        "market": _TEXT,
        "game_date": _DATE,
        "game_id": _TEXT,
        "name_key": _TEXT,
        "first_at": UTC_MOMENT,
    },
    # When a source last told of a team's players in the date's games.
    Need.NEWS: {"game_id": _TEXT, "team": _TEXT, "source": _TEXT, "newest_at": UTC_MOMENT},
    # How many of each problem a reconciliation found.
    Need.PROBLEMS: {"problem": _TEXT, "n": _COUNT},
    # Newest events of expected outputs of the date and the days before.
    Need.OUTPUTS: EXPECTED_OUTPUTS.columns,
    # Events of job steps of the last 30 days.
    Need.STEPS: JOB_STEPS.columns,
    # What services report of themselves; given, never read from the lake.
    Need.SERVICES: {"service": _TEXT, "is_healthy": _BOOL, "at": UTC_MOMENT, "sentence": _TEXT},
    # Whether each service runs what it should; given. Null where that is not known.
    Need.DEPLOYED: {"service": _TEXT, "is_current": _BOOL, "sentence": _TEXT},
}
# Frames that are given by whoever asks; None where nobody gave them.
GIVEN = (Need.SERVICES, Need.DEPLOYED)


@dataclass(frozen=True)
class Scene:
    """What checks look at.

    Attributes:
        now: the instant; nothing that became known later is in the frames.
        day: the game date.
        loaders: by need, what gives its frame.
        allowed: the frames that the check at hand has declared; all where None.
        loaded: frames loaded so far.
    """

    now: datetime
    day: date
    loaders: Mapping[Need, Callable[[], pl.DataFrame | None]]
    allowed: tuple[Need, ...] | None = None
    loaded: dict[Need, pl.DataFrame | None] = field(default_factory=dict)

    def only(self, needs: tuple[Need, ...]) -> "Scene":
        """Return the scene as a check sees it that has declared these needs."""
        return Scene(self.now, self.day, self.loaders, needs, self.loaded)

    def given(self, need: Need) -> pl.DataFrame | None:
        """Return a frame, or None where nobody gave it.

        Raises:
            TipoffError: the check has not declared the need, or the frame lacks columns.
        """
        if self.allowed is not None and need not in self.allowed:
            raise TipoffError(f"Expected a check to declare all its needs; {need} is not declared.")
        if need not in self.loaded:
            self.loaded[need] = self._checked(need)
        return self.loaded[need]

    def frame(self, need: Need) -> pl.DataFrame:
        """Return a frame.

        Raises:
            TipoffError: it is not there, not declared, or lacks columns.
        """
        found = self.given(need)
        if found is None:
            raise TipoffError(f"Expected the frame {need} in the scene; it was not given.")
        return found

    def game_day(self) -> GameDay:
        """Say what the date is."""
        return game_day(self.frame(Need.SCHEDULE), self.day)

    def _checked(self, need: Need) -> pl.DataFrame | None:
        if need not in self.loaders:
            return None
        frame = self.loaders[need]()
        if frame is None:
            return None
        wrong = [n for n, t in SCHEMAS[need].items() if frame.schema.get(n) != t]
        if wrong:
            raise TipoffError(f"Expected columns {wrong} of frame {need} in their types.")
        return frame
