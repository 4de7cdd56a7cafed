"""Credits are spent within the limit and believed as the provider counts them."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.toy_provider import PROVIDER

from tipoff.sources.budget import Account, Budget, Promise, stated_credits
from tipoff.tables.answers import Verdict

GOOD = Verdict.GOOD


def _promise(budget: Budget, cost: int = 10) -> Promise:
    found = budget.reserve(cost)
    assert isinstance(found, Promise), found
    return found


def test_what_is_under_way_counts_towards_the_limit() -> None:
    budget = Budget(25)
    first, _ = _promise(budget), _promise(budget)
    assert "25 credits" in str(budget.reserve(10))
    _promise(budget, 0)
    budget.settle(first, Verdict.LIMITED)
    _promise(budget)


def test_a_limit_of_nothing_lets_free_requests_through() -> None:
    budget = Budget(0)
    _promise(budget, 0)
    assert isinstance(budget.reserve(1), str)


def test_what_an_answer_says_it_cost_is_believed() -> None:
    budget = Budget(None)
    assert budget.settle(_promise(budget), GOOD, Account(cost=25)) == 25
    assert budget.settle(_promise(budget), Verdict.EMPTY, Account(cost=0)) == 0
    assert budget.settle(_promise(budget), GOOD) == 10
    assert budget.spent == 35


def test_what_the_provider_leaves_is_not_passed() -> None:
    budget = Budget(None)
    budget.settle(_promise(budget), GOOD, Account(left=15))
    _promise(budget)
    assert "leaves 15 credits" in str(budget.reserve(10))


def test_somebody_elses_use_is_not_ours() -> None:
    budget = Budget(100, used=100)
    assert budget.settle(_promise(budget), GOOD, Account(10, 5_110)) == 10


def test_what_a_killed_run_left_unwritten_is_ours_up_to_what_it_may_have_been() -> None:
    for used, charged in ((110, 10), (120, 20), (9_000, 30), (10, 10)):
        budget = Budget(100, used=100, at_risk=20)
        assert budget.settle(_promise(budget), GOOD, Account(10, used)) == charged
        assert budget.settle(_promise(budget), GOOD, Account(10, used + 30)) == 10


def test_a_try_without_an_answer_counts_until_the_total_tells() -> None:
    charged, free = Budget(40, used=100), Budget(40, used=100)
    for budget in (charged, free):
        assert budget.settle(_promise(budget), Verdict.SILENT) == 10
        stated = Account(10, 120 if budget is charged else 110)
        assert budget.settle(_promise(budget), GOOD, stated) == (10 if budget is charged else 0)
    assert (charged.spent, free.spent) == (20, 10)
    assert isinstance(charged.reserve(30), str)
    _promise(free, 30)


def test_a_try_of_an_earlier_run_counts_until_the_total_tells() -> None:
    budget = Budget(100, spent=20, used=100, counted=20, unsure=20)
    assert budget.is_open
    assert budget.settle(_promise(budget), GOOD, Account(10, 115, 50)) == 10 - 15
    assert (budget.spent, budget.unsure, budget.is_open) == (15, 0, False)
    budget.settle(_promise(budget), Verdict.SILENT)
    assert (budget.unsure, budget.is_open) == (10, True)


def test_a_new_months_total_says_nothing_of_the_month_before() -> None:
    budget = Budget(None, spent=20, used=5_000, counted=20, unsure=20, at_risk=20)
    assert budget.settle(_promise(budget), GOOD, Account(10, 10)) == 10
    # From there on it tells.
    assert budget.settle(_promise(budget), Verdict.SILENT) == 10
    assert budget.settle(_promise(budget), GOOD, Account(10, 20)) == 0
    assert budget.spent == 20 + 10 + 10


def test_failures_and_refusals_cost_nothing() -> None:
    budget = Budget(None)
    for verdict, cost in ((Verdict.CUT_OFF, 10), (Verdict.FAILED, 0), (Verdict.ABSENT, 0)):
        assert budget.settle(_promise(budget), verdict) == cost


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 20)), min_size=5, max_size=40),
    st.integers(0, 200),
    st.sampled_from([0, 7, 50]),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_no_order_of_answers_spends_more_than_the_limit(
    requests: list[tuple[int, int]], limit: int, others: int, states_cost: bool, seed: int
) -> None:
    """Answers come in any order, some not at all, and somebody else uses the key as well."""
    random = Random(seed)
    for _ in range(2):
        budget = Budget(limit, used=1_000)
        used, charged = 1_000, 0
        under_way: list[tuple[Promise, int]] = []
        for most, cost in requests:
            found = budget.reserve(cost)
            if isinstance(found, Promise):
                used += cost + (others if random.random() < 0.1 else 0)
                charged += cost
                under_way.append((found, used))
            while len(under_way) > most:
                promise, total = under_way.pop(random.randrange(len(under_way)))
                if random.random() < 0.1:
                    budget.settle(promise, Verdict.SILENT)
                else:
                    stated = Account(promise.cost if states_cost else None, total)
                    budget.settle(promise, GOOD, stated)
            assert charged <= limit


@pytest.mark.parametrize("text", ["", "many", "-1", "nan", "inf", "1e400"])
def test_headers_that_make_no_sense_state_nothing(text: str) -> None:
    headers = {"x-used": text, "x-left": "12.0", "x-cost": "3"}
    assert stated_credits(PROVIDER, headers) == Account(3, None, 12)
