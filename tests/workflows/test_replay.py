"""The daily job over history: it says what the backtest says, and goes on where it was killed."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tipoff.errors import InputError, TipoffError
from tipoff.monitoring.schedule import next_day
from tipoff.store.lake import Lake, append, open_lake, read, scan
from tipoff.store.lake import replace as replace_rows
from tipoff.store.location import looking_at
from tipoff.tables.models import CHAMPION, RETIRED
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.raw import PLAYER_BOXES
from tipoff.workflows.daily_config import Daily, DailyModel, read_daily
from tipoff.workflows.reconcile import reconcile
from tipoff.workflows.registered import records_of
from tipoff.workflows.replay import Asked, replay
from tipoff.workflows.replay_check import beside_backtest

RECIPE = {
    "no_vegas": True,
    "iterations": 25,
    "learning_rate": 0.2,
    "rsm": 0.5,
    "grow_policy": "Depthwise",
}
START = date(2023, 2, 1)
MODEL = DailyModel(name="little", line_source="median", start=START, recipe=RECIPE)
CONFIG = Daily(walk={"span": 2, "least": 20}, model=(MODEL,))


def _asked(home: Path, end: date = date(2023, 2, 3)) -> Asked:
    return Asked(START, end, CONFIG, str(home), threads=1)


@pytest.fixture(scope="module")
def replayed(
    built_lake: Lake, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Asked, dict[str, object]]:
    asked = _asked(tmp_path_factory.mktemp("replay") / "own")
    return asked, replay(built_lake, asked)


def test_a_replay_says_what_the_backtest_says(
    built_lake: Lake, replayed: tuple[Asked, dict[str, object]]
) -> None:
    found = beside_backtest(built_lake, replayed[0])
    (model,) = found["models"]
    assert found["equal"], model
    assert model["predictions"]["both"] > 100
    assert model["lined"]["both"] > 50
    assert model["backtest"]["folds"] == 2


def test_every_day_is_accounted_for(replayed: tuple[Asked, dict[str, object]]) -> None:
    days = replayed[1]["days"]
    assert isinstance(days, list)
    assert [day["unbalanced"] for day in days] == [[]] * len(days)
    assert sum(day["graded"] for day in days) > 0
    assert all(sum(day["outcomes"].values()) == day["picked"] for day in days)


def test_a_replay_is_what_a_reconciliation_expects(
    built_lake: Lake, replayed: tuple[Asked, dict[str, object]]
) -> None:
    """Who should be predicted is found from raw rows, not from slates."""
    own = looking_at(built_lake, replayed[0].home)
    days = replayed[1]["days"]
    assert isinstance(days, list)
    for day in (row["game_date"] for row in days):
        report = reconcile(own, day, next_day(day))
        assert report["is_even"], report["counts"]
        assert report["expected"] > 10


def test_a_refit_takes_the_place_and_the_mark(replayed: tuple[Asked, dict[str, object]]) -> None:
    records = records_of(looking_at(open_lake(replayed[0].home), replayed[0].home))
    assert [row["stage"] for row in records] == [RETIRED, CHAMPION]
    assert all(row["is_forced"] for row in records)


def test_a_replay_that_was_killed_goes_on(
    built_lake: Lake, replayed: tuple[Asked, dict[str, object]], tmp_path: Path
) -> None:
    asked = _asked(tmp_path / "own", date(2023, 2, 2))
    calls: list[str] = []

    def killed(what: str, done: int, total: int) -> None:
        calls.append(what)
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay(built_lake, asked, step=killed)
    found = replay(built_lake, asked)
    assert found["resumed"] == 1
    left_out = ("slate_hash", "made_at", "lake_version", "serving")
    both = [
        read(looking_at(built_lake, home), PREDICTIONS)
        .filter(pl.col("game_date") <= asked.end)
        .drop(left_out)
        .sort("slate", "player_id")
        for home in (asked.home, replayed[0].home)
    ]
    assert both[0].equals(both[1])


def test_what_is_told_later_changes_nothing(
    lake: Lake, replayed: tuple[Asked, dict[str, object]], tmp_path: Path
) -> None:
    """A correction that came after the replayed week is not known in it."""
    boxes = read(lake, PLAYER_BOXES).filter(pl.col("game_date") < START)
    late = boxes.with_columns(
        points=pl.col("points") + 9,
        observed_at=pl.lit(boxes["observed_at"].max()) + pl.duration(days=60),
        observed_basis=pl.lit("recorded"),
    )
    append(lake, PLAYER_BOXES, late)
    asked = _asked(tmp_path / "own", START)
    replay(lake, asked)
    said = [
        read(looking_at(lake, home), PREDICTIONS)
        .filter(pl.col("game_date") <= START)
        .select("game_id", "player_id", "prediction", "line")
        .sort("game_id", "player_id")
        for home in (asked.home, replayed[0].home)
    ]
    assert said[0].equals(said[1])


def test_the_comparison_finds_a_changed_prediction(
    built_lake: Lake, replayed: tuple[Asked, dict[str, object]], tmp_path: Path
) -> None:
    asked = replace(replayed[0], home=str(tmp_path / "own"))
    shutil.copytree(replayed[0].home, asked.home)
    own = looking_at(built_lake, asked.home)
    rows = read(own, PREDICTIONS)
    changed = rows.with_columns(
        prediction=pl.when(pl.int_range(pl.len()) == 0)
        .then(pl.col("prediction") + 1e-9)
        .otherwise("prediction")
    )
    replace_rows(own, PREDICTIONS, changed, "slate > 0")
    found = beside_backtest(built_lake, asked)
    assert not found["equal"]
    assert found["models"][0]["predictions"]["differ"] == {"prediction": 1}


def test_a_replay_writes_nothing_into_the_lake(
    built_lake: Lake, replayed: tuple[Asked, dict[str, object]]
) -> None:
    assert scan(built_lake, PREDICTIONS).collect().is_empty()
    assert scan(built_lake, GRADES).collect().is_empty()
    view = looking_at(built_lake, replayed[0].home)
    with pytest.raises(TipoffError, match="only looks at it"):
        append(view, PLAYER_BOXES, read(built_lake, PLAYER_BOXES).head(1).with_columns(points=9))


def test_days_without_games_are_refused(built_lake: Lake, tmp_path: Path) -> None:
    asked = replace(_asked(tmp_path), start=date(2031, 1, 1), end=date(2031, 1, 2))
    with pytest.raises(InputError, match="knows none"):
        replay(built_lake, asked)


def test_the_shipped_day_can_be_read() -> None:
    assert read_daily(None).model[0].spec().feature_set == "v12"
