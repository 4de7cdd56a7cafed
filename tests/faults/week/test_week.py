"""A week of faults: nothing is lost, nothing is there twice, every problem is said by name."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tests.faults.week.life import (
    HOUR,
    MORNING,
    Week,
    begun,
    corrected,
    late,
    moved,
    silent,
)
from tipoff.backtest.current import current_grades, current_predictions
from tipoff.domain.clock import eastern_moment
from tipoff.store.games import merged_games
from tipoff.store.lake import read
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.raw import GAMES, PLAYER_BOXES
from tipoff.tables.watch import HALTS


def _of(report: dict[str, Any], step: str) -> dict[str, Any]:
    return next(row for row in report["steps"] if row["name"] == step)


def _games(week: Week, day: Any) -> list[str]:
    games = merged_games(week.frames[GAMES.name].vstack(week.stored(GAMES.name)))
    found: list[str] = (
        games.filter(pl.col("game_date") == day).sort("tip_off_at")["game_id"].to_list()
    )
    return found


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Week, dict[str, Any]]:
    week = begun(tmp_path_factory.mktemp("week"))
    d = week.days
    found: dict[str, Any] = {}
    # First day: a box score that is not there on the next game date's morning.
    found["late"] = _games(week, d[0])[0]
    late(week, found["late"], eastern_moment(d[1], MORNING) + 6 * HOUR)
    week.morning(d[0])
    week.decisions(d[0])
    # Second: the provider of lines says nothing.
    silent(week, d[1])
    found["after late"] = week.morning(d[1])
    found["silent"] = week.decisions(d[1])
    # Third: a correction of the first day's statistics is told before the fourth morning.
    week.morning(d[2])
    week.decisions(d[2])
    graded = current_grades(read(week.lake, GRADES)).drop_nulls(["actual", "outcome"])
    one = graded.filter(pl.col("outcome") == "loss").sort("game_id", "player_id").row(0, named=True)
    found["corrected"] = one
    corrected(week, one["game_id"], one["player_id"], 30, eastern_moment(d[3], MORNING) - HOUR)
    # Fourth: a game is put off after the morning's predictions.
    found["correction"] = week.morning(d[3])
    game = _games(week, d[3])[-1]
    found["moved"] = game
    found["moved to"] = moved(week, game, d[4], eastern_moment(d[3], MORNING) + HOUR)
    week.decisions(d[3])
    # Fifth: the clock is an hour ahead.
    found["after moved"] = week.morning(d[4])
    found["ahead"] = week.decisions(d[4], clock=HOUR)
    # Sixth: it is an hour behind, until somebody sets it.
    week.morning(d[5])
    found["behind"] = week.decisions(d[5], clock=-HOUR)
    found["set right"] = week.decisions(d[5])
    week.morning(d[6])
    week.decisions(d[6])
    found["last"] = week.morning(d[6] + timedelta(days=2))
    return week, found


def test_every_job_was_killed_and_every_job_was_done(lived: tuple[Week, dict[str, Any]]) -> None:
    week, _ = lived
    assert week.kills >= 6
    failed = [
        (report["game_date"], row["name"])
        for report in week.reports
        for row in report["steps"]
        if row["state"] != "done"
    ]
    assert failed == []


def test_a_late_box_score_is_named_and_graded_when_it_comes(
    lived: tuple[Week, dict[str, Any]],
) -> None:
    week, found = lived
    told = _of(found["after late"], "grade")
    assert found["late"] in told["negative"]
    assert [row["state_reason"] for row in told["report"]["overdue"]] == ["no box score yet"]
    graded = current_grades(read(week.lake, GRADES)).filter(pl.col("game_id") == found["late"])
    assert set(graded["state"]) >= {"settled"}
    assert graded.filter(pl.col("graded_at") <= eastern_moment(week.days[1], MORNING)).is_empty()


def test_the_day_names_what_is_missing_and_halts(lived: tuple[Week, dict[str, Any]]) -> None:
    """The morning after the late box score, and before a date without lines."""
    week, found = lived
    report, day = found["after late"], str(week.days[0])
    for step in ("freshness", "outputs", "reconcile"):
        assert day in _of(report, step)["negative"]
    assert "grades" in _of(report, "reconcile")["negative"]
    assert "lines_usual" in _of(report, "validate")["negative"]
    halts = read(week.lake, HALTS).filter(pl.col("reason") == "stale").sort("number")
    assert halts["is_on"].to_list() == [True, False]
    quiet = [_of(r, s)["negative"] for r in week.reports[3:] for s in ("freshness", "reconcile")]
    assert set(quiet) == {None}


def test_a_silent_provider_leaves_reasons_and_no_picks(lived: tuple[Week, dict[str, Any]]) -> None:
    _, found = lived
    slates = [s for told in found["silent"] for m in told["markets"] for s in m["slates"]]
    assert slates
    assert all(s["lined"] == s["picks"] == 0 for s in slates)
    assert all(set(s["reasons"]) == {"no line"} for s in slates)


def test_a_correction_adds_a_version_and_keeps_the_old(
    lived: tuple[Week, dict[str, Any]],
) -> None:
    week, found = lived
    one = found["corrected"]
    told = _of(found["correction"], "grade")["report"]["corrections"]
    assert any(one["game_id"] in s and one["player_id"] in s for s in told)
    key = ["slate", "game_id", "player_id"]
    same = pl.all_horizontal(pl.col(name) == one[name] for name in key)
    versions = read(week.lake, GRADES).filter(same).sort("version")
    assert versions["version"].to_list() == [1, 2]
    assert versions["actual"].to_list() == [one["actual"], one["actual"] + 30]
    assert versions["outcome"][0] == one["outcome"]


def test_a_moved_game_is_void_and_played_on_its_new_date(
    lived: tuple[Week, dict[str, Any]],
) -> None:
    week, found = lived
    grades = current_grades(read(week.lake, GRADES))
    old = grades.filter(pl.col("game_id") == found["moved"])
    assert set(old["void_reason"]) == {"game moved to another date"}
    new = grades.filter(pl.col("game_id") == found["moved to"])
    assert "settled" in set(new["state"])


def test_a_clock_ahead_is_named_and_the_morning_stands(
    lived: tuple[Week, dict[str, Any]],
) -> None:
    week, found = lived
    missed = [m["missed"] for told in found["ahead"] for m in told["markets"]]
    games = {game for by_model in missed for of in by_model.values() for game in of}
    day = current_predictions(read(week.lake, PREDICTIONS)).filter(
        pl.col("game_date") == week.days[4]
    )
    assert games == set(day["game_id"])
    assert day["is_pick"].any() or day["line"].is_not_null().any()


def test_a_clock_behind_predicts_nothing(lived: tuple[Week, dict[str, Any]]) -> None:
    week, _ = lived
    assert week.errors
    assert all("clock that is not behind" in error for error in week.errors)


def test_nothing_is_there_twice(lived: tuple[Week, dict[str, Any]]) -> None:
    week, _ = lived
    for table in (PREDICTIONS, GRADES):
        rows = read(week.lake, table)
        assert rows.select(table.key).is_duplicated().sum() == 0
    current = current_predictions(read(week.lake, PREDICTIONS))
    newest = current.filter(pl.col("slate") == pl.col("slate").max().over("game_id"))
    assert newest.select("game_id", "player_id").is_duplicated().sum() == 0


def test_nothing_is_lost(lived: tuple[Week, dict[str, Any]]) -> None:
    """Whoever was predicted and played is graded by what the last box score says."""
    week, found = lived
    boxes = week.stored(PLAYER_BOXES.name).sort("observed_at")
    final = boxes.unique(["game_id", "player_id"], keep="last").filter(pl.col("seconds_played") > 0)
    made = current_predictions(read(week.lake, PREDICTIONS))
    played = made.join(final.select("game_id", "player_id", "points"), on=["game_id", "player_id"])
    grades = current_grades(read(week.lake, GRADES)).select(
        "slate", "game_id", "player_id", "actual", "state"
    )
    both = played.join(grades, on=["slate", "game_id", "player_id"], how="left")
    assert both.height > 100
    assert (both["state"] == "settled").all()
    assert (both["actual"] == both["points"]).all()
    last = _of(found["last"], "grade")["report"]
    assert last["waiting"] == 0
