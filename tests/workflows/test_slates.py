"""Slates: kept where something new is said; a newer one stands for the games that it covers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.workflows.daily_league import SEASON, Daily, current, predictions

from tipoff.backtest.current import current_predictions
from tipoff.store.lake import Lake
from tipoff.workflows.slates import Slate, changed_slates, keep, slate_hash

ABOUT = (
    "market", "model_id", "model_name", "stage", "is_forced", "made_at", "asked_at",
    "lead_minutes", "serving", "lake_version", "code_fingerprint",
)  # fmt: skip


class Said:
    """What the shadow said last of two games, to be said again with a difference."""

    def __init__(self, daily: Daily, folder: Path) -> None:
        self.lake = Lake(str(folder / "own"))
        rows = current(daily.lake).filter(pl.col("game_id").is_in(daily.games[1:]))
        self.about: dict[str, Any] = {name: rows[name][0] for name in ABOUT}
        self.about["made_at"] = rows["made_at"].min()
        self.rows = rows.drop(*ABOUT, "slate", "slate_hash")
        self.games = daily.games

    def kept(self, rows: pl.DataFrame, minutes: int = 0, **about: Any) -> tuple[int, bool]:
        games = tuple(rows["game_id"].unique().sort())
        slate = Slate(rows["game_date"][0], "points", self.about["model_id"], games)
        made_at = self.about["made_at"] + timedelta(minutes=minutes)
        found = keep(self.lake, slate, lambda _: rows, {**self.about, "made_at": made_at, **about})
        return found.number, found.is_new

    def taken(self, model_id: str, game: str) -> int:
        """How many picks count for the day when a slate of one game is decided."""
        slate = Slate(self.rows["game_date"][0], "points", model_id, (game,))
        asked: list[int] = []

        def decide(taken: int) -> pl.DataFrame:
            asked.append(taken)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            keep(self.lake, slate, decide, self.about)
        return asked[0]


@pytest.fixture
def said(daily: Daily, tmp_path: Path) -> Said:
    return Said(daily, tmp_path)


def test_the_same_is_kept_once_whenever_and_from_whatever_it_was_made(said: Said) -> None:
    assert said.kept(said.rows) == (1, True)
    again = said.rows.with_columns(
        as_of=pl.col("as_of") + timedelta(minutes=1), rank=pl.col("rank") + 1
    )
    other = {"serving": 99, "lake_version": 99, "code_fingerprint": "other", "asked_at": None}
    assert said.kept(again.reverse(), 5, **other) == (1, False)
    assert predictions(said.lake)["slate"].unique().to_list() == [1]


def test_a_pick_in_another_place_of_the_slate_is_no_other_pick(said: Said) -> None:
    """When one game has begun, the others' picks move up; nothing new is said of them."""
    assert said.kept(said.rows) == (1, True)
    left = said.rows.filter(game_id=said.games[2])
    moved = left.with_columns(
        rank=pl.col("rank").rank("ordinal").cast(pl.Int32),
        subsets=pl.when("is_pick").then(pl.lit("over,edge_usual,top_1")).otherwise(pl.lit("")),
    )
    assert not moved["subsets"].equals(left["subsets"])
    assert said.kept(moved, 5) == (1, False)


@pytest.mark.parametrize(
    "change",
    [
        {"line": pl.col("line") + 1},
        {"over_price": pl.lit(-150, pl.Int32)},
        {"injury_status": pl.lit("questionable")},
        {"stage": pl.lit("champion")},
        {"is_forced": pl.lit(value=True)},
        {"observed_at": pl.col("observed_at") + timedelta(minutes=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_new_is_a_new_slate_and_the_old_one_stays(
    said: Said, change: dict[str, pl.Expr]
) -> None:
    said.kept(said.rows)
    before = predictions(said.lake)
    (name, value), own = next(iter(change.items())), {}
    rows = said.rows
    if name in said.about:
        own = {name: pl.select(value).item()}
    else:
        rows = rows.with_columns(value.alias(name))
    assert said.kept(rows, 5, **own) == (2, True)
    assert predictions(said.lake).filter(slate=1).equals(before)
    assert changed_slates(said.lake, SEASON) == []


def test_a_player_who_vanishes_is_superseded(said: Said) -> None:
    said.kept(said.rows)
    gone = said.rows.filter(game_id=said.games[1])["player_id"][0]
    assert said.kept(said.rows.filter(pl.col("player_id") != gone), 5) == (2, True)
    assert gone not in current(said.lake)["player_id"]
    assert gone in predictions(said.lake)["player_id"]
    assert set(current(said.lake)["slate"]) == {2}


def test_a_slate_of_one_game_leaves_the_others_as_they_were(said: Said) -> None:
    said.kept(said.rows)
    one = said.rows.filter(game_id=said.games[2]).with_columns(line=pl.col("line") + 1)
    assert said.kept(one, 5) == (2, True)
    told = current(said.lake).select("game_id", "slate").unique().sort("game_id")
    assert dict(told.iter_rows()) == {said.games[1]: 1, said.games[2]: 2}
    # Both together are what was said before, of two slates.
    both = pl.concat([said.rows.filter(game_id=said.games[1]), one])
    assert said.kept(both, 6) == (2, False)


def test_what_was_made_after_tip_off_does_not_count(said: Said) -> None:
    said.kept(said.rows)
    moved = said.rows.with_columns(line=pl.col("line") + 1)
    late = (said.rows["tip_off_at"].max() - said.about["made_at"]).total_seconds() / 60
    assert said.kept(moved, int(late)) == (2, True)
    assert set(current(said.lake)["slate"]) == {1}
    assert current_predictions(predictions(said.lake).filter(slate=2)).is_empty()


def test_picks_of_other_games_are_those_that_count(said: Said) -> None:
    said.kept(said.rows)
    own, model_id = said.rows.filter(game_id=said.games[2]), said.about["model_id"]
    assert said.taken(model_id, said.games[1]) == own["is_pick"].sum() > 1
    fewer = own.with_columns(is_pick=pl.col("is_pick") & (pl.col("rank") == 1))
    said.kept(fewer, 5)
    assert said.taken(model_id, said.games[1]) == fewer["is_pick"].sum()
    assert said.taken("0" * 64, said.games[1]) == 0


def test_picks_are_decided_again_where_another_slate_came_in_between(said: Said) -> None:
    """Caps are of the day: what another runner took meanwhile counts."""
    one, other = (said.rows.filter(game_id=game) for game in said.games[1:])
    slate = Slate(said.rows["game_date"][0], "points", said.about["model_id"], (said.games[1],))
    asked: list[int] = []

    def decide(taken: int) -> pl.DataFrame:
        if not asked:
            assert said.kept(other) == (1, True)
        asked.append(taken)
        return one

    assert keep(said.lake, slate, decide, said.about).number == 2
    assert asked == [0, other["is_pick"].sum()]
    assert said.taken(said.about["model_id"], said.games[1]) == asked[-1]


def test_the_hash_is_of_content(said: Said) -> None:
    said.kept(said.rows)
    rows = predictions(said.lake)
    found = rows["slate_hash"][0]
    assert slate_hash(rows.reverse().select(sorted(rows.columns))) == found
    assert slate_hash(rows.with_columns(slate=pl.lit(2, pl.Int64))) != found
    assert slate_hash(rows.with_columns(made_at=pl.lit(datetime(2023, 1, 1, tzinfo=UTC)))) != found
