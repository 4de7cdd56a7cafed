"""A status says what was found: a check that can not fail tells nobody anything."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.web.asking import ask
from tests.web.served import (
    BAD_DAY,
    BROKEN_DAY,
    EMPTY_DAY,
    GOOD_DAY,
    OPEN,
    Served,
    served,
    with_key,
    works,
)

from tipoff.monitoring.deployment import read_report
from tipoff.store.lake import Lake
from tipoff.web.guard import App, Message, Receive, Scope, Send
from tipoff.web.work import CHECKS, WORKS, Asked, Context

STATUSES = {GOOD_DAY: 200, BAD_DAY: 409, BROKEN_DAY: 503, EMPTY_DAY: 503, "TOMOROW": 422}


def _statuses(app: App, name: str) -> dict[str, int]:
    return {
        day: ask(app, "GET", f"/checks/{name}?date={day}", headers=with_key()).status
        for day in STATUSES
    }


@pytest.mark.parametrize("name", CHECKS)
def test_only_a_good_verdict_is_a_success(api: Served, name: str) -> None:
    assert _statuses(api.app, name) == STATUSES


def always_200(app: App) -> App:
    """The planted fault: a reporter that answers 200 whatever it found."""

    async def reporter(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "status": 200}
            await send(message)

        await app(scope, receive, sending)

    return reporter


def test_a_reporter_that_always_answers_200_hides_everything(api: Served) -> None:
    found = _statuses(always_200(api.app), "freshness")
    hidden = {day for day, status in STATUSES.items() if found[day] != status}
    assert hidden == {BAD_DAY, BROKEN_DAY, EMPTY_DAY, "TOMOROW"}


def test_a_negative_verdict_comes_with_its_whole_report(api: Served) -> None:
    answer = api.get(f"/checks/reconcile?date={BAD_DAY}", with_key())
    assert answer.status == 409
    assert answer.json["check"] == "reconcile"
    assert answer.json["is_good"] is False
    assert answer.json["sentence"] == "Something is wrong."
    assert answer.json["report"]["day"] == BAD_DAY
    assert "can not be read" in api.get(f"/checks/drift?date={BROKEN_DAY}", with_key()).detail


def test_a_check_that_takes_too_long_was_not_made(published: Lake) -> None:
    go_on = threading.Event()

    def slow(_: Context, __: Asked) -> Mapping[str, Any]:
        go_on.wait(20)
        return {"wrong": False}

    api = served(published, OPEN.model_copy(update={"check_seconds": 0.2}), does=works(slow))
    try:
        assert "within 0.2 s" in api.get("/checks/freshness", with_key()).detail
        # It goes on, so it is not begun once more.
        answer = api.get("/checks/freshness", with_key())
        assert answer.status == 503
        assert "for somebody else" in answer.detail
        assert answer.headers["retry-after"] == "5"
    finally:
        go_on.set()
    assert _until(lambda: api.get("/checks/freshness", with_key()).status == 200)


def _until(holds: Callable[[], bool]) -> bool:
    for _ in range(600):
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("name", CHECKS)
def test_the_real_checks_are_no_success_where_nothing_is_well(published: Lake, name: str) -> None:
    """On a lake with one game that nobody has watched, whose services do not run."""
    api = served(published, does=WORKS)
    answer = api.get(f"/checks/{name}?date=2024-12-03&schedule=midday", with_key())
    if name == "model-drift":
        # The model that predicted is not in the registry, so it can not be looked at.
        assert answer.status == 503
        assert "The check could not be made" in answer.detail
        return
    assert answer.status == 409, answer.body
    assert answer.json["sentence"]
    assert answer.json["report"]


def test_a_lake_that_can_not_be_read_is_not_ready(published: Lake, tmp_path: Any) -> None:
    api = served(published)
    assert api.get("/ready").status == 200
    empty = Lake(str(tmp_path / "lake"))
    for lake in (empty, Lake(str(tmp_path))):
        broken = served(lake, OPEN.model_copy(update={"published": api.state.published.root}))
        answer = broken.get("/ready")
        assert answer.status == 503
        assert broken.get("/health").status == 200
    unpublished = served(published, OPEN.model_copy(update={"published": tmp_path}))
    assert "Run 'tipoff publish'" in unpublished.get("/ready").detail
    damaged = tmp_path / "damaged"
    (damaged / "games/_delta_log").mkdir(parents=True)
    (damaged / "games/_delta_log/00000000000000000000.json").write_text("{")
    settings = OPEN.model_copy(update={"published": api.state.published.root})
    assert served(Lake(str(damaged)), settings).get("/ready").status == 503


def test_what_runs_is_told_whole(api: Served) -> None:
    report = read_report(api.get("/version").json, "api")
    assert {"web/server.py", "web/app.py", "workflows/publish.py"} <= report["files"].keys()
