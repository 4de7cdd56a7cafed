"""A value outside its column's bounds is refused, whatever column, and the sentence names it."""

import math

import polars as pl
import pytest

from tipoff.errors import TipoffError
from tipoff.processors.catalogue import ALL_PROCESSORS
from tipoff.processors.declare import Processor
from tipoff.store.lake import Lake, scan, validated
from tipoff.tables.derived import out_of_bounds

BY_NAME = {p.name: p for p in ALL_PROCESSORS}


@pytest.mark.parametrize(
    "processor",
    [BY_NAME["team_defense_zone"], BY_NAME["player_daily_cache"]],
    ids=["teams", "players"],
)
@pytest.mark.parametrize("value", [1e12, -1e12, float("nan"), float("inf")])
def test_no_number_lies_outside_its_bounds(
    built_lake: Lake, processor: Processor, value: float
) -> None:
    rows = scan(built_lake, processor.table).head(3).collect()
    for column in processor.columns:
        if column.dtype is not pl.Float64:
            continue
        above = column.low is None or value >= column.low
        below = column.high is None or value <= column.high
        broken = rows.with_columns(pl.lit(value).alias(column.name))
        if math.isfinite(value) and above and below:
            assert not out_of_bounds(processor.columns, broken)
            continue
        assert out_of_bounds(processor.columns, broken) == {column.name: 3}
        with pytest.raises(TipoffError, match="within_bounds"):
            validated(processor.table, broken)


def test_nulls_keep_every_bound(built_lake: Lake) -> None:
    for processor in ALL_PROCESSORS[:5]:
        rows = scan(built_lake, processor.table).head(3).collect()
        bare = rows.with_columns(pl.lit(None, c.dtype).alias(c.name) for c in processor.columns)
        assert not out_of_bounds(processor.columns, bare)
        assert validated(processor.table, bare).height == 3
