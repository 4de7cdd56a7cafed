"""Keys, rates and sizes: closed unless it is said to be open; nothing of a key is written down."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.web.served import KEY, OPEN, STATED, Served, served, with_key, works

from tipoff.errors import InputError
from tipoff.store.lake import Lake
from tipoff.web.app import is_loopback, needs_key
from tipoff.web.keys import Keys, new_key, read_keys
from tipoff.web.limits import Buckets, Rate
from tipoff.web.server import checked_keys
from tipoff.web.settings import Settings
from tipoff.web.work import Asked, Context

CLOSED = ("/checks/freshness", "/checks/drift", "/jobs", "/jobs/0123456789abcdef", "/nothing", "/")
ALWAYS = ("/health", "/ready", "/version")
READS = ("/v1/today", "/metrics", "/openapi.json")


@pytest.mark.parametrize("address", CLOSED)
def test_checks_jobs_and_the_unknown_need_a_key(api: Served, address: str) -> None:
    answer = api.get(address)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    for wrong in ("", KEY[:-1], KEY + "a", STATED.partition("=")[2], "tester", "é"):
        assert api.get(address, with_key(wrong)).status == 401
        assert api.get(address, {"Authorization": f"Bearer {wrong}"}).status == 401
    assert api.get(address, {"Authorization": f"Basic {KEY}"}).status == 401
    assert api.get(address, with_key()).status not in (401, 403)
    assert api.get(address, {"Authorization": f"bearer {KEY}"}).status not in (401, 403)


def test_a_job_is_not_begun_without_a_key(api: Served) -> None:
    assert api.ask("POST", "/jobs/publish", body=b"{}").status == 401
    assert api.state.jobs.all() == []


@pytest.mark.parametrize("address", CLOSED)
def test_where_nobody_has_a_key_nobody_gets_in(published: Lake, address: str) -> None:
    api = served(published, keys=Keys({}))
    answer = api.get(address)
    assert answer.status == 403
    assert "tipoff services key" in answer.detail
    assert api.get(address, with_key()).status == 401
    assert api.get("/v1/today").status == 200


def test_reading_may_need_a_key_too(published: Lake) -> None:
    api = served(published, OPEN.model_copy(update={"require_keys": True}))
    for address in READS:
        assert api.get(address).status == 401
        assert api.get(address, with_key()).status == 200
    for address in ALWAYS:
        assert api.get(address).status == 200


def test_a_wrong_key_is_refused_where_none_is_needed(api: Served) -> None:
    assert api.get("/v1/today", with_key("wrong")).status == 401


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("192.168.1.2", False), ("::", False), ("127.example.org", False),
        ("", False),
    ],
)  # fmt: skip
def test_reading_is_open_on_this_machine_only(
    host: str, is_own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(host=host)
    assert is_loopback(host) is is_own
    assert needs_key(settings) is not is_own
    monkeypatch.delenv("TIPOFF_API_KEYS", raising=False)
    if is_own:
        assert not checked_keys(settings)
    else:
        with pytest.raises(InputError, match="where others may reach it; there is none"):
            checked_keys(settings)
    monkeypatch.setenv("TIPOFF_API_KEYS", STATED)
    assert checked_keys(settings).named(KEY) == "tester"


def test_keys_come_from_text_and_file_and_are_never_repeated(tmp_path: Path) -> None:
    (key, one), (_, two) = new_key("one"), new_key("two")
    path = tmp_path / "keys"
    path.write_text(f"# the second\n{two}\n\n")
    keys = read_keys(f"{one},", path)
    assert set(keys.hashes) == {"one", "two"}
    assert keys.named(key) == "one"
    assert sha256(key.encode()).hexdigest() in one
    for wrong in ("a-plain-key", f"one={key}", f"{one},{one}", "one=" + "z" * 64):
        with pytest.raises(InputError) as error:
            read_keys(wrong)
        assert key not in str(error.value)
        assert "a-plain-key" not in str(error.value)
    with pytest.raises(InputError, match="Expected API keys in"):
        read_keys("", tmp_path / "nothing")
    with pytest.raises(InputError, match="Expected a name"):
        new_key("no name")


def test_a_bucket_fills_steadily() -> None:
    now = [0.0]
    buckets = Buckets(Rate(per_second=2, burst=3), lambda: now[0], most=2)
    assert [buckets.take("a") for _ in range(4)] == [None, None, None, 1]
    assert buckets.take("b") is None
    now[0] = 0.5
    assert [buckets.take("a"), buckets.take("a")] == [None, 1]
    now[0] = 100.0
    assert [buckets.take("a") for _ in range(4)] == [None, None, None, 1]
    for who in "cdef":
        buckets.take(who)
        assert len(buckets) == 2


def test_a_slow_bucket_says_how_long_it_takes() -> None:
    buckets = Buckets(Rate(per_second=0.1, burst=1), lambda: 0.0)
    assert [buckets.take("a"), buckets.take("a")] == [None, 10]


def test_who_asks_too_often_is_told_when_to_come_back(published: Lake) -> None:
    slow = Rate(per_second=0.01, burst=2)
    api = served(published, Settings(reads=slow, writes=slow, refusals=slow))
    assert [api.get("/v1/today").status for _ in range(3)] == [200, 200, 429]
    answer = api.get("/v1/today")
    assert 1 <= int(answer.headers["retry-after"]) <= 100
    assert "Ask again in" in answer.detail
    # Others are not held up: another address, and who has a key.
    assert api.ask("GET", "/v1/today", client="127.0.0.2").status == 200
    assert api.get("/v1/today", with_key()).status == 200
    # Neither is anything but reading, and guessing at keys is slow.
    good = "/checks/drift?date=2024-12-03"
    assert [api.get(good, with_key()).status for _ in range(3)] == [200, 200, 429]
    assert [api.get(good, with_key("no")).status for _ in range(3)] == [401, 401, 429]


def test_a_body_has_its_limits(published: Lake) -> None:
    api = served(published, OPEN.model_copy(update={"most_body_bytes": 100, "part_seconds": 0.3}))

    def ask(body: Any) -> int:
        headers = {**with_key(), "Content-Type": "application/json"}
        return api.ask("POST", "/jobs/grade", headers=headers, body=body).status

    async def many() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b" " * 10

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    assert [ask(b" " * 101), ask(many), ask(slow)] == [413, 413, 408]
    assert ask(b"not json") == 422
    assert ask(b'{"date": "2024-12-03", "more": 1}') == 422
    assert ask(b'{"date": "2024-13-03"}') == 422
    assert api.state.jobs.all() == []
    assert ask(b'{"date": "2024-12-03"}') == 202


def test_one_line_a_request_and_no_key_in_any(api: Served) -> None:
    api.get("/v1/players/1")
    api.get("/checks/drift?date=2024-12-03&key=in-the-address", with_key())
    api.get("/jobs", {"Authorization": "Bearer some-wrong-key"})
    first, second, third = api.lines()
    assert first["event"] == "request"
    assert (first["path"], first["status"], first["key"]) == ("/v1/players/{player_id}", 200, None)
    assert (second["path"], second["key"], third["status"]) == ("/checks/drift", "tester", 401)
    assert {"id", "method", "ms", "client", "at"} <= first.keys()
    for secret in (KEY, STATED.partition("=")[2], "some-wrong-key", "in-the-address"):
        assert secret not in api.logs.getvalue()
    answer = api.get("/health")
    assert api.lines()[-1]["id"] == answer.headers["x-request-id"]


def test_what_nobody_expected_is_no_success_and_is_written_down(published: Lake) -> None:
    def broken(_: Context, __: Asked) -> Any:
        secret = KEY
        raise ZeroDivisionError(f"of {len(secret)}")

    api = served(published, does=works(broken))
    answer = api.get("/checks/drift", with_key())
    assert answer.status == 500
    assert "the logs tell of it" in answer.detail
    failed, request = api.lines()
    assert failed["event"] == "request failed"
    assert failed["id"] == request["id"]
    assert "ZeroDivisionError" in str(failed["exception"])
    assert request["status"] == 500
    assert KEY not in api.logs.getvalue()
