"""A field that is not of its kind is null; nothing raises."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipoff.sources.json_fields import Refusals, flag, inside, moment, number, objects, text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(JSON)
@settings(max_examples=30)
def test_any_json_is_read(found: Any) -> None:
    said = text(found)
    assert said is None or said.encode()
    value = number(found)
    assert value is None or value - value == 0
    at = moment(found)
    assert at is None or 1989 < at.year < 2102
    assert flag(found) in (None, True, False)
    inside(found, "a", "b")
    refused = Refusals()
    kept = list(objects(found, "a thing", refused))
    total = len(found) if isinstance(found, list) else 1
    assert len(kept) + sum(refused.values()) == total


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ("2024-01-25T03:55:40Z", datetime(2024, 1, 25, 3, 55, 40, tzinfo=UTC)),
        ("2021-10-21 23:30:00", datetime(2021, 10, 21, 23, 30, tzinfo=UTC)),
        ("2024-01-24T22:55:40-05:00", datetime(2024, 1, 25, 3, 55, 40, tzinfo=UTC)),
        (1_706_154_940, datetime(2024, 1, 25, 3, 55, 40, tzinfo=UTC)),
        ("soon", None),
        (True, None),
        ("0001-01-01T00:00:00+14:00", None),
        (1e300, None),
    ],
)
def test_moments(found: object, wanted: datetime | None) -> None:
    assert moment(found) == wanted


def test_half_a_surrogate_pair_is_no_text_that_a_file_can_hold() -> None:
    assert text("\ud800") == "?"
    assert text(20879) == "20879"
    assert text(True) is None
    assert number("-110") == -110
    assert str(number(-0.0)) == "0.0"
    assert number(10**400) is None
