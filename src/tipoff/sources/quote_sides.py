"""Both sides of a quote, where a provider states them one by one, become one row."""

from collections.abc import Mapping, Sequence

import polars as pl

from tipoff.sources.format import Parsed
from tipoff.sources.json_fields import Refusals
from tipoff.sources.line_marks import Sides

UNKNOWN_MARKET = "a market that tipoff does not know"
NO_SIDE = "a side that is neither over nor under, home nor away"
JOINED = "sides that stand in one row with the other side"


def joined(sides: pl.DataFrame, key: Sequence[str], columns: Sides) -> tuple[pl.DataFrame, int]:
    """Join first and second sides to quotes; a side without the other has a null price.

    Of several sides of one key, as two players of one name have them, the first goes with the
    first. A quote stands from when the later of its sides was set.

    Args:
        sides: the key's columns, ``is_first``, ``price`` and ``quoted_at``, in stated order.
        key: what both sides of a quote have in common; ``quoted_at`` where it is stated for both.
        columns: the price columns to make.

    Returns:
        One row per quote, and how many sides joined another's row.
    """
    numbered = sides.with_columns(
        _nth=pl.int_range(pl.len()).over([*key, "is_first"]), _has=pl.lit(value=True)
    )
    first, second = (
        numbered.filter(pl.col("is_first") == is_first).rename({"price": name}).drop("is_first")
        for is_first, name in ((True, columns.first), (False, columns.second))
    )
    pairs = first.join(
        second,
        on=[*key, "_nth"],
        how="full",
        coalesce=True,
        nulls_equal=True,
        maintain_order="left_right",
    )
    both = pairs.filter(pl.col("_has") & pl.col("_has_right")).height
    quotes = pairs.drop("_nth", "_has", "_has_right")
    if "quoted_at" not in key:
        later = pl.max_horizontal("quoted_at", "quoted_at_right")
        quotes = quotes.with_columns(quoted_at=later).drop("quoted_at_right")
    return quotes, both


def counted(parsed: Parsed, refused: Mapping[str, int], both: int) -> Parsed:
    """Add what was refused before, and how many sides were joined, so that none is lost."""
    counts = Refusals(parsed.rejected)
    for reason, count in refused.items():
        counts.add(reason, count)
    notes = {**parsed.notes, **({JOINED: both} if both else {})}
    return Parsed(parsed.table, parsed.frame, dict(sorted(counts.items())), notes)
