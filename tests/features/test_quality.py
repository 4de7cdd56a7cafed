"""Quality is of the set that is asked for, and never rises when something is taken away."""

import polars as pl
import pytest

from tipoff.domain.market import FEATURE_MARKETS, Market
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import POINTS, Feature
from tipoff.features.inputs import INPUTS
from tipoff.features.quality import (
    KNOWN,
    MISSING,
    STALE,
    TIERS,
    row_quality,
    value_age,
    value_state,
    why_missing,
)
from tipoff.features.sets import SETS, feature_set

EVERYTHING = pytest.mark.parametrize("market", FEATURE_MARKETS, ids=lambda m: m.name)
EVERY_SET = pytest.mark.parametrize("name", sorted(SETS))
# What says how steady a player is: none of it at zero.
_SPREAD = ("points_std_last_10", "minutes_volatility_last_10", "dnp_rate")


def full_row(market: Market) -> pl.DataFrame:
    """Everything known, fresh, and of a player who is always the same."""
    values = {
        f.column(market): [0.0 if f.name in _SPREAD else max(f.low, min(f.high, 10.0))]
        for f in FEATURES
    }
    ages = {f"age_{name}": [0.5] for name in INPUTS}
    return pl.DataFrame({**values, **ages}, schema_overrides=dict.fromkeys(values, pl.Float64))


def judged(row: pl.DataFrame, name: str, market: Market) -> dict[str, object]:
    return row.select(row_quality(feature_set(name), market)).row(0, named=True)


def without(row: pl.DataFrame, feature: Feature, market: Market) -> pl.DataFrame:
    return row.with_columns(pl.lit(None, pl.Float64).alias(feature.column(market)))


@EVERYTHING
@EVERY_SET
def test_a_row_with_everything_known_and_fresh_is_the_best(name: str, market: Market) -> None:
    best = judged(full_row(market), name, market)
    assert best["quality_score"] == pytest.approx(100)
    assert (best["quality_tier"], best["alert_level"]) == ("gold", "green")
    assert (best["missing_required"], best["missing_optional"], best["stale"]) == (0, 0, 0)
    assert best["is_training_ready"]
    assert best["is_quality_ready"]


@EVERYTHING
def test_taking_a_value_away_never_raises_the_score(market: Market) -> None:
    for name in ("v8", "v12", "all"):
        best = judged(full_row(market), name, market)
        for feature in FEATURES:
            less = judged(without(full_row(market), feature, market), name, market)
            assert less["quality_score"] <= best["quality_score"], feature.name  # type: ignore[operator]
            inside = feature in SETS[name]
            assert less["is_training_ready"] == (not inside or feature.need != "required")
            lost = less["missing_required"] + less["missing_optional"]  # type: ignore[operator]
            assert lost == int(inside), feature.name


def test_readiness_depends_on_the_set_that_is_asked_for() -> None:
    """A rule that ignores the set, as the predecessor's did, is caught here."""
    later = next(f for f in FEATURES if f.name == "dnp_rate")
    assert later not in SETS["v9"]
    row = without(full_row(POINTS), later, POINTS)
    assert judged(row, "v9", POINTS)["is_training_ready"]
    assert not judged(row, "v12", POINTS)["is_training_ready"]
    blind = row.select(row_quality(feature_set("v12"), POINTS)).row(0, named=True)
    assert blind["is_training_ready"] != judged(row, "v9", POINTS)["is_training_ready"]


def test_a_value_that_is_too_old_is_stale_and_not_ready() -> None:
    row = full_row(POINTS).with_columns(age_player_games=pl.lit(30.5))
    found = judged(row, "v12", POINTS)
    assert not found["is_training_ready"]
    assert found["alert_level"] == "red"
    for feature in FEATURES:
        state = row.select(value_state(feature, POINTS)).item()
        is_old = "player_games" in feature.reads and feature.freshness_days < 30.5
        assert state == (STALE if is_old else KNOWN), feature.name


@EVERYTHING
def test_every_missing_value_says_why(market: Market) -> None:
    for feature in FEATURES:
        row = without(full_row(market), feature, market)
        assert row.select(value_state(feature, market)).item() == MISSING
        assert row.select(why_missing(feature, market)).item() == feature.lacks
        first = feature.reads[0]
        bare = row.with_columns(pl.lit(None, pl.Float64).alias(f"age_{first}"))
        assert bare.select(why_missing(feature, market)).item() == INPUTS[first].absent
        assert full_row(market).select(why_missing(feature, market)).item() is None


def test_the_age_of_a_value_is_that_of_its_oldest_input() -> None:
    row = full_row(POINTS).with_columns(age_team_games=pl.lit(4.0), age_opponent_games=pl.lit(9.0))
    pace = next(f for f in FEATURES if f.name == "pace_score")
    assert row.select(value_age(pace)).item() == 9.0


def test_unsteady_players_score_lower_and_fall_through_the_tiers() -> None:
    scores, tiers = [], []
    for spread in (0.0, 3.0, 6.0, 9.0, 12.0):
        row = full_row(POINTS).with_columns(
            points_std_last_10=pl.lit(spread), minutes_volatility_last_10=pl.lit(spread)
        )
        found = judged(row, "v12", POINTS)
        scores.append(found["quality_score"])
        tiers.append(found["quality_tier"])
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]
    order = [name for name, _ in TIERS]
    assert [order.index(str(t)) for t in tiers] == sorted(order.index(str(t)) for t in tiers)
    assert len(set(tiers)) > 2
