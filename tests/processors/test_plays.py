"""Minutes of the fourth period and ages, against a slow reading of their definitions."""

from datetime import date, timedelta
from statistics import fmean
from typing import Any

import polars as pl
import pytest
from tests.laws.building import build_all

from tipoff.domain.market import MARKETS

Frames = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def day(league_frames: Frames) -> date:
    days: list[date] = league_frames["games"]["game_date"].unique().sort().to_list()
    return days[-9]


def _built(frames: Frames, day: date) -> dict[str, dict[str, Any]]:
    rows = build_all(frames, [day], markets=[MARKETS["points"]])["player_daily_cache"]
    return {row["player_id"]: row for row in rows.to_dicts() if row["reason"] is None}


def test_minutes_of_the_fourth_period_are_the_mean_of_his_last_seven(
    league_frames: Frames, day: date
) -> None:
    season = league_frames["games"].filter(game_date=day)["season"][0]
    earlier = (pl.col("period") == 4) & (pl.col("season") == season) & (pl.col("game_date") < day)
    own: dict[str, list[int]] = {}
    periods = league_frames["player_periods"].filter(earlier)
    for row in periods.sort("game_date", descending=True).to_dicts():
        own.setdefault(row["player_id"], []).append(row["seconds"])
    built = _built(league_frames, day)
    assert len(built) > 15
    for player, row in built.items():
        mean = fmean(own[player][:7]) / 60
        assert row["fourth_quarter_minutes_last_7"] == pytest.approx(mean)


def test_an_age_is_that_of_the_game_date_whenever_it_was_told(
    league_frames: Frames, day: date
) -> None:
    lists = league_frames["rosters"]
    born = dict(lists.select("player_id", "birth_date").rows())
    late = lists.with_columns(pl.col("observed_at") + timedelta(days=900))
    silent = sorted(born)[::2]
    unsaid = late.with_columns(
        pl.when(~pl.col("player_id").is_in(silent)).then("birth_date").alias("birth_date")
    )
    told, later = (_built({**league_frames, "rosters": r}, day) for r in (lists, unsaid))
    for player, row in told.items():
        age = round((day - born[player]).days / 365.25, 1)
        assert row["player_age"] == pytest.approx(age)
        assert later[player]["player_age"] == (None if player in silent else row["player_age"])


def test_without_play_by_play_and_lists_they_are_not_known(
    league_frames: Frames, day: date
) -> None:
    bare = {
        name: rows.clear() if name in ("made_shots", "player_periods", "rosters") else rows
        for name, rows in league_frames.items()
    }
    for row in _built(bare, day).values():
        assert row["player_age"] is None
        assert row["fourth_quarter_minutes_last_7"] is None
        assert row["points_avg_season"] is not None
