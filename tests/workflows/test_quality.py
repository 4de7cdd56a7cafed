"""The readiness report adds up, and agrees with what training takes."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from tipoff.domain.market import FEATURE_MARKETS
from tipoff.errors import InputError
from tipoff.features.declare import POINTS
from tipoff.features.quality import row_quality, why_missing
from tipoff.features.sets import SETS, feature_set
from tipoff.features.warm_up import warm_up_inputs
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, read
from tipoff.tables.raw import GAMES, PLAYER_BOXES
from tipoff.workflows.dataset import dataset
from tipoff.workflows.known_games import KEY, stored_games
from tipoff.workflows.quality import quality
from tipoff.workflows.quality_study import deciles
from tipoff.workflows.readiness import PLAYER_GAME, judged_rows
from tipoff.workflows.world import played_games, played_in, told_games


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


def _missing_of(rows: pl.DataFrame, name: str) -> list[dict[str, Any]]:
    """What most rows lack, feature by feature."""
    found = []
    for feature in feature_set(name):
        why = rows.select(why=why_missing(feature, POINTS))["why"].drop_nulls()
        if why.len():
            counts = why.value_counts().sort("count", "why", descending=[True, False])
            found.append(
                {"feature": feature.name, "need": feature.need, "rows": why.len(),
                 "why": counts["why"][0]}
            )  # fmt: skip
    return sorted(found, key=lambda row: (-row["rows"], row["feature"]))


def test_groups_counted_at_once_are_as_if_counted_one_by_one(built_lake: Lake) -> None:
    stored = read(built_lake, feature_store(POINTS).table)
    for name in ("v8", "v12", "all"):
        judged = stored.with_columns(row_quality(feature_set(name), POINTS))
        report = quality(built_lake, by="date", feature_set_name=name, most=99)["rows"]
        assert len(report) == judged["game_date"].n_unique()
        for row in report:
            own = judged.filter(game_date=row["date"])
            assert row["total"] == own.height
            assert row["training_ready"] == own["is_training_ready"].sum()
            assert row["quality_ready"] == own["is_quality_ready"].sum()
            assert row["avg_quality"] == pytest.approx(own["quality_score"].mean(), abs=0.0051)
            assert row["tiers"] == dict(own["quality_tier"].value_counts().iter_rows())
            assert row["alerts"] == dict(own["alert_level"].value_counts().iter_rows())
            assert row["missing"] == _missing_of(own, name)


def test_months_are_the_sum_of_their_dates(built_lake: Lake) -> None:
    months = quality(built_lake, by="month", most=2)["rows"]
    dates = quality(built_lake, by="date")["rows"]
    assert all(len(row["missing"]) <= 2 for row in months)
    for row in months:
        own = [one for one in dates if f"{one['date']:%Y-%m}" == row["month"]]
        for column in ("total", "training_ready", "in_warm_up"):
            assert row[column] == sum(one[column] for one in own)
        assert row["played"]["total"] == sum(one["played"]["total"] for one in own)


def test_known_games_of_some_inputs_are_those_of_all(built_lake: Lake) -> None:
    whole = stored_games(built_lake, ["2022-23"], POINTS)
    inputs = ("team_games", "opponent_shots")
    names = [f"known_{name}" for name in inputs]
    some = stored_games(built_lake, ["2022-23"], POINTS, inputs)
    assert some.columns == [*KEY, *names]
    assert some.sort(KEY).equals(whole.select(*KEY, *names).sort(KEY))
    read_already = judged_rows(built_lake, "v12", "points", also=PLAYER_GAME).rows.reverse()
    ordered = stored_games(built_lake, ["2022-23"], POINTS, inputs, read_already)
    assert ordered.select(KEY).equals(read_already.select(KEY))
    assert ordered.sort(KEY).equals(some.sort(KEY))


def test_whether_a_row_is_early_is_told_by_the_row_alone() -> None:
    """Lined games are counted over whole seasons; a report on some dates has not got them."""
    asked = {
        i for name in SETS for m in FEATURE_MARKETS for i in warm_up_inputs(feature_set(name), m)
    }
    assert asked
    assert "lined_games" not in asked


def _box(player: str | None, seconds: int | None, source: str, hour: int = 6, **more: Any) -> Any:
    return {
        "game_id": "", "player_id": player, "source": source, "is_deleted": False,
        "seconds_played": seconds, "observed_at": datetime(2023, 1, 11, hour, tzinfo=UTC), **more,
    }  # fmt: skip


def test_who_played_is_what_the_merged_box_scores_say(raw_lake: Lake) -> None:
    boxes, games = read(raw_lake, PLAYER_BOXES), read(raw_lake, GAMES)
    told = told_games(boxes, games)
    last = told.filter(pl.col("superseded_at").is_null(), pl.col("seconds_played") > 0)
    found = played_games(raw_lake, games["season"].unique().to_list())
    assert found.sort(pl.all()).equals(last.select(KEY).sort(KEY))
    assert found.height


def test_of_sources_that_differ_the_first_says_who_played(raw_lake: Lake) -> None:
    games = read(raw_lake, GAMES).filter(season_type="regular").head(1)
    first, later = "nba_box_score", "realgm_log"
    boxes = pl.DataFrame([
        _box("both", 600, first), _box("both", 540, later),
        _box("first", 600, first), _box("first", 0, later),
        _box("later", 0, first), _box("later", 600, later),
        _box("only later", None, first), _box("only later", 600, later),
        _box("nobody", None, first),
        _box("was", 600, first), _box("was", 0, first, 8),
        _box("is now", 0, first), _box("is now", 600, first, 8),
        _box("gone", 600, first), _box("gone", 600, first, 8, is_deleted=True),
        _box(None, 600, first),
    ], schema_overrides={"observed_at": pl.Datetime("us", "UTC")})  # fmt: skip
    boxes = boxes.with_columns(game_id=pl.lit(games["game_id"][0]))
    found = played_in(boxes, games)["player_id"].sort().to_list()
    assert found == ["both", "first", "is now", "only later"]
    assert played_in(boxes, games.with_columns(season_type=pl.lit("preseason"))).is_empty()


def test_deciles_need_seasons_that_the_score_was_not_fitted_on(built_lake: Lake) -> None:
    with pytest.raises(InputError, match="at least 4 seasons"):
        deciles(built_lake)
