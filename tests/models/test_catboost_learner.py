import numpy as np
import polars as pl
import pytest
from polars.testing import assert_series_equal
from tests.models.synthetic import FEATURES, feature_rows

from tipoff.models.catboost_learner import content_hash, fit, importances, predict
from tipoff.models.spec import ModelSpec

SPEC = ModelSpec(name="small", iterations=40, depth=3, learning_rate=0.2)


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return feature_rows().drop_nulls("actual")


@pytest.mark.parametrize("loss", ["RMSE", "MAE", "Huber:delta=5"])
def test_training_again_in_another_order_and_with_other_threads_gives_the_same_model(
    rows: pl.DataFrame, loss: str
) -> None:
    spec = SPEC.model_copy(update={"loss": loss, "rsm": 0.5, "grow_policy": "Depthwise"})
    one = fit(spec, rows, FEATURES, threads=1)
    other = fit(spec, rows.sample(fraction=1, shuffle=True, seed=3), FEATURES, threads=2)
    assert content_hash(one) == content_hash(other)
    assert_series_equal(predict(one, rows), predict(other, rows), check_exact=True)


def test_the_hash_tells_models_apart(rows: pl.DataFrame) -> None:
    hashes = {
        content_hash(fit(SPEC, rows, FEATURES)),
        content_hash(fit(SPEC.model_copy(update={"depth": 2}), rows, FEATURES)),
        content_hash(fit(SPEC, rows.with_columns(pl.col("actual") + 1), FEATURES)),
        content_hash(fit(SPEC, rows, FEATURES[:2])),
    }
    assert len(hashes) == 4


def test_early_stopping_looks_at_the_latest_whole_dates_only(rows: pl.DataFrame) -> None:
    fitted = fit(SPEC, rows, FEATURES)
    late = rows.filter(pl.col("game_date") >= pl.lit(fitted.validation_start).str.to_date())
    assert fitted.validation_rows == late.height
    assert fitted.fit_rows == rows.height - late.height
    assert 0.15 * rows.height <= late.height <= 0.15 * rows.height + 12


def test_trees_are_grown_on_the_earlier_dates_alone(rows: pl.DataFrame) -> None:
    """What stops training may say how many trees there are, never what is in them."""
    cut = fit(SPEC, rows, FEATURES).validation_start
    late = pl.col("game_date") >= pl.lit(cut).str.to_date()
    # With as many rounds of patience as trees, and an outcome that each tree explains better,
    # every tree is kept; moving all late outcomes alike then changes nothing.
    patient = SPEC.model_copy(update={"iterations": 5, "early_stopping_rounds": 5})
    moved = rows.with_columns(pl.when(late).then(pl.col("actual") + 0.25).otherwise("actual"))
    one, other = fit(patient, rows, FEATURES), fit(patient, moved, FEATURES)
    assert one.trees == other.trees == 5
    assert content_hash(one) == content_hash(other)


@pytest.mark.parametrize("loss", ["RMSE", "MAE", "Huber:delta=5", "LogCosh"])
def test_every_loss_finds_the_level_of_the_players(rows: pl.DataFrame, loss: str) -> None:
    """Huber and LogCosh start at zero in the library and would stall far below the scorers."""
    spec = SPEC.model_copy(update={"loss": loss, "iterations": 150, "learning_rate": 0.1})
    predicted = predict(fit(spec, rows, FEATURES), rows)
    best = rows.filter(pl.col("player_id") == 12)["actual"].mean()
    seen = predicted.filter(rows["player_id"] == 12).mean()
    assert isinstance(best, float)
    assert seen == pytest.approx(best, abs=2.5)


def test_missing_values_are_allowed_and_predictions_keep_the_rows_order(rows: pl.DataFrame) -> None:
    fitted = fit(SPEC, rows, FEATURES)
    bare = rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in FEATURES)
    assert predict(fitted, bare).is_finite().all()
    backwards = predict(fitted, rows.reverse())
    assert_series_equal(backwards.reverse(), predict(fitted, rows), check_exact=True)


def test_recent_rows_weigh_more() -> None:
    """Two levels, an old and a new one: with a short half-life the new one is predicted."""
    rows = feature_rows(days=30).with_columns(
        actual=pl.when(pl.col("game_date").dt.month() == 11).then(0.0).otherwise(10.0)
    )
    newer = pl.concat(
        [rows, rows.with_columns(pl.col("game_date").dt.offset_by("30d"), actual=pl.lit(10.0))]
    )
    spec = ModelSpec(name="m", iterations=30, learning_rate=0.5, depth=1)
    weighing = spec.model_copy(update={"recency_half_life_days": 3})
    noise = ("minutes_avg_last_10",)
    plain = predict(fit(spec, newer, noise), newer).mean()
    weighed = predict(fit(weighing, newer, noise), newer).mean()
    assert isinstance(plain, float)
    assert isinstance(weighed, float)
    assert plain < 6
    assert weighed > 8


def test_a_monotone_constraint_holds(rows: pl.DataFrame) -> None:
    spec = SPEC.model_copy(update={"monotone_constraints": (("points_avg_last_10", -1),)})
    fitted = fit(spec, rows, FEATURES)
    ramp = pl.DataFrame(
        {
            "points_avg_season": 15.0,
            "points_avg_last_10": np.linspace(0, 35, 50),
            "minutes_avg_last_10": 25.0,
        }
    )
    assert (predict(fitted, ramp).diff().drop_nulls() <= 1e-9).all()


def test_importances_are_shares_largest_first(rows: pl.DataFrame) -> None:
    shares = importances(fit(SPEC, rows, FEATURES))
    assert set(shares) == set(FEATURES)
    assert sum(shares.values()) == pytest.approx(100, abs=0.1)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)


def test_progress_is_told(rows: pl.DataFrame) -> None:
    seen: list[tuple[int, int]] = []
    fit(SPEC, rows, FEATURES, grown=lambda trees, most: seen.append((trees, most)))
    assert seen
    assert all(0 < trees <= most == SPEC.iterations for trees, most in seen)
