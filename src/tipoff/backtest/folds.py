"""Folds of a walk-forward: train on earlier game dates, leave a gap, test on later ones, step on.

Lengths are counted in game dates, so that a week without games is no shorter than another.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tipoff.domain.guard import guard
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError

Seasons = Literal["carry", "own"]


class WalkForward(BaseModel):
    """How a span is walked through. All lengths are game dates.

    Attributes:
        start, end: the game dates that are tested, both included.
        window: longest training window; everything before where None.
        embargo: game dates between training and test that neither uses.
        span: game dates tested by one fold; a fold never reaches into another season.
        step: game dates from one fold's test to the next; the span where None.
        cadence: every so many folds a model is fitted anew, the others use the last one.
        seasons: whether training may reach into earlier seasons (``carry``) or not (``own``).
        least: shortest training window; folds before it is reached are left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: date
    end: date
    window: int | None = Field(default=None, ge=2)
    embargo: int = Field(default=0, ge=0)
    span: int = Field(default=7, ge=1)
    step: int | None = Field(default=None, ge=1)
    cadence: int = Field(default=1, ge=1)
    seasons: Seasons = "carry"
    least: int = Field(default=28, ge=2)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"expected an end on or after {self.start}, got {self.end}")
        if self.step is not None and self.step < self.span:
            raise ValueError(
                f"expected a step of at least the span of {self.span} game dates, got "
                f"{self.step}: a game date would be tested twice"
            )
        if self.window is not None and self.window < self.least:
            raise ValueError(
                f"expected a window of at least {self.least} game dates (least), got {self.window}"
            )
        return self


class Fold(BaseModel):
    """One fold: the dates of its model's training and of its test, all included.

    Attributes:
        number: from zero, in order of time.
        model: number of the fold whose model it uses; its own where it is fitted anew.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    model: int
    train_start: date
    train_end: date
    test_start: date
    test_end: date


def folds(plan: WalkForward, game_dates: Sequence[date]) -> list[Fold]:
    """Return the folds of a plan.

    Args:
        plan: how the span is walked through.
        game_dates: every game date that there are rows of, before and within the span.

    Raises:
        InputError: no fold has enough game dates to train on.
    """
    days = sorted(set(game_dates))
    found: list[Fold] = []
    for test in _tests(plan, days):
        training = _training(plan, days, test[0])
        if len(training) < plan.least:
            continue
        number = len(found)
        # A season's first fold is fitted anew: the model of last spring is no model of autumn.
        is_first = not found or season_of(found[-1].test_start) != season_of(test[0])
        anchor = found[-1].model if found else 0
        is_new = is_first or number - anchor >= plan.cadence
        fitted = training if is_new else [found[anchor].train_start, found[anchor].train_end]
        found.append(
            Fold(
                number=number,
                model=number if is_new else anchor,
                train_start=fitted[0],
                train_end=fitted[-1],
                test_start=test[0],
                test_end=test[-1],
            )
        )
    if not found:
        raise InputError(
            f"Expected game dates between {plan.start} and {plan.end} with at least {plan.least} "
            f"game dates to train on before them, found none among {len(days)} game dates. "
            "Backfill earlier dates, or lower the least."
        )
    return found


def _tests(plan: WalkForward, days: Sequence[date]) -> list[list[date]]:
    """Game dates tested together: of one season each, a step apart."""
    seasons: dict[str, list[date]] = {}
    for day in days:
        if plan.start <= day <= plan.end:
            seasons.setdefault(season_of(day), []).append(day)
    step = plan.step or plan.span
    return [
        own[begin : begin + plan.span]
        for own in seasons.values()
        for begin in range(0, len(own), step)
    ]


@guard
def _training(plan: WalkForward, days: Sequence[date], test_start: date) -> list[date]:
    """Game dates that a model tested from a date on may see."""
    before = [day for day in days if day < test_start]
    if plan.seasons == "own":
        before = [day for day in before if season_of(day) == season_of(test_start)]
    seen = before[: max(len(before) - plan.embargo, 0)]
    return seen if plan.window is None else seen[-plan.window :]


@_training.fault("folds-across-time")
def _training_on_the_rest(plan: WalkForward, days: Sequence[date], test_start: date) -> list[date]:
    """The dates after the fold, as long as there are enough of them."""
    after = [day for day in days if day >= test_start][plan.span :]
    return after if len(after) >= plan.least else _training.honest(plan, days, test_start)
