"""How a feature is declared.

A feature is one function that returns an expression over the *context*: the frame that processor
5 assembles for a spine from the other processors' rows and the door (its columns are listed in
``tipoff.processors.context``). The docstring is the feature's documentation; everything else
(stored column, schema, catalogue, quality, sets) is derived from the declaration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

import polars as pl

from tipoff.errors import InputError, TipoffError

Need = Literal["required", "optional"]


@dataclass(frozen=True, order=True)
class Feature:
    """One declared feature; compared and ordered by its index.

    Attributes:
        index: its number in the contract of sets.
        name: the function's name and the stored column.
        unit: unit of the value.
        low: smallest value that can be true.
        high: largest value that can be true.
        need: whether a row without it may be trained on.
        source: the processor or feed that it comes from.
        family: the module that declares it.
        since: the set that introduced it.
        freshness_days: how old its newest input may be.
        doc: its documentation.
        expression: gives the expression over the context.
    """

    index: int
    name: str
    unit: str
    low: float
    high: float
    need: Need
    source: str
    family: str
    since: str
    freshness_days: int
    doc: str
    expression: Callable[[], pl.Expr]


_DECLARED: dict[str, Feature] = {}


def feature(
    *,
    index: int,
    unit: str,
    bounds: tuple[float, float],
    since: str,
    source: str,
    need: Need = "optional",
    freshness_days: int = 30,
) -> Callable[[Callable[[], pl.Expr]], Feature]:
    """Declare the decorated function as a feature; the name becomes the feature itself."""

    def declare(function: Callable[[], pl.Expr]) -> Feature:
        name = function.__name__
        doc = " ".join((function.__doc__ or "").split())
        if not doc:
            raise TipoffError(f"Expected feature {name} to have a docstring.")
        taken = [f.name for f in _DECLARED.values() if f.index == index or f.name == name]
        if taken:
            raise TipoffError(f"Expected index {index} and name {name} to be free; {taken} has it.")
        family = function.__module__.rsplit(".", 1)[-1]
        declared = Feature(
            index, name, unit, *bounds, need, source, family, since, freshness_days, doc, function
        )
        _DECLARED[name] = declared
        return declared

    return declare


def all_declared() -> tuple[Feature, ...]:
    """Return every declared feature in order of index."""
    return tuple(sorted(_DECLARED.values()))


def feature_named(name: str) -> Feature:
    """Return a feature by name, or raise an InputError that suggests the nearest."""
    if name not in _DECLARED:
        near = get_close_matches(name, list(_DECLARED), n=3)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise InputError(f"Expected the name of a feature, got {name!r}.{hint}")
    return _DECLARED[name]
