"""The splitter gives the backtest's own folds, whatever the rows and their order."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV, cross_val_score
from tests.backtest.plans import plans

import tipoff as tp
from tipoff.backtest.folds import WalkForward, folds
from tipoff.errors import InputError

FIRST = date(2022, 10, 18)


@settings(max_examples=40)
@given(
    plans,
    st.lists(st.integers(0, 9), min_size=30, max_size=120),
    st.integers(0, 30),
    st.randoms(use_true_random=False),
)
def test_folds_are_those_of_the_backtest(
    asked: dict[str, Any], gaps: list[int], skip: int, chance: Any
) -> None:
    days = [FIRST + timedelta(days=d) for d in np.cumsum(gaps).tolist()]
    chance.shuffle(days)
    start, end = sorted(days)[min(skip, len(days) - 1)], max(days)
    own = tp.WalkForwardSplit(start=start, end=end, **asked)
    try:
        wanted = folds(WalkForward(start=start, end=end, **asked), days)
    except InputError:
        with pytest.raises(InputError, match="at least"):
            own.get_n_splits(groups=days)
        return
    assert own.folds(days) == wanted
    assert own.get_n_splits(groups=days) == len(wanted)
    splits = list(own.split(np.zeros(len(days)), groups=days))
    for fold, (train, test) in zip(wanted, splits, strict=True):
        inside = [fold.train_start <= d <= fold.train_end for d in days]
        tested = [fold.test_start <= d <= fold.test_end for d in days]
        assert train.tolist() == [i for i, yes in enumerate(inside) if yes]
        assert test.tolist() == [i for i, yes in enumerate(tested) if yes]


def _days(n: int) -> pl.Series:
    return pl.date_range(FIRST, FIRST + timedelta(days=n - 1), eager=True)


def test_dates_of_every_kind_give_the_same() -> None:
    days = _days(60)
    own = tp.WalkForwardSplit(least=20)
    wanted = own.folds(days)
    moments = pd.to_datetime(days.to_pandas())
    kinds: list[Any] = [
        *(days.to_list(), days.to_numpy(), days.to_pandas(), days.to_arrow()),
        *(days.cast(pl.String), days.cast(pl.String).to_list(), moments, moments.to_numpy()),
    ]
    for kind in kinds:
        assert own.folds(kind) == wanted


@pytest.mark.parametrize(
    "wrong", [None, [], [1, 2], [None, "2022-10-18"], ["18.10.2022"], 5, {"a": 1}, [True]]
)
def test_what_is_no_game_date_is_refused_with_a_sentence(wrong: Any) -> None:
    with pytest.raises(InputError, match=r"^Expected .*groups="):
        tp.WalkForwardSplit().get_n_splits(groups=wrong)


def test_one_date_per_row_is_wanted() -> None:
    with pytest.raises(InputError, match="got 60 for 59 rows"):
        next(tp.WalkForwardSplit(least=20).split(np.zeros((59, 2)), groups=_days(60)))


@pytest.mark.parametrize("wrong", [{"span": 0}, {"step": 3}, {"window": 5}, {"start": "tomorrow"}])
def test_a_plan_that_is_none_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        tp.WalkForwardSplit(**wrong)


def test_scikit_learn_takes_it() -> None:
    days = pl.concat([_days(80)] * 4)
    chance = np.random.default_rng(1)
    inside = chance.normal(size=(320, 3))
    wanted = inside @ [1.0, 2.0, 0.0] + chance.normal(size=320)
    cv = tp.WalkForwardSplit(span=10, embargo=2, least=20)
    n = cv.get_n_splits(groups=days)
    scores = cross_val_score(tp.PropRegressor("ridge"), inside, wanted, groups=days, cv=cv)
    assert len(scores) == n > 3
    assert scores.min() > 0.5
    search = GridSearchCV(tp.PropRegressor("ridge"), {"validation_share": [0.1, 0.3]}, cv=cv)
    search.fit(pd.DataFrame(inside, columns=["a", "b", "c"]), wanted, groups=days, game_dates=days)
    assert search.n_splits_ == n
    assert search.best_estimator_.feature_importances_.argmax() == 1
