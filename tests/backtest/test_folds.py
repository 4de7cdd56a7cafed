"""Folds: every game date is tested once at most, by a model that saw earlier dates only."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.backtest.plans import plans

from tipoff.backtest.folds import Fold, WalkForward, folds
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError

FIRST = date(2022, 10, 18)


def _days(gaps: list[int]) -> list[date]:
    days, day = [], FIRST
    for gap in gaps:
        day += timedelta(days=gap)
        if day.month not in (7, 8, 9):
            days.append(day)
    return days


@given(plans, st.lists(st.integers(1, 9), min_size=60, max_size=160), st.integers(0, 40))
def test_folds_keep_their_promises(asked: dict[str, object], gaps: list[int], skip: int) -> None:
    days = _days(gaps)
    plan = WalkForward(start=days[skip], end=days[-1], **asked)  # type: ignore[arg-type]
    try:
        found = folds(plan, days)
    except InputError:
        _nothing_was_possible(plan, days)
        return
    tested: list[date] = []
    for number, fold in enumerate(found):
        assert fold.number == number
        inside = [d for d in days if fold.test_start <= d <= fold.test_end]
        assert 1 <= len(inside) <= plan.span
        assert len({season_of(d) for d in inside}) == 1
        assert plan.start <= inside[0]
        assert inside[-1] <= plan.end
        tested += inside
        _trains_on_the_past(plan, fold, days)
        _uses_a_fresh_model(plan, found, fold)
    assert len(tested) == len(set(tested))


def _trains_on_the_past(plan: WalkForward, fold: Fold, days: list[date]) -> None:
    training = [d for d in days if fold.train_start <= d <= fold.train_end]
    assert len(training) >= plan.least
    assert plan.window is None or len(training) <= plan.window
    between = [d for d in days if fold.train_end < d < fold.test_start]
    assert len(between) >= plan.embargo
    assert fold.train_end < fold.test_start
    if fold.model == fold.number:
        own = season_of(fold.test_start)
        between_own = [d for d in between if plan.seasons == "carry" or season_of(d) == own]
        assert len(between_own) == plan.embargo
    if plan.seasons == "own":
        assert season_of(fold.train_start) == season_of(fold.test_start)


def _uses_a_fresh_model(plan: WalkForward, found: list[Fold], fold: Fold) -> None:
    model = found[fold.model]
    assert model.model == model.number
    assert (fold.train_start, fold.train_end) == (model.train_start, model.train_end)
    assert fold.number - model.number < plan.cadence
    assert season_of(model.test_start) == season_of(fold.test_start)


def _nothing_was_possible(plan: WalkForward, days: list[date]) -> None:
    for day in (d for d in days if plan.start <= d <= plan.end):
        before = [d for d in days if d < day]
        if plan.seasons == "own":
            before = [d for d in before if season_of(d) == season_of(day)]
        possible = len(before) - plan.embargo >= plan.least
        # A later date of a fold may have more before it than the fold's first.
        assert not possible or len(before) - plan.embargo < plan.least + (plan.step or plan.span)


def test_every_date_is_tested_where_the_step_is_the_span() -> None:
    days = [FIRST + timedelta(days=n) for n in range(60)]
    plan = WalkForward(start=days[20], end=days[-1], span=7, least=10, window=15)
    found = folds(plan, days)
    assert sum((f.test_end - f.test_start).days + 1 for f in found) == 40
    assert [(f.test_start - f.train_end).days for f in found] == [1] * len(found)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"step": 3, "span": 7}, "tested twice"),
        ({"window": 10, "least": 28}, "window of at least 28"),
        ({"end": FIRST - timedelta(days=1)}, "on or after"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(asked: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        WalkForward(**{"start": FIRST, "end": FIRST, **asked})  # type: ignore[arg-type]


def test_too_little_history_is_said() -> None:
    days = [FIRST + timedelta(days=n) for n in range(20)]
    with pytest.raises(InputError, match="at least 28 game dates to train on"):
        folds(WalkForward(start=days[0], end=days[-1]), days)
