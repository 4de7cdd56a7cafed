"""What ``tipoff compare`` compares: recipes, and spans of lines that each is walked through."""

from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tipoff.backtest.comparison import LAST_10, LINE
from tipoff.backtest.folds import Seasons, WalkForward
from tipoff.backtest.lines import LineChoice, line_choice
from tipoff.domain.market import market_named
from tipoff.domain.seasons import season_of
from tipoff.models.spec import ModelSpec
from tipoff.workflows.shipped import read_toml

_NAME = "comparison.toml"
Role = Literal["decide", "confirm"]


class Recipe(BaseModel):
    """A recipe that is compared.

    Attributes:
        name: as it is shown.
        seasons: train on the tested season only (``own``) or on earlier ones too (``carry``).
        model: fields of ``ModelSpec``; its market is the comparison's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    seasons: Seasons
    model: dict[str, Any] = Field(default_factory=dict)

    def spec(self, market: str) -> ModelSpec:
        """The recipe for one market."""
        name = "-".join(self.name.replace(",", " ").lower().split())
        return ModelSpec(**{**self.model, "name": name, "market": market_named(market).name})


class Span(BaseModel):
    """A span of game dates and the lines it is graded on.

    Attributes:
        role: whether what differs between recipes was decided on it, or is confirmed by it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1)
    role: Role
    start: date
    end: date
    line_source: str

    def choice(self) -> LineChoice:
        """The lines it is graded on."""
        return line_choice(self.line_source)

    def is_named(self, word: str) -> bool:
        """Whether a word is its title, its season or its role."""
        return word in {self.title, season_of(self.start), self.role}


class Comparison(BaseModel):
    """Recipes and spans.

    Attributes:
        reference: the recipe that the others are compared with.
        walk: fields of ``WalkForward`` that all walks share.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: str
    walk: dict[str, int] = Field(default_factory=dict)
    recipe: tuple[Recipe, ...] = Field(min_length=1)
    span: tuple[Span, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [recipe.name for recipe in self.recipe]
        if len({*names, LINE, LAST_10}) < len(names) + 2:
            raise ValueError(f"expected recipes of different names other than {LINE}, {LAST_10}")
        if self.reference not in names:
            raise ValueError(
                f"expected a reference out of {', '.join(names)}; got {self.reference!r}"
            )
        return self

    def plan(self, recipe: Recipe, span: Span) -> WalkForward:
        """How a recipe is walked through a span."""
        return WalkForward(start=span.start, end=span.end, seasons=recipe.seasons, **self.walk)


def read_comparison(path: Path | None) -> Comparison:
    """Read a comparison, or the shipped one.

    Raises:
        InputError: it can not be read, or something in it is wrong.
    """
    return read_toml(path, _NAME, "comparison", _tried)


def _tried(read: dict[str, Any]) -> Comparison:
    found = Comparison.model_validate(read)
    for span in found.span:
        span.choice()
        for recipe in found.recipe:
            recipe.spec("points")
            found.plan(recipe, span)
    return found
