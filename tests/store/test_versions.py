"""Versions of facts, against a slow reading of the same definition."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tipoff.store.versions import (
    KNOWN_AT,
    SUPERSEDED_AT,
    at_each_instant,
    by_precedence,
    counts_at,
    with_withdrawals,
)

START = datetime(2024, 1, 1, tzinfo=UTC)

rows = st.lists(
    st.tuples(
        st.sampled_from("gh"),  # group
        st.sampled_from("abc"),  # entity
        st.integers(0, 4),  # instant
        st.booleans(),  # deleted
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda row: row[:3],
)


@given(rows)
def test_each_instant_shows_the_newest_row_of_each_entity(
    drawn: list[tuple[str, str, int, bool]],
) -> None:
    frame = pl.DataFrame(
        {
            "game_id": [r[0] for r in drawn],
            "player_id": [r[1] for r in drawn],
            "observed_at": [START + timedelta(hours=r[2]) for r in drawn],
            "is_deleted": [r[3] for r in drawn],
            "value": list(range(len(drawn))),
        }
    )
    got = at_each_instant(frame, ["game_id"], ["game_id", "player_id"])
    expected = set()
    for group in {r[0] for r in drawn}:
        own = [(r, i) for i, r in enumerate(drawn) if r[0] == group]
        for instant in {r[2] for r, _ in own}:
            for entity in {r[1] for r, _ in own}:
                seen = [(r, i) for r, i in own if r[1] == entity and r[2] <= instant]
                if seen:
                    newest, index = max(seen, key=lambda pair: pair[0][2])
                    if not newest[3]:
                        expected.add((group, entity, START + timedelta(hours=instant), index))
    found = set(got.select("game_id", "player_id", KNOWN_AT, "value").rows())
    assert found == expected


@given(rows, st.integers(0, 5))
def test_an_event_counts_until_the_next_deletion_of_its_entity(
    drawn: list[tuple[str, str, int, bool]], hours: int
) -> None:
    frame = pl.DataFrame(
        {
            "game_id": [r[0] for r in drawn],
            "player_id": [r[1] for r in drawn],
            "observed_at": [START + timedelta(hours=r[2]) for r in drawn],
            "is_deleted": [r[3] for r in drawn],
            "value": list(range(len(drawn))),
        }
    )
    got = with_withdrawals(frame, ["game_id", "player_id"])
    assert got.height == sum(not r[3] for r in drawn)
    at = START + timedelta(hours=hours)
    expected = {
        i
        for i, (group, entity, instant, deleted) in enumerate(drawn)
        if not deleted
        and instant <= hours
        and not any(r[:2] == (group, entity) and r[3] and instant <= r[2] <= hours for r in drawn)
    }
    assert set(got.filter(counts_at(pl.lit(at)))["value"]) == expected
    assert SUPERSEDED_AT in got.columns


def test_columns_are_merged_by_precedence_of_sources() -> None:
    frame = pl.DataFrame(
        {
            "game_id": ["g", "g", "h"],
            "source": ["second", "first", "other"],
            "points": [10, 11, 12],
            "fouls": [3, None, None],
        }
    )
    merged = by_precedence(frame, ["game_id"], ["first", "second"]).sort("game_id")
    assert merged.rows() == [("g", "first+second", 11, 3), ("h", "other", 12, None)]
