"""The readiness report adds up, and agrees with what training takes."""

from datetime import date

import polars as pl
import pytest

from tipoff.errors import InputError
from tipoff.store.lake import Lake
from tipoff.workflows.dataset import dataset
from tipoff.workflows.quality import quality
from tipoff.workflows.quality_study import deciles


def test_seasons_are_the_sum_of_their_dates(built_lake: Lake) -> None:
    (season,) = quality(built_lake)["rows"]
    dates = quality(built_lake, by="date")["rows"]
    for column in ("total", "training_ready", "quality_ready"):
        assert season[column] == sum(row[column] for row in dates)
    assert season["season"] == "2022-23"
    assert sum(season["tiers"].values()) == sum(season["alerts"].values()) == season["total"]
    assert season["played"]["total"] <= season["total"]
    assert season["feature_count"] == 54
    assert 0 < season["pct"] <= 100


def test_the_report_and_training_mean_the_same_rows(built_lake: Lake) -> None:
    for name in ("v8", "v12", "v17"):
        rows = dataset(built_lake, ["2022-23"], feature_set_name=name).rows
        (season,) = quality(built_lake, feature_set_name=name)["rows"]
        assert season["training_ready"] == rows["is_training_ready"].sum()
        played = rows.filter(pl.col("played"))
        assert season["played"]["training_ready"] == played["is_training_ready"].sum()


def test_what_is_missing_most_says_why(built_lake: Lake) -> None:
    (season,) = quality(built_lake)["rows"]
    reasons = {row["feature"]: row["why"] for row in season["missing"]}
    assert reasons
    assert all(why for why in reasons.values())
    counts = [row["rows"] for row in season["missing"]]
    assert counts == sorted(counts, reverse=True)


def test_a_range_of_dates_is_kept_to(built_lake: Lake) -> None:
    day = date(2023, 1, 10)
    rows = quality(built_lake, by="date", start=day, end=day)["rows"]
    assert [row["date"] for row in rows] == [day]
    with pytest.raises(InputError, match="found none"):
        quality(built_lake, start=date(2030, 1, 1))
    with pytest.raises(InputError, match="features of steals are not built"):
        quality(built_lake, market="steals")


def test_deciles_need_seasons_that_the_score_was_not_fitted_on(built_lake: Lake) -> None:
    with pytest.raises(InputError, match="at least 4 seasons"):
        deciles(built_lake)
