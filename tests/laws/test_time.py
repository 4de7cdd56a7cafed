"""Laws of time, for every processor and every feature: nothing comes from the future."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.laws.building import build_all

from tipoff.domain.market import FEATURE_MARKETS
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import market_words
from tipoff.processors.catalogue import ALL_PROCESSORS, feature_store
from tipoff.store.games import merged_games
from tipoff.store.spine import game_spine
from tipoff.tables.raw import RAW_TABLES

Frames = Mapping[str, pl.DataFrame]
RAW = tuple(name for name in RAW_TABLES if name != "games")


@pytest.fixture(scope="module")
def dates(league_frames: Frames) -> list[date]:
    days: list[date] = league_frames["games"]["game_date"].unique().sort().to_list()
    return days[-12:-6]


@pytest.fixture(scope="module")
def built(league_frames: Frames, dates: list[date]) -> dict[str, pl.DataFrame]:
    return build_all(league_frames, dates)


def _last_instant(frames: Frames, day: date) -> datetime:
    found: datetime = (
        game_spine(merged_games(frames["games"]), [day], 30)["as_of"].sort().to_list()[-1]
    )
    return found


def test_every_processor_computes_rows(built: dict[str, pl.DataFrame]) -> None:
    for processor in ALL_PROCESSORS:
        rows = built[processor.name]
        assert rows.height > 0
        assert rows["reason"].null_count() > 0.5 * rows.height, processor.name


def test_one_date_alone_equals_the_date_inside_a_span(
    league_frames: Frames, dates: list[date], built: dict[str, pl.DataFrame]
) -> None:
    for day in (dates[0], dates[-1]):
        alone = build_all(league_frames, [day])
        for name, rows in alone.items():
            assert_frame_equal(
                rows, built[name].filter(pl.col("game_date") == day), check_exact=True
            )


def test_the_order_of_rows_does_not_matter(
    league_frames: Frames, dates: list[date], built: dict[str, pl.DataFrame]
) -> None:
    shuffled = {
        name: rows.sample(fraction=1, shuffle=True, seed=7) for name, rows in league_frames.items()
    }
    for name, rows in build_all(shuffled, dates).items():
        assert_frame_equal(rows, built[name], check_exact=True)


def _drop(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.clear()


def _forge(rows: pl.DataFrame) -> pl.DataFrame:
    """Change every figure by chance, so that no order or ratio of them survives."""
    counts = [c for c, dtype in rows.schema.items() if dtype == pl.Int32 and c not in _STRUCTURE]
    chance = pl.struct(pl.all()).hash(seed=3)
    return rows.with_columns(
        *[
            (pl.col(c) + (chance // (i + 1) % 17).cast(pl.Int32) * _STEP.get(c, 1)).alias(c)
            for i, c in enumerate(counts)
        ],
        *[pl.col(c) + 3.5 for c in rows.columns if c in ("line", "distance_feet")],
        *[
            (pl.col(c) ^ (chance % 3 == 0)).alias(c)
            for c in ("is_three", "is_made", "is_starter")
            if c in rows.columns
        ],
    )


_STRUCTURE = ("shot_number", "quote_number", "period", "seconds_left")

_STEP = {"seconds_played": 60}
_SETTLING = sorted({column for market in FEATURE_MARKETS for column in market.columns})


def _surge(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Let everybody do more of late, so that coarse features of change move too."""
    lately = pl.col("game_date") > day - timedelta(days=22)
    more = {"seconds_played": 900} | dict.fromkeys(_SETTLING, 100)
    return rows.with_columns(
        pl.when(lately).then(pl.col(c) + add).otherwise(c).alias(c)
        for c, add in more.items()
        if c in rows.columns
    )


MUTATIONS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {"delete": _drop, "forge": _forge}


def _mutated(
    frames: Frames, after: datetime, change: Callable[[pl.DataFrame], pl.DataFrame]
) -> Frames:
    changed = dict(frames)
    for name in RAW:
        future = pl.col("observed_at") > after
        rows = frames[name]
        changed[name] = pl.concat([rows.filter(~future), change(rows.filter(future))])
    return changed


@pytest.mark.parametrize("mutation", sorted(MUTATIONS))
def test_what_becomes_known_later_changes_nothing(
    league_frames: Frames, dates: list[date], built: dict[str, pl.DataFrame], mutation: str
) -> None:
    for day in (dates[1], dates[3]):
        after = _last_instant(league_frames, day)
        changed = build_all(_mutated(league_frames, after, MUTATIONS[mutation]), [day])
        for name, rows in changed.items():
            assert_frame_equal(
                rows, built[name].filter(pl.col("game_date") == day), check_exact=True
            )


def test_the_planted_fault_is_caught_by_this_law(league_frames: Frames, dates: list[date]) -> None:
    day = dates[1]
    after = _last_instant(league_frames, day)
    plant = "inclusive-date"
    clean = build_all(league_frames, [day], plant=plant)
    changed = build_all(_mutated(league_frames, after, _forge), [day], plant=plant)
    assert not clean["player_daily_cache"].equals(changed["player_daily_cache"])
    form = ["points_avg_last_5", "points_avg_last_10", "points_avg_season"]
    for market in FEATURE_MARKETS:
        name = feature_store(market).name
        own = [market_words(column, market) for column in form]
        assert not clean[name].select(own).equals(changed[name].select(own)), name


# These tell of the schedule or of somebody's presence, which the forgery leaves alone.
UNMOVED = {
    "home_away",
    "playoff_game",
    "back_to_back",
    "days_rest",
    "rest_advantage",
    "games_in_last_7_days",
    "games_vs_opponent",
    "dnp_rate",
    "games_since_structural_change",
    "has_vegas_line",
    "injury_risk",
    "multi_book_line_std",
    "vegas_line_move",
    "prop_line_delta",
    "line_movement_direction",
    "late_line_movement_count",
    "vig_skew",
}


def _unchanged(frames: Frames, day: date, built: Mapping[str, pl.DataFrame]) -> set[str]:
    """Columns of a day that stay the same although everything before the day is forged."""
    changed_frames = dict(frames)
    for name in RAW:
        rows = frames[name]
        past = pl.col("game_date") <= day
        forged = _surge(_forge(rows.filter(past)), day)
        changed_frames[name] = pl.concat([forged, rows.filter(~past)])
    changed = build_all(changed_frames, [day])
    same = set()
    for market in FEATURE_MARKETS:
        name = feature_store(market).name
        before = built[name].filter(pl.col("game_date") == day)
        same |= {
            f"{market.name}: {f.name}"
            for f in FEATURES
            if before[f.column(market)].null_count() < before.height
            and changed[name][f.column(market)].equals(before[f.column(market)], null_equal=True)
        }
    return same


def test_changing_the_past_changes_every_feature_that_has_a_history(
    league_frames: Frames, dates: list[date], built: dict[str, pl.DataFrame]
) -> None:
    same = set.intersection(
        *[_unchanged(league_frames, day, built) for day in (dates[1], dates[2], dates[4])]
    )
    moved = {name for name in same if name.split(": ")[1] not in UNMOVED}
    assert not moved, sorted(moved)
