"""Stages: whatever sequence of steps is taken, their laws hold."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.registry.memory import MARKETS, Memory, tried

from tipoff.errors import InputError, NegativeVerdictError
from tipoff.registry.stages import before_last, champion, live, next_stage, refuse_step, standing
from tipoff.store.lake import Lake
from tipoff.tables.models import (
    CANDIDATE,
    CHAMPION,
    DEMOTED,
    LIVE,
    PROMOTED,
    RETIRED,
    ROLLED_BACK,
    SHADOW,
    STAGES,
)
from tipoff.workflows.models import promoted, retired, rolled_back

LAKE = Lake("nowhere")
NAMES = [("a", "points"), ("b", "points"), ("c", "points"), ("d", "threes")]
step = st.one_of(
    st.tuples(
        st.just("promote"),
        st.sampled_from([name for name, _ in NAMES]),
        st.sampled_from([None, *STAGES]),
        st.booleans(),
    ),
    st.tuples(st.just("retire"), st.sampled_from([name for name, _ in NAMES])),
    st.tuples(st.just("rollback"), st.sampled_from(MARKETS)),
)


def _take(memory: Memory, one: tuple[Any, ...]) -> bool:
    """Take a drawn step; False where it is refused."""
    if one[0] == "retire":
        return tried(retired, LAKE, one[1], by="x", reason="Old.")
    if one[0] == "rollback":
        return tried(rolled_back, LAKE, one[1], by="x", reason="Worse.")
    # Conditions that are not met are forced; all others pass.
    memory.passes = not one[3]
    return tried(promoted, LAKE, one[1], by="x", to=one[2], force=True)


def _champions(memory: Memory, market: str) -> list[str]:
    return [
        row["model_id"]
        for row in memory.records()
        if (row["market"], row["stage"]) == (market, CHAMPION)
    ]


def _marks(events: pl.DataFrame) -> dict[str, bool]:
    """Who is marked, told event by event."""
    marks: dict[str, bool] = {}
    for one in events.sort("number").to_dicts():
        before = marks.get(one["model_id"], False)
        own = bool(one["is_forced"])
        marks[one["model_id"]] = own if one["event"] == PROMOTED else own or before
    return marks


@given(steps=st.lists(step, max_size=14))
@settings(max_examples=40)
def test_every_sequence_of_steps_keeps_the_laws(steps: list[tuple[Any, ...]]) -> None:
    memory = Memory(NAMES)
    earned: dict[str, bool] = {}
    with memory.used():
        for one in steps:
            before = memory.events
            was = {market: champion(before, market) for market in MARKETS}
            if not _take(memory, one):
                assert memory.events.equals(before), one
                continue
            events = memory.events
            assert events["number"].to_list() == list(range(1, events.height + 1))
            assert events.head(before.height).equals(before)
            stands = {row["model_id"]: row for row in standing(events).to_dicts()}
            for row in events.filter(to_stage=CHAMPION, event=PROMOTED).to_dicts():
                earned[row["model_id"]] = not row["is_forced"]
            for market in MARKETS:
                held = _champions(memory, market)
                assert len(held) <= 1, one
                # Whoever is champion against the conditions is marked, however he came there.
                assert all(stands[model]["is_forced"] is not earned[model] for model in held)
                assert champion(events, market) == (held[0] if held else None)
                names = live(events, market)["model_id"].to_list()
                assert {stands[name]["stage"] for name in names} <= set(LIVE)
                assert names[:1] == held or CHAMPION not in {stands[n]["stage"] for n in names}
            assert {m: row["is_forced"] for m, row in stands.items()} == _marks(events)
            if one[0] == "rollback":
                assert champion(events, one[1]) == _last_other(before, one[1], was[one[1]])


def _last_other(events: pl.DataFrame, market: str, held: str | None) -> str | None:
    """The last who came to be champion, is not the one who is and was not retired since."""
    found, stages = list[str](), dict[str, str]()
    for one in events.sort("number").to_dicts():
        stages[one["model_id"]] = one["to_stage"]
        if (one["market"], one["to_stage"]) == (market, CHAMPION) and one["model_id"] != held:
            found.append(one["model_id"])
    return next((model for model in reversed(found) if stages[model] != RETIRED), None)


def test_the_order_of_stored_events_does_not_matter() -> None:
    memory = Memory(NAMES)
    with memory.used():
        for name in ("a", "b"):
            promoted(LAKE, name, by="x")
            promoted(LAKE, name, by="x")
        rolled_back(LAKE, "points", by="x", reason="Worse.")
    shuffled = memory.events.sample(fraction=1, shuffle=True, seed=3)
    assert standing(shuffled).equals(standing(memory.events))
    assert before_last(shuffled, "points") == before_last(memory.events, "points") == "b" * 64
    assert memory.events["event"].to_list()[-2:] == [DEMOTED, ROLLED_BACK]


def test_a_rollback_brings_the_mark_back_with_the_champion() -> None:
    memory = Memory(NAMES)
    with memory.used():
        memory.passes = False
        promoted(LAKE, "a", by="x", to=CHAMPION, force=True)
        memory.passes = True
        promoted(LAKE, "b", by="x", to=CHAMPION)
        assert (memory.stage("a"), memory.is_forced("b")) == (SHADOW, False)
        told = rolled_back(LAKE, "points", by="x", reason="Worse.")
    assert told["is_forced"]
    assert (memory.stage("a"), memory.is_forced("a")) == (CHAMPION, True)


def test_a_champion_is_not_promoted_down_to_lose_its_mark() -> None:
    memory = Memory(NAMES)
    with memory.used():
        memory.passes = False
        promoted(LAKE, "a", by="x", to=CHAMPION, force=True)
        memory.passes = True
        with pytest.raises(InputError, match="champion"):
            promoted(LAKE, "a", by="x", to=SHADOW)
    assert memory.is_forced("a")


def test_a_rollback_to_a_model_that_can_not_be_read_changes_nothing() -> None:
    memory = Memory(NAMES)
    with memory.used():
        for name in ("a", "b"):
            promoted(LAKE, name, by="x", to=CHAMPION)
        memory.broken = {"a"}
        before = memory.events
        with pytest.raises(NegativeVerdictError, match="its file is gone"):
            rolled_back(LAKE, "points", by="x", reason="Worse.")
    assert memory.events.equals(before)


def test_without_two_champions_there_is_nothing_to_go_back_to() -> None:
    memory = Memory(NAMES)
    with memory.used():
        for _ in range(2):
            with pytest.raises(InputError, match="another champion of points"):
                rolled_back(LAKE, "points", by="x", reason="Worse.")
            if memory.stage("a") == CANDIDATE:
                # Another market's champions are none of this one's.
                promoted(LAKE, "a", by="x", to=CHAMPION)
                promoted(LAKE, "d", by="x", to=CHAMPION)


def test_a_rollback_passes_over_retired_models_and_follows_a_retirement() -> None:
    memory = Memory(NAMES)
    with memory.used():
        for name in ("a", "b", "c"):
            promoted(LAKE, name, by="x", to=CHAMPION)
        retired(LAKE, "b", by="x", reason="Leaks.")
        # The champion is gone: its place is empty, and the last one in service takes it.
        retired(LAKE, "c", by="x", reason="Leaks.")
        told = rolled_back(LAKE, "points", by="x", reason="Worse.")
    assert (told["champion"], told["demoted"]) == ("a" * 64, None)
    assert (memory.stage("a"), memory.stage("b"), memory.stage("c")) == (CHAMPION, RETIRED, RETIRED)


def test_a_retired_model_is_not_live_and_not_promoted() -> None:
    memory = Memory(NAMES)
    with memory.used():
        promoted(LAKE, "a", by="x")
        retired(LAKE, "a", by="x", reason="Old.")
        for to in (None, SHADOW, CHAMPION):
            with pytest.raises(InputError):
                promoted(LAKE, "a", by="x", to=to, force=True)
        with pytest.raises(InputError, match="from retired"):
            retired(LAKE, "a", by="x", reason="Old.")
    assert live(memory.events, "points").is_empty()


def test_steps_that_lead_nowhere_are_sentences() -> None:
    with pytest.raises(InputError, match="Expected a stage out of candidate"):
        refuse_step(SHADOW, "star")
    with pytest.raises(InputError, match="Expected a step from shadow to one of champion, retired"):
        refuse_step(SHADOW, CANDIDATE)
    with pytest.raises(InputError, match="got a model that is retired"):
        next_stage(RETIRED)
