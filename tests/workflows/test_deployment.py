"""Running services are compared with what is here, over HTTP and by file; silence is no consent."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.monitoring.small_package import GRADING, write_package
from tests.sources.weather import ERROR_PAGE, Reply, Script, ok, weather
from typer.testing import CliRunner

from tipoff.cli.app import app
from tipoff.errors import InputError
from tipoff.monitoring.deployment import captured, running_identity
from tipoff.monitoring.services import READ_BY_NAME, SERVICES, Service
from tipoff.sources.manners import Manners
from tipoff.store.lake import Lake, open_lake
from tipoff.workflows.deployment import deployment_drift, read_deployed
from tipoff.workflows.service_reports import is_running, report_path, reporting, write_report

# A busy machine may keep a good answer waiting; only where none is to come is the limit short.
PATIENT = Manners(tries=1, connect=20.0, read=20.0, total=20.0, most_bytes=20_000)
HASTY = Manners(tries=1, connect=0.2, read=0.2, total=0.2, most_bytes=20_000)
API = Service("api", "Serves.", ("tipoff.domain.clock",))
MODELS = replace(GRADING, serves_models=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_package(tmp_path)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "lake"))


def _found(
    lake: Lake,
    root: Path,
    script: Script,
    service: Service = GRADING,
    manners: Manners = PATIENT,
    **more: Any,
) -> dict[str, Any]:
    """What is found of a service that answers so."""
    with weather(script) as server:
        addresses = {service.name: f"{server.address}/"}
        report = deployment_drift(
            lake, addresses, root=root, services=(service,), manners=manners, **more
        )
        assert {asked.path for asked in server.asked} <= {"/version"}
    (row,) = report["services"]
    assert isinstance(row, dict)
    json.dumps(report, allow_nan=False)
    return row


def _edit(root: Path) -> None:
    (root / "domain" / "pick.py").write_text("PICK = 2\n", encoding="utf-8")


def _touch(root: Path) -> None:
    for path in root.rglob("*.py"):
        path.write_bytes(path.read_bytes())
        os.utime(path, (2_000_000_000, 2_000_000_000))


def _import_more(root: Path) -> None:
    with (root / "domain" / "pick.py").open("a", encoding="utf-8") as file:
        file.write("from tipoff.workflows import other\n")


def _import_less(root: Path) -> None:
    (root / "domain" / "odds.py").write_text("", encoding="utf-8")


# What happens to the files while the service runs: state, and what differs, came and went.
CHANGES: dict[str, tuple[Callable[[Path], object], str, list[str], list[str], list[str]]] = {
    "nothing": (lambda _: None, "same", [], [], []),
    "a file changed": (_edit, "drifted", ["domain/pick.py"], [], []),
    "a config changed": (
        lambda root: (root.parents[1] / "configs" / "grading.toml").write_text("most = 4\n"),
        "drifted",
        ["configs/grading.toml"],
        [],
        [],
    ),
    "another page": (
        lambda root: (root / "pages" / "new.j2").write_text("new"),
        "drifted",
        [],
        ["pages/new.j2"],
        [],
    ),
    "another import": (
        _import_more,
        "drifted",
        ["domain/pick.py"],
        ["workflows/other.py"],
        [],
    ),
    "an import less": (_import_less, "drifted", ["domain/odds.py"], [], ["domain/clock.py"]),
    "a file elsewhere": (
        lambda root: (root / "workflows" / "other.py").write_text("OTHER = 2\n"),
        "same",
        [],
        [],
        [],
    ),
    # A rebase or a fresh checkout writes the same bytes again.
    "the same written again": (_touch, "same", [], [], []),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_running_service_is_compared_file_by_file(lake: Lake, root: Path, change: str) -> None:
    happen, state, differ, added, gone = CHANGES[change]
    running = captured(GRADING, root)
    happen(root)
    row = _found(lake, root, lambda *_: ok(running))
    assert row["state"] == state
    assert row["files"] == {"differ": differ, "added": added, "gone": gone}
    assert (row["hash_here"] == row["hash_running"]) == (state == "same")
    assert all(path in row["sentence"] for path in (*differ, *added, *gone))


def test_old_code_under_a_new_label_is_drift(lake: Lake, root: Path) -> None:
    # An image built from a stale layer: it calls itself what it should be, and is not.
    stale = captured(GRADING, root)
    _edit(root)
    assert stale["version"] == captured(GRADING, root)["version"]
    row = _found(lake, root, lambda *_: ok(stale))
    assert row["state"] == "drifted"
    assert "both call themselves" in row["sentence"]
    other = _found(lake, root, lambda *_: ok({**stale, "version": "9.9.9"}))
    assert other["state"] == "drifted"
    assert other["version"] == "9.9.9"


def _told(report: Mapping[str, Any], size: int = 0) -> Reply:
    return ok({**report, "more": "x" * size})


# How it answers, from its true report: state, and what the sentence says.
WEATHER: dict[str, tuple[Callable[[dict[str, Any]], Reply], str, str]] = {
    "a page": (lambda _: Reply(200, ERROR_PAGE), "no report", "status 200 and '<html>"),
    "no such page": (lambda _: Reply(404, b"{}"), "no report", "got status 404"),
    "a failure": (lambda r: replace(ok(r), status=500), "no report", "got status 500"),
    "a key wanted": (lambda r: replace(ok(r), status=401), "no report", "got status 401"),
    "a list": (lambda r: ok([r]), "no report", "Expected a JSON object"),
    "another thing": (lambda _: ok({"status": "fine"}), "no report", "not whole"),
    "another service": (lambda r: ok({**r, "service": "api"}), "no report", "got one of api"),
    "a label of today on the files of yesterday": (
        lambda r: ok({**r, "content_hash": "0" * 64}),
        "no report",
        "not to be believed",
    ),
    "too much": (lambda r: _told(r, 20_001), "no report", "more than 20,000 bytes"),
    "cut off": (lambda r: replace(ok(r), missing=5), "no report", "cut off"),
    "elsewhere": (
        lambda _: Reply(302, headers={"location": "http://elsewhere.invalid/"}),
        "no report",
        "got status 302",
    ),
    "nothing for long": (lambda _: Reply(hang=True), "unreachable", "at most 0.2 s"),
    "byte by byte": (lambda r: replace(ok(r), trickle=0.05), "unreachable", "at most 0.2 s"),
    "a reset": (lambda _: Reply(reset=True), "unreachable", "could not be reached"),
}


@pytest.mark.parametrize("kind", WEATHER)
def test_a_service_that_does_not_tell_is_not_fine(lake: Lake, root: Path, kind: str) -> None:
    reply, state, sentence = WEATHER[kind]
    true = captured(GRADING, root)
    manners = HASTY if "at most" in sentence else PATIENT
    row = _found(lake, root, lambda *_: reply(true), manners=manners)
    assert row["state"] == state
    assert sentence in row["sentence"]
    assert row["hash_running"] is None


def test_nobody_at_an_address_is_unreachable(
    lake: Lake, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with weather(lambda *_: Reply()) as server:
        gone = server.address
    # A proxy that is set for the world is not asked for our own services.
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    report = deployment_drift(
        lake, {"grading": gone}, root=root, services=(GRADING,), manners=PATIENT
    )
    assert report["services"][0]["state"] == "unreachable"
    assert report["unknown"] == ["grading"]
    assert _found(lake, root, lambda *_: ok(captured(GRADING, root)))["state"] == "same"


def test_headers_that_trickle_hold_nobody(
    lake: Lake, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipoff.sources.running._SLACK", 0.1)
    over = threading.Event()

    def trickle(server: socket.socket) -> None:
        with server.accept()[0] as there:
            there.sendall(b"HTTP/1.1 200 OK\r\nx: ")
            while not over.wait(0.05):
                there.sendall(b"y")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=trickle, args=(server,))
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        report = deployment_drift(
            lake, {"grading": address}, root=root, services=(GRADING,), manners=HASTY
        )
        over.set()
        thread.join()
    assert report["services"][0]["state"] == "unreachable"


LIVE = {"points": "b2", "threes": "c3"}


@pytest.mark.parametrize(
    ("service", "served", "live", "names"),
    [
        (MODELS, LIVE, LIVE, []),
        (MODELS, {**LIVE, "points": "a1"}, LIVE, ["points"]),
        (MODELS, {}, LIVE, ["points", "threes"]),
        (MODELS, LIVE, {}, ["points", "threes"]),
        (MODELS, {**LIVE, "points": "a1"}, None, []),
        (GRADING, {}, LIVE, []),
        (GRADING, {"points": "a1"}, {"points": "b2"}, ["points"]),
    ],
)
def test_another_model_than_the_live_one_is_drift(
    lake: Lake,
    root: Path,
    service: Service,
    served: dict[str, str],
    live: dict[str, str] | None,
    names: list[str],
) -> None:
    running = captured(service, root, served)
    row = _found(lake, root, lambda *_: ok(running), service, live_models=live)
    assert row["state"] == ("model drift" if names else "same")
    assert [model["name"] for model in row["models"]] == names
    assert all(f"{name}: " in row["sentence"] for name in names)
    _edit(root)
    both = _found(lake, root, lambda *_: ok(running), service, live_models=live)
    assert both["state"] == "drifted"
    assert both["models"] == row["models"]


def _by_file(lake: Lake, root: Path, **more: Any) -> dict[str, Any]:
    found = deployment_drift(lake, root=root, services=(GRADING, API), **more)
    row = found["services"][0]
    assert isinstance(row, dict)
    return row


def test_a_file_counts_for_as_long_as_its_writer_runs(lake: Lake, root: Path) -> None:
    assert "has said nothing" in _by_file(lake, root)["sentence"]
    with reporting(lake, captured(GRADING, root)) as path:
        assert path == report_path(lake, "grading")
        assert _by_file(lake, root)["state"] == "same"
        # Who is said not to be deployed and runs is looked at all the same.
        _edit(root)
        assert _by_file(lake, root, not_deployed=["grading"])["state"] == "drifted"
        write_report(lake, captured(GRADING, root, {"points": "a1"}))
        assert _by_file(lake, root)["state"] == "same"
        path.write_text("{", encoding="utf-8")
        assert _by_file(lake, root)["state"] == "no report"
        write_report(lake, captured(GRADING, root))
    ended = _by_file(lake, root)
    assert ended["state"] == "not running"
    assert "has ended" in ended["sentence"]
    assert _by_file(lake, root, not_deployed=["grading"])["state"] == "not deployed"
    assert sorted(path.name for path in path.parent.iterdir()) == ["grading.json"]


def test_a_killed_service_does_not_run(lake: Lake, root: Path) -> None:
    program = (
        "import json, os, sys\n"
        "from tipoff.store.location import open_lake\n"
        "from tipoff.workflows.service_reports import reporting\n"
        "with reporting(open_lake(sys.argv[1]), json.load(sys.stdin)):\n"
        "    print('up', flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, lake.url],
        input=json.dumps(captured(GRADING, root)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("up\n", -9)
    assert _by_file(lake, root)["state"] == "not running"


def test_a_service_runs_once_and_looking_disturbs_nobody(
    lake: Lake, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipoff.workflows.service_reports._PAUSE_SECONDS", 0.001)
    identity = captured(GRADING, root)
    with (
        reporting(lake, identity),
        pytest.raises(InputError, match="runs already"),
        reporting(lake, identity),
    ):
        pytest.fail("two of one service")
    assert [is_running(lake, "grading") for _ in range(2)] == [False, False]
    with reporting(lake, identity):
        assert [is_running(lake, "grading") for _ in range(2)] == [True, True]


def test_a_lake_on_an_object_store_takes_no_files(root: Path) -> None:
    far = Lake("s3://bucket/lake")
    with reporting(far, captured(GRADING, root)) as path:
        assert path is None
        assert _by_file(far, root)["state"] == "no report"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown service": ({"addresses": {"grade": "http://h"}}, "a service out of grading, api"),
    "an unknown one left out": ({"not_deployed": ["grade"]}, "a service out of grading, api"),
    "no address": ({"addresses": {"api": "localhost:8000"}}, "http"),
    "a password": ({"addresses": {"api": "http://me:secret@h"}}, "without a user"),
    "both": ({"addresses": {"api": "http://h"}, "not_deployed": ["api"]}, "got both"),
    "nothing left": ({"not_deployed": ["api", "grading"]}, "nothing would be compared"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_is_a_sentence(lake: Lake, root: Path, case: str) -> None:
    options, sentence = WRONG[case]
    with pytest.raises(InputError, match=sentence) as refused:
        deployment_drift(lake, root=root, services=(GRADING, API), **options)
    assert "secret" not in str(refused.value)


def _command(lake: Lake, *options: str) -> tuple[int, dict[str, Any]]:
    command = ["drift", "deployment", "--lake", lake.url, "--json", *options]
    result = CliRunner().invoke(app, command)
    (line,) = result.stdout.splitlines()
    return result.exit_code, json.loads(line)


def test_the_command_is_fine_only_where_every_service_is(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = [s.name for s in SERVICES if s.name not in ("api", "grading")]
    file = tmp_path / "services.toml"
    with weather(lambda *_: ok(running_identity("api"))) as server:
        text = f'not_deployed = {rest}\n[services]\napi = "{server.address}"\n'
        file.write_text(text, encoding="utf-8")
        code, report = _command(lake, "--config", str(file))
        assert (code, report["unknown"], report["compared"]) == (3, ["grading"], 1)
        with reporting(lake, running_identity("grading")):
            code, report = _command(lake, "--config", str(file))
            assert (code, report["drifted"], report["unknown"]) == (0, [], [])
            shown = CliRunner().invoke(
                app, ["drift", "deployment", "--lake", lake.url, "--config", str(file)]
            )
            assert "publisher is not deployed, as the operator says." in shown.stdout
            wrong = f"api={server.address}/elsewhere"
            server.script = lambda asked, _: (
                ok(running_identity("grading")) if "elsewhere" in asked.path else Reply(404)
            )
            code, report = _command(lake, "--config", str(file), "--service", wrong)
            assert (code, report["unknown"]) == (3, ["api"])
    # Whatever runs, a map of any service that matches nothing is bad input.
    monkeypatch.setitem(READ_BY_NAME, "tipoff", ("data_processors/phase2/*",))
    code, report = _command(lake, "--not-deployed", "api")
    assert code == 2
    assert "mapped path data_processors/phase2/*" in report["error"]


@pytest.mark.parametrize(
    "options",
    [["--service", "api"], ["--service", "api=http://a", "--service", "api=http://b"]],
)
def test_a_wrong_option_is_a_sentence(lake: Lake, options: list[str]) -> None:
    code, report = _command(lake, *options)
    assert code == 2
    assert "for --service, got" in report["error"]


@pytest.mark.parametrize("text", ["services = 3", "[service]", "x =", "[services]\napi = 1"])
def test_a_wrong_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "services.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"services\.toml"):
        read_deployed(file)
    with pytest.raises(InputError, match="Expected a list of services"):
        read_deployed(tmp_path / "none.toml")
