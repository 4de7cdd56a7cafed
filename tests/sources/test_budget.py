"""Credits are spent within the limit and believed as the provider counts them."""

import pytest
from tests.sources.toy_provider import PROVIDER

from tipoff.sources.budget import Budget, stated_credits
from tipoff.tables.answers import Verdict

GOOD = Verdict.GOOD


def test_what_is_under_way_counts_towards_the_limit() -> None:
    budget = Budget(25)
    assert budget.reserve(10) is None
    assert budget.reserve(10) is None
    refusal = budget.reserve(10)
    assert refusal is not None
    assert "25 credits" in refusal
    assert budget.reserve(0) is None
    budget.settle(10, Verdict.LIMITED)
    assert budget.reserve(10) is None


def test_a_limit_of_nothing_lets_free_requests_through() -> None:
    budget = Budget(0)
    assert budget.reserve(0) is None
    assert budget.reserve(1) is not None


def test_the_providers_count_is_believed() -> None:
    budget = Budget(None)
    for used, credits in ((110, 10), (125, 15), (125, 0)):
        budget.reserve(20 if credits == 15 else 10)
        assert budget.settle(20 if credits == 15 else 10, GOOD, used) == credits
    assert budget.spent == 25


def test_answers_out_of_order_are_counted_once() -> None:
    budget = Budget(None, used=100)
    for _ in range(3):
        budget.reserve(10)
    assert [budget.settle(10, GOOD, used) for used in (120, 110, 130)] == [20, 0, 10]


def test_somebody_elses_use_is_not_ours() -> None:
    budget = Budget(100, used=100)
    budget.reserve(10)
    assert budget.settle(10, GOOD, 5_110) == 10


def test_a_new_month_counts_from_nothing() -> None:
    budget = Budget(None, used=90_000)
    for used in (10, 20):
        budget.reserve(10)
        assert budget.settle(10, GOOD, used) == 10


def test_a_try_without_an_answer_is_settled_by_the_next_count() -> None:
    budget = Budget(30, used=100)
    budget.reserve(10)
    assert budget.settle(10, Verdict.SILENT) == 0
    # Until then it may have been charged.
    budget.reserve(10)
    assert budget.reserve(20) is not None
    assert budget.settle(10, GOOD, 120) == 20
    assert budget.reserve(10) is None
    assert budget.settle(10, GOOD, 130) == 10
    assert budget.spent == 30


def test_without_a_count_what_gave_no_answer_is_taken_to_have_cost() -> None:
    budget = Budget(None)
    for verdict, cost in ((Verdict.CUT_OFF, 10), (Verdict.FAILED, 0), (Verdict.ABSENT, 0)):
        budget.reserve(10)
        assert budget.settle(10, verdict) == cost


@pytest.mark.parametrize("text", ["", "many", "-1", "nan", "inf", "1e400"])
def test_headers_that_make_no_sense_state_nothing(text: str) -> None:
    assert stated_credits(PROVIDER, {"x-used": text, "x-left": "12.0"}) == (None, 12)
