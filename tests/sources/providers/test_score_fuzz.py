"""However an answer is broken: parsed with every row counted, or refused in a sentence."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sources.providers.score_answers import CASES, Case
from tests.sources.providers.score_fuzz import broken_once, check, fuzz

from tipoff.sources.format import Reference

_NAMED = pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.provider}-{c.endpoint}")
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@_NAMED
def test_broken_answers_cost_a_sentence_and_no_row(case: Case, reference: Reference) -> None:
    found = fuzz(case, reference, 25)
    assert found.total() == 25
    assert found["parsed"]
    assert found["refused"]


@_NAMED
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.randoms(use_true_random=False))
def test_any_mutation_is_parsed_or_refused(
    case: Case, reference: Reference, chance: random.Random
) -> None:
    assert broken_once(case, reference, chance) in ("parsed", "refused")


@_NAMED
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | _VALUES.map(lambda v: json.dumps(v).encode()))
def test_what_is_no_answer_at_all_is_parsed_or_refused(
    case: Case, reference: Reference, body: bytes
) -> None:
    assert check(case, body, None, reference, None) in ("parsed", "refused")
