"""Graded rows made up for tests."""

from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from tipoff.backtest.grading import graded

FIRST = date(2023, 2, 1)
SCHEMA: dict[str, Any] = {
    "game_date": pl.Date,
    "game_id": pl.String,
    "player_id": pl.Int64,
    "prediction": pl.Float64,
    "line": pl.Float64,
    "actual": pl.Float64,
    "over_price": pl.Int32,
    "under_price": pl.Int32,
    "is_placeholder": pl.Boolean,
    "season_average": pl.Float64,
    "last_10_average": pl.Float64,
}

# One pick: day, prediction, line, actual (None: he did not play), prices, season average.
pick = st.tuples(
    st.integers(0, 20),
    st.integers(0, 80).map(lambda n: n / 2),
    st.integers(1, 70).map(lambda n: n / 2),
    st.one_of(st.none(), st.integers(0, 40)),
    st.sampled_from([(None, None), (-110, -115), (-130, 105), (100, -122)]),
    st.one_of(st.none(), st.integers(0, 35)),
)
picks = st.lists(pick, max_size=40)


def row(
    day: int = 0,
    prediction: float = 20.0,
    line: float = 15.0,
    actual: float | None = 20.0,
    prices: tuple[int | None, int | None] = (-110, -110),
    average: float | None = 16.0,
) -> tuple[Any, ...]:
    return day, prediction, line, actual, prices, average


def frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Return the picks as ungraded rows, each of another player."""
    return pl.DataFrame(
        [
            (
                FIRST + timedelta(days=day),
                f"{FIRST + timedelta(days=day):%Y%m%d}_AAA_BBB",
                number,
                prediction,
                line,
                actual,
                *prices,
                False,
                average,
                average,
            )
            for number, (day, prediction, line, actual, prices, average) in enumerate(rows)
        ],
        schema=SCHEMA,
        orient="row",
    )


def grades(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Return the picks graded; the other books' lines are where the own is."""
    return graded(frame(rows).with_columns(consensus="line"))
