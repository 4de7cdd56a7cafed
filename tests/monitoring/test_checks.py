"""Laws over all checks: each passes where all is well, and fails by the fault that it catches."""

import ast
import inspect
import re
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.monitoring.check_faults import FAULTS, Fault
from tests.monitoring.healthy import DAY, EVENING, MORNING, Healthy, eastern

from tipoff.errors import InputError, TipoffError
from tipoff.monitoring import declare
from tipoff.monitoring.checks import CHECKS, MODULES, all_checks
from tipoff.monitoring.declare import (
    CRITICAL,
    HEALTHY,
    P1,
    P2,
    SCHEDULES,
    WARNING,
    Check,
    Finding,
    Result,
    of_schedule,
    overall,
    run,
    schedule_named,
)
from tipoff.monitoring.deployment import State
from tipoff.monitoring.scene import GIVEN, SCHEMAS, Need, Scene
from tipoff.store.lake import Lake, read, replace, version
from tipoff.tables.answers import ANSWERS
from tipoff.tables.models import MODEL_EVENTS
from tipoff.tables.predictions import COVERAGE, GRADES, PREDICTIONS
from tipoff.tables.raw import AVAILABILITY, AVAILABILITY_REPORTS, RAW_TABLES
from tipoff.tables.watch import (
    CHECK_RESULTS,
    ERROR,
    EXPECTED_OUTPUTS,
    FAIL,
    JOB_STEPS,
    MODEL_STATES,
    PASS,
    WARN,
)
from tipoff.workflows.scene import scene_of
from tipoff.workflows.validate import Given, deployed_rows, given_frames, not_passed, validate

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions" / "checks.md"


def _given(now: datetime) -> Given:
    service = {"service": "api", "is_healthy": True, "at": now.isoformat(), "sentence": "well"}
    current = {"service": "api", "is_current": True, "sentence": "as packaged"}
    return Given(*given_frames([service], [current]))


@pytest.fixture(scope="module")
def scenes(well: Healthy) -> dict[datetime, Scene]:
    """All frames in the evening and in the morning after, loaded once."""

    def loaded(now: datetime) -> Scene:
        given = _given(now)
        scene = scene_of(
            well.lake, DAY, now, clock=MORNING, services=given.services, deployed=given.deployed
        )
        for need in Need:
            assert scene.given(need) is not None
        return scene

    return {now: loaded(now) for now in (EVENING, MORNING)}


def _looked(check: Check, scene: Scene, fault: Fault | None = None) -> Finding:
    frames = dict(scene.loaded)
    if fault is not None:
        assert fault.need in check.needs
        frames[fault.need] = fault.change(scene.frame(fault.need))
    (result,) = run([check], Scene(scene.now, scene.day, {}, loaded=frames))
    return result.finding


@pytest.mark.parametrize("check", all_checks(), ids=lambda c: c.name)
def test_a_check_passes_where_all_is_well_and_fails_by_each_of_its_faults(
    check: Check, scenes: dict[datetime, Scene]
) -> None:
    assert FAULTS.get(check.name), f"{check.name} has no planted fault: add one to check_faults.py"
    for scene in scenes.values():
        finding = _looked(check, scene)
        assert finding.state == PASS, finding.sentence
    for fault in FAULTS[check.name]:
        found = _looked(check, scenes[fault.now], fault)
        assert found.state == FAIL, (fault.name, found)
        assert fault.word in found.sentence, (fault.name, found)


