"""Expected outputs close by what the tables hold, once, whoever looks and however often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.monitoring.healthy import (
    BEFORE,
    CHAMPION,
    DAWN,
    DAY,
    EVENING,
    MORNING,
    SHADOW,
    Healthy,
    eastern,
    put,
)

from tipoff.monitoring.expected import (
    BOX_SCORES,
    DECAY,
    FEATURES,
    GRADES,
    PICKS,
    PREDICTIONS,
    PUBLISH,
    newest,
    output_of,
)
from tipoff.store.lake import Lake, append, read, replace
from tipoff.tables.models import MODEL_EVENTS
from tipoff.tables.predictions import GRADES as GRADE_ROWS
from tipoff.tables.predictions import PREDICTIONS as PREDICTION_ROWS
from tipoff.tables.raw import GAMES, PLAYER_BOXES
from tipoff.tables.table import Table
from tipoff.tables.watch import EXPECTED_OUTPUTS, MODEL_STATES
from tipoff.workflows.expected import begin, follow, outputs_of

OURS, THEIRS = (output_of(PREDICTIONS, "points", m) for m in (CHAMPION, SHADOW))


@pytest.fixture
def lake(well: Healthy, tmp_path: Path) -> Lake:
    """A copy in which nobody has planned anything."""
    lake = well.copied(tmp_path).lake
    replace(lake, EXPECTED_OUTPUTS, EXPECTED_OUTPUTS.empty(), "true")
    return lake


def _state(lake: Lake, now: datetime, output: str, **more: Any) -> tuple[str, str | None]:
    rows = {row["output"]: row for row in follow(lake, DAY, now, **more)["outputs"]}
    return rows[output]["state"], rows[output]["reason"]


def _keep(lake: Lake, table: Table, where: pl.Expr) -> None:
    replace(lake, table, read(lake, table).filter(where), "true")


def _events(lake: Lake, output: str) -> list[str]:
    rows = read(lake, EXPECTED_OUTPUTS).filter(pl.col("output") == output).sort("number")
    assert rows["number"].to_list() == list(range(1, rows.height + 1))
    return rows["state"].to_list()


def test_a_day_is_planned_by_its_tip_offs_and_closes_by_itself(lake: Lake) -> None:
    plan = follow(lake, DAY, DAWN)
    # The features are in the store of the fixture from the beginning.
    assert plan["counts"] == {**dict.fromkeys(plan["counts"], 0), "EXPECTED": 9, "COMPLETE": 1}
    tips = read(lake, GAMES).filter(pl.col("game_date") == DAY)["tip_off_at"]
    first, last = tips.min(), tips.max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    due = {row["output"]: row["due_at"] for row in plan["outputs"]}
    assert due[FEATURES] == due[OURS] == first - timedelta(minutes=30)
    assert due[BOX_SCORES] == last + timedelta(hours=6)
    assert due[output_of(GRADES, "points", CHAMPION)] == eastern(DAY, 12) + timedelta(days=1)
    assert follow(lake, DAY, DAWN)["events"] == 0
    evening = follow(lake, DAY, EVENING)
    assert (evening["counts"]["COMPLETE"], evening["counts"]["EXPECTED"]) == (5, 5)
    morning = follow(lake, DAY, MORNING)
    assert morning["counts"] == {**dict.fromkeys(morning["counts"], 0), "COMPLETE": 10}
    assert all(row["reason"] is None for row in morning["outputs"])
    assert follow(lake, DAY, MORNING)["events"] == 0
    assert outputs_of(lake, DAY, DAY, EVENING).filter(state="COMPLETE").height == 5


def test_stale_features_are_degraded(lake: Lake) -> None:
    box = read(lake, PLAYER_BOXES).filter(pl.col("game_date") == BEFORE).head(1)
    newer = pl.col("observed_at") + timedelta(hours=1)
    append(lake, PLAYER_BOXES, box.with_columns(points=pl.col("points") + 1, observed_at=newer))
    state, reason = _state(lake, EVENING, FEATURES)
    assert state == "DEGRADED"
    assert "stale: " in str(reason)
    assert "input changed" in str(reason)


def test_what_is_due_and_absent_has_failed_and_is_late_when_it_comes(lake: Lake) -> None:
    made = read(lake, PREDICTION_ROWS)
    _keep(lake, PREDICTION_ROWS, pl.col("model_id") != CHAMPION)
    follow(lake, DAY, DAWN)
    assert _state(lake, EVENING, OURS)[0] == "FAILED"
    assert "no prediction for 20211230" in str(_state(lake, EVENING, OURS)[1])
    assert _state(lake, EVENING, output_of(PICKS, "points", CHAMPION)) == (
        "FAILED",
        "there is no slate to pick from",
    )
    assert _state(lake, EVENING, THEIRS) == ("COMPLETE", None)
    first = read(lake, GAMES).filter(pl.col("game_date") == DAY)["tip_off_at"].min()
    assert isinstance(first, datetime)
    own = made.filter(pl.col("model_id") == CHAMPION, pl.col("game_date") == DAY)
    late = own.with_columns(made_at=pl.lit(first - timedelta(minutes=6)))
    put(lake, PREDICTION_ROWS, late.to_dicts())
    assert _state(lake, MORNING, OURS) == ("COMPLETE", "late by 0.4 h")
    assert _events(lake, OURS) == ["EXPECTED", "FAILED", "COMPLETE"]
    # Games without a value are none.
    rows = read(lake, PREDICTION_ROWS)
    one = rows.filter(pl.col("game_date") == DAY)["game_id"].min()
    empty = pl.when(pl.col("game_id") == one).then(None).otherwise("prediction")
    replace(lake, PREDICTION_ROWS, rows.with_columns(prediction=empty), "true")
    state, reason = _state(lake, MORNING, OURS)
    assert (state, reason) == ("DEGRADED", f"1 of 2; was complete; no prediction for {one!s}")


def test_box_scores_that_come_one_by_one(lake: Lake) -> None:
    boxes = read(lake, PLAYER_BOXES)
    ids = sorted(boxes.filter(pl.col("game_date") == DAY)["game_id"].unique())
    late = eastern(DAY, 5) + timedelta(days=1)
    moved = pl.when(pl.col("game_id") == ids[1]).then(pl.lit(late)).otherwise("observed_at")
    types = boxes.schema["observed_at"]
    replace(lake, PLAYER_BOXES, boxes.with_columns(observed_at=moved.cast(types)), "true")
    follow(lake, DAY, DAWN)
    night = eastern(DAY, 23, 30)
    assert _state(lake, night, BOX_SCORES) == ("RUNNING", f"1 of 2; no box score of {ids[1]}")
    due = eastern(DAY, 3) + timedelta(days=1)
    assert _state(lake, due, BOX_SCORES)[0] == "DEGRADED"
    assert _state(lake, MORNING, BOX_SCORES) == ("COMPLETE", "late by 3.0 h")
    _keep(lake, PLAYER_BOXES, pl.col("game_date") != DAY)
    assert _state(lake, MORNING, BOX_SCORES)[0] == "FAILED"
    assert "was complete; no box score of" in str(_state(lake, MORNING, BOX_SCORES)[1])
    assert _events(lake, BOX_SCORES) == ["EXPECTED", "RUNNING", "DEGRADED", "COMPLETE", "FAILED"]


def test_a_remark_that_it_runs_closes_nothing(lake: Lake) -> None:
    _keep(lake, GRADE_ROWS, pl.col("game_date") != DAY)
    follow(lake, DAY, DAWN)
    name = output_of(GRADES, "points", CHAMPION)
    assert begin(lake, DAY, [name, "none of ours"], "run 7", EVENING) == 1
    assert _state(lake, EVENING, name)[0] == "RUNNING"
    assert begin(lake, DAY, [name], "run 8", EVENING) == 0
    state, reason = _state(lake, MORNING, name)
    assert state == "FAILED"
    assert reason == "45 of 45 predictions have no grade"
    running = read(lake, EXPECTED_OUTPUTS).filter(pl.col("state") == "RUNNING")
    assert running["run_id"].to_list() == ["run 7"]


def test_nothing_on_an_off_day_is_empty_for_a_reason(lake: Lake) -> None:
    dates = set(read(lake, GAMES)["game_date"].to_list())
    off = next(d for n in range(1, 30) if (d := DAY + timedelta(days=n)) not in dates)
    report = follow(lake, off, MORNING)
    assert report["counts"]["EMPTY_OK"] == len(report["outputs"]) == 10
    assert {row["reason"] for row in report["outputs"]} == {
        f"no game is played on {off}; the next dates are known"
    }
    # Beyond the schedule nobody knows; that is no day off.
    beyond = max(dates) + timedelta(days=1)
    later = eastern(beyond, 12) + timedelta(days=2)
    report = follow(lake, beyond, later)
    assert report["counts"]["FAILED"] == len(report["outputs"])
    assert "the schedule ends on" in report["outputs"][0]["reason"]


def test_no_pick_is_empty_with_its_reasons(lake: Lake) -> None:
    rows = read(lake, PREDICTION_ROWS)
    none = rows.with_columns(is_pick=pl.lit(value=False), no_pick_reason=pl.lit("no edge"))
    replace(lake, PREDICTION_ROWS, none, "true")
    state = _state(lake, EVENING, output_of(PICKS, "points", CHAMPION))
    assert state == ("EMPTY_OK", "no pick: 45 no edge")


def test_a_page_is_expected_where_one_is_published(lake: Lake) -> None:
    assert _state(lake, DAWN, PUBLISH, published={})[0] == "EXPECTED"
    assert _state(lake, EVENING, PUBLISH, published={})[0] == "FAILED"
    told = {DAY: (EVENING - timedelta(hours=2), 29)}
    assert _state(lake, EVENING, PUBLISH, published=told) == ("COMPLETE", None)


def test_a_model_that_was_retired_after_the_games_still_owes(lake: Lake) -> None:
    stored = read(lake, MODEL_EVENTS)
    last = stored.filter(pl.col("model_id") == SHADOW).tail(1)
    number = pl.lit(stored["number"].max()) + 1
    later = pl.lit(eastern(DAY, 5) + timedelta(days=1))
    gone = last.with_columns(number=number, at=later, to_stage=pl.lit("retired"))
    put(lake, MODEL_EVENTS, gone.to_dicts())
    _keep(lake, GRADE_ROWS, pl.col("model_id") != SHADOW)
    assert _state(lake, MORNING, output_of(GRADES, "points", SHADOW))[0] == "FAILED"


def test_a_model_that_was_retired_before_the_games_is_expected_no_more(lake: Lake) -> None:
    follow(lake, DAY, DAWN)
    _keep(lake, PREDICTION_ROWS, pl.col("model_id") != SHADOW)
    stored = read(lake, MODEL_EVENTS)
    last = stored.filter(pl.col("model_id") == SHADOW).tail(1)
    gone = last.with_columns(
        number=pl.lit(stored["number"].max()) + 1,
        at=pl.lit(eastern(DAY, 10)),
        to_stage=pl.lit("retired"),
    )
    put(lake, MODEL_EVENTS, gone.to_dicts())
    state, reason = _state(lake, EVENING, THEIRS)
    assert state == "EMPTY_OK"
    assert "no longer expected" in str(reason)
    assert follow(lake, DAY, EVENING)["events"] == 0


def test_decay_states_are_expected_the_day_after(lake: Lake) -> None:
    """A state counts the date; one of a later date does, too."""
    rows = read(lake, MODEL_STATES)
    name = output_of(DECAY, "points", SHADOW)
    _keep(lake, MODEL_STATES, pl.col("game_date") != DAY)
    follow(lake, DAY, DAWN)
    assert _state(lake, EVENING, name)[0] == "EXPECTED"
    assert _state(lake, MORNING, name)[0] == "FAILED"
    own = rows.filter(pl.col("game_date") == DAY, pl.col("model_name") == "wolf")
    put(lake, MODEL_STATES, own.with_columns(game_date=pl.lit(DAY + timedelta(days=1))).to_dicts())
    assert _state(lake, MORNING, name)[0] == "COMPLETE"
    # A recipe that never had a pick has nothing to be judged by.
    _keep(lake, MODEL_STATES, pl.col("model_name") != "wolf")
    picks = read(lake, PREDICTION_ROWS)
    none = picks.with_columns(is_pick=pl.col("is_pick") & (pl.col("model_id") != SHADOW))
    replace(lake, PREDICTION_ROWS, none, "true")
    assert _state(lake, MORNING, name) == ("EMPTY_OK", "the recipe has no pick yet")


def test_several_lookers_number_no_event_twice(lake: Lake) -> None:
    with ThreadPoolExecutor(4) as pool:
        for now in (DAWN, EVENING):
            done = list(pool.map(lambda _, at=now: follow(lake, DAY, at)["events"], range(4)))
            assert sorted(done)[:3] == [0, 0, 0]
    rows = read(lake, EXPECTED_OUTPUTS)
    assert rows.select("game_date", "output", "number").is_unique().all()
    assert newest(rows).filter(pl.col("state") == "COMPLETE").height == 5


def test_the_fixture_has_planned_and_closed(well: Healthy) -> None:
    for day in (BEFORE, DAY):
        rows = outputs_of(well.lake, day, day, MORNING)
        assert rows.height == 10
        assert set(rows["state"]) == {"COMPLETE"}
