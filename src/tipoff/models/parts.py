"""What every learner needs: the training rows' parts in time, weights, and its own limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tipoff.domain.guard import guard
from tipoff.errors import InputError
from tipoff.models.fitted import Fitted
from tipoff.models.matrix import Matrix, in_order, last_part_by_date
from tipoff.models.spec import ModelSpec

# Parameters that not every learner has, with what stands for "not asked for".
_OPTIONAL: Mapping[str, Any] = {
    "rsm": None,
    "grow_policy": None,
    "min_data_in_leaf": None,
    "bootstrap_type": None,
    "subsample": None,
    "random_strength": None,
    "monotone_constraints": (),
}


@dataclass(frozen=True)
class Parts:
    """Training rows as a fit sees them.

    Attributes:
        early: those to grow on.
        late: those that stop growing; none where an earlier fit has settled how far it goes.
        start: the first game date of the latter.
        late_rows: how many settled how far it goes.
    """

    early: pl.DataFrame
    late: pl.DataFrame | None
    start: str
    late_rows: int


def parts(spec: ModelSpec, rows: pl.DataFrame, settled: Fitted | None) -> Parts:
    """Return the rows of a first fit, which stops itself, or of one that goes as far as it did."""
    if settled is not None:
        return Parts(in_order(rows), None, settled.validation_start, settled.validation_rows)
    early, late, start = early_and_late(spec, rows)
    return Parts(early, late, start, late.height)


@guard
def early_and_late(spec: ModelSpec, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    """Split training rows by date: those to grow on, those that stop it, and the latter's start."""
    ordered = in_order(rows)
    cut = last_part_by_date(ordered, spec.validation_share)
    early = ordered.filter(pl.col("game_date") < cut)
    return early, ordered.filter(pl.col("game_date") >= cut), cut.isoformat()


@early_and_late.fault("random-validation-split")
def _drawn_by_chance(spec: ModelSpec, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    ordered = in_order(rows)
    chance = np.random.default_rng(spec.seed).random(ordered.height)
    late = ordered.filter(pl.Series(chance < spec.validation_share))
    early = ordered.filter(pl.Series(chance >= spec.validation_share))
    return early, late, str(late["game_date"].min())


def weights(rows: pl.DataFrame, spec: ModelSpec) -> Matrix | None:
    """Return exp(-ln 2 x age / half-life), with mean one; None where no half-life is asked for.

    Age counts from the last date of the rows.
    """
    if spec.recency_half_life_days is None:
        return None
    age = (rows["game_date"].max() - rows["game_date"]).dt.total_days().to_numpy()  # type: ignore[union-attr]
    raw = np.exp(-np.log(2) * age / spec.recency_half_life_days)
    found: Matrix = raw / raw.mean()
    return found


def refuse_unknown(spec: ModelSpec, takes: tuple[str, ...], losses: tuple[str, ...]) -> None:
    """Refuse what a learner does not have; nothing is replaced by something like it.

    Args:
        spec: the recipe.
        takes: names of the optional parameters that the learner has.
        losses: how the losses that it has begin.

    Raises:
        InputError: the recipe asks for something else.
    """
    if not spec.loss.startswith(losses):
        raise InputError(
            f"Expected a loss that {spec.learner} has ({', '.join(losses)}), got {spec.loss}. "
            "Choose another loss or learner."
        )
    asked = [
        name
        for name, nothing in _OPTIONAL.items()
        if name not in takes and getattr(spec, name) != nothing
    ]
    if asked:
        raise InputError(
            f"Expected parameters that {spec.learner} has ({', '.join(takes) or 'none'}), got "
            f"{', '.join(asked)}. Leave them out or choose another learner."
        )


def parameter_of_loss(loss: str) -> float:
    """Return the number of a loss such as ``Huber:delta=5``."""
    return float(loss.partition("=")[2])
