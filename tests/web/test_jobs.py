"""Jobs run in threads, one by each name at a time; what became of each is told."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.web.served import (
    BAD_DAY,
    BROKEN_DAY,
    EMPTY_DAY,
    GOOD_DAY,
    Served,
    published_lake,
    served,
    with_key,
    works,
)

from tipoff.store.lake import Lake
from tipoff.web.jobs import MOST_KEPT, BusyError, Job, Jobs, Task
from tipoff.web.work import JOBS, WORKS, Asked, Context

STATES = {GOOD_DAY: "done", BAD_DAY: "negative", BROKEN_DAY: "failed", EMPTY_DAY: "refused"}


def _until(holds: Callable[[], bool]) -> bool:
    for _ in range(1500):
        if holds():
            return True
        time.sleep(0.02)
    return False


def _begin(api: Served, name: str, day: str) -> Any:
    headers = {**with_key(), "Content-Type": "application/json"}
    body = f'{{"date": "{day}"}}'.encode()
    return api.ask("POST", f"/jobs/{name}", headers=headers, body=body)


@pytest.mark.parametrize("name", JOBS)
def test_a_job_ends_as_its_command_would(api: Served, name: str) -> None:
    for day, state in STATES.items():
        answer = _begin(api, name, day)
        assert answer.status == 202
        place = answer.headers["location"]
        assert _until(lambda: not api.state.jobs.is_busy(name))
        told = api.get(place, with_key()).json
        assert (told["state"], told["by"]) == (state, "key tester")
        assert (told["report"] is None) == (state in ("failed", "refused"))
        assert (told["sentence"] is None) == (state == "done")
    listed = api.get("/jobs", with_key()).json
    assert [job["state"] for job in listed["jobs"]] == [*reversed(STATES.values())]
    assert {row["plan"] for row in listed["planned"]} >= {"daily", "grade", "validate-overnight"}
    assert api.get("/jobs/0123456789abcdef", with_key()).status == 404


def test_one_job_by_each_name_runs_at_a_time(published: Lake) -> None:
    go_on = threading.Event()

    def slow(_: Context, __: Asked) -> Mapping[str, Any]:
        assert go_on.wait(20)
        return {"wrong": False}

    api = served(published, does=works(slow))
    try:
        assert _begin(api, "publish", GOOD_DAY).status == 202
        answer = _begin(api, "publish", GOOD_DAY)
        assert answer.status == 409
        assert "no other job publish" in answer.detail
        assert _begin(api, "grade", GOOD_DAY).status == 202
    finally:
        go_on.set()
    assert _until(lambda: not api.state.jobs.is_busy("publish"))
    assert _begin(api, "publish", GOOD_DAY).status == 202


def test_the_real_publish_job_writes_what_is_served(tmp_path_factory: Any) -> None:
    lake = published_lake(tmp_path_factory.mktemp("again"))
    api = served(lake, does=WORKS)
    (api.state.published.root / "v1/today.json").unlink()
    assert api.get("/v1/today").status == 404
    place = _begin(api, "publish", "2024-12-04").headers["location"]
    assert _until(lambda: not api.state.jobs.is_busy("publish"))
    told = api.get(place, with_key()).json
    assert told["state"] == "done", told
    assert api.get("/v1/today").json["date"] == "2024-12-04"
    assert api.get("/v1/dates/2024-12-04").json["state"] == "not_predicted"


def _task(run: Callable[[], Mapping[str, Any]], name: str = "work") -> Task:
    return Task(name, run, lambda _: None)


def test_what_nobody_expected_is_a_failed_job(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[type[BaseException] | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_type))
    ended: list[Job] = []
    jobs = Jobs(ended.append)
    jobs.submit(_task(lambda: {"n": 1 // 0}))
    assert _until(lambda: bool(ended) and bool(seen))
    assert ended[0].state == "failed"
    assert "ZeroDivisionError" in str(ended[0].sentence)
    assert seen == [ZeroDivisionError]
    assert not jobs.is_busy("work")


def test_stopping_waits_and_begins_no_more() -> None:
    go_on, jobs = threading.Event(), Jobs()

    def slow() -> Mapping[str, Any]:
        assert go_on.wait(20)
        return {}

    running = [jobs.submit(_task(slow, name)) for name in ("a", "b", "c")]
    assert _until(lambda: [job.state for job in running].count("running") == 2)
    assert jobs.stop(0.05) == ["a", "b", "c"]
    with pytest.raises(BusyError, match="stopping"):
        jobs.submit(_task(slow, "d"))
    go_on.set()
    assert jobs.stop(10) == []
    # The third one waited for a thread, and was not begun any more.
    assert sorted(job.state for job in running) == ["done", "done", "failed"]


def test_so_many_jobs_are_remembered() -> None:
    jobs = Jobs()
    for n in range(MOST_KEPT + 5):
        jobs.submit(_task(dict, f"job {n}"))
        assert _until(lambda: not jobs.is_busy(f"job {n}"))  # noqa: B023
    names = [job.task.name for job in jobs.all()]
    assert names == [f"job {n}" for n in reversed(range(5, MOST_KEPT + 5))]
