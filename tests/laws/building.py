"""Build all processors of some dates from raw frames, without a lake."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from tipoff.domain.market import FEATURE_MARKETS, Market
from tipoff.domain.plant import plant_named
from tipoff.workflows.rebuild import rebuilt

LEAD = 30


def build_all(
    frames: Mapping[str, pl.DataFrame],
    dates: Sequence[date],
    *,
    plant: str | None = None,
    markets: Sequence[Market] = FEATURE_MARKETS,
) -> dict[str, pl.DataFrame]:
    """Return every processor's rows of the dates, in order of the key."""
    return rebuilt(frames, dates, LEAD, markets, plant_named(plant) if plant else None)
