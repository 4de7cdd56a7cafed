"""The estimator: scikit-learn's own conformance suite, and the very model that tipoff trains."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks
from tests.conftest import TEST, TRAIN

import tipoff as tp
from tipoff.backtest.lines import line_choice
from tipoff.domain.market import market_named
from tipoff.errors import InputError
from tipoff.models.learner import content_hash, predict
from tipoff.models.spec import ModelSpec
from tipoff.store.lake import Lake
from tipoff.workflows.dataset import dataset, lines_of
from tipoff.workflows.fitting import forecaster
from tipoff.workflows.training import training_rows

FEW: dict[str, Any] = {"iterations": 25, "learning_rate": 0.3, "depth": 3, "threads": 1}
ESTIMATORS = [
    tp.PropRegressor("ridge"),
    tp.PropRegressor("catboost", **FEW),
    tp.PropRegressor("lightgbm", **FEW),
    tp.PropRegressor("xgboost", **FEW),
    tp.PropRegressor("blend", **FEW),
]


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(ESTIMATORS)  # type: ignore[untyped-decorator]
def test_it_conforms(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("refit", [False, True])
def test_it_is_the_model_that_tipoff_trains(built_lake: Lake, refit: bool) -> None:
    own = {n: v for n, v in FEW.items() if n != "threads"}
    spec = ModelSpec(name="a", no_vegas=True, refit=refit, rsm=0.5, grow_policy="Depthwise", **own)
    data = dataset(built_lake, ["2022-23"], with_market=False)
    lines = lines_of(data, line_choice("median"), market_named("points"))
    rows = training_rows(data, spec, TRAIN, TEST[0], lines)
    theirs = forecaster(spec, rows, data.features, threads=1).fitted
    given = rows.sort("game_date", "game_id", "player_id")
    ours = tp.PropRegressor(refit=refit, rsm=0.5, grow_policy="Depthwise", **FEW)
    ours.fit(given.select(data.features), given["actual"], game_dates=given["game_date"])
    assert ours.content_hash() == content_hash(theirs)
    tested = data.rows.filter(pl.col("game_date").is_between(*TEST))
    assert ours.predict(tested.select(data.features)).tolist() == predict(theirs, tested).to_list()


def test_dates_decide_which_rows_stop_training_not_their_order() -> None:
    chance = np.random.default_rng(2)
    inside = chance.normal(size=(200, 2))
    wanted = inside[:, 0] + chance.normal(size=200)
    days = pl.date_range(pl.date(2022, 11, 1), pl.date(2023, 5, 19), eager=True)
    assert len(days) == 200
    order = chance.permutation(200)
    one = tp.PropRegressor(**FEW).fit(inside, wanted, game_dates=days)
    other = tp.PropRegressor(**FEW).fit(inside[order], wanted[order], game_dates=days[order])
    assert one.content_hash() == other.content_hash()
    in_order = tp.PropRegressor(**FEW).fit(inside, wanted)
    assert in_order.content_hash() == one.content_hash()
    mixed = tp.PropRegressor(**FEW).fit(inside[order], wanted[order])
    assert mixed.content_hash() != one.content_hash()


def test_what_makes_no_sense_is_a_sentence() -> None:
    inside, wanted = np.ones((4, 1)), np.arange(4.0)
    with pytest.raises(InputError, match="Expected game_dates= for recency_half_life_days"):
        tp.PropRegressor("ridge", recency_half_life_days=30).fit(inside, wanted)
    with pytest.raises(InputError, match="one game date per row, got 1 for 4 rows"):
        tp.PropRegressor("ridge").fit(inside, wanted, game_dates=["2022-11-01"])
    with pytest.raises(InputError, match="loss that ridge has"):
        tp.PropRegressor("ridge", loss="MAE").fit(inside, wanted)
