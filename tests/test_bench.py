"""The bench: each baseline computes what ours computes, and one that does not stops the run."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from bench import history, scaling, sides, table
from bench.pandas_dates import tables
from bench.quotes import BOOKS, last_quotes, made_games, made_quotes, resolved

from tipoff.features.declare import POINTS
from tipoff.models.learner import predict
from tipoff.models.matrix import matrix
from tipoff.store.lake import Lake, append, open_lake
from tipoff.tables.raw import GAMES, PROP_QUOTES
from tipoff.workflows.dataset import dataset
from tipoff.workflows.fitting import forecaster
from tipoff.workflows.training import training_rows
from tipoff.workflows.world import load


def test_pandas_and_single_dates_give_the_same_averages(raw_lake: Lake) -> None:
    loaded = load(raw_lake, [sides.SEASON], 30, [POINTS])
    days = sorted(set(loaded.games["game_date"]) & set(map(_next, range(12))))[:2]
    ours = sides.set_based(loaded, days).cache
    theirs = sides.in_pandas(tables(loaded.world.facts), days)
    gap = sides.gap_to_pandas(ours, theirs)
    sides.refuse_unequal(gap, "averages")
    broken = ours.with_columns(pl.col("points_avg_last_5") + 0.01)
    with pytest.raises(SystemExit, match="averages to be equal"):
        sides.refuse_unequal(sides.gap_to_pandas(broken, theirs), "averages")


def _next(days: int) -> date:
    return date(2023, 1, 10 + days)


def test_the_bare_learner_gives_the_same_model(built_lake: Lake) -> None:
    data = dataset(built_lake, [sides.SEASON], with_market=False)
    window = (sides.TRAIN.train_start, date(2022, 12, 15))
    rows = training_rows(data, sides.SPEC, window, sides.TRAIN.eval_start, pl.DataFrame())
    own = predict(forecaster(sides.SPEC, rows, data.features, threads=2).fitted, rows)
    bare = sides.bare_fit(rows, data).predict(matrix(rows, data.features))
    assert np.abs(own.to_numpy() - bare).max() < 1e-9


def test_made_up_quotes_are_resolved_for_every_player_game(tmp_path: Path) -> None:
    lake = open_lake(str(tmp_path / "lake"))
    games = made_games([date(2015, 11, 2)]).head(2)
    append(lake, GAMES, games)
    append(lake, PROP_QUOTES, made_quotes(games, BOOKS[:3], 6))
    key = ["game_id", "player_id", "market"]
    ours, bare = (rows(lake).select(key).sort(key) for rows in (resolved, last_quotes))
    assert ours.height == 2 * 20 * 5
    assert ours.equals(bare)


def test_a_ratio_that_has_dropped_is_told() -> None:
    def run(ratio: float) -> dict[str, object]:
        return {"results": [{"bench": "a", "baseline": "b", "ratio": ratio}]}

    steady = [run(ratio) for ratio in (9.0, 10.0, 11.0, 10.0, 10.0)]
    assert not history.development([*steady, run(7.6)])[0]["has_dropped"]
    assert history.development([*steady, run(7.4)])[0]["has_dropped"]
    assert history.development(steady[:1])[0]["before"] is None


def test_the_exponent_is_the_slope() -> None:
    assert scaling.exponent({1: 2.0, 2: 4.0, 4: 8.0}) == 1.0
    assert scaling.exponent({1: 3.0, 10: 3.0}) == 0.0


def test_results_make_a_table(tmp_path: Path) -> None:
    result = {"bench": "x", "name": "job", "baseline": "bare", "ours": 2.0, "theirs": 1.0,
              "ratio": 0.5, "rows": 1_000, "is_limit": True}  # fmt: skip
    assert table.markdown([result]).endswith("| job | 1,000 | 2.000 | bare | 1.000 | 0.50 | 2.0 |")
    path = tmp_path / "results.jsonl"
    history.record([result], path)
    history.record([{**result, "ratio": 0.3}], path)
    assert history.show(path)
