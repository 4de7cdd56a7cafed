"""The audit for leaks: silent on clean code, and loud where a fault is planted."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.conftest import TEST, TRAIN
from typer.testing import CliRunner

from tipoff.backtest.lines import line_choice
from tipoff.backtest.takeable import takeable
from tipoff.cli.app import app
from tipoff.domain.market import MARKETS
from tipoff.domain.plant import plant_named
from tipoff.errors import InputError
from tipoff.models.artifact import save
from tipoff.models.spec import ModelSpec, kept_features
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, append, log, read, scan
from tipoff.tables.experiments import CERTIFICATES
from tipoff.tables.raw import PLAYER_BOXES, RAW_TABLES
from tipoff.workflows.certificates import newest_certificate
from tipoff.workflows.certifying import certified
from tipoff.workflows.dataset import dataset
from tipoff.workflows.fitting import forecaster
from tipoff.workflows.leak_audit import Asked, _sampled, audit_date, audit_leaks
from tipoff.workflows.mutations import MUTATIONS, Moment, figures, future_changed, later
from tipoff.workflows.training import training_rows

POINTS = MARKETS["points"]
SPEC = ModelSpec(name="audited", feature_set="v12", iterations=30, learning_rate=0.2)


def _asked(**more: Any) -> Asked:
    return Asked((POINTS,), SPEC, **{"dates": 3, "refits": 1, **more})


@pytest.fixture(scope="module")
def clean(raw_lake: Lake) -> dict[str, Any]:
    return audit_leaks(raw_lake, _asked())


def test_nothing_moves_where_what_came_later_is_changed(clean: dict[str, Any]) -> None:
    assert clean["passed"], clean["differences"][:3]
    assert len(clean["dates"]) == 3
    for mutation in clean["mutations"].values():
        outputs = mutation["outputs"]
        assert {"team_defense_zone", "ml_feature_store", "quality of points"} <= outputs.keys()
        assert outputs["model bytes"] == {"compared": 1, "moved": 0}
        assert min(n for t, n in mutation["changed"].items() if t != "availability") > 0


def test_every_processor_moves_where_the_past_is_changed(clean: dict[str, Any]) -> None:
    assert clean["dual"].keys() == {name for name, m in MUTATIONS.items() if not m.is_idle}
    for outputs in clean["dual"].values():
        assert len(outputs) == 5
        assert all(own["moved"] == own["compared"] for own in outputs.values())


def test_the_planted_fault_is_found_in_every_way_that_changes_results(raw_lake: Lake) -> None:
    found = audit_leaks(raw_lake, _asked(plant=plant_named("inclusive-date"), dates=2))
    assert not found["passed"]
    by_mutation = {d["mutation"] for d in found["differences"]}
    assert {"delete", "shuffle", "scale", "forge"} <= by_mutation
    moved = {d["output"] for d in found["differences"]}
    assert {"player_daily_cache", "ml_feature_store", "model bytes"} <= moved
    assert "team_defense_zone" not in moved


def test_predictions_of_a_saved_model_are_compared(lake: Lake, tmp_path: Path) -> None:
    data = dataset(lake, ["2022-23"])
    lines = takeable(data.quotes, line_choice("median"), POINTS)
    training = training_rows(data, SPEC, TRAIN, TEST[0], lines)
    own = forecaster(SPEC, training, kept_features(SPEC, data.features), threads=1)
    path = save(own.fitted, SPEC, tmp_path, {}).path
    name = f"predictions of {path.name}"
    honest = audit_leaks(lake, _asked(models=(path,), dates=1, refits=0))
    assert honest["mutations"]["forge"]["outputs"][name] == {"compared": 1, "moved": 0}
    planted = _asked(models=(path,), dates=1, refits=0, plant=plant_named("inclusive-date"))
    leaky = audit_leaks(lake, planted)
    assert leaky["mutations"]["forge"]["outputs"][name]["moved"] == 1


def test_a_certificate_is_the_same_bytes_and_is_carried_by_the_same_code(
    lake: Lake, tmp_path: Path
) -> None:
    assert newest_certificate(lake, SPEC, None) is None
    asked = _asked(dates=1, refits=0)
    first = certified(lake, asked, tmp_path, step=lambda *_: None)
    again = certified(lake, asked, tmp_path / "again", step=lambda *_: None)
    assert Path(first["report"]).read_bytes() == Path(again["report"]).read_bytes()
    own = newest_certificate(lake, SPEC, None)
    assert own is not None
    assert (own["id"], own["dates"], own["passed"]) == (first["certificate"], 1, True)
    assert newest_certificate(lake, SPEC, "inclusive-date") is None
    assert newest_certificate(lake, SPEC.model_copy(update={"market": "threes"}), None) is None
    other = SPEC.model_copy(update={"learner": "ridge"})
    assert newest_certificate(lake, other, None) is None, "other code was not audited"


def test_the_command_passes_fails_and_asks_for_enough_dates(raw_lake: Lake, tmp_path: Path) -> None:
    common = ["--refits", "0", "--lake", raw_lake.url, "--out", str(tmp_path)]
    asked = ["audit", "leaks", "--dates", "1", *common]
    shown = CliRunner().invoke(app, [*asked, "--json"])
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["passed"]
    planted = CliRunner().invoke(app, [*asked, "--plant", "inclusive-date"])
    assert planted.exit_code == 3
    assert "LEAK: what came later moved player_daily_cache" in planted.output
    many = CliRunner().invoke(app, ["audit", "leaks", "--dates", "5000", *common])
    assert many.exit_code == 2
    assert "Expected at least 5000 game dates" in many.output


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_a_mutation_leaves_what_was_known_alone(
    league_frames: Mapping[str, pl.DataFrame], name: str
) -> None:
    moment = _moment(league_frames)
    changed, counts = future_changed(league_frames, moment, MUTATIONS[name], 1)
    assert changed.keys() == league_frames.keys()
    for table in RAW_TABLES:
        rows = league_frames[table]
        is_later = later(rows, moment)
        kept = changed[table].filter(~later(changed[table], moment))
        key = [c for c in RAW_TABLES[table].key if c in rows.columns]
        assert kept.sort(key).equals(rows.filter(~is_later).sort(key))
        assert changed[table].columns == rows.columns
        if name != "duplicate" and counts[table] and figures(RAW_TABLES[table]):
            future = rows.filter(is_later)
            other = changed[table].filter(later(changed[table], moment))
            assert not other.equals(future), table


def test_forging_tells_the_game_itself(league_frames: Mapping[str, pl.DataFrame]) -> None:
    moment = _moment(league_frames)
    without = {
        name: rows.filter(~pl.col("game_id").is_in(moment.games)) if "box" in name else rows
        for name, rows in league_frames.items()
    }
    changed, _ = future_changed(without, moment, MUTATIONS["forge"], 1)
    told = changed["player_boxes"].filter(pl.col("game_id").is_in(moment.games))
    assert told["game_id"].n_unique() == len(moment.games)
    assert told["points"].max() > 20  # type: ignore[operator]
    assert (told["observed_at"] > moment.instant).all()


def _moment(frames: Mapping[str, pl.DataFrame]) -> Moment:
    games = merged_games(frames["games"])
    day = games["game_date"].unique().sort().to_list()[-10]
    own = games.filter(pl.col("game_date") == day).sort("tip_off_at")
    instant = own["tip_off_at"][0] - timedelta(minutes=30)
    return Moment(instant, tuple(own["game_id"]), day)


def test_a_correction_that_came_after_the_first_test_is_not_learnt_from(lake: Lake) -> None:
    data = dataset(lake, ["2022-23"])
    lines = takeable(data.quotes, line_choice("median"), POINTS)
    boxes = read(lake, PLAYER_BOXES, seasons=["2022-23"])
    inside = boxes.filter(pl.col("game_date").is_between(*TRAIN), pl.col("seconds_played") > 0)
    before = training_rows(data, SPEC, TRAIN, TEST[0], lines)
    chosen = before.join(inside.select("game_id", "player_id"), on=["game_id", "player_id"]).head(1)
    row = inside.join(chosen.select("game_id", "player_id"), on=["game_id", "player_id"])
    first = data.rows.filter(pl.col("game_date") >= TEST[0])["as_of"].min()
    assert first is not None
    for late, more, learnt in ((1, 40, False), (-1, 41, True)):
        newer = row.with_columns(
            points=pl.col("points") + more,
            observed_at=pl.lit(first + timedelta(minutes=late)).cast(pl.Datetime("us", "UTC")),  # type: ignore[operator]
        )
        assert append(lake, PLAYER_BOXES, newer).added == 1
        told = dataset(lake, ["2022-23"])
        again = training_rows(told, SPEC, TRAIN, TEST[0], lines)
        assert again["actual"].equals(before["actual"]) is not learnt
        # For grading the last word counts, that of the minute after.
        now = told.rows.join(chosen.select("game_id", "player_id"), on=["game_id", "player_id"])
        assert now["actual"].item() == chosen["actual"].item() + 40


def test_dates_without_boxes_are_not_sampled(raw_lake: Lake) -> None:
    with pytest.raises(InputError, match="Audit fewer dates"):
        audit_leaks(raw_lake, _asked(dates=1000))
    days = read(raw_lake, PLAYER_BOXES)["game_date"].unique().sort().to_list()
    one = audit_date(raw_lake, _asked(), days[-1], False)
    assert one["game_date"] == days[-1]


def test_models_that_nothing_would_look_at_are_refused(lake: Lake, tmp_path: Path) -> None:
    data = dataset(lake, ["2022-23"])
    lines = takeable(data.quotes, line_choice("median"), POINTS)
    training = training_rows(data, SPEC, TRAIN, TEST[0], lines)
    own = forecaster(SPEC, training, kept_features(SPEC, data.features), threads=1)
    foreign = SPEC.model_copy(update={"market": "rebounds"})
    path = save(own.fitted, foreign, tmp_path, {}).path
    with pytest.raises(InputError, match=r"Expected models of points, got .*rebounds; add"):
        audit_leaks(lake, _asked(models=(path,), dates=1, refits=0))


def test_a_date_is_sampled_once(raw_lake: Lake) -> None:
    days = _sampled(raw_lake, _asked(dates=80))
    assert len(set(days)) == 80


def test_a_failed_certificate_is_not_hidden_by_a_later_one(lake: Lake, tmp_path: Path) -> None:
    asked = _asked(dates=1, refits=0)
    first = certified(lake, asked, tmp_path, step=lambda *_: None)
    rows = scan(lake, CERTIFICATES).collect()
    failed = rows.with_columns(
        certificate_id=pl.lit("failed"),
        is_passed=pl.lit(False),
        at=pl.col("at").dt.offset_by("-1h"),
    )
    log(lake, CERTIFICATES, failed)
    own = newest_certificate(lake, SPEC, None)
    assert own is not None
    assert (own["id"], own["passed"]) == ("failed", False)
    assert first["passed"]
    assert newest_certificate(lake, SPEC, None, lead_minutes=600) is None
