"""A fitted model, whatever learnt it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tipoff.models.adjustment import Adjustment

Grown = Callable[[int, int], None]
"""Progress callback: (trees grown, most trees)."""


@dataclass(frozen=True)
class Fitted:
    """A fitted model and how it was fitted.

    Attributes:
        learner: which learner's.
        model: the learner's object.
        features: names of the matrix's columns, in order.
        trees: trees kept by early stopping; none of a linear model.
        fit_rows, validation_rows: rows that it was grown on, and rows that stopped training.
        validation_start: the first game date of the latter.
        library: name and version of the learner.
        adjustment: what is made of the learner's own prediction.
    """

    learner: str
    model: Any
    features: tuple[str, ...]
    trees: int
    fit_rows: int
    validation_rows: int
    validation_start: str
    library: str
    adjustment: Adjustment | None = None
