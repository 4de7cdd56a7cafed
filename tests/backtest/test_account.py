"""The day's account: every loss named, every step summing to the one before."""

from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipoff.backtest.account import KEPT, NO_OUTCOME, OWNER, STEPS, account, unbalanced
from tipoff.backtest.picks import NO_LINE, NOT_PREDICTED, NOT_TAKEABLE
from tipoff.backtest.results import WAITING
from tipoff.tables.predictions import SETTLED, VOID

SCHEMA: dict[str, Any] = {
    "game_date": pl.Date,
    "market": pl.String,
    "model_id": pl.String,
    "prediction": pl.Float64,
    "is_quoted": pl.Boolean,
    "line": pl.Float64,
    "no_pick_reason": pl.String,
    "is_pick": pl.Boolean,
    "state": pl.String,
    "state_reason": pl.String,
    "outcome": pl.String,
}
number = st.one_of(st.none(), st.just(20.5))
ending = st.one_of(
    st.tuples(st.just(SETTLED), st.none(), st.sampled_from(["win", "loss", "push", None])),
    st.tuples(st.just(VOID), st.sampled_from(["moved", "absent"]), st.sampled_from(["void", None])),
    st.tuples(st.just(WAITING), st.sampled_from(["no box", "half a box"]), st.none()),
)
drawn = st.tuples(
    st.tuples(
        st.sampled_from([date(2023, 2, 1), date(2023, 2, 2)]),
        st.sampled_from(["points", "threes"]),
        st.sampled_from(["m", "n"]),
    ),
    number,
    st.booleans(),
    number,
    st.sampled_from([None, None, "small", "capped"]),
    ending,
)


def _frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    told = [(*o, p, q, line, why, why is None, *end) for o, p, q, line, why, end in rows]
    return pl.DataFrame(told, schema=SCHEMA, orient="row")


def _by_hand(one: dict[str, Any]) -> list[tuple[str, str]]:
    """How far a row gets, one step after the other."""
    lost = [
        None,
        NOT_PREDICTED if one["prediction"] is None else None,
        None if one["is_quoted"] else NO_LINE,
        NOT_TAKEABLE if one["line"] is None else None,
        None if one["is_pick"] else one["no_pick_reason"],
        one["state_reason"] if one["state"] == VOID else None,
        one["state_reason"]
        if one["state"] != SETTLED
        else (NO_OUTCOME if one["outcome"] is None else None),
    ]
    told: list[tuple[str, str]] = []
    for step, reason in zip(STEPS, lost, strict=True):
        told.append((step, reason or KEPT))
        if reason is not None:
            break
    return told


@given(rows=st.lists(drawn, max_size=40), seed=st.integers(0, 9))
@settings(max_examples=60)
def test_every_step_loses_nothing_unnamed(rows: list[tuple[Any, ...]], seed: int) -> None:
    frame = _frame(rows)
    counted = account(frame)
    assert unbalanced(counted) == []
    assert account(frame.sample(fraction=1, shuffle=True, seed=seed)).equals(counted)
    expected: Counter[tuple[Any, ...]] = Counter()
    for one in frame.to_dicts():
        owner = tuple(one[name] for name in OWNER)
        expected.update((*owner, step, reason) for step, reason in _by_hand(one))
    found = {row[:-1]: row[-1] for row in counted.iter_rows()}
    assert found == dict(expected)
    for _, own in counted.group_by(OWNER):
        kept = dict(own.filter(reason=KEPT).select("step", "n").iter_rows())
        for before, step in pairwise(STEPS):
            lost = own.filter(pl.col("step") == step, pl.col("reason") != KEPT)["n"].sum()
            assert kept.get(before, 0) - lost == kept.get(step, 0)


ROWS = [
    ((date(2023, 2, 1), "points", "m"), *rest)
    for rest in (
        (20.5, True, 20.0, None, (SETTLED, None, "win")),
        (20.5, True, 20.0, None, (VOID, "moved", "void")),
        (20.5, True, 20.0, None, (WAITING, "no box", None)),
        (20.5, True, 20.0, "small", (SETTLED, None, "win")),
        (20.5, True, None, "no takeable line", (SETTLED, None, None)),
        (20.5, False, None, "no line", (SETTLED, None, None)),
        (None, True, 20.0, "not predicted", (SETTLED, None, None)),
    )
]


def test_a_planted_hole_is_found_wherever_it_is() -> None:
    """A row too few, or one too many, in any step."""
    counted = account(_frame(ROWS))
    assert set(counted["step"]) == set(STEPS)
    places = counted.with_row_index("place")
    for place in range(counted.height):
        gone = places.filter(pl.col("place") != place)
        more = places.with_columns(n=pl.col("n") + (pl.col("place") == place).cast(pl.Int64))
        step = counted["step"][place]
        for planted in (gone, more):
            found = unbalanced(planted)
            # What the last step keeps and loses is compared with what came to it.
            assert found, (place, step)
            assert all(sentence.startswith("2023-02-01 points m:") for sentence in found)


@pytest.mark.parametrize("step", STEPS[1:])
def test_the_sentence_names_the_step(step: str) -> None:
    counted = account(_frame(ROWS))
    planted = counted.filter((pl.col("step") != step) | (pl.col("reason") == KEPT))
    assert any(f"account of {step} holds" in sentence for sentence in unbalanced(planted))


def test_nothing_predicted_is_an_empty_account() -> None:
    counted = account(_frame([]))
    assert counted.is_empty()
    assert counted.columns == [*OWNER, "step", "reason", "n"]
