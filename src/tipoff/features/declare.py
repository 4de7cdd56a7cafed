"""How a feature is declared.

A feature is one function that returns an expression over the *context*: the frame that processor
5 assembles for a spine from the other processors' rows and the door (its columns are listed in
``tipoff.processors.context``). A function that takes the market is of that market: declared once
for points, it gives every other market its own column under its own name. The docstring is the
feature's documentation (``{unit}`` stands for the market's unit); everything else (stored
columns, schema, catalogue, quality, sets) is derived from the declaration.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from tipoff.domain.market import FEATURE_MARKETS, MARKETS, Market
from tipoff.errors import InputError, TipoffError, nearest
from tipoff.features.inputs import INPUTS

Need = Literal["required", "optional"]
POINTS = MARKETS["points"]


@dataclass(frozen=True, order=True)
class Feature:
    """One declared feature; compared and ordered by its index.

    Attributes:
        index: its number in the contract of sets.
        name: the function's name; the stored column for points.
        unit: unit of the value.
        low: smallest value that can be true.
        high: largest value that can be true.
        need: whether a row without it may be trained on.
        reads: the inputs that it is computed from, by name.
        lacks: why it is null where its inputs are there.
        family: the module that declares it.
        since: the set that introduced it.
        freshness_days: how old its oldest-reaching input's newest row may be.
        doc: its documentation, for points.
        is_of_market: whether it differs between markets.
        expression: gives the expression over the context.
    """

    index: int
    name: str
    unit: str
    low: float
    high: float
    need: Need
    reads: tuple[str, ...]
    lacks: str
    family: str
    since: str
    freshness_days: int
    doc: str
    is_of_market: bool
    expression: Callable[..., pl.Expr]

    def column(self, market: Market = POINTS) -> str:
        """The stored column's name for a market, such as ``rebounds_avg_last_5``."""
        return market_words(self.name, market) if self.is_of_market else self.name

    def value(self, market: Market = POINTS) -> pl.Expr:
        """The expression over the context, named as the market's column."""
        made = self.expression(market) if self.is_of_market else self.expression()
        return made.cast(pl.Float64).alias(self.column(market))

    def about(self, market: Market = POINTS) -> str:
        """The documentation for a market."""
        return self.doc.replace("{unit}", market.unit)


def market_words(name: str, market: Market) -> str:
    """Rename a points column for another market: its words for points become the market's."""
    if market.name == POINTS.name:
        return name
    words = {"points": market.name, "pts": market.short, "ppm": f"{market.short}_per_minute"}
    return "_".join(words.get(word, word) for word in name.split("_"))


_DECLARED: dict[str, Feature] = {}


def feature(
    *,
    index: int,
    unit: str,
    bounds: tuple[float, float],
    since: str,
    reads: tuple[str, ...],
    need: Need = "optional",
    lacks: str = "too little history",
    freshness_days: int = 30,
) -> Callable[[Callable[..., pl.Expr]], Feature]:
    """Declare the decorated function as a feature; the name becomes the feature itself."""

    def declare(function: Callable[..., pl.Expr]) -> Feature:
        name = function.__name__
        doc = " ".join((function.__doc__ or "").split())
        if not doc:
            raise TipoffError(f"Expected feature {name} to have a docstring.")
        taken = [f.name for f in _DECLARED.values() if f.index == index or f.name == name]
        if taken:
            raise TipoffError(f"Expected index {index} and name {name} to be free; {taken} has it.")
        unknown = sorted(set(reads) - set(INPUTS))
        if unknown or not reads:
            raise TipoffError(
                f"Expected {name} to read some of {', '.join(INPUTS)}; got {reads or 'nothing'}."
            )
        declared = Feature(
            index=index,
            name=name,
            unit=unit,
            low=bounds[0],
            high=bounds[1],
            need=need,
            reads=reads,
            lacks=lacks,
            family=function.__module__.rsplit(".", 1)[-1],
            since=since,
            freshness_days=freshness_days,
            doc=doc,
            is_of_market=bool(inspect.signature(function).parameters),
            expression=function,
        )
        _DECLARED[name] = declared
        return declared

    return declare


def all_declared() -> tuple[Feature, ...]:
    """Return every declared feature in order of index."""
    return tuple(sorted(_DECLARED.values()))


def feature_named(name: str) -> Feature:
    """Return a feature by its name for any market; an InputError suggests the nearest."""
    names = {f.column(market): f for market in FEATURE_MARKETS for f in _DECLARED.values()}
    if name not in names:
        raise InputError(f"Expected the name of a feature, got {name!r}.{nearest(names, name)}")
    return names[name]
