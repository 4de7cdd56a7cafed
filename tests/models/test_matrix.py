from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipoff.errors import InputError
from tipoff.models.matrix import in_order, last_part_by_date, matrix


def test_columns_come_by_name_and_null_becomes_nan() -> None:
    rows = pl.DataFrame({"b": [1, None], "a": [0.5, 2.0]})
    got = matrix(rows, ["a", "b"])
    np.testing.assert_array_equal(got, [[0.5, 1.0], [2.0, np.nan]])
    assert got.dtype == np.float64


def test_a_missing_feature_is_named() -> None:
    with pytest.raises(InputError, match="Expected feature columns c"):
        matrix(pl.DataFrame({"a": [1.0]}), ["a", "c"])


def test_rows_are_put_in_order_of_the_whole_key() -> None:
    rows = pl.DataFrame(
        {
            "game_date": [date(2023, 1, 2), date(2023, 1, 1), date(2023, 1, 1)],
            "game_id": ["b", "a", "a"],
            "player_id": [1, 9, 2],
        }
    )
    assert in_order(rows)["player_id"].to_list() == [2, 9, 1]


@given(
    sizes=st.lists(st.integers(1, 30), min_size=2, max_size=25),
    share=st.floats(0.01, 0.49),
)
def test_the_last_part_is_the_fewest_whole_dates_that_hold_the_share(
    sizes: list[int], share: float
) -> None:
    first = date(2023, 1, 1)
    days = [first + timedelta(days=i) for i, size in enumerate(sizes) for _ in range(size)]
    cut = last_part_by_date(pl.DataFrame({"game_date": days}), share)
    late = sum(day >= cut for day in days)
    later = sum(day > cut for day in days)
    assert cut > first, "some dates are left to grow trees on"
    assert late >= share * len(days) or cut == first + timedelta(days=1)
    assert later < share * len(days)


def test_one_date_can_not_be_split() -> None:
    with pytest.raises(InputError, match="several game dates"):
        last_part_by_date(pl.DataFrame({"game_date": [date(2023, 1, 1)] * 5}), 0.15)
