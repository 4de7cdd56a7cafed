"""A forecaster settles everything on rows that its first fit was not grown on."""

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.models.synthetic import FEATURES, feature_rows

from tipoff.models.learner import fit, predict
from tipoff.models.matrix import in_order, last_part_by_date
from tipoff.models.spec import ModelSpec
from tipoff.workflows.fitting import calibrated_on, forecast, forecaster


def _spec(**more: Any) -> ModelSpec:
    return ModelSpec(name="one", learner="ridge", **more)


@pytest.fixture(scope="module")
def training() -> pl.DataFrame:
    rows = feature_rows(days=100, players=20).filter(pl.col("actual").is_not_null())
    market = pl.col("points_avg_season") * 0.5 + pl.col("actual") * 0.5
    every_other = pl.int_range(pl.len()) % 2 == 0
    return rows.with_columns(market_mean=pl.when(every_other).then(market))


def _late(training: pl.DataFrame) -> pl.DataFrame:
    ordered = in_order(training)
    return ordered.filter(pl.col("game_date") >= last_part_by_date(ordered, 0.15))


@pytest.mark.parametrize("more", [{}, {"refit": True}])
def test_errors_are_those_of_a_model_that_did_not_see_the_rows(
    training: pl.DataFrame, more: dict[str, Any]
) -> None:
    own = forecaster(_spec(**more), training, FEATURES, threads=1)
    first = fit(_spec(), training, FEATURES, threads=1)
    late = _late(training)
    assert own.held_out["prediction"].equals(predict(first, late))
    assert own.distribution == calibrated_on("conformal", own.held_out)
    assert own.fitted.fit_rows == (training.height if more else first.fit_rows)
    assert predict(own.fitted, late).equals(predict(first, late)) is not bool(more)


def test_the_distribution_is_that_of_the_players_whom_lines_are_posted_on(
    training: pl.DataFrame,
) -> None:
    own = forecaster(_spec(), training, FEATURES, threads=1)
    middle = own.held_out["prediction"].median()
    regular = pl.col("prediction") >= middle
    wild = pl.when(regular).then("actual").otherwise(pl.col("actual") * 20)
    assert calibrated_on("conformal", own.held_out.with_columns(actual=wild)) == own.distribution
    calm = pl.when(regular).then(pl.col("actual") * 20).otherwise("actual")
    assert calibrated_on("conformal", own.held_out.with_columns(actual=calm)) != own.distribution


def test_a_refit_keeps_what_the_first_fit_settled(training: pl.DataFrame) -> None:
    asked = {"prior": "market", "point": "median"}
    once = forecaster(_spec(**asked), training, FEATURES, threads=1)
    again = forecaster(_spec(**asked, refit=True), training, FEATURES, threads=1)
    assert once.fitted.adjustment == again.fitted.adjustment is not None
    assert_frame_equal(once.held_out, again.held_out)
    assert once.distribution == again.distribution
    rows = feature_rows(days=3, seed=8).with_columns(market_mean=pl.lit(90.0))
    assert (forecast(again, rows)["prediction"] > 50).all()
