"""The functions give what the commands' workflows give, and refuse with a sentence."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.conftest import TEST, TRAIN
from tests.workflows.daily_league import DAY, Daily, at

import tipoff as tp
from tipoff.api.results import Ingested
from tipoff.backtest.lines import line_choice
from tipoff.domain.market import market_named
from tipoff.errors import InputError, TipoffError
from tipoff.store.lake import Lake, read
from tipoff.tables.models import MODELS
from tipoff.tables.raw import PLAYER_BOXES
from tipoff.workflows import dataset as datasets
from tipoff.workflows import predict as predicting
from tipoff.workflows.ingest import FileReport

LATE = TEST[1] - timedelta(days=13)


def test_feature_rows_are_the_stored_ones(built_lake: Lake) -> None:
    rows = tp.feature_rows(built_lake.url, *TEST, feature_set="v12_no_vegas")
    stored = tp.scan(built_lake, "ml_feature_store", seasons=["2022-23"]).collect()
    own = stored.filter(pl.col("game_date").is_between(*TEST)).sort(
        "game_date", "game_id", "player_id"
    )
    assert rows.height == own.height > 500
    shared = [c for c in rows.columns if c in own.columns]
    assert_frame_equal(rows.select(shared), own.select(shared), check_exact=True)
    assert "vegas_points_line" not in rows.columns
    assert rows["quality_score"].is_between(0, 100).all()


def test_players_are_found_by_any_spelling_and_by_id(built_lake: Lake) -> None:
    rows = tp.feature_rows(built_lake, *TEST)
    name, number = rows["player_name"][0], rows["player_id"][1]
    both = tp.feature_rows(built_lake, *TEST, players=[name.upper(), number])
    assert set(both["player_id"]) == {rows["player_id"][0], number}
    with pytest.raises(InputError, match=f"who has none. Did you mean '{name}'"):
        tp.feature_rows(built_lake, *TEST, players=name[:-1] + "q")


def test_lines_are_those_that_runs_are_graded_on(built_lake: Lake) -> None:
    found = tp.lines(built_lake, *TEST, line_source="median")
    data = datasets.dataset(built_lake, ["2022-23"])
    taken = datasets.lines_of(data, line_choice("median"), market_named("points"))
    own = data.rows.filter(pl.col("game_date").is_between(*TEST)).join(
        taken, on=["game_id", "player_id"]
    )
    assert found.height == own.height > 300
    columns = ["game_date", "game_id", "player_id", "line", "over_price", "book", "observed_at"]
    ordered = own.sort("game_date", "game_id", "player_id")
    assert_frame_equal(found.select(columns), ordered.select(columns))
    assert (found["observed_at"] <= found["as_of"]).all()


def test_a_dataset_has_what_scikit_learn_wants(built_lake: Lake) -> None:
    data = tp.dataset(built_lake, *TEST, line_source="median", feature_set="v12_no_vegas")
    assert data.X.columns == list(data.features)
    assert data.X.height == len(data.y) == len(data.groups)
    assert data.y.null_count() == 0
    assert data.rows["is_training_ready"].all()
    assert data.groups.is_sorted()
    whole = tp.dataset(built_lake, *TEST, line_source="median", all_rows=True)
    assert whole.rows.height == tp.feature_rows(built_lake, *TEST).height > data.rows.height
    lined = data.rows.drop_nulls("line").select("game_id", "player_id", "line")
    wanted = tp.lines(built_lake, *TEST, line_source="median").select(lined.columns)
    assert_frame_equal(lined.join(wanted, on=lined.columns, how="semi"), lined)


def test_a_walk_by_hand_is_the_walk_forward(lake: Lake) -> None:
    """The splitter, the estimator and the dataset together are the backtest, number for number."""
    how: dict[str, Any] = {"span": 5, "embargo": 1, "least": 20}
    run = tp.walk_forward(
        lake, LATE, TEST[1], **how, line_source="median", learner="ridge", no_vegas=True,
        min_train_rows=100,
    )  # fmt: skip
    data = tp.dataset(lake, TRAIN[0], TEST[1], line_source="median", feature_set="v12_no_vegas")
    folds = tp.WalkForwardSplit(start=LATE, end=TEST[1], **how)
    parts = []
    for train, test in folds.split(data.X, data.y, data.groups):
        model = tp.PropRegressor("ridge").fit(
            data.X[train], data.y[train], game_dates=data.groups[train]
        )
        by_hand = pl.Series("by_hand", model.predict(data.X[test]))
        parts.append(data.rows[test].select("game_id", "player_id").with_columns(by_hand))
    assert len(parts) == len(run.report["folds"]) > 1
    both = run.graded.join(pl.concat(parts), on=["game_id", "player_id"])
    assert both.height > 100
    assert both["prediction"].to_list() == pytest.approx(both["by_hand"].to_list(), abs=1e-9)
    assert run.verdict == run.report["verdict"]
    with pytest.raises(InputError, match="ledger"):
        tp.walk_forward(
            lake, LATE, TEST[1], **how, line_source="median", learner="ridge", no_vegas=True,
            min_train_rows=100,
        )  # fmt: skip


def test_training_registers_and_its_numbers_are_explained(lake: Lake) -> None:
    run = tp.train(
        lake, name="own", train=TRAIN, evaluate=(str(TEST[0]), TEST[1]), line_source="median",
        learner="ridge", min_train_rows=100, register=True,
    )  # fmt: skip
    assert read(lake, MODELS)["model_id"].to_list() == [run.report["model_id"]]
    assert run.hit_rates["edge"].to_list() == [1.0, 3.0, 5.0]
    assert set(run.gates["part"]) == {"alarm", "honest_gates", "gates"}
    assert run.is_passed is (run.verdict == "passed")
    told = tp.why(lake, f"{run.run_id}/all/mae")
    assert told["agrees"]
    assert told["again"]["value"] == pytest.approx(run.report["lines"]["mae"])
    row = run.graded.row(0, named=True)
    values = tp.why(lake, player=row["player_id"], game_date=row["game_date"])
    assert all(f["agrees"] for f in values["features"])
    with pytest.raises(InputError, match="Expected either a number"):
        tp.why(lake)
    with pytest.raises(InputError, match="both player= and game_date="):
        tp.why(lake, player="x")
    with pytest.raises(InputError, match="windows overlap"):
        tp.train(lake, name="own", train=TRAIN, evaluate=TRAIN)


def test_predictions_of_a_date(
    daily: Daily, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = daily.tips[0] - timedelta(hours=2)
    asked = predicting.predict
    monkeypatch.setattr(
        "tipoff.api.experiments.predict_date", lambda lake, q: asked(lake, q, now=early)
    )
    found = tp.predict(at(daily.copied(tmp_path), early), DAY)
    assert found.state == "predicted"
    assert found.reason is None
    assert found.rows["prediction"].count() > 0
    assert found.rows["game_date"].unique().to_list() == [DAY]
    assert set(found.rows["model_id"]) == {daily.model_id}
    nobody = tp.predict(at(daily.copied(tmp_path / "other"), early), str(DAY), market="rebounds")
    assert nobody.state == "no models"
    assert nobody.rows.is_empty()
    assert "promote" in str(nobody.reason)


def test_a_league_and_its_backfill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = tmp_path / "lake"
    knobs: dict[str, Any] = {
        "seasons": 1,
        "teams": 4,
        "games_per_team": 6,
        "books": ["draftkings", "fanduel"],
    }
    rows = tp.league(lake, **knobs)
    assert rows == tp.league(lake, **knobs)
    assert rows["player_boxes"] == tp.scan(lake, "player_boxes").collect().height
    assert set(tp.scan(lake, "prop_quotes").collect()["book"]) == {"draftkings", "fanduel"}
    first, last = date(2021, 10, 1), date(2022, 5, 1)
    done = tp.backfill(lake, first, last)
    assert done.processors["name"].to_list()[-1] == "ml_feature_store"
    again = tp.backfill(lake, str(first), str(last))
    assert (again.written, again.skipped) == (0, done.written)
    with pytest.raises(InputError, match=r"Expected knobs out of .*; got team"):
        tp.league(lake, team=4)
    with pytest.raises(InputError, match="Expected a whole number for teams"):
        tp.league(lake, teams="many")
    with pytest.raises(InputError, match="start not after end"):
        tp.backfill(lake, last, first)
    with pytest.raises(InputError, match=r"found none. Build them with backfill"):
        tp.feature_rows(lake, "2022-06-01", "2022-06-02")
    failed = {
        "failed": 1,
        "planned": 2,
        "failures": [{"processor": "p", "game_date": "d", "error": "e"}],
    }
    monkeypatch.setattr("tipoff.workflows.backfill.backfill", lambda *_: failed)
    with pytest.raises(TipoffError, match="1 failed, the first p d: e"):
        tp.backfill(lake, first, last)


def test_files_are_taken_in(raw_lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing that is known")
    boxes = read(raw_lake, PLAYER_BOXES).head(20)
    with pytest.raises(InputError, match="None of the 2 files could be taken in"):
        tp.ingest(tmp_path / "lake", tmp_path / "notes.txt", boxes.select("points"))


def test_results_of_ingest_are_frames() -> None:
    report = vars(FileReport("a.csv", "own", 3, reason="x"))
    found = Ingested({"files": [report], "tables": {"games": {"rows": 3, "rejected": 0}}})
    assert found.files.row(0, named=True)["reason"] == "x"
    assert not found.is_stopped
    assert repr(found) == "Ingested(3 games)"


def test_a_lake_is_opened_by_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_LAKE", str(tmp_path / "own"))
    assert tp.open_lake().url == str(tmp_path / "own")
    with pytest.raises(InputError, match="no such folder"):
        tp.scan(tmp_path / "none", "games")
    with pytest.raises(InputError, match=r"Expected an ISO date such as .* for end"):
        tp.feature_rows(tmp_path / "own", "2022-11-01", "soon")
