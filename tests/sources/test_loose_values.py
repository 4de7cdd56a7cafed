"""Values in the forms in which people write them."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipoff.domain.odds import american_to_decimal
from tipoff.sources import loose_values as values


def _utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2023, 1, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%d.%m.%Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y",
     "%Y-%m-%d 00:00:00", "%Y-%m-%dT19:30:00-05:00"],
)  # fmt: skip
def test_dates_of_any_usual_form_are_read(form: str) -> None:
    days = [date(2023, 1, 5), date(2023, 1, 25), date(2022, 12, 31)]
    column = pl.Series([day.strftime(form) for day in days])
    assert values.day(column).to_list() == days


def test_a_file_with_days_beyond_the_twelfth_tells_the_order_of_day_and_month() -> None:
    assert values.day(pl.Series(["05/01/2023", "25/01/2023"])).to_list()[0] == date(2023, 1, 5)
    assert values.day(pl.Series(["01/05/2023", "01/25/2023"])).to_list()[0] == date(2023, 1, 5)
    assert values.day(pl.Series(["2023-01-05", "nonsense", None])).to_list()[1:] == [None, None]


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2023-01-25T19:30:00-05:00", _utc(26, 0, 30), _utc(26, 0, 30)),
        ("2023-01-26 00:30:00.123Z", _utc(26, 0, 30), _utc(26, 0, 30)),
        ("1674693000", _utc(26, 0, 30), _utc(26, 0, 30)),
        ("1674693000000", _utc(26, 0, 30), _utc(26, 0, 30)),
        ("2023-01-25 19:30:00", _utc(25, 19, 30), _utc(26, 0, 30)),
        ("01/25/2023 07:30 PM", _utc(25, 19, 30), _utc(26, 0, 30)),
        ("2023-01-25", _utc(25, 5), _utc(26, 5)),
    ],
)
def test_a_moment_is_as_sure_as_its_text(text: str, earliest: datetime, latest: datetime) -> None:
    found = values.moments(pl.Series([text, None]))
    assert found.rows() == [
        (earliest, latest), (None, None)
    ]  # fmt: skip


@given(st.lists(st.integers(100, 900).flatmap(lambda n: st.sampled_from([n, -n])), min_size=1))
def test_decimal_odds_are_the_same_prices(prices: list[int]) -> None:
    american = [-100 if price == 100 else price for price in prices]
    decimal = pl.Series([str(round(american_to_decimal(price), 6)) for price in american])
    read = values.american([decimal])[0].to_list()
    assert [100 if price == -100 else price for price in american] == read
    assert values.american([pl.Series([f"{p:+d}" for p in american])])[0].to_list() == american


def test_numbers_sides_and_outcomes_as_people_write_them() -> None:
    texts = pl.Series(["+110", "−115", "24,5", "61 %", " 3 ", "n/a", "", "abc", "inf"])
    assert values.number(texts).to_list() == [110, -115, 24.5, 61, 3, None, None, None, None]
    sides = pl.Series(["OVER", "u", "Under 24.5", "Higher", "PASS", None])
    assert values.side(sides).to_list() == ["over", "under", "under", "over", None, None]
    ends = pl.Series(["W", "lost", "Push", "1", "0.0", "DNP", "maybe"])
    assert values.outcome(ends).to_list() == ["win", "loss", "push", "win", "loss", "void", None]
    assert values.minutes(pl.Series(["34:12", "12", "0:00", "x"])).to_list() == [34, 12, 0, None]
