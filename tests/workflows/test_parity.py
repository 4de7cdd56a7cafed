"""Live = backfill: equal where nothing was planted, and every plant is called by its name."""

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.workflows import live_season as season
from tests.workflows.live_season import Live
from typer.testing import CliRunner

from tipoff.cli.app import app
from tipoff.domain.plant import plant_named
from tipoff.errors import InputError
from tipoff.features.declare import POINTS
from tipoff.processors.catalogue import feature_store
from tipoff.store import door
from tipoff.store import lake as lake_store
from tipoff.store.lake import append, open_lake, read, replace
from tipoff.store.versions import SUPERSEDED_AT
from tipoff.tables.raw import GAMES
from tipoff.tables.served import PARITY_AUDITS
from tipoff.workflows import serve_features
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.decisions import SERVED, Decision, decided_rows, rows_code
from tipoff.workflows.parity import audit_parity
from tipoff.workflows.parity_request import Asked
from tipoff.workflows.serve_features import Asked as Serving
from tipoff.workflows.serve_features import serve

STORE = feature_store(POINTS).table


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Live:
    """Two dates, served as they came; not to be written to."""
    return season.lived(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def over(served: Live, tmp_path_factory: pytest.TempPathFactory) -> Live:
    """The same when all has come in and the dates are backfilled; not to be written to."""
    live = season.copied(served, tmp_path_factory.mktemp("over"))
    season.come_in(live.lake, live.frames)
    season.backfilled(live)
    return live


@pytest.fixture
def live(served: Live, tmp_path: Path) -> Live:
    return season.copied(served, tmp_path)


@pytest.fixture
def done(over: Live, tmp_path: Path) -> Live:
    return season.copied(over, tmp_path)


def audited(live: Live, **more: Any) -> dict[str, Any]:
    return audit_parity(live.lake, Asked(live.days[0], live.days[-1], **more))


def causes(report: Mapping[str, Any]) -> set[str]:
    return {cause["cause"] for cause in report["causes"]}


def test_all_is_equal_where_nothing_happened(over: Live) -> None:
    report = audited(over)
    assert (report["verdict"], report["passed"], report["causes"]) == ("equal", True, [])
    rows = read(over.lake, SERVED)
    assert report["values"]["equal"] == report["values"]["compared"] > 60 * rows.height
    assert report["rows"]["equal"] == rows.height == report["rows"]["compared"]
    assert report["dates_not_served"] == []
    assert [s["game_date"] for s in report["servings"]] == over.days
    # Something was served before the games were played, and it was not nothing.
    assert rows["points_avg_season"].is_not_null().mean() > 0.8  # type: ignore[operator]
    assert audited(over)["audit"] == report["audit"]
    assert read(over.lake, PARITY_AUDITS).height == 1


@pytest.mark.parametrize("name", sorted(season.PLANTS))
def test_what_came_in_between_is_named(done: Live, name: str) -> None:
    plant, cause, verdict = season.PLANTS[name]
    plant(done)
    season.backfilled(done)
    report = audited(done)
    assert causes(report) == {cause}
    assert report["verdict"] == verdict
    (own,) = report["causes"]
    assert own["share"] == 1
    assert own["examples"][0]["served"] != own["examples"][0]["backfilled"]
    assert {e["game_date"] for e in own["examples"]} == {done.day}
    # All other values are the same, and counted.
    assert report["values"]["equal"] > 1000
    if name == "late trade":
        assert report["rows"]["missing_in_backfill"] == 1
        row = next(f for f in report["features"] if f["feature"] == "row")
        assert row["causes"] == {cause: 1}
    if name == "correction":
        largest = max(f["largest_difference"] or 0 for f in report["features"])
        assert audited(done, tolerance=largest)["verdict"] == "equal"
        assert audited(done, tolerance=0.99 * largest)["verdict"] == "explained"


def test_tables_that_matter_together_are_all_named(done: Live) -> None:
    season.late_report(done)
    season.corrected_box(done)
    season.backfilled(done)
    report = audited(done)
    both = {"availability: late rows", "player_boxes: correction"}
    assert causes(report) == both
    # His usage counts for his teammates only since he is out: the correction alone moves nothing.
    usage = next(f for f in report["features"] if f["feature"] == "teammate_usage_available")
    assert set(usage["causes"]) == both
    average = next(f for f in report["features"] if f["feature"] == "points_avg_season")
    assert set(average["causes"]) == {"player_boxes: correction"}


def test_older_code_is_a_cause(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    def older(*args: Any) -> pl.DataFrame:
        return decided_rows(*args).with_columns(days_rest=pl.col("days_rest") + 1)

    with monkeypatch.context() as patched:
        patched.setattr(serve_features, "decided_rows", older)
        patched.setattr(serve_features, "rows_code", lambda: "older")
        assert serve(live.lake, Serving(Decision(live.day)), now=live.instant)["serving"] == 3
    season.corrected_box(live)
    season.backfilled(live)
    report = audited(live)
    assert report["verdict"] == "explained"
    rest = next(f for f in report["features"] if f["feature"] == "days_rest")
    assert set(rest["causes"]) == {"code"}
    assert causes(report) == {"code", "player_boxes: correction"}


def test_a_tampered_value_is_unexplained(done: Live) -> None:
    rows = read(done.lake, SERVED)
    first = pl.int_range(pl.len()) == 0
    replace(
        done.lake,
        SERVED,
        rows.with_columns(
            points_avg_season=pl.when(first).then(31.5).otherwise("points_avg_season")
        ),
        "true",
    )
    days = ["--start-date", str(done.days[0]), "--end-date", str(done.days[-1])]
    asked = ["audit", "parity", *days, "--lake", done.lake.url]
    shown = CliRunner().invoke(app, [*asked, "--json"])
    assert shown.exit_code == 3
    report = json.loads(shown.stdout)
    assert report["verdict"] == "unexplained"
    assert report["values"]["differing"] == 1
    (cause,) = report["causes"]
    assert cause["cause"] == "unexplained: the versions served from do not give it"
    assert cause["examples"][0]["served"] == 31.5
    assert "UNEXPLAINED" in CliRunner().invoke(app, asked).output


def test_a_tampered_backfill_is_unexplained(done: Live) -> None:
    rows = read(done.lake, STORE)
    first = pl.int_range(pl.len()) == 0
    edited = rows.with_columns(days_rest=pl.when(first).then(7.0).otherwise("days_rest"))
    replace(done.lake, STORE, edited, "true")
    report = audited(done)
    assert causes(report) == {"unexplained: the rows of today do not give the backfilled one"}
    assert not report["passed"]


def test_a_planted_fault_of_the_backfill_is_a_leak(done: Live) -> None:
    plant = plant_named("inclusive-date")
    backfill(done.lake, Request(done.days[0], done.days[-1], plant=plant), lambda *_: None)
    last = Asked(done.day, done.day, plant=plant)
    report = audit_parity(done.lake, last)
    assert (report["verdict"], report["passed"]) == ("leak", False)
    assert "leak: player_boxes" in causes(report)
    assert all(cause.startswith("leak: ") for cause in causes(report))
    leaky = {f["feature"] for f in report["features"] if f["differing"]}
    assert {"points_avg_last_5", "points_avg_season"} <= leaky
    # The clean backfill beside it is as it was served.
    assert audited(done)["verdict"] == "equal"


def test_a_door_that_opens_onto_the_future_is_a_leak(
    done: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_(_: str) -> pl.Expr:
        return (pl.col("game_date") <= pl.col("_spine_date")) & pl.col(SUPERSEDED_AT).is_null()

    season.late_quote(done)
    monkeypatch.setattr(door._is_known, "honest", open_)
    shutil.rmtree(Path(done.lake.url) / STORE.name)
    shutil.rmtree(Path(done.lake.url) / "player_daily_cache")
    season.backfilled(done)
    report = audit_parity(done.lake, Asked(done.day, done.day))
    assert report["verdict"] == "leak"
    assert "leak: player_boxes" in causes(report)
    # What was late is still told apart from it.
    assert "prop_quotes: late rows" in causes(report)


def test_what_can_not_be_read_any_more_does_not_pass(done: Live) -> None:
    season.corrected_box(done)
    season.rewritten_box(done)
    season.backfilled(done)
    for file in sorted((Path(done.lake.url) / "player_boxes").rglob("*.parquet")):
        if not _is_used(done, file):
            file.unlink()
    report = audited(done)
    assert (report["verdict"], report["passed"]) == ("not checkable", False)
    assert causes(report) == {"not checkable"}
    allowed = audited(done, allow_unreadable=True)
    assert (allowed["verdict"], allowed["passed"]) == ("not checkable", True)


def _is_used(live: Live, file: Path) -> bool:
    log = sorted((Path(live.lake.url) / "player_boxes" / "_delta_log").glob("*.json"))
    added, removed = set(), set()
    for entry in log:
        for line in entry.read_text().splitlines():
            action = json.loads(line)
            if "add" in action:
                added.add(action["add"]["path"])
            if "remove" in action:
                removed.add(action["remove"]["path"])
    return any(file.match(path) for path in added - removed)


def test_serving_early_differs_and_asking_for_that_instant_does_not(
    served: Live, tmp_path: Path
) -> None:
    lake = open_lake(str(tmp_path / "early"))
    noon = served.instant - timedelta(hours=9)
    season.come_in(lake, served.frames, noon)
    day = served.day
    plain = serve(lake, Serving(Decision(day)), now=noon)
    asked = serve(lake, Serving(Decision(day, asked_at=noon)), now=noon)
    assert plain["as_of"]["last"] == served.instant
    assert asked["as_of"]["first"] == asked["as_of"]["last"] == noon
    assert (plain["serving"], asked["serving"]) == (1, 2)
    live = Live(lake, served.frames, [day], served.instant, served.unknown)
    season.come_in(lake, served.frames)
    season.backfilled(live)
    report = audited(live)
    early, noons = report["servings"]
    assert (early["asked_at"], noons["asked_at"]) == (None, noon)
    assert early["differing"] > 0
    assert noons["differing"] == 0
    assert {c.partition(": ")[2] for c in causes(report)} == {"served early"}


def test_serving_twice_keeps_one(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Serving(Decision(live.day))
    again = serve(live.lake, asked, now=live.instant + timedelta(minutes=1))
    assert (again["kept"], again["serving"]) == (False, 2)
    season.late_quote(live)

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(lake_store, "committed_at", killed)
        with pytest.raises(KeyboardInterrupt):
            serve(live.lake, asked)
    assert read(live.lake, SERVED)["serving"].max() == 2
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: serve(live.lake, asked), range(2)))
    assert sorted(one["kept"] for one in both) == [False, True]
    assert {one["serving"] for one in both} == {3}
    rows = read(live.lake, SERVED)
    assert rows.select(SERVED.key).is_unique().all()
    assert rows.filter(pl.col("serving") == 3)["code_fingerprint"].unique().item() == rows_code()


def test_what_can_not_be_served_or_compared_says_so(live: Live, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Expected games on 2022-08-01"):
        serve(live.lake, Serving(Decision(date(2022, 8, 1))))
    empty = open_lake(str(tmp_path / "empty"))
    with pytest.raises(InputError, match="found none; ingest"):
        serve(empty, Serving(Decision(live.day)))
    append(empty, GAMES, live.frames["games"])
    nobody = serve(empty, Serving(Decision(live.day)))
    assert (nobody["rows"], nobody["kept"], nobody["serving"]) == (0, False, None)
    with pytest.raises(InputError, match="Run 'tipoff backfill --start-date"):
        audited(live)
    with pytest.raises(InputError, match="at least 0"):
        audited(live, tolerance=-1)
    with pytest.raises(InputError, match="Serve them before tip-off"):
        audit_parity(live.lake, Asked(date(2021, 10, 1), date(2021, 10, 2)))


def test_the_commands_serve_another_market_and_compare_it(live: Live) -> None:
    run = CliRunner()
    asked = ["features", "serve", "--date", str(live.day), "--lake", live.lake.url]
    rebounds = ["--market", "rebounds"]
    shown = run.invoke(app, [*asked, *rebounds, "--json"])
    assert shown.exit_code == 0, shown.output
    report = json.loads(shown.stdout)
    assert (report["serving"], report["kept"], report["market"]) == (3, True, "rebounds")
    assert report["input_fingerprint"]
    assert "nothing new was kept" in run.invoke(app, [*asked, *rebounds]).output
    noon = datetime.combine(live.day, datetime.min.time()).isoformat()
    wrong = run.invoke(app, [*asked, "--at", noon])
    assert wrong.exit_code == 2
    assert "an instant with its zone" in wrong.output
    season.come_in(live.lake, live.frames)
    span = ["--start-date", str(live.day), "--end-date", str(live.day), "--lake", live.lake.url]
    assert run.invoke(app, ["backfill", *span, *rebounds]).exit_code == 0
    late = run.invoke(app, ["audit", "parity", *span, *rebounds])
    assert late.exit_code == 2, "what is served years later proves nothing"
    assert f"all {report['rows']} rows were served later" in " ".join(late.output.split())
    assert run.invoke(app, ["backfill", *span]).exit_code == 0
    audit = run.invoke(app, ["audit", "parity", *span, "--json"])
    assert audit.exit_code == 0, audit.output
    compared = json.loads(audit.stdout)
    assert (compared["verdict"], compared["served_late"]) == ("equal", 0)
    assert compared["values"]["compared"] > 60 * report["rows"]