def test_faults_are_of_checks_and_checks_are_documented() -> None:
    names = [c.name for c in all_checks()]
    assert set(FAULTS) == set(names)
    functions = {
        node.name
        for module in MODULES
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert functions == set(names)
    for check in all_checks():
        assert check.doc.startswith("Whether ")
        assert check.required
        assert check.schedules
        assert check.needs


def test_every_schedule_has_checks_and_every_need_a_schema_and_a_check() -> None:
    for schedule in SCHEDULES.values():
        assert of_schedule(schedule)
    assert set(SCHEMAS) == set(Need)
    assert {need for c in all_checks() for need in c.needs} == set(Need)


@pytest.mark.parametrize("check", all_checks(), ids=lambda c: c.name)
def test_a_check_fails_closed(check: Check, scenes: dict[datetime, Scene]) -> None:
    """A frame that can not be loaded is an ERROR, never a PASS; a given one fails."""

    def broken() -> pl.DataFrame:
        raise TipoffError("Expected a table, but the disk is gone.")

    frames = dict(scenes[EVENING].loaded)
    for need in check.needs:
        own = {n: f for n, f in frames.items() if n != need}
        scene = Scene(EVENING, DAY, {need: broken}, loaded=own)
        (result,) = run([check], scene)
        assert result.finding.state == ERROR
        assert "the disk is gone" in result.finding.sentence
        absent = Scene(EVENING, DAY, {}, loaded={**own, need: None})
        (result,) = run([check], absent)
        assert result.finding.state == (FAIL if need in GIVEN else ERROR)


def test_a_need_that_is_not_declared_and_a_frame_without_its_columns_are_errors() -> None:
    def look(scene: Scene) -> Finding:
        """Whether it looks where it should not."""
        scene.frame(Need.GRADES)
        return Finding(PASS, {}, "")

    odd = Check("odd", P1, (), (Need.SERVICES,), "", look)
    scene = Scene(EVENING, DAY, {Need.GRADES: GRADES.empty})
    assert "grades is not declared" in run([odd], scene)[0].finding.sentence
    declared = Check("odd", P1, (), (Need.GRADES,), "", look)
    assert run([declared], scene)[0].finding.state == PASS
    scene = Scene(EVENING, DAY, {Need.GRADES: lambda: pl.DataFrame({"a": [1]})})
    assert "Expected columns" in run([declared], scene)[0].finding.sentence


def test_a_fault_of_the_program_fails_the_run() -> None:
    def look(scene: Scene) -> Finding:
        return Finding(PASS, {}, str(1 / 0))

    with pytest.raises(ZeroDivisionError):
        run([Check("odd", P1, (), (), "", look)], Scene(EVENING, DAY, {}))


def test_the_worst_finding_counts() -> None:
    def result(severity: str, state: str) -> Result:
        check = Check("one", severity, (), (), "", lambda _: Finding(state, {}, ""))
        return Result(check, Finding(state, {}, ""))

    well = result(P1, PASS)
    assert overall([well]) == HEALTHY
    assert overall([]) == CRITICAL
    assert overall([well, result(P2, FAIL)]) == overall([well, result(P1, WARN)]) == WARNING
    assert overall([well, result(P1, FAIL)]) == overall([well, result("P3", ERROR)]) == CRITICAL


def test_auto_is_the_schedule_that_was_due_last() -> None:
    before = DAY - timedelta(days=1)
    times = {1: ("post_game", before), 2: ("overnight", DAY), 7: ("post_overnight", DAY)}
    times |= {8: ("pre_game_prep", DAY), 17: ("midday", DAY), 18: ("pre_game_final", DAY)}
    for hour, (name, day) in {**times, 23: ("post_game", DAY)}.items():
        schedule, about = schedule_named("auto", eastern(DAY, hour, 30))
        assert (schedule.name, about) == (name, day)
    assert schedule_named("midday", eastern(DAY, 3))[1] == DAY
    with pytest.raises(InputError, match="Expected a schedule out of auto, overnight"):
        schedule_named("noon", EVENING)


@pytest.mark.parametrize("now", [EVENING, MORNING], ids=["evening", "morning"])
def test_all_schedules_are_healthy_where_all_is_well(
    well: Healthy, tmp_path: Path, now: datetime
) -> None:
    lake = well.copied(tmp_path).lake
    for name in SCHEDULES:
        report = validate(lake, name, now, day=DAY, clock=MORNING, given=_given(now))
        assert report["overall"] == HEALTHY, report["checks"]
        assert not_passed(report) is None
    kept = read(lake, CHECK_RESULTS)
    assert kept["run_id"].n_unique() == len(SCHEDULES)
    assert kept.height == sum(len(c.schedules) for c in all_checks())
    assert set(kept["state"]) == {PASS}


TIMES = {
    ANSWERS: "fetched_at",
    JOB_STEPS: "at",
    PREDICTIONS: "made_at",
    GRADES: "graded_at",
    COVERAGE: "counted_at",
    EXPECTED_OUTPUTS: "at",
    MODEL_EVENTS: "at",
    MODEL_STATES: "at",
}


def test_nothing_that_came_later_is_in_a_frame(well: Healthy, tmp_path: Path) -> None:
    """Of the ledger alone it is not known when it was written."""
    lake, noon = well.copied(tmp_path).lake, eastern(DAY, 12)
    for table, column in (TIMES | dict.fromkeys(RAW_TABLES.values(), "observed_at")).items():
        rows = read(lake, table)
        known = rows.filter(pl.col(column) <= noon)
        if table not in (RAW_TABLES["games"], MODEL_EVENTS):
            assert known.height < rows.height, table.name
        replace(lake, table, known, "true")
    cut, whole = (scene_of(one, DAY, noon, clock=MORNING) for one in (lake, well.lake))
    for need in set(Need) - {*GIVEN, Need.LEDGER}:
        columns = list(SCHEMAS[need])
        one, other = (s.frame(need).select(columns).sort(columns) for s in (cut, whole))
        assert one.equals(other), need


def test_lists_that_were_not_submitted_tell_nothing(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    lists = read(lake, AVAILABILITY_REPORTS)
    replace(lake, AVAILABILITY_REPORTS, lists.with_columns(is_submitted=False), "true")
    replace(lake, AVAILABILITY, AVAILABILITY.empty(), "true")
    assert scene_of(lake, DAY, EVENING).frame(Need.NEWS).is_empty()


def test_a_run_that_was_given_nothing_is_critical_and_kept(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    report = validate(lake, "midday", EVENING, day=DAY, clock=MORNING)
    assert report["overall"] == CRITICAL
    bad = {row["name"]: row["state"] for row in report["checks"] if row["state"] != PASS}
    assert bad == {"services_healthy": FAIL, "deployment_current": FAIL}
    said = not_passed(report)
    assert said is not None
    assert "CRITICAL: services_healthy, deployment_current of midday" in said
    assert set(read(lake, CHECK_RESULTS).filter(pl.col("state") == FAIL)["check"]) == set(bad)


def test_a_lake_without_games_is_an_error_of_each_check_that_needs_them(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"), {})
    report = validate(lake, "post_overnight", EVENING, day=DAY)
    assert report["overall"] == CRITICAL
    assert report["counts"][ERROR] >= 3
    assert version(lake, CHECK_RESULTS) is not None


def test_what_is_given_is_judged() -> None:
    with pytest.raises(InputError, match="Expected service, is_healthy, at, sentence in each row"):
        given_frames([{"service": "api"}], None)
    with pytest.raises(InputError, match="of deployed"):
        given_frames(None, [{"service": 1, "is_current": "yes", "sentence": ""}])


def test_what_is_known_of_deployment_is_given_row_by_row() -> None:
    states = {
        State.SAME: True,
        State.NOT_DEPLOYED: True,
        State.DRIFTED: False,
        State.MODEL_DRIFT: False,
        State.NOT_RUNNING: False,
        State.UNREACHABLE: None,
        State.NO_REPORT: None,
    }
    assert set(states) == set(State)
    services = [{"service": s.value, "state": s.value, "sentence": s.value} for s in State]
    rows = deployed_rows({"services": services})
    assert [row["is_current"] for row in rows] == [states[state] for state in State]
    frame = given_frames(None, rows)[1]
    scene = Scene(EVENING, DAY, {Need.DEPLOYED: lambda: frame})
    (result,) = run([CHECKS["deployment_current"]], scene)
    assert result.finding.state == FAIL
    assert len(result.finding.observed["drifted"]) == 5


def test_the_page_tells_every_check() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (P\d) \| ([^|]+) \| ([^|]+) \|$",
        DECISIONS.read_text("utf-8"),
        re.MULTILINE,
    )
    told = {
        name: (severity, schedules.strip(), required.strip())
        for name, severity, schedules, required in rows
    }
    assert told == {
        c.name: (c.severity, ", ".join(s.name for s in c.schedules), c.required)
        for c in all_checks()
    }


def test_nothing_broad_is_caught() -> None:
    caught = [
        ast.unparse(node.type)
        for node in ast.walk(ast.parse(inspect.getsource(declare)))
        if isinstance(node, ast.ExceptHandler) and node.type is not None
    ]
    assert caught == ["(TipoffError, pl.exceptions.PolarsError)"]


def test_severities_are_used() -> None:
    assert {c.severity for c in all_checks()} == {P1, P2, "P3"}
