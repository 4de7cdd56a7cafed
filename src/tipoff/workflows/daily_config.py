"""What ``tipoff daily`` does: its models, picks, providers and inbox."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tipoff.backtest.folds import Seasons, WalkForward
from tipoff.backtest.lines import line_choice
from tipoff.backtest.picks import PickPolicy
from tipoff.domain.market import feature_markets
from tipoff.domain.seasons import STARTS, season_of, start_year
from tipoff.errors import InputError
from tipoff.models.spec import ModelSpec
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.sources.providers.catalogue import PLANNERS, PROVIDERS
from tipoff.workflows.shipped import read_toml

_NAME = "daily.toml"


class DailyModel(BaseModel):
    """A recipe that is fitted again as time goes on.

    Attributes:
        name: of its models.
        market: what it predicts.
        line_source: the lines that it is for.
        lead_minutes: minutes before tip-off at which it decides.
        seasons: train on the season only (``own``) or on earlier ones too (``carry``).
        start: the first game date that it predicts; the season's first by default.
        recipe: fields of ``ModelSpec``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    market: str = "points"
    line_source: str = "draftkings"
    lead_minutes: int = Field(default=DEFAULT_LEAD_MINUTES, ge=0)
    seasons: Seasons = "carry"
    start: date | None = None
    recipe: dict[str, Any] = Field(default_factory=dict)

    def spec(self) -> ModelSpec:
        """The recipe of its models."""
        return ModelSpec(**{**self.recipe, "name": self.name, "market": self.market})

    def first_day(self, day: date) -> date:
        """The game date that its walk is counted from."""
        if self.start is not None:
            return self.start
        year = start_year(season_of(day))
        return STARTS.get(year, date(year, 10, 1))


class Asking(BaseModel):
    """What is asked of a provider every day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    what: str
    params: dict[str, str] = Field(default_factory=dict)
    credits: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        if self.provider not in PROVIDERS:
            raise ValueError(f"expected a provider out of {', '.join(sorted(PROVIDERS))}")
        planners = PLANNERS.get(self.provider, {})
        known = {*planners, *PROVIDERS[self.provider].endpoints}
        if self.what not in known:
            raise ValueError(f"expected something that it gives: {', '.join(sorted(known))}")
        return self

    def of(self, day: date) -> dict[str, list[str]]:
        """Return the parameters for a game date."""
        words = {"day": day, "yesterday": day - timedelta(days=1), "season": season_of(day)}
        return {name: [text.format(**words)] for name, text in self.params.items()}


class Daily(BaseModel):
    """A day's job.

    Attributes:
        walk: fields of ``WalkForward`` that all recipes share.
        picks: when a prediction is a pick.
        model: the recipes.
        fetch: what is asked of providers.
        inbox: folder of files that are taken in.
        regrade_days: results of so many days back may still be corrected.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    walk: dict[str, int] = Field(default_factory=dict)
    picks: PickPolicy = Field(default_factory=PickPolicy)
    model: tuple[DailyModel, ...] = Field(min_length=1)
    fetch: tuple[Asking, ...] = ()
    inbox: Path | None = None
    regrade_days: int = Field(default=7, ge=1)

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [model.name for model in self.model]
        if len(set(names)) < len(names):
            raise ValueError(f"expected models of different names, got {', '.join(names)}")
        return self

    def plan(self, model: DailyModel, day: date) -> WalkForward:
        """How a recipe's walk has come to a game date.

        Raises:
            InputError: its walk begins later.
        """
        start = model.first_day(day)
        if start > day:
            raise InputError(f"Expected a day from {start} on for {model.name}, got {day}.")
        return WalkForward(start=start, end=day, seasons=model.seasons, **self.walk)


def read_daily(path: Path | None) -> Daily:
    """Read what a day's job does, or the shipped configuration.

    Raises:
        InputError: it can not be read, or something in it is wrong.
    """
    return read_toml(path, _NAME, "configuration of the daily job", _tried)


def _tried(read: dict[str, Any]) -> Daily:
    found = Daily.model_validate(read)
    for model in found.model:
        feature_markets(model.market)
        line_choice(model.line_source)
        model.spec()
        found.plan(model, date(9999, 12, 31))
    return found
