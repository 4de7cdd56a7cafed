"""The services as they really run: a process on loopback that stops when it is told to."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.web.hook import hook
from tests.web.served import KEY, STATED, published_lake, with_key
from typer.testing import CliRunner, Result

from tipoff.cli.app import app
from tipoff.errors import TipoffError
from tipoff.store.lake import Lake, open_lake
from tipoff.web import server
from tipoff.web.heartbeats import Heartbeat, Heartbeats
from tipoff.web.logs import logger_to
from tipoff.web.plans import Plan
from tipoff.web.server import NAMES
from tipoff.web.settings import Settings
from tipoff.web.work import WORKS
from tipoff.workflows.service_reports import is_running

FAST = "stop_seconds = 5\npart_seconds = 1.5\n"


class Running:
    """A process of services."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self.process, self._errors = process, errors
        self.port = 0

    def lines(self) -> list[dict[str, Any]]:
        text = self._errors.read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def wait_for(self, event: str) -> dict[str, Any]:
        for _ in range(600):
            found = [line for line in self.lines() if line["event"] == event]
            if found:
                return found[0]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no {event}: {self._errors.read_text()}")

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def metrics(self) -> str:
        time.sleep(0.05)
        return str(self.ask("GET", "/metrics")[1].decode())

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(kind)
        out, _ = self.process.communicate(timeout=30)
        return self.process.returncode, out


@contextmanager
def running(
    lake: Lake, folder: Path, *options: str, keys: str = STATED, webhook: str = ""
) -> Iterator[Running]:
    config, errors = folder / "services.toml", folder / "errors"
    config.write_text(FAST)
    command = [
        *(sys.executable, "-m", "tipoff", "services", "run", "--lake", lake.url, "--json"),
        *("--config", str(config), "--port", "0", *options),
    ]
    env = {**os.environ, "TIPOFF_API_KEYS": keys, "TIPOFF_WEBHOOK_URL": webhook}
    with errors.open("w") as file:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True, env=env)
    try:
        yield Running(process, errors)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return published_lake(tmp_path_factory.mktemp("own"))


def test_all_services_in_one_process_serve_work_and_stop(own: Lake, tmp_path: Path) -> None:
    # A run that began long ago and never ended, which somebody is to be told of.
    then = datetime(2024, 1, 1, 6, 30, tzinfo=UTC)
    Heartbeats(own).put(Heartbeat("grade", then, began_at=then))
    with hook(200) as told_to, running(own, tmp_path, webhook=told_to.url) as services:
        services.port = services.wait_for("listening")["port"]
        status, body = services.ask("GET", "/v1/today")
        assert status == 200
        assert body == (Path(own.url) / "published/v1/today.json").read_bytes()
        assert services.ask("GET", "/jobs")[0] == 401
        headers = {**with_key(), "Content-Type": "application/json"}
        asked = '{"date": "2024-12-04"}'
        status, body = services.ask("POST", "/jobs/publish", asked, **headers)
        assert status == 202
        services.wait_for("job ended")
        _, body = services.ask("GET", f"/jobs/{json.loads(body)['id']}", **with_key())
        assert json.loads(body)["state"] == "done"
        # All run, on the files that are here: each by the lock that it holds.
        status, body = services.ask("GET", "/checks/drift", **with_key())
        assert status == 200, body
        assert all(is_running(own, name) for name in NAMES)
        text = services.metrics()
        assert 'tipoff_jobs_total{job="publish",state="done"} 1.0' in text
        assert 'tipoff_service_running{service="scheduler"} 1.0' in text
        assert "tipoff_scheduler_tick_age_seconds" in text
        # Notices are told beside all else; at some hours a run was missed as well.
        sent = re.compile(r'tipoff_notices_total\{channel="webhook",state="sent"\} [12]\.0')
        assert any(sent.search(services.metrics()) for _ in range(100))
        assert json.loads(told_to.came[0][1])["problem"].startswith("grade killed: The run of #")
        # A second one does not start on the lake.
        again = _run("services", "run", "--only", "grading", "--lake", own.url)
        assert again.exit_code == 2
        assert "one runs already" in json.loads(again.stdout)["error"]
        code, out = services.stop()
    assert code == 0
    told = json.loads(out)
    assert told["services"] == list(NAMES)
    assert (told["jobs"], told["abandoned"], told["is_told"]) == ({"publish done": 1}, [], True)
    assert not any(is_running(own, name) for name in NAMES)
    assert KEY not in (tmp_path / "errors").read_text()
    assert [line["status"] for line in services.lines() if line["event"] == "request"][:2] == [
        200,
        401,
    ]


