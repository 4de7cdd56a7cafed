"""Predictions: what the backtest says, from what was known, kept once and never changed."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.workflows.daily_league import (
    DAY,
    EARLY,
    LEAD,
    SEASON,
    SPEC,
    Daily,
    at,
    current,
    entered,
    predictions,
    rewritten,
)
from typer.testing import CliRunner

from tipoff.backtest.picks import DAY_FULL, PickPolicy
from tipoff.cli.app import app
from tipoff.errors import InputError
from tipoff.store.lake import Lake, append, read, scan, version
from tipoff.store.location import looking_at
from tipoff.tables.predictions import PREDICTIONS
from tipoff.tables.raw import AVAILABILITY, PLAYER_BOXES, PROP_QUOTES
from tipoff.workflows import predict as predicting
from tipoff.workflows.decisions import SERVED
from tipoff.workflows.halts import set_halt
from tipoff.workflows.models import promoted
from tipoff.workflows.predict import Question, predict
from tipoff.workflows.slates import changed_slates

RUN = CliRunner()
KEY = ["game_id", "player_id"]
MOMENT = pl.Datetime("us", "UTC")


@pytest.fixture
def lake(daily: Daily, tmp_path: Path) -> Lake:
    return daily.copied(tmp_path)


def test_predictions_are_the_backtests_rows(daily: Daily) -> None:
    """Of every player-game with a line, to the last digit."""
    own = current(daily.lake)
    lined = own.filter(pl.col("line").is_not_null()).sort(KEY)
    graded = daily.outcome.on_lines.filter(game_date=DAY).sort(KEY)
    same = [
        "season", "game_date", *KEY, "player_name", "team", "opponent", "prediction", "line",
        "over_price", "under_price", "book", "source", "observed_at", "observed_basis",
        "is_placeholder", "consensus", "is_training_ready", "season_average",
        "last_10_average", "own_spread", "over_probability", "push_probability",
        "under_probability", "fair_over",
    ]  # fmt: skip
    assert lined.height > 40
    assert set(own["game_id"]) == set(daily.games)
    assert_frame_equal(
        lined.select(same), graded.select(same), check_exact=True, check_dtypes=False
    )
    assert lined["side"].to_list() == graded["side"].to_list()


def test_what_comes_later_changes_nothing(lake: Lake, daily: Daily) -> None:
    """The whole season is there, and worse: rows that would change everything, a minute later."""
    now = daily.last
    later = pl.lit(now + timedelta(minutes=1)).cast(MOMENT)
    about = {"observed_at": later, "observed_basis": pl.lit("recorded")}
    today = pl.col("game_date") == DAY
    quotes = read(lake, PROP_QUOTES, seasons=[SEASON]).filter(today)
    moved = quotes.with_columns(line=pl.col("line") + 9, **about).unique(
        list(PROP_QUOTES.entity), keep="first"
    )
    reports = read(lake, AVAILABILITY, seasons=[SEASON]).filter(today)
    out = reports.with_columns(status=pl.lit("out"), **about).unique(list(AVAILABILITY.entity))
    boxes = read(lake, PLAYER_BOXES, seasons=[SEASON]).filter(pl.col("game_date") < DAY)
    better = boxes.with_columns(points=pl.col("points") + 20, **about).unique(
        list(PLAYER_BOXES.entity)
    )
    for table, rows in ((PROP_QUOTES, moved), (AVAILABILITY, out), (PLAYER_BOXES, better)):
        assert append(lake, table, rows).added == rows.height > 0
    before = predictions(lake)
    report = _without_a_clock(lake, now)
    assert [(s["slate"], s["kept"]) for s in report["slates"]] == [
        (daily.reports[-1]["slates"][0]["slate"], False)
    ]
    assert predictions(lake).equals(before)
    # The guard of this test: what comes a minute earlier does change it.
    early = moved.with_columns(observed_at=pl.lit(now - timedelta(minutes=1)).cast(MOMENT))
    append(lake, PROP_QUOTES, early)
    assert _without_a_clock(lake, now)["slates"][0]["kept"]


def _without_a_clock(lake: Lake, now: datetime) -> dict[str, Any]:
    """Predict though rows are there that come from the future, which a clock that is right sees."""
    with patch.object(predicting, "refuse_clock_behind", lambda *_: None, create=True):
        return predict(lake, Question(DAY, is_due_only=True), now=now)


def test_a_line_that_moved_gives_a_new_slate_and_the_old_one_stays(daily: Daily) -> None:
    rows = predictions(daily.lake)
    early, late = rows.filter(slate=1), rows.filter(pl.col("slate") > 1)
    assert set(early["game_id"]) == set(daily.games)
    assert early["slate_hash"].n_unique() == 1
    both = early.join(late, on=KEY, suffix="_late")
    assert (both["line"] != both["line_late"]).any()
    assert [r["slates"][0]["slate"] for r in daily.reports] == [1, 2, 3, 4]
    assert all(r["slates"][0]["kept"] for r in daily.reports)
    assert changed_slates(daily.lake, SEASON) == []
    # What counts is the latest of each game, and the early one said when and from what.
    assert set(current(daily.lake)["slate"]) == {2, 3, 4}
    assert set(early["made_at"]) == {daily.tips[0] - EARLY}
    assert (early["as_of"] <= early["made_at"]).all()
    assert (late["as_of"] == late["made_at"]).all()
    assert (rows["made_at"] < rows["tip_off_at"]).all()
    assert (rows["observed_at"].drop_nulls() <= rows.drop_nulls("observed_at")["as_of"]).all()


@pytest.mark.parametrize(
    "change",
    [
        {"prediction": pl.col("prediction") + 0.5},
        {"line": pl.col("line") - 1},
        {"made_at": pl.col("made_at") - timedelta(hours=1)},
        {"no_pick_reason": pl.lit("never mind")},
        {"slate_hash": pl.lit("0" * 64)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_tampered_slate_is_found(lake: Lake, daily: Daily, change: dict[str, Any]) -> None:
    rows = predictions(lake)
    place = rows.with_row_index("_n").filter(slate=3).drop_nulls("line")["_n"][0]
    is_it = pl.int_range(pl.len()) == place
    rewritten(
        lake,
        rows.with_columns(pl.when(is_it).then(e).otherwise(n).alias(n) for n, e in change.items()),
    )
    assert changed_slates(lake, SEASON) == [3]
    rewritten(lake, rows.filter(~is_it))
    assert changed_slates(lake, SEASON) == [3]
    rewritten(lake, rows.sample(fraction=1, shuffle=True, seed=4))
    assert changed_slates(lake, SEASON) == []


def test_games_that_have_begun_are_left_as_they_were(lake: Lake, daily: Daily) -> None:
    before = predictions(lake)
    now = daily.tips[0] + timedelta(minutes=1)
    report = predict(at(lake, now), Question(DAY, asked_at=now), now=now)
    (slate,) = report["slates"]
    new = predictions(lake).filter(slate=slate["slate"])
    assert slate["games"] == 2
    assert set(new["game_id"]) == set(daily.games[1:])
    assert predictions(lake).filter(pl.col("slate") < slate["slate"]).equals(before)


def test_the_day_cap_counts_the_picks_of_other_games(lake: Lake, daily: Daily) -> None:
    elsewhere = current(lake).filter(pl.col("game_id") != daily.games[-1], "is_pick").height
    assert elsewhere > 2
    own = daily.reports[-1]["slates"][0]["picks"]
    assert own > 1
    now = daily.last
    policy = PickPolicy(per_day=elsewhere + 1)
    report = predict(at(lake, now), Question(DAY, is_due_only=True, policy=policy), now=now)
    (slate,) = report["slates"]
    assert (slate["picks"], slate["reasons"][DAY_FULL]) == (1, own - 1)
    assert current(lake)["is_pick"].sum() == elsewhere + 1


def test_a_halt_is_on_every_row_that_would_have_been_a_pick(lake: Lake, daily: Daily) -> None:
    set_halt(lake, "all", "manual", is_on=True, by="x", sentence="lines are late")
    now = daily.last
    report = predict(at(lake, now), Question(DAY, is_due_only=True), now=now)
    (slate,) = report["slates"]
    reason = "halted: manual: lines are late"
    assert (slate["picks"], slate["halted"]) == (0, "manual: lines are late")
    # The picks that were, and those that the caps had kept out.
    capped = sum(n for r, n in daily.reports[-1]["slates"][0]["reasons"].items() if "cap" in r)
    assert slate["reasons"][reason] == daily.reports[-1]["slates"][0]["picks"] + capped
    # Lifted, it says what it said before the halt, as a slate of its own.
    set_halt(lake, "all", "manual", is_on=False, by="x", sentence="")
    again = predict(at(lake, now), Question(DAY, is_due_only=True), now=now)["slates"][0]
    assert (again["kept"], again["slate"]) == (True, slate["slate"] + 1)
    assert again["picks"] == daily.reports[-1]["slates"][0]["picks"]


def _unpredicted(daily: Daily, folder: Path) -> Lake:
    """The lake before anything was predicted or served."""
    lake = daily.copied(folder)
    for table in (PREDICTIONS, SERVED):
        shutil.rmtree(lake.table_url(table))
    return lake


def test_killed_between_serving_and_keeping_the_next_one_is_complete(
    daily: Daily, tmp_path: Path
) -> None:
    lake = _unpredicted(daily, tmp_path)
    now = daily.last
    question = Question(DAY, is_due_only=True)
    with (
        patch.object(predicting, "keep", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        predict(at(lake, now), question, now=now)
    assert predictions(lake).is_empty()
    report = predict(at(lake, now), question, now=now)
    assert [s["kept"] for s in report["slates"]] == [True]
    assert scan(lake, SERVED).select(pl.col("serving").n_unique()).collect().item() == 1
    as_lived = current(daily.lake).filter(game_id=daily.games[-1])
    # Nothing else was predicted of the date, so nothing but numbers and hashes may differ.
    about = ["slate", "slate_hash", "serving", "lake_version"]
    assert_frame_equal(predictions(lake).drop(about), as_lived.drop(about))


def test_two_that_predict_at_once_keep_one_slate(daily: Daily, tmp_path: Path) -> None:
    lake = _unpredicted(daily, tmp_path)
    now = daily.last
    with ThreadPoolExecutor(2) as pool:
        found = list(
            pool.map(
                lambda _: predict(at(lake, now), Question(DAY, is_due_only=True), now=now), range(2)
            )
        )
    slates = [report["slates"][0] for report in found]
    assert sorted(slate["kept"] for slate in slates) == [False, True]
    assert [slate["slate"] for slate in slates] == [1, 1]
    assert set(predictions(lake)["slate"]) == {1}
    assert changed_slates(lake, SEASON) == []


def test_shadows_predict_beside_the_champion(lake: Lake, daily: Daily) -> None:
    other = entered(lake, daily.outcome, line_source="fanduel")
    entered(lake, daily.outcome, line_source="caesars")
    promoted(lake, other, by="x", to="champion", force=True)
    now = daily.last
    report = predict(at(lake, now), Question(DAY, is_due_only=True), now=now)
    told = [(s["model_id"], s["stage"], s["kept"]) for s in report["slates"]]
    # The champion first; the candidate says nothing; what the shadow said it has said before.
    assert told == [(other, "champion", True), (daily.model_id, "shadow", False)]
    books = current(lake).filter(model_id=other)["book"].drop_nulls()
    assert set(books) == {"fanduel"}
    only = predict(at(lake, now), Question(DAY, models=(other[:9],), is_due_only=True), now=now)
    assert [(s["model_id"], s["kept"]) for s in only["slates"]] == [(other, False)]


def test_nothing_to_predict_has_its_reason(
    lake: Lake, daily: Daily, built_lake: Lake, tmp_path: Path
) -> None:
    before = version(lake, PREDICTIONS)
    after = daily.tips[-1]
    told = predict(at(lake, after), Question(DAY), now=after)
    assert (told["state"], told["slates"]) == ("begun", [])
    early = daily.tips[0] - LEAD - timedelta(minutes=1)
    told = predict(at(lake, early), Question(DAY, is_due_only=True), now=early)
    assert (told["state"], told["slates"]) == ("not due", [])
    assert "30 minutes before 2023-02-06 20:30:00" in told["reason"]
    with pytest.raises(InputError, match="Expected games on 2022-07-01"):
        predict(lake, Question(date(2022, 7, 1)), now=early)
    assert version(lake, PREDICTIONS) == before
    own = looking_at(built_lake, str(tmp_path / "own"), early)
    told = predict(own, Question(DAY), now=early)
    assert (told["state"], told["slates"]) == ("no models", [])
    assert "'tipoff models promote'" in told["reason"]


def test_the_command_predicts_and_says_when_there_is_nothing(lake: Lake, daily: Daily) -> None:
    result = RUN.invoke(app, ["predict", "--date", str(DAY), "--lake", lake.url, "--json"])
    # The date is long past: there is nothing to predict, and that is no success.
    assert result.exit_code == 3, result.output
    assert json.loads(result.stdout)["state"] == "begun"
    assert "All games of 2023-02-06 have begun" in result.stderr


def test_the_recipe_is_the_models_own(daily: Daily) -> None:
    assert set(predictions(daily.lake)["model_name"]) == {SPEC.name}
    assert set(predictions(daily.lake)["stage"]) == {"shadow"}
