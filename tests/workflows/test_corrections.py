"""A correction changes what comes after it and nothing before; the difference names every row."""

import shutil
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.conftest import TEST, TRAIN

from tipoff.errors import InputError, TipoffError
from tipoff.features.declare import POINTS
from tipoff.models.spec import ModelSpec, Windows
from tipoff.processors.catalogue import PROCESSORS, feature_store
from tipoff.store.lake import Lake, append, open_lake, read, table_hash
from tipoff.tables.raw import PLAYER_BOXES, RAW_TABLES
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.diff import diff
from tipoff.workflows.train import Options, train
from tipoff.workflows.versions import at_version, listed, mark

SPAN = (TRAIN[0], TEST[1])
STORE = feature_store(POINTS).table


@pytest.fixture
def built(built_lake: Lake, tmp_path: Path) -> Lake:
    shutil.copytree(built_lake.url, tmp_path / "lake")
    return open_lake(str(tmp_path / "lake"))


def corrected(lake: Lake, day: date, arrives: datetime) -> dict[str, Any]:
    """Give somebody who plays much two points more, from a moment on."""
    boxes = read(lake, PLAYER_BOXES, seasons=["2022-23"]).filter(pl.col("game_date") == day)
    row = boxes.sort("seconds_played", "player_id", descending=True).head(1)
    newer = row.with_columns(
        points=pl.col("points") + 2,
        observed_at=pl.lit(arrives).cast(pl.Datetime("us", "UTC")),
        observed_basis=pl.lit("recorded"),
    )
    assert append(lake, PLAYER_BOXES, newer).added == 1
    return row.row(0, named=True)


def game_days(lake: Lake) -> list[date]:
    days: list[date] = read(lake, STORE)["game_date"].unique().sort().to_list()
    return days


def test_rows_before_a_correction_stay_and_rows_after_are_built_again(built: Lake) -> None:
    days = game_days(built)
    day, arrives = days[-20], datetime.combine(days[-10], time(12), tzinfo=UTC)
    before = read(built, STORE)
    corrected(built, day, arrives)
    planned = backfill(built, Request(*SPAN), lambda *_: None, plan_only=True)
    assert planned["plan"][STORE.name]["input changed"] == 10
    report = backfill(built, Request(*SPAN), lambda *_: None)
    assert report["written"] == report["planned"] == planned["planned"]
    after = read(built, STORE)
    untouched = pl.col("game_date") < days[-10]
    key = list(STORE.key)
    assert after.filter(untouched).sort(key).equals(before.filter(untouched).sort(key))
    assert not after.filter(~untouched).equals(before.filter(~untouched))
    scratch = open_lake(f"{built.url} from nothing")
    for name in RAW_TABLES:
        shutil.copytree(Path(built.url) / name, Path(scratch.url) / name)
    backfill(scratch, Request(*SPAN), lambda *_: None)
    for processor in PROCESSORS:
        assert table_hash(scratch, processor.table) == table_hash(built, processor.table)


def test_a_late_box_score_is_a_row_from_its_arrival_on(built: Lake) -> None:
    days = game_days(built)
    day, arrives = days[-20], datetime.combine(days[-10], time(12), tzinfo=UTC)
    boxes = read(built, PLAYER_BOXES, seasons=["2022-23"]).filter(pl.col("game_date") == day)
    late = (
        boxes.sort("player_id")
        .head(1)
        .with_columns(
            name_key=pl.lit("somebody new"),
            player_name=pl.lit("Somebody New"),
            player_id=pl.lit("L99999"),
            observed_at=pl.lit(arrives).cast(pl.Datetime("us", "UTC")),
        )
    )
    append(built, PLAYER_BOXES, late)
    backfill(built, Request(*SPAN), lambda *_: None)
    listed_on = read(built, STORE).filter(pl.col("player_id") == "L99999")["game_date"]
    assert listed_on.len() > 0
    assert listed_on.min() >= days[-10]  # type: ignore[operator]


def test_the_difference_names_rows_features_and_numbers(built: Lake, tmp_path: Path) -> None:
    spec = ModelSpec(name="tried", feature_set="v12", no_vegas=True, iterations=40)
    windows = Windows(
        train_start=TRAIN[0], train_end=TRAIN[1], eval_start=TEST[0], eval_end=TEST[1]
    )
    options = Options(tmp_path / "models", min_train_rows=200, min_eval_rows=20)
    run = train(built, spec, windows, "median", options).report
    days = game_days(built)
    row = corrected(built, days[-20], datetime.combine(days[-15], time(12), tzinfo=UTC))
    backfill(built, Request(*SPAN), lambda *_: None)
    found = diff(built, "1", "latest")
    assert (found["from"], found["to"]) == (1, len(listed(built)["versions"]))
    assert found["tables"]["player_boxes"]["added"] == 1
    assert found["tables"]["player_boxes"]["dates"] == [row["game_date"]]
    store = found["tables"][STORE.name]
    assert (store["added"], store["removed"]) == (0, 0)
    assert min(store["dates"]) >= days[-15]
    old, new = (
        read(at_version(built, named)[1], STORE).sort(STORE.key) for named in ("1", "latest")
    )
    figure = "points_avg_last_5"
    really = old[figure].ne_missing(new[figure])
    assert store["columns"][figure]["rows"] == really.sum() > 0
    # Nobody else's average moves.
    assert set(old.filter(really)["player_id"]) == {row["player_id"]}
    assert store["columns"][figure]["largest_change"] == pytest.approx(0.4)
    assert all(figure in e["changes"] or e["changes"] for e in store["examples"])
    (number,) = found["numbers"]
    assert number["run_id"] == run["run_id"]
    assert number["before"]["mae"] == pytest.approx(run["lines"]["mae"])
    assert number["moved"]
    assert number["after"]["mae"] != number["before"]["mae"]


def test_versions_that_do_not_exist_and_writing_to_old_ones_are_refused(built: Lake) -> None:
    with pytest.raises(InputError, match="got 'latest~9'"):
        diff(built, "latest~9", "latest")
    with pytest.raises(InputError, match="got 'newest'"):
        at_version(built, "newest")
    old = at_version(built, "1")[1]
    boxes = read(old, PLAYER_BOXES, seasons=["2022-23"]).head(1)
    with pytest.raises(TipoffError, match="Expected the newest lake"):
        append(old, PLAYER_BOXES, boxes.with_columns(points=pl.col("points") + 1))


def test_a_command_that_changes_nothing_makes_no_version(built: Lake) -> None:
    backfill(built, Request(*SPAN), lambda *_: None)
    mark(built, "again")
    assert [v["command"] for v in listed(built)["versions"]] == ["backfill"]
    assert diff(built, "latest", "latest")["tables"] == {}
