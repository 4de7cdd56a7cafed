"""One fault at work: a small league, its features, a model and a graded run, all on the real code.

Everything is made while the fault is switched on, and only as far as a detector asks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from tipoff.backtest.evaluation import evaluate, judged, with_lines
from tipoff.backtest.folds import Fold, WalkForward, folds
from tipoff.backtest.lines import line_choice
from tipoff.domain.guard import planted
from tipoff.domain.plant import Plant
from tipoff.features.declare import POINTS
from tipoff.models.spec import ModelSpec, kept_features
from tipoff.processors.catalogue import feature_store
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.sources.league import LeagueSettings, generate
from tipoff.workflows.dataset import Dataset, dataset_of, lines_of
from tipoff.workflows.fitting import Forecaster, forecast, forecaster
from tipoff.workflows.rebuild import rebuilt
from tipoff.workflows.training import training_rows

LEAGUE = LeagueSettings(seasons=1, teams=6, games_per_team=40, extra_markets=False)
SPEC = ModelSpec(
    name="exhibit", feature_set="v12", no_vegas=True, iterations=60, learning_rate=0.15, depth=4
)
CHOICE = line_choice("median")
# Averages of the league need ten teams.
WIDE = replace(LEAGUE, teams=12)
NEEDS_WIDE = ("league-average-with-the-day",)
# The share of the season's dates that come before the test, and before its end.
_TRAINED, _TESTED = 0.55, 0.85


def exhibit(plant: Plant | None, seed: int) -> "Case":
    """A case of a fault, or of none, on a league that is wide enough for it."""
    is_wide = plant.name in NEEDS_WIDE if plant else seed % 2 == 0
    frames = generate(replace(WIDE if is_wide else LEAGUE, seed=seed)).frames
    return Case(frames, plant, seed)


@dataclass
class Case:
    """A league under a fault, or under none.

    Attributes:
        frames: raw rows by table.
        plant: the fault.
        seed: of chance, for detectors that draw.
        refits: whether the audit of leaks trains models again (1) or not (0).
        kept: what detectors found out and share.
    """

    frames: Mapping[str, pl.DataFrame]
    plant: Plant | None
    seed: int
    refits: int = 1
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        """The plant's name."""
        return self.plant.name if self.plant else None

    @cached_property
    def dates(self) -> list[date]:
        """The season's game dates."""
        days: list[date] = self.frames["games"]["game_date"].unique().sort().to_list()
        return days

    @cached_property
    def built(self) -> dict[str, pl.DataFrame]:
        """Every processor's rows of all dates."""
        return rebuilt(self.frames, self.dates, DEFAULT_LEAD_MINUTES, [POINTS], self.plant)

    @property
    def store(self) -> pl.DataFrame:
        """The feature rows."""
        return self.built[feature_store(POINTS).name]

    @cached_property
    def data(self) -> Dataset:
        """What a model is trained and graded on."""
        about = ("", self.name, DEFAULT_LEAD_MINUTES)
        with planted(self.name):
            return dataset_of(
                self.store, self.frames, POINTS, "v12", with_market=False, about=about
            )

    @cached_property
    def fold(self) -> Fold:
        """The only fold of a walk that tests a late part of the season."""
        start, end = (self.dates[int(len(self.dates) * share)] for share in (_TRAINED, _TESTED))
        tested = sum(start <= day <= end for day in self.dates)
        plan = WalkForward(start=start, end=end, span=tested, least=10)
        with planted(self.name):
            return folds(plan, self.dates)[0]

    @cached_property
    def lines(self) -> pl.DataFrame:
        """Takeable lines."""
        with planted(self.name):
            return lines_of(self.data, CHOICE, POINTS)

    @cached_property
    def training(self) -> pl.DataFrame:
        """The rows that the model is trained on."""
        window = (self.fold.train_start, self.fold.train_end)
        with planted(self.name):
            return training_rows(self.data, SPEC, window, self.fold.test_start, self.lines)

    @cached_property
    def model(self) -> Forecaster:
        """The model."""
        return self.fitted(self.training)

    def fitted(self, training: pl.DataFrame) -> Forecaster:
        """Fit the recipe on some rows."""
        with planted(self.name):
            features = kept_features(SPEC, self.data.features)
            return forecaster(SPEC, training, features, threads=1)

    @cached_property
    def graded(self) -> pl.DataFrame:
        """The tested player-games with a line, graded."""
        return self._run[0]

    @cached_property
    def report(self) -> dict[str, Any]:
        """The run's numbers and verdict; the fault does not say its name."""
        return self._run[1]

    @cached_property
    def _run(self) -> tuple[pl.DataFrame, dict[str, Any]]:
        inside = pl.col("game_date").is_between(self.fold.test_start, self.fold.test_end)
        testing = self.data.rows.filter(inside)
        model = self.model
        with planted(self.name):
            predicted = forecast(model, testing).with_columns(
                model=pl.lit(0), constant=pl.lit(model.mean)
            )
            graded = with_lines(
                predicted, self.lines, {0: model.distribution}, POINTS, self.data.closing_quotes
            )
            numbers = evaluate(predicted, graded, CHOICE, market=POINTS)
            return graded, judged({**numbers, "plant": None})
