"""The registry over a lake: what is registered stays what it is, and steps are judged and kept."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from tests.workflows.daily_league import (
    DAY,
    SPEC,
    Daily,
    at,
    current,
    entered,
    grades,
)
from typer.testing import CliRunner

from tipoff.cli.app import app
from tipoff.errors import InputError, NegativeVerdictError, TipoffError
from tipoff.models import catboost_learner
from tipoff.registry.conditions import FEWEST_SHARED
from tipoff.store.lake import Lake, log, read, replace, scan, version
from tipoff.tables.models import CANDIDATE, CHAMPION, MODEL_EVENTS, MODEL_FILES, MODELS, SHADOW
from tipoff.tables.predictions import PREDICTIONS
from tipoff.workflows import challenge, models, registered, registering
from tipoff.workflows.grade import Span, grade
from tipoff.workflows.models import listed, promoted, retired, rolled_back, shown, verified
from tipoff.workflows.predict import Question, predict
from tipoff.workflows.registered import events_of, loaded, record_named, records_of

RUN = CliRunner()


@pytest.fixture
def lake(daily: Daily, tmp_path: Path) -> Lake:
    return daily.copied(tmp_path)


def _log(lake: Lake) -> tuple[Any, ...]:
    """Versions of the registry's tables."""
    return tuple(version(lake, table) for table in (MODELS, MODEL_FILES, MODEL_EVENTS))


def _changed(lake: Lake, **values: pl.Expr | object) -> None:
    """Change the stored row of the only model: nobody may."""
    rows = read(lake, MODELS).with_columns(**values)  # type: ignore[arg-type]
    replace(lake, MODELS, rows, "true")


def _refused_prediction(lake: Lake, daily: Daily) -> str:
    now = daily.last
    before = version(lake, PREDICTIONS)
    with pytest.raises(InputError) as refused:
        predict(at(lake, now), Question(DAY), now=now)
    assert version(lake, PREDICTIONS) == before
    return str(refused.value)


def test_a_model_is_registered_once(lake: Lake, daily: Daily) -> None:
    before = _log(lake)
    assert entered(lake, daily.outcome) == daily.model_id
    assert entered(lake, daily.outcome) == daily.model_id
    assert _log(lake) == before
    assert [row["model_id"] for row in listed(lake)["models"]] == [daily.model_id]
    # For other lines it would say something else: it is another model.
    assert entered(lake, daily.outcome, line_source="draftkings") != daily.model_id
    assert events_of(lake)["number"].to_list() == [1, 2, 3]


@pytest.mark.parametrize("killed_at", ["stored", "entered", "log"])
def test_a_registration_that_was_killed_is_made_whole_by_the_next(
    built_lake: Lake, daily: Daily, tmp_path: Path, killed_at: str
) -> None:
    shutil.copytree(built_lake.url, tmp_path / "lake")
    lake = Lake(str(tmp_path / "lake"))
    module = registered if killed_at == "log" else registering
    calls = []

    def killed(*args: Any, **more: Any) -> Any:
        calls.append(args)
        if killed_at != "log" or len(calls) == 2:
            raise KeyboardInterrupt
        return log(*args, **more)

    with patch.object(module, killed_at, killed), pytest.raises(KeyboardInterrupt):
        entered(lake, daily.outcome)
    assert listed(lake)["models"] == []
    model_id = entered(lake, daily.outcome)
    assert [row["stage"] for row in listed(lake)["models"]] == [CANDIDATE]
    # Its own file is found, whatever the one of the run that was killed looks like.
    assert loaded(lake, record_named(lake, model_id)).model_id == model_id


def test_two_files_of_one_model_are_told_apart(lake: Lake, daily: Daily) -> None:
    other = {"model_id": [daily.model_id], "body": [b"of another moment"]}
    own = read(lake, MODEL_FILES)
    replace(lake, MODEL_FILES, pl.DataFrame(other, schema=MODEL_FILES.columns), "true")
    assert not verified(lake)["passed"]
    log(lake, MODEL_FILES, own)
    assert read(lake, MODEL_FILES).height == 2
    assert verified(lake)["passed"]


