"""The walk-forward on the built-in league: nothing later matters, and a killed walk goes on."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tipoff.backtest.folds import Fold, WalkForward, folds
from tipoff.backtest.lines import line_choice, takeable_lines
from tipoff.backtest.model_signs import signs_of_models
from tipoff.errors import InputError
from tipoff.models.spec import ModelSpec
from tipoff.store.lake import Lake, open_lake
from tipoff.workflows import walk as walking
from tipoff.workflows.backtest import backtest_on
from tipoff.workflows.dataset import Dataset, dataset, with_prior
from tipoff.workflows.train import Options
from tipoff.workflows.walk import Walked, walk

SPEC = ModelSpec(
    name="small", no_vegas=True, iterations=25, learning_rate=0.2, rsm=0.5, grow_policy="Depthwise"
)


@pytest.fixture(scope="module")
def data(built_lake: Lake) -> Dataset:
    return dataset(built_lake, ["2022-23"], with_market=False)


@pytest.fixture(scope="module")
def days(data: Dataset) -> list[date]:
    return sorted(data.rows["game_date"].unique().to_list())


@pytest.fixture(scope="module")
def plan(days: list[date]) -> WalkForward:
    return WalkForward(start=days[-24], end=days[-1], span=6, least=10)


@pytest.fixture(scope="module")
def steps(plan: WalkForward, days: list[date]) -> list[Fold]:
    return folds(plan, days)


@pytest.fixture(scope="module")
def walked(
    data: Dataset, steps: list[Fold], built_lake: Lake, tmp_path_factory: pytest.TempPathFactory
) -> Walked:
    return _walk(open_lake(str(tmp_path_factory.mktemp("walk") / "lake")), data, steps)


def _walk(lake: Lake, data: Dataset, steps: list[Fold], **more: Any) -> Walked:
    lines = takeable_lines(data.quotes, line_choice("median"))
    return walk(lake, data, more.pop("spec", SPEC), steps, lines, threads=1, **more)


@pytest.fixture
def empty(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "other"))


def test_every_row_of_every_fold_is_predicted_once(
    walked: Walked, data: Dataset, plan: WalkForward
) -> None:
    tested = data.rows.filter(pl.col("game_date") >= plan.start)
    assert walked.rows.height == tested.height
    assert walked.rows["prediction"].null_count() == 0
    assert walked.rows.select("game_id", "player_id").is_unique().all()
    assert len(walked.folds) == 4
    assert set(walked.rows["model"].unique()) == {0, 1, 2, 3}
    assert all(d is not None for d in walked.distributions.values())


def test_what_comes_later_changes_nothing_and_what_came_before_does(
    walked: Walked, data: Dataset, steps: list[Fold], empty: Lake
) -> None:
    known = pl.col("game_date") < steps[2].test_start
    forged = data.rows.with_columns(actual=pl.when(known).then("actual").otherwise(40.0))
    again = _walk(empty, replace(data, rows=forged), steps)
    before = [number for number in range(4) if number <= 2]
    kept = ["game_id", "player_id", "prediction", "model", "constant"]
    assert_frame_equal(
        again.rows.filter(pl.col("model").is_in(before)).select(kept),
        walked.rows.filter(pl.col("model").is_in(before)).select(kept),
    )
    assert [again.distributions[n] for n in before] == [walked.distributions[n] for n in before]
    later = [w.rows.filter(pl.col("model") == 3)["prediction"] for w in (again, walked)]
    assert not later[0].equals(later[1])


def test_nothing_later_matters_to_a_recipe_that_refits_and_looks_at_the_market(
    data: Dataset, steps: list[Fold], tmp_path: Path
) -> None:
    asked = {"refit": True, "prior": "market", "point": "median"}
    spec = SPEC.model_copy(update=asked)
    choice = line_choice("median")
    known = pl.col("game_date") < steps[1].test_start
    forged = data.rows.with_columns(actual=pl.when(known).then("actual").otherwise(40.0))
    # Quotes of later game dates are other ones as well.
    moved = data.quotes.with_columns(line=pl.when(known).then("line").otherwise(40.5))
    worlds = (data, replace(data, rows=forged), replace(data, quotes=moved))
    walks = [
        _walk(open_lake(str(tmp_path / str(n))), with_prior(world, spec, choice), steps, spec=spec)
        for n, world in enumerate(worlds)
    ]
    first = [w.rows.filter(pl.col("model") == 0)["prediction"] for w in walks]
    assert first[0].equals(first[1])
    assert first[0].equals(first[2])
    assert walks[0].distributions[1] == walks[1].distributions[1] == walks[2].distributions[1]
    second = [w.rows.filter(pl.col("model") == 1)["prediction"] for w in walks]
    assert second[0].equals(second[1])
    assert not second[0].equals(second[2]), "its own line is looked at"


def test_a_fold_is_not_taken_for_known_where_the_market_says_something_else(
    data: Dataset, steps: list[Fold], empty: Lake
) -> None:
    spec = SPEC.model_copy(update={"prior": "market"})
    seen = with_prior(data, spec, line_choice("median"))
    first = steps[:1]
    _walk(empty, seen, first, spec=spec)
    assert _walk(empty, seen, first, spec=spec).folds[0]["is_resumed"]
    moved = replace(seen, rows=seen.rows.with_columns(pl.col("market_mean") + 1))
    assert not _walk(empty, moved, first, spec=spec).folds[0]["is_resumed"]


def test_a_walk_that_was_killed_goes_on_and_ends_the_same(
    walked: Walked, data: Dataset, steps: list[Fold], empty: Lake
) -> None:
    def killed(what: str, done: int, total: int) -> None:
        if what.startswith("testing") and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _walk(empty, data, steps, step=killed)
    fitted: list[str] = []
    again = _walk(empty, data, steps, step=lambda what, *_: fitted.append(what))
    assert [fold["is_resumed"] for fold in again.folds] == [True, True, False, False]
    assert_frame_equal(again.rows, walked.rows)
    assert again.distributions == walked.distributions
    assert again.told == walked.told
    assert [own["training"] for own in walked.told] == [f["train_rows"] for f in walked.folds]
    assert signs_of_models(walked.told)["signs"] == []
    third = _walk(empty, data, steps)
    assert all(fold["is_resumed"] for fold in third.folds)
    assert_frame_equal(third.rows, walked.rows)


def test_folds_of_other_rows_or_recipes_are_not_taken_for_known(
    data: Dataset, steps: list[Fold], empty: Lake
) -> None:
    first = steps[:1]
    _walk(empty, data, first)
    assert _walk(empty, data, first).folds[0]["is_resumed"]
    named = _walk(empty, data, first, spec=SPEC.model_copy(update={"name": "other"}))
    assert named.folds[0]["is_resumed"]
    deeper = _walk(empty, data, first, spec=SPEC.model_copy(update={"depth": 4}))
    assert not deeper.folds[0]["is_resumed"]
    one_more = pl.when(pl.int_range(pl.len()) == 0).then(1.0).otherwise(0.0)
    corrected = data.rows.with_columns(actual=pl.col("actual").fill_null(0) + one_more)
    assert not _walk(empty, replace(data, rows=corrected), first).folds[0]["is_resumed"]


def test_a_fold_of_other_code_is_not_taken_for_known(
    data: Dataset, steps: list[Fold], empty: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = steps[:1]
    _walk(empty, data, first)
    assert _walk(empty, data, first).folds[0]["is_resumed"]
    own = f"tipoff.models.{SPEC.learner}_learner"
    asked: list[tuple[str, ...]] = []

    def other(*modules: str) -> str:
        asked.append(modules)
        return "other"

    monkeypatch.setattr(walking, "code_fingerprint", other)
    assert not _walk(empty, data, first).folds[0]["is_resumed"]
    assert own in asked[0]


def test_a_cadence_fits_fewer_models(data: Dataset, plan: WalkForward, empty: Lake) -> None:
    every_other = plan.model_copy(update={"cadence": 2})
    days = data.rows["game_date"].unique().to_list()
    found = _walk(empty, data, folds(every_other, days))
    assert [fold["model"] for fold in found.folds] == [0, 0, 2, 2]
    assert set(found.distributions) == {0, 2}
    one, other = (fold["sha256"] for fold in found.folds[1:3])
    assert one != other


def test_the_whole_run_is_graded_counted_and_refused_twice(
    built_lake: Lake, data: Dataset, plan: WalkForward, tmp_path: Path
) -> None:
    folder = tmp_path / "lake"
    shutil.copytree(built_lake.url, folder)
    lake = open_lake(str(folder))
    options = Options(tmp_path, min_train_rows=100, threads=1)
    choice = line_choice("median")
    report = backtest_on(lake, data, SPEC, plan, choice, options).report
    assert report["lines"]["n"] > 100
    assert report["models"] == 4
    assert report["experiments_so_far"] == 1
    assert report["numbers"]["all/mae"]["value"] == pytest.approx(report["lines"]["mae"])
    assert len(report["folds"]) == 4
    with pytest.raises(InputError, match="--force"):
        backtest_on(lake, data, SPEC, plan, choice, options)
    forced = backtest_on(lake, data, SPEC, plan, choice, replace(options, force=True)).report
    assert forced["resumed"] == 4
    assert forced["numbers"] == report["numbers"]
    assert forced["experiments_so_far"] == 2


def test_too_few_lines_are_refused_with_what_to_do(
    built_lake: Lake, data: Dataset, plan: WalkForward, tmp_path: Path
) -> None:
    folder = tmp_path / "lake"
    shutil.copytree(built_lake.url, folder)
    options = Options(tmp_path, min_train_rows=100, min_eval_rows=10**6)
    with pytest.raises(InputError, match="1,000,000 player-games with a takeable line"):
        backtest_on(open_lake(str(folder)), data, SPEC, plan, line_choice("median"), options)