def test_services_run_apart_and_see_each_other(own: Lake, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with (
        running(own, tmp_path / "a", "--only", "scheduler,grading") as scheduler,
        running(own, tmp_path / "b", "--only", "api", keys="") as api,
    ):
        scheduler.wait_for("services started")
        api.port = api.wait_for("listening")["port"]
        text = api.ask("GET", "/metrics")[1].decode()
        assert 'tipoff_service_running{service="scheduler"} 1.0' in text
        assert 'tipoff_service_running{service="publisher"} 0.0' in text
        assert api.ask("GET", "/jobs", **with_key())[0] == 401
        assert api.ask("GET", "/jobs")[0] == 403
        listed = json.loads(_run("services", "list", "--lake", own.url).stdout)
        runs = {row["service"]: row["is_running"] for row in listed["services"]}
        assert runs == {name: name in ("api", "scheduler", "grading") for name in NAMES}
        assert scheduler.stop(signal.SIGINT)[0] == 0
        text = api.ask("GET", "/metrics")[1].decode()
        assert 'tipoff_service_running{service="scheduler"} 0.0' in text
        assert api.stop()[0] == 0


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--json"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "0.0.0.0"], "where others may reach it; there is none"),
        (["--only", "api,nonsense"], "Expected services out of api"),
        (["--config", "/nowhere.toml"], "Expected a configuration of the services"),
        (["--lake", "/nowhere"], "Expected a lake at /nowhere"),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_code_2(
    own: Lake, options: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TIPOFF_API_KEYS", raising=False)
    words = ["services", "run", "--port", "0", "--json", "--lake", own.url, *options]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert said in json.loads(result.stdout)["error"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = 99999", "port"),
        ("prot = 1", "prot"),
        ('off = ["nonsense"]', "to be off; got nonsense"),
        ("[reads]\nper_second = -1\nburst = 1", "per_second"),
        ('keys_file = "/nowhere"', "Expected API keys in /nowhere"),
        ('[notify]\nwebhook = "ftp://x"', "webhook of notifications"),
        ("port = ", "Expected TOML"),
    ],
)
def test_a_wrong_configuration_is_a_sentence(
    own: Lake, tmp_path: Path, text: str, said: str
) -> None:
    config = tmp_path / "services.toml"
    config.write_text(text)
    words = ["services", "run", "--json", "--lake", own.url, "--config", str(config)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert said in json.loads(result.stdout)["error"]


def test_a_key_is_shown_once_and_its_hash_opens() -> None:
    result = CliRunner().invoke(app, ["services", "key", "me", "--json"])
    told = json.loads(result.stdout)
    assert told["state_as"].startswith("me=")
    assert told["key"] not in told["state_as"]
    assert CliRunner().invoke(app, ["services", "key", "no name"]).exit_code == 2


def test_a_head_that_never_ends_is_hung_up_on_and_an_address_is_listened_at_once(
    own: Lake, tmp_path: Path
) -> None:
    """Who sends a request byte by byte holds a connection for a while, not for ever."""
    with running(own, tmp_path, "--only", "api") as services:
        port = services.port = services.wait_for("listening")["port"]
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        slow[1].sendall(b"GET /health HTTP/1.1\r\nX: ")
        slow[2].sendall(b"GET /health HTTP/1.1\r\n\r\n")
        assert slow[2].recv(100).startswith(b"HTTP/1.1 200")
        slow[2].sendall(b"GET /health")
        other = open_lake(str(tmp_path / "other"))
        words = ("services", "run", "--only", "api", "--port", str(port), "--lake", other.url)
        found = _run(*words)
        assert found.exit_code == 1
        assert "choose another --port" in json.loads(found.stdout)["error"]
        for connection in slow:
            connection.settimeout(60)
            while connection.recv(4096):
                pass
            connection.close()
        assert services.ask("GET", "/health")[0] == 200
        assert services.stop()[0] == 0


def test_a_scheduler_that_can_not_go_on_ends_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process without its scheduler would look alive."""
    lake = open_lake(str(tmp_path / "lake"))
    plan = Plan("often", WORKS["drift"], every=timedelta(seconds=1), game_days=True)
    monkeypatch.setattr(server, "plans_of", lambda *_: [plan])

    def no_games(*_: object) -> pl.DataFrame:
        # Where heartbeats are kept is a file now: they can be written no more.
        beats = Path(lake.url) / "services/heartbeats"
        beats.write_text("")
        return pl.DataFrame(schema={"game_date": pl.Date()})

    monkeypatch.setattr(server, "known_games", no_games)
    logs = io.StringIO()
    with pytest.raises(TipoffError, match="The scheduler could not go on"):
        server.run(lake, ["scheduler"], Settings(stop_seconds=1), logger_to(logs))
    assert '"event": "thread failed"' in logs.getvalue()
    assert not is_running(lake, "scheduler")
