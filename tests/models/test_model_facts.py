"""A model's figures tell averages that count the game itself from those that do not."""

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from tipoff.backtest.model_signs import EXPLAINS, INVERTED, signs_of_models
from tipoff.domain.market import MARKETS
from tipoff.models.model_facts import AVERAGES, model_facts
from tipoff.models.spec import ModelSpec
from tipoff.workflows.fitting import forecaster, told

POINTS = MARKETS["points"]
FEATURES = tuple(f.column(POINTS) for f in AVERAGES)
SPECS = {
    "ridge": ModelSpec(name="ridge", learner="ridge"),
    "catboost": ModelSpec(name="trees", iterations=300, learning_rate=0.1, depth=4),
}


@cache
def _rows(*, counts_itself: bool, seed: int = 1) -> pl.DataFrame:
    """Averages of 60 players over 90 game dates, whose levels drift a little."""
    chance = np.random.default_rng(seed)
    days, players = 90, 60
    level = np.linspace(4, 28, players) + np.cumsum(chance.normal(0, 0.25, (days, players)), axis=0)
    points = np.clip(np.round(level + chance.normal(0, 6, (days, players))), 0, None)
    day = np.repeat(np.arange(days), players)
    frame = pl.DataFrame(
        {
            "day": day,
            "player_id": np.tile(np.arange(players), days),
            "actual": points.ravel(),
            "own_spread": 6.0,
        }
    ).with_columns(
        game_date=pl.lit(date(2022, 11, 1)) + pl.duration(days="day"),
        game_id=pl.col("day").cast(pl.String),
    )
    spans = (3, 5, 10, days)
    known = pl.col("actual") if counts_itself else pl.col("actual").shift(1)
    return frame.with_columns(
        known.rolling_mean(span, min_samples=1).over("player_id").alias(name)
        for span, name in zip(spans, FEATURES, strict=True)
    ).drop_nulls()


@cache
def _facts(learner: str, *, counts_itself: bool) -> dict[str, Any]:
    rows, spec = _rows(counts_itself=counts_itself), SPECS[learner]
    return told(forecaster(spec, rows, FEATURES, threads=1), spec, rows)


def _kinds(facts: dict[str, Any]) -> list[str]:
    return [sign["kind"] for sign in signs_of_models([facts])["signs"] if sign["is_alarm"]]


@pytest.mark.parametrize("learner", SPECS)
def test_a_clean_model_shows_no_sign(learner: str) -> None:
    facts = _facts(learner, counts_itself=False)
    assert signs_of_models([facts])["signs"] == []
    assert facts["left_over"] > 0.9
    assert facts["inversion"] < 0
    assert facts["training"] == 5_340
    assert 0.15 * 5_340 <= facts["held_out"] < 0.2 * 5_340


@pytest.mark.parametrize("learner", SPECS)
def test_averages_that_count_the_game_show(learner: str) -> None:
    clean, leaked = (_facts(learner, counts_itself=own) for own in (False, True))
    assert _kinds(leaked) == [EXPLAINS, INVERTED]
    assert leaked["left_over"] < 0.75
    assert leaked["inversion"] > 0.03
    assert leaked["explained"] > clean["explained"] + 0.1
    if learner == "catboost":
        assert leaked["length"] > clean["length"]
        assert leaked["length"] == pytest.approx(0.1 * leaked["trees"])
    else:
        assert leaked["length"] is None


def test_the_share_on_a_short_average_is_of_those_that_say_nearly_the_same() -> None:
    rows, spec = _rows(counts_itself=False), SPECS["catboost"]
    own = forecaster(spec, rows, FEATURES, threads=1)
    shares = dict(zip(FEATURES, (10.0, 40.0, 20.0, 10.0), strict=True))
    facts = model_facts(own.fitted, spec, rows, own.held_out, shares)
    assert facts["short_share"] == pytest.approx(0.5)
    assert facts["averages"][FEATURES[1]]["share"] == 40.0
    noisy = rows.with_columns(
        pl.Series(name, np.random.default_rng(i).normal(size=rows.height))
        for i, name in enumerate(FEATURES)
    )
    assert model_facts(own.fitted, spec, noisy, own.held_out, shares)["short_share"] is None


def test_the_order_of_rows_is_irrelevant_and_few_rows_tell_nothing() -> None:
    rows, spec = _rows(counts_itself=False), SPECS["ridge"]
    own = forecaster(spec, rows, FEATURES, threads=1)
    assert told(own, spec, rows.sample(fraction=1, shuffle=True, seed=2)) == told(own, spec, rows)
    few = rows.head(150)
    facts = model_facts(own.fitted, spec, few, own.held_out.head(20), dict.fromkeys(FEATURES, 25.0))
    assert facts["left_over"] is facts["inversion"] is facts["explained"] is None
    assert signs_of_models([facts])["signs"] == []
