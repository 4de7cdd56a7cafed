"""Single values of feature rows, so that rows of different builds can be laid side by side."""

from collections.abc import Callable

import polars as pl

from tipoff.tables.served import ABOUT
from tipoff.workflows.decisions import NUMBERS

# A cell of every row that says no more than that the row is there.
ROW = "row"
PLACE = ("decision", "game_id", "player_id")
CELL = (*PLACE, "column")

Build = Callable[[dict[str, pl.DataFrame]], pl.DataFrame]


def cells(rows: pl.DataFrame, by: str = "decision") -> pl.DataFrame:
    """Return one row per value: ``by, game_id, player_id, column, number, text``.

    Numbers are features and ages, texts are what rows say of themselves; each row has besides a
    cell named ``row``, whose number is 1.
    """
    index = [by, *PLACE[1:]]
    said = rows.select(*index, *[pl.col(name).cast(pl.String) for name in ABOUT])
    numbers = rows.select(*index, pl.lit(1.0).alias(ROW), *NUMBERS).unpivot(
        index=index, variable_name="column", value_name="number"
    )
    texts = said.unpivot(index=index, variable_name="column", value_name="text")
    return pl.concat([numbers, texts], how="diagonal")


def differs(one: str, other: str, tolerance: float) -> pl.Expr:
    """True where two cells, as ``number`` and ``text`` with a suffix each, are not the same.

    Args:
        one, other: the suffixes.
        tolerance: numbers may differ by so much.
    """
    numbers = [pl.col(f"number{suffix}") for suffix in (one, other)]
    apart = ((numbers[0] - numbers[1]).abs() > tolerance).fill_null(value=False)
    one_is_null = numbers[0].is_null() != numbers[1].is_null()
    return apart | one_is_null | pl.col(f"text{one}").ne_missing(pl.col(f"text{other}"))


def compared(served: pl.DataFrame, backfilled: pl.DataFrame, tolerance: float) -> pl.DataFrame:
    """Lay what was served beside what was backfilled.

    A row that one of them lacks is compared by its ``row`` cell only.

    Args:
        served: cells of servings, with ``serving`` and ``decision``.
        backfilled: cells by ``decision``.
        tolerance: numbers may differ by so much.

    Returns:
        ``serving``, the cell, ``number`` and ``text`` with ``_served`` and ``_backfilled``, and
        ``status``: equal, differs, missing in backfill or not served.
    """
    of = served.select("serving", "decision").unique()
    both = served.join(
        of.join(backfilled, on="decision"),
        on=["serving", *CELL],
        how="full",
        coalesce=True,
        suffix="_backfilled",
    ).rename({"number": "number_served", "text": "text_served"})
    row = pl.col("column") == ROW
    there = ["serving", *PLACE]
    states = both.filter(row).select(
        *there,
        _lacks=pl.when(pl.col("number_backfilled").is_null())
        .then(pl.lit("missing in backfill"))
        .when(pl.col("number_served").is_null())
        .then(pl.lit("not served")),
    )
    told = both.join(states, on=there).filter(row | pl.col("_lacks").is_null())
    plain = pl.when(differs("_served", "_backfilled", tolerance)).then(pl.lit("differs"))
    status = pl.coalesce("_lacks", plain.otherwise(pl.lit("equal")))
    return told.with_columns(status=status).drop("_lacks")
