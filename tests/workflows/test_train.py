"""One experiment on the built-in league."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.conftest import TEST, TRAIN

from tipoff.backtest.lines import line_choice
from tipoff.errors import InputError
from tipoff.models.artifact import load
from tipoff.models.learner import predict
from tipoff.models.spec import ModelSpec, Windows
from tipoff.store.lake import Lake, append, open_lake, read, scan
from tipoff.tables.experiments import EXPERIMENTS, FAILED
from tipoff.tables.raw import PROP_QUOTES
from tipoff.workflows.dataset import Dataset, dataset
from tipoff.workflows.experiments import attempts
from tipoff.workflows.train import Options, Outcome, run_on, seasons_of, train

SPEC = ModelSpec(
    name="small", no_vegas=True, iterations=40, learning_rate=0.2, rsm=0.5, grow_policy="Depthwise"
)
WINDOWS = Windows(train_start=TRAIN[0], train_end=TRAIN[1], eval_start=TEST[0], eval_end=TEST[1])


@pytest.fixture
def lake(built_lake: Lake, tmp_path: Path) -> Lake:
    folder = tmp_path / "lake"
    shutil.copytree(built_lake.url, folder)
    return open_lake(str(folder))


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(tmp_path / "models", min_train_rows=100, threads=1)


@pytest.fixture(scope="module")
def data(built_lake: Lake) -> Dataset:
    return dataset(built_lake, ["2022-23"], with_market=False)


def _run(lake: Lake, data: Dataset, options: Options, spec: ModelSpec = SPEC) -> Outcome:
    return run_on(lake, data, spec, WINDOWS, line_choice("median"), options)


def test_training_again_gives_the_same_report_and_hash(
    lake: Lake, data: Dataset, options: Options
) -> None:
    one = _run(lake, data, options)
    other = _run(lake, data, replace(options, force=True))
    moving = {"seconds", "experiments_so_far"}
    assert {k: v for k, v in one.report.items() if k not in moving} == {
        k: v for k, v in other.report.items() if k not in moving
    }
    assert_frame_equal(one.on_lines, other.on_lines, check_exact=True)


def test_the_order_of_rows_and_quotes_does_not_matter(
    lake: Lake, data: Dataset, options: Options
) -> None:
    shuffled = replace(
        data,
        rows=data.rows.sample(fraction=1, shuffle=True, seed=1),
        quotes=data.quotes.sample(fraction=1, shuffle=True, seed=2),
    )
    one = _run(lake, data, options)
    other = _run(lake, shuffled, replace(options, force=True))
    assert one.report["artifact"]["sha256"] == other.report["artifact"]["sha256"]
    assert_frame_equal(one.on_lines, other.on_lines, check_exact=True)


def test_nothing_after_the_training_window_reaches_the_model(
    lake: Lake, data: Dataset, options: Options
) -> None:
    """Whatever happens in the evaluation window, the model and its predictions stay."""
    later = pl.col("game_date") > TRAIN[1]
    poisoned = replace(
        data,
        rows=data.rows.with_columns(actual=pl.when(later).then(999.0).otherwise("actual")),
    )
    one = _run(lake, data, options)
    other = _run(lake, poisoned, replace(options, force=True))
    assert one.report["artifact"]["sha256"] == other.report["artifact"]["sha256"]
    kept = ["game_id", "player_id", "prediction", "line", "side"]
    assert_frame_equal(one.on_lines.select(kept), other.on_lines.select(kept), check_exact=True)
    assert one.report["validation_start"] <= TRAIN[1].isoformat()


def test_a_line_that_was_withdrawn_before_the_decision_is_not_taken(
    lake: Lake, data: Dataset
) -> None:
    rows = data.quotes.sort("game_id", "player_id", "observed_at").unique(
        ["game_id", "player_id"], keep="last"
    )
    early, late = rows.head(40), rows.tail(40)
    gone = pl.concat(
        [
            early.with_columns(observed_at=pl.col("as_of")),
            late.with_columns(observed_at=pl.col("tip_off_at")),
        ]
    )
    stored = read(lake, PROP_QUOTES)
    names = list(PROP_QUOTES.entity)
    tombstones = (
        stored.join(gone.select(*names, _at="observed_at"), on=names, nulls_equal=True)
        .with_columns(observed_at=pl.col("_at"), is_deleted=pl.lit(value=True))
        .drop("_at", "row_hash")
        .unique([*names, "observed_at"])
    )
    append(lake, PROP_QUOTES, tombstones)
    after = dataset(lake, ["2022-23"], with_market=False).quotes
    lost = data.quotes.join(after, on=[*names, "observed_at"], how="anti", nulls_equal=True)
    assert set(lost.select(names).rows()) == set(early.select(names).rows())


def test_the_saved_model_predicts_what_was_graded(
    lake: Lake, data: Dataset, options: Options
) -> None:
    outcome = _run(lake, data, options)
    fitted, record = load(Path(outcome.report["artifact"]["path"]))
    rows = data.rows.join(
        outcome.on_lines.select("game_id", "player_id"), on=["game_id", "player_id"]
    )
    again = rows.with_columns(predict(fitted, rows)).sort("game_date", "game_id", "player_id")
    assert again["prediction"].to_list() == outcome.on_lines["prediction"].to_list()
    assert record["run_id"] == outcome.report["run_id"]
    assert_frame_equal(pl.read_parquet(outcome.report["artifact"]["predictions"]), outcome.on_lines)


def test_the_same_experiment_is_refused_unless_forced(
    lake: Lake, data: Dataset, options: Options
) -> None:
    first = _run(lake, data, options).report
    with pytest.raises(InputError, match=first["run_id"]):
        _run(lake, data, options)
    again = _run(lake, data, replace(options, force=True)).report
    other = _run(lake, data, options, SPEC.model_copy(update={"seed": 1})).report
    assert again["run_id"] == first["run_id"] != other["run_id"]
    assert [r["experiments_so_far"] for r in (first, again, other)] == [1, 2, 3]


def test_a_run_on_too_few_rows_is_refused_and_still_counted(
    lake: Lake, data: Dataset, options: Options
) -> None:
    with pytest.raises(InputError, match="Expected at least 1,000,000 training rows"):
        _run(lake, data, replace(options, min_train_rows=1_000_000))
    with pytest.raises(InputError, match="with a takeable line from median"):
        _run(lake, data, replace(options, min_eval_rows=1_000_000))
    assert attempts(lake) == 2
    ended = scan(lake, EXPERIMENTS).filter(pl.col("event") == FAILED).collect()
    assert ended.height == 2


def test_what_was_not_asked_for_is_not_reported(
    lake: Lake, data: Dataset, options: Options
) -> None:
    bare = _run(lake, data, options).report
    assert "weekly" not in bare
    assert bare["line_coverage"] is None
    full = _run(
        lake, data, replace(options, force=True, walkforward=True, include_no_line=True)
    ).report
    assert sum(week["n"] for week in full["weekly"]) == full["lines"]["n"]
    coverage = full["line_coverage"]
    assert coverage["rows"] == full["train_rows"]
    assert 0 < coverage["with_line"] <= coverage["rows"]


def test_training_rows_are_ready_played_and_within_the_bounds(
    lake: Lake, data: Dataset, options: Options
) -> None:
    in_window = data.rows.filter(
        pl.col("game_date").is_between(*TRAIN),
        pl.col("is_training_ready"),
        pl.col("actual").is_not_null(),
    )
    assert _run(lake, data, options).report["train_rows"] == in_window.height
    low, high = 6.0, 18.0
    bounded = SPEC.model_copy(update={"min_ppg": low, "max_ppg": high})
    between = in_window.filter(pl.col("season_average").is_between(low, high))
    assert _run(lake, data, options, bounded).report["train_rows"] == between.height
    lined = SPEC.model_copy(update={"lines_only_train": True})
    assert 0 < _run(lake, data, options, lined).report["train_rows"] < in_window.height


def test_excluded_features_are_not_learnt_from(lake: Lake, data: Dataset, options: Options) -> None:
    spec = SPEC.model_copy(update={"exclude_features": ("points_avg_last_5",)})
    report = _run(lake, data, options, spec).report
    assert report["features"] == len(data.features) - 1
    assert "points_avg_last_5" not in report["importances"]


def test_a_lake_without_feature_rows_says_what_to_do(raw_lake: Lake, options: Options) -> None:
    with pytest.raises(InputError, match="tipoff backfill"):
        train(raw_lake, SPEC, WINDOWS, "median", options)


def test_windows_may_touch_several_seasons() -> None:
    windows = WINDOWS.model_copy(update={"train_start": TRAIN[0] - timedelta(days=365)})
    assert seasons_of(WINDOWS) == ["2022-23"]
    assert seasons_of(windows) == ["2021-22", "2022-23"]