def test_two_that_register_at_once_leave_one_candidate(
    built_lake: Lake, daily: Daily, tmp_path: Path
) -> None:
    shutil.copytree(built_lake.url, tmp_path / "lake")
    lake = Lake(str(tmp_path / "lake"))
    sources = ["median", "median", "draftkings", "fanduel"]
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda source: entered(lake, daily.outcome, line_source=source), sources)
        )
    assert found[0] == found[1]
    events = events_of(lake)
    assert events["number"].to_list() == [1, 2, 3]
    assert set(events["model_id"]) == set(found)
    assert [row["stage"] for row in listed(lake)["models"]] == [CANDIDATE] * 3
    assert verified(lake)["passed"]


def test_a_changed_byte_refuses_to_load(lake: Lake, daily: Daily) -> None:
    rows = read(lake, MODEL_FILES)
    body = bytearray(rows["body"][0])
    body[len(body) // 2] ^= 1
    replace(lake, MODEL_FILES, rows.with_columns(body=pl.lit(bytes(body))), "true")
    sentence = _refused_prediction(lake, daily)
    assert "its content has changed" in sentence
    assert daily.model_id[:12] in sentence
    told = verified(lake)
    assert not told["passed"]
    assert "its content has changed" in told["models"][0]["reason"]
    with pytest.raises(NegativeVerdictError, match="intact"):
        promoted(lake, daily.model_id, by="x", force=True)


def test_a_file_that_is_gone_refuses_to_load(lake: Lake, daily: Daily) -> None:
    replace(lake, MODEL_FILES, MODEL_FILES.empty(), "true")
    assert "it is gone" in _refused_prediction(lake, daily)


def test_another_library_refuses_to_load(lake: Lake, daily: Daily) -> None:
    with patch.object(catboost_learner, "library", lambda: "catboost 0.0.1"):
        sentence = _refused_prediction(lake, daily)
        assert not verified(lake)["passed"]
    assert "catboost 0.0.1" in sentence
    assert sentence.endswith("Train it again.")
    assert verified(lake)["passed"]


CHANGES: dict[str, pl.Expr] = {
    "spec": pl.col("spec").str.replace('"iterations":20', '"iterations":21'),
    "lead_minutes": pl.lit(60),
    "line_source": pl.lit("draftkings"),
    "distribution": pl.col("distribution").str.replace(r'"residuals": \[', '"residuals": [9.5, '),
    "features": pl.col("features").str.replace(r"\[.*", json.dumps(["points_avg_last_5"])),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_changed_row_refuses_to_load(lake: Lake, daily: Daily, name: str) -> None:
    before = read(lake, MODELS)[name][0]
    _changed(lake, **{name: CHANGES[name]})
    assert read(lake, MODELS)[name][0] != before
    with pytest.raises(InputError, match="is refused"):
        loaded(lake, record_named(lake, daily.model_id))
    assert not verified(lake)["passed"]


def test_a_recipe_that_this_version_does_not_read_is_a_sentence(lake: Lake, daily: Daily) -> None:
    _changed(lake, spec=pl.col("spec").str.replace('"loss":', '"lost":'))
    assert "a recipe that this version reads" in _refused_prediction(lake, daily)
    (row,) = verified(lake)["models"]
    assert (row["intact"], row["code_changed"]) == (False, True)


def test_other_code_is_told_and_is_no_break(lake: Lake, daily: Daily) -> None:
    assert not verified(lake)["models"][0]["code_changed"]
    _changed(lake, code_fingerprint=pl.lit("of yesterday"))
    (row,) = verified(lake)["models"]
    assert (row["intact"], row["code_changed"]) == (True, True)


def test_a_promotion_without_gates_changes_nothing_and_exits_3(lake: Lake, daily: Daily) -> None:
    before = _log(lake)
    for command in ([], ["--to", "champion"]):
        result = RUN.invoke(
            app, ["models", "promote", "small", *command, "--lake", lake.url, "--json"]
        )
        assert result.exit_code == 3, result.output
        assert result.stderr.startswith("tipoff: small")
        assert "gates: expected all honest gates passed" in result.stderr
        assert json.loads(result.stdout)["exit_code"] == 3
    assert _log(lake) == before


def test_force_leaves_its_mark_on_every_later_number(lake: Lake, daily: Daily) -> None:
    told = promoted(lake, "small", by="x", force=True)
    assert told["is_forced"]
    (event,) = shown(lake, "small")["events"][2:]
    assert event["reason"].startswith("Forced against gates, certificate")
    failed = {c["name"] for c in event["evidence"]["conditions"] if not c["passed"]}
    assert {"gates", "certificate"} <= failed
    now = daily.last
    report = predict(at(lake, now), Question(DAY, is_due_only=True), now=now)
    assert [s["is_forced"] for s in report["slates"]] == [True]
    own = current(lake).filter(game_id=daily.games[-1])
    assert set(own["stage"]) == {CHAMPION}
    assert own["is_forced"].all()
    assert not current(lake).filter(pl.col("game_id") != daily.games[-1])["is_forced"].any()
    assert [row["is_forced"] for row in listed(lake)["models"]] == [True]


@pytest.mark.parametrize(
    ("changed", "condition", "to"),
    [
        ({"plant": "inclusive-date"}, "honest", SHADOW),
        ({"plant": "inclusive-date"}, "honest", CHAMPION),
        ({"report": None}, "in_ledger", SHADOW),
    ],
)
def test_what_can_not_be_forced_is_not(
    lake: Lake, daily: Daily, changed: dict[str, Any], condition: str, to: str
) -> None:
    other = entered(lake, daily.outcome, line_source="draftkings", **changed)
    before = _log(lake)
    with pytest.raises(NegativeVerdictError, match=f"{condition}: expected"):
        promoted(lake, other, by="x", to=to, force=True)
    assert _log(lake) == before


def test_a_model_without_a_run_is_champion_by_a_force_that_says_so(
    lake: Lake, daily: Daily
) -> None:
    other = entered(lake, daily.outcome, line_source="draftkings", report=None)
    assert promoted(lake, other, by="x", to=CHAMPION, force=True)["is_forced"]
    reason = shown(lake, other)["events"][-1]["reason"]
    assert reason.startswith("Forced against in_ledger, in_shadow, gates")


def test_a_suspected_leak_is_not_forced(lake: Lake, daily: Daily) -> None:
    alarm = [{**daily.outcome.report["alarm"][0], "passed": False}]
    report = {**daily.outcome.report, "alarm": alarm, "verdict": "leak suspected"}
    other = entered(lake, daily.outcome, line_source="draftkings", report=report)
    with pytest.raises(NegativeVerdictError, match="leak_alarm: expected a silent leak alarm"):
        promoted(lake, other, by="x", force=True)


def test_a_challenger_is_compared_on_the_graded_rows_of_the_runs(lake: Lake, daily: Daily) -> None:
    promoted(lake, "small", by="x", force=True)
    other = entered(lake, daily.outcome, line_source="fanduel")
    told = promoted(lake, other, by="x", to=CHAMPION, force=True)
    compared = told["against"]
    assert (compared["champion"], told["replaces"]) == (daily.model_id,) * 2
    # The very same predictions: the difference is nought, as surely as can be.
    assert compared["basis"] == "backtest"
    assert compared["n"] == daily.outcome.on_lines.drop_nulls("actual").height
    for measure in ("mae", "log_loss"):
        found = compared[measure]
        assert (found["value"], found["low"], found["high"]) == (0.0, 0.0, 0.0)
    names = {c["name"]: c["passed"] for c in told["conditions"]}
    assert names["challenge_mae"]
    assert names["challenge_log_loss"]
    assert names["shared_rows"] is (compared["n"] >= FEWEST_SHARED)
    stages = {row["model_id"]: row["stage"] for row in listed(lake)["models"]}
    assert stages == {daily.model_id: SHADOW, other: CHAMPION}
    assert [row["model_id"] for row in listed(lake, stage=CHAMPION)["models"]] == [other]
    assert listed(lake, market="threes")["models"] == []


def _lived_twice(lake: Lake, daily: Daily) -> tuple[dict[str, Any], dict[str, Any]]:
    """A challenger that predicted the same, always a point too much, and was graded."""
    other = entered(lake, daily.outcome, line_source="fanduel")
    rows = scan(lake, PREDICTIONS).collect()
    more = rows.with_columns(
        model_id=pl.lit(other), slate=pl.col("slate") + 100, prediction=pl.col("prediction") + 1
    )
    log(lake, PREDICTIONS, more)
    grade(lake, Span(DAY, DAY), now=daily.after)
    return record_named(lake, daily.model_id), record_named(lake, other)


def test_live_rows_come_first_where_there_are_enough(lake: Lake, daily: Daily) -> None:
    champion, challenger = _lived_twice(lake, daily)
    both = grades(lake).filter(pl.col("model_id") == daily.model_id).drop_nulls(["actual"])
    own = current(lake).filter(pl.col("model_id") == daily.model_id)
    rows = own.drop_nulls(["line"]).join(both, on=["slate", "game_id", "player_id"])
    found = challenge.against(lake, challenger, champion)
    assert found["basis"] == "backtest"
    with patch.object(challenge, "FEWEST_SHARED", rows.height):
        found = challenge.against(lake, challenger, champion)
    assert (found["basis"], found["n"]) == ("live", rows.height)
    error = rows["prediction"] - rows["actual"]
    expected = ((error + 1).abs() - error.abs()).mean()
    assert found["mae"]["value"] == pytest.approx(expected, abs=1e-5)
    assert found["champion_mae"] == pytest.approx(error.abs().mean(), abs=1e-5)


def test_models_that_share_nothing_are_not_compared(lake: Lake, daily: Daily) -> None:
    champion = {**record_named(lake, "small"), "report": {}}
    other = {**champion, "model_id": "0" * 64}
    found = challenge.against(lake, other, champion)
    assert (found["basis"], found["n"], found["mae"]) == ("none", 0, None)


def test_of_two_promotions_at_once_one_loses_with_a_sentence(lake: Lake, daily: Daily) -> None:
    others = [entered(lake, daily.outcome, line_source=name) for name in ("fanduel", "caesars")]
    looked = registered.newest_number(lake)
    # Both have looked at the registry before either is done.
    with (
        patch.object(models, "newest_number", lambda _: looked),
        patch.object(models, "_judged", lambda *_: []),
        ThreadPoolExecutor(2) as pool,
    ):
        found = list(pool.map(lambda name: _outcome(lake, name), others))
    assert sorted(map(type, found), key=str) == sorted([dict, str], key=str)
    (sentence,) = [one for one in found if isinstance(one, str)]
    assert "somebody changed it meanwhile" in sentence
    assert len(listed(lake, stage=CHAMPION)["models"]) == 1
    events = events_of(lake)
    assert events["number"].to_list() == list(range(1, events.height + 1))


def _outcome(lake: Lake, name: str) -> dict[str, Any] | str:
    try:
        return promoted(lake, name, by="x", to=CHAMPION)
    except TipoffError as error:
        return str(error)


def test_rollback_and_retirement(lake: Lake, daily: Daily) -> None:
    other = entered(lake, daily.outcome, line_source="fanduel")
    for name in (daily.model_id, other):
        promoted(lake, name, by="x", to=CHAMPION, force=True)
    told = rolled_back(lake, "points", by="x", reason="Worse.")
    assert (told["champion"], told["demoted"]) == (daily.model_id, other)
    assert told["is_forced"]
    retired(lake, other, by="x", reason="Old.")
    stages = {row["model_id"]: row["stage"] for row in records_of(lake)}
    assert stages == {daily.model_id: CHAMPION, other: "retired"}
    now = daily.last
    report = predict(at(lake, now), Question(DAY, is_due_only=True), now=now)
    assert [slate["model_id"] for slate in report["slates"]] == [daily.model_id]
    with pytest.raises(InputError, match="Expected live models of points"):
        predict(at(lake, now), Question(DAY, models=(other[:12],)), now=now)
    # What it said stays.
    assert current(lake).filter(pl.col("game_id") == daily.games[0]).height


def test_a_model_is_named_by_its_beginning_or_its_name(lake: Lake, daily: Daily) -> None:
    other = entered(lake, daily.outcome, line_source="fanduel")
    assert record_named(lake, daily.model_id[:8])["model_id"] == daily.model_id
    # Of one name the newest counts.
    assert record_named(lake, SPEC.name)["model_id"] == other
    for wrong in ("nobody", ""):
        with pytest.raises(InputError, match="Expected one registered model"):
            record_named(lake, wrong)
