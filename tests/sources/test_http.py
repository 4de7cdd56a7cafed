"""The client asks politely, reads carefully, and never shows its key."""

import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from tests.sources.hand_clock import BEGIN, HASTY, QUICK, HandClock
from tests.sources.toy_provider import PROVIDER, SCHEDULE, games
from tests.sources.weather import ERROR_PAGE, Asked, Reply, Script, Server, ok, weather, zipped

from tipoff.errors import InputError
from tipoff.sources import http
from tipoff.sources.addresses import address_of, path_of
from tipoff.sources.http import Client
from tipoff.sources.manners import Clock, Manners, Pace, came_at, http_date, retry_after
from tipoff.tables.answers import Verdict

KEY = "s3cret/key+1"
DAY = {"day": "2024-10-22"}
GOOD = games("2024-10-22", "NYK@BOS")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_KEY", KEY)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def _tries(
    monkeypatch: pytest.MonkeyPatch, script: Script, manners: Manners = QUICK
) -> tuple[list[http.Asked], HandClock, Server]:
    hand = HandClock()
    with weather(script) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        with Client(PROVIDER, manners=manners, clock=hand.clock) as client:
            return list(client.tries(SCHEDULE, DAY)), hand, server


def _verdicts(tries: list[http.Asked]) -> list[Verdict]:
    return [asked.verdict for asked in tries]


def test_a_good_answer_is_given_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    (asked,), _, server = _tries(monkeypatch, lambda *_: ok(GOOD, x_left="90"))
    assert asked.verdict is Verdict.GOOD
    assert SCHEDULE.recognises(asked.answer.body)
    assert asked.answer.params == DAY
    assert asked.answer.headers["x-left"] == "90"
    assert server.asked[0].path == "/schedule/2024-10-22"
    assert server.asked[0].params == {"apiKey": KEY}


_NO_DATE = "Fri, 31 Dec 9999 23:59:59 -2359"
# How the weather is, what comes of the first try, and how many tries there are.
WEATHER: dict[str, tuple[Script, Verdict, int]] = {
    "an error page with 200": (lambda *_: Reply(200, ERROR_PAGE), Verdict.UNRECOGNISED, 2),
    "a sentence for a list": (lambda *_: ok({"message": "try later"}), Verdict.UNRECOGNISED, 2),
    "half of the JSON": (lambda *_: Reply(200, b'{"games": [{"da'), Verdict.UNRECOGNISED, 2),
    "a body cut off": (lambda *_: replace(ok(GOOD), missing=7), Verdict.CUT_OFF, 5),
    "a cut gzip": (lambda *_: zipped(GOOD, cut=9), Verdict.CUT_OFF, 5),
    "a broken gzip": (
        lambda *_: Reply(200, b"plain", {"content-encoding": "gzip"}),
        Verdict.CUT_OFF,
        5,
    ),
    "an encoding that was not asked for": (
        lambda *_: Reply(200, b"x", {"content-encoding": "br"}),
        Verdict.CUT_OFF,
        5,
    ),
    "too many requests": (lambda *_: Reply(429), Verdict.LIMITED, 5),
    "dates of no calendar": (
        lambda *_: Reply(429, headers={"retry-after": _NO_DATE, "date": _NO_DATE}),
        Verdict.LIMITED,
        5,
    ),
    "a failure cut off": (
        lambda *_: Reply(500, b"oops, something", missing=4),
        Verdict.FAILED,
        5,
    ),
    "a refusal cut off": (lambda *_: Reply(422, b"bad day", missing=4), Verdict.REFUSED, 1),
    "a request timed out": (lambda *_: Reply(408), Verdict.FAILED, 5),
    "to be paid for": (lambda *_: Reply(402), Verdict.BLOCKED, 1),
    "a failure": (lambda *_: Reply(500, b"oops"), Verdict.FAILED, 5),
    "a reset": (lambda *_: Reply(reset=True), Verdict.UNREACHABLE, 5),
    "no key": (lambda *_: Reply(401, b'{"message": "bad"}'), Verdict.BLOCKED, 1),
    "a country": (lambda *_: Reply(451), Verdict.BLOCKED, 1),
    "a challenge": (
        lambda *_: Reply(200, b"<html><title>Just a moment...</title>"),
        Verdict.BLOCKED,
        1,
    ),
    "a wrong param": (lambda *_: Reply(422), Verdict.REFUSED, 1),
    "no such day": (lambda *_: Reply(404), Verdict.ABSENT, 1),
    "an empty day": (lambda *_: ok({"games": []}), Verdict.EMPTY, 1),
    "another site": (
        lambda *_: Reply(302, headers={"location": "http://elsewhere.invalid/"}),
        Verdict.REDIRECTED,
        1,
    ),
    "no site": (
        lambda *_: Reply(302, headers={"location": "http://a]b/"}),
        Verdict.REDIRECTED,
        1,
    ),
    "no address": (
        lambda *_: Reply(302, headers={"location": "http://[::1/x"}),
        Verdict.UNREACHABLE,
        5,
    ),
    "a circle": (lambda *_: Reply(302, headers={"location": "/again"}), Verdict.REDIRECTED, 1),
}


@pytest.mark.parametrize("kind", sorted(WEATHER))
def test_bad_weather_has_a_verdict_and_a_number_of_tries(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    script, verdict, number = WEATHER[kind]
    tries, _, _ = _tries(monkeypatch, script)
    assert _verdicts(tries) == [verdict] * number
    assert tries[-1].wait is None
    if verdict not in (Verdict.ABSENT, Verdict.EMPTY):
        assert all(asked.note and asked.note.endswith(".") for asked in tries)


def test_a_whole_gzip_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    (asked,), _, _ = _tries(monkeypatch, lambda *_: zipped(GOOD))
    assert asked.verdict is Verdict.GOOD


def test_a_body_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    tries, _, _ = _tries(monkeypatch, lambda *_: ok(GOOD), replace(QUICK, most_bytes=20, tries=1))
    assert tries[0].verdict is Verdict.CUT_OFF
    assert "20 bytes" in str(tries[0].note)


def test_a_hang_and_a_trickle_end(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = replace(HASTY, tries=2)
    tries, _, _ = _tries(monkeypatch, lambda *_: Reply(hang=True), twice)
    assert _verdicts(tries) == [Verdict.SILENT] * 2
    assert "data centres" in str(tries[-1].note)
    slow = replace(QUICK, tries=1, total=0.1)
    with weather(lambda *_: replace(ok(GOOD), trickle=0.02)) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        with Client(PROVIDER, manners=slow, clock=Clock()) as client:
            (asked,) = client.tries(SCHEDULE, DAY)
    assert asked.verdict is Verdict.SILENT
    assert "in all" in str(asked.note)


def test_nobody_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with weather(lambda *_: ok(GOOD)) as server:
        address = server.address
    monkeypatch.setenv("TIPOFF_TOY_URL", address)
    with Client(PROVIDER, manners=replace(QUICK, tries=1), clock=HandClock().clock) as client:
        (asked,) = client.tries(SCHEDULE, DAY)
    assert asked.verdict is Verdict.UNREACHABLE
    assert not asked.has_status


def test_waits_double_and_stop_at_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    manners = replace(QUICK, tries=6, most_wait=5.0)
    _, hand, server = _tries(monkeypatch, lambda *_: Reply(503), manners)
    assert hand.waits() == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert len(server.asked) == 6
    longer = replace(manners, jitter=lambda: 1.0)
    assert [longer.wait_before(n) for n in (2, 3)] == [1.5, 3.0]


def test_a_storm_that_says_how_long_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def script(_: Asked, number: int) -> Reply:
        return Reply(429, headers={"Retry-After": "17"}) if number < 3 else ok(GOOD)

    tries, hand, _ = _tries(monkeypatch, script)
    assert _verdicts(tries) == [Verdict.LIMITED, Verdict.LIMITED, Verdict.GOOD]
    assert hand.passed >= 34


def test_a_rest_beyond_patience_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    tries, hand, _ = _tries(monkeypatch, lambda *_: Reply(429, headers={"Retry-After": "7200"}))
    assert len(tries) == 1
    assert not hand.waits()
    assert "7200 s" in str(tries[0].note)


def test_patience_is_for_all_waits_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    script = lambda *_: Reply(429, headers={"Retry-After": "17"})  # noqa: E731
    tries, hand, _ = _tries(monkeypatch, script, replace(QUICK, patience=40.0))
    assert [asked.wait for asked in tries] == [17, 17, None]
    assert 34 <= hand.passed < 40


def test_all_threads_rest_after_a_429(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another request is made at the very moment at which the first begins to wait."""
    hand = HandClock()
    came: list[float] = []

    def script(_: Asked, number: int) -> Reply:
        came.append(hand.passed)
        return Reply(429, headers={"Retry-After": "30"}) if number == 1 else ok(GOOD)

    def sleep(seconds: float) -> None:
        if len(came) == 1 and not others:
            others.append(None)
            list(client.tries(SCHEDULE, DAY))
        hand.sleep(seconds)

    others: list[None] = []
    with weather(script) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        with Client(PROVIDER, manners=QUICK, clock=replace(hand.clock, sleep=sleep)) as client:
            list(client.tries(SCHEDULE, DAY))
    assert len(came) == 3
    assert came[1] >= 30


def test_a_date_to_retry_after_is_read_by_the_providers_clock() -> None:
    skewed = BEGIN + timedelta(hours=5)
    headers = {
        "retry-after": format_datetime(skewed + timedelta(seconds=40), usegmt=True),
        "date": format_datetime(skewed, usegmt=True),
    }
    assert retry_after(headers, BEGIN) == 40
    del headers["date"]
    assert retry_after(headers, skewed) == 40
    assert retry_after({"retry-after": "-5"}, BEGIN) == 0
    for nonsense in ("soon", "inf", "nan", ""):
        assert not retry_after({"retry-after": nonsense}, BEGIN)


@pytest.mark.parametrize(
    "text",
    [_NO_DATE, "Mon, 01 Jan 99999 00:00:00 GMT",
     "Mon, 01 Jan 2024 00:00:00 +999999", "Mon, 32 Jan 2024 00:00:00 GMT", "soon", ""],
)  # fmt: skip
def test_a_date_of_no_calendar_is_none(text: str) -> None:
    assert http_date(text) is None
    assert came_at({"date": text}, BEGIN) == BEGIN
    assert retry_after({"retry-after": text}, BEGIN) is None


def test_an_answer_is_known_by_the_later_clock() -> None:
    def at(ahead: timedelta) -> timedelta:
        date = format_datetime(BEGIN + ahead, usegmt=True)
        return came_at({"date": date}, BEGIN) - BEGIN

    assert at(timedelta(minutes=10)) == timedelta(minutes=10)
    assert at(timedelta(minutes=-10)) == timedelta(0)  # a cache's Date
    assert at(timedelta(days=400)) == timedelta(0)  # no clock
    assert came_at({"date": "yesterday"}, BEGIN) == BEGIN


def test_requests_are_spaced_over_all_threads() -> None:
    hand = HandClock()
    pace = Pace(30.0, hand.clock)
    for _ in range(4):
        pace.wait()
    assert hand.passed == pytest.approx(6.0)
    pace.hold(60.0)
    pace.wait()
    assert hand.passed == pytest.approx(66.0)


def test_a_redirect_within_the_site_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    def script(asked: Asked, _: int) -> Reply:
        if asked.path == "/moved":
            return ok(GOOD)
        return Reply(301, headers={"location": f"/moved?apiKey={KEY}&x=1"})

    (asked,), _, server = _tries(monkeypatch, script)
    assert asked.verdict is Verdict.GOOD
    assert server.asked[1].params == {"apiKey": KEY, "x": "1"}


def test_the_key_goes_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with weather(lambda *_: ok(GOOD)) as other:
        tries, _, _ = _tries(
            monkeypatch, lambda *_: Reply(302, headers={"location": f"{other.address}/x"})
        )
        assert not other.asked
    assert tries[0].verdict is Verdict.REDIRECTED


def test_the_key_is_in_nothing_that_is_kept_said_or_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def script(asked: Asked, number: int) -> Reply:
        if number == 1:
            return Reply(reset=True)
        told = asked.params["apiKey"]
        headers = {"x-you-sent": told, "set-cookie": "session=1", "location": f"/?apiKey={told}"}
        return Reply(401, f'{{"message": "bad key {told}"}}'.encode(), headers)

    tries, _, server = _tries(monkeypatch, script)
    assert server.asked[1].params["apiKey"] == KEY
    told = [repr(asked) for asked in tries] + [record.getMessage() for record in caplog.records]
    assert caplog.records
    assert "set-cookie" not in tries[-1].answer.headers
    for form in (KEY, "s3cret", "s3cret%2Fkey%2B1"):
        assert not [text for text in told if form in text]


# As a key may be repeated: bare, in a URL of either kind, and in JSON of either kind.
@pytest.mark.parametrize(
    "form",
    ['s3"ret/key+1', "s3%22ret%2Fkey%2B1", "s3%22ret%2fkey%2b1", 's3\\"ret/key+1',
     's3\\"ret\\/key+1'],
)  # fmt: skip
def test_the_key_is_cleared_however_it_is_spelled(
    monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("TOY_KEY", 's3"ret/key+1')
    script = lambda *_: Reply(422, f"no {form} here".encode(), {"x-you": form})  # noqa: E731
    (asked,), _, _ = _tries(monkeypatch, script)
    assert asked.answer.body == b"no *** here"
    assert asked.answer.headers["x-you"] == "***"
    assert "ret" not in str(asked.note).partition("422")[2]


@pytest.mark.parametrize("is_late", [False, True])
def test_the_key_is_in_no_error_of_the_connection(
    monkeypatch: pytest.MonkeyPatch, *, is_late: bool
) -> None:
    class Torn(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            raise httpx.ReadError(f"lost {KEY}")

    class Broken(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if not is_late:
                raise httpx.ConnectError(f"no way to {request.url} with {KEY}")
            return httpx.Response(200, stream=Torn())

    monkeypatch.setattr(http.httpx, "HTTPTransport", Broken)  # type: ignore[attr-defined]
    with Client(PROVIDER, manners=QUICK, clock=HandClock().clock) as client:
        tries = list(client.tries(SCHEDULE, DAY))
    verdict = Verdict.CUT_OFF if is_late else Verdict.UNREACHABLE
    assert _verdicts(tries) == [verdict] * QUICK.tries
    for asked in tries:
        assert "***" in str(asked.note)
        assert "s3cret" not in repr(asked)


def test_the_key_is_in_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(http.httpx.HTTPTransport):  # type: ignore[name-defined,misc]
        def handle_request(self, request: object) -> object:
            raise RuntimeError("a fault of the transport")

    monkeypatch.setattr(http.httpx, "HTTPTransport", Broken)  # type: ignore[attr-defined]
    with Client(PROVIDER, clock=HandClock().clock) as client, pytest.raises(RuntimeError) as found:
        list(client.tries(SCHEDULE, DAY))
    assert KEY not in "".join(traceback.format_exception(found.value))


def test_a_missing_key_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOY_KEY")
    with pytest.raises(InputError, match=r"TOY_KEY, found none\. Write any word"):
        Client(PROVIDER)


def test_a_key_may_go_into_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    with weather(lambda *_: ok(GOOD)) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        other = replace(
            PROVIDER, key_param="", key_header="X-Key", headers={"Referer": "https://a"}
        )
        with Client(other, clock=HandClock().clock) as client:
            list(client.tries(SCHEDULE, DAY))
    assert server.asked[0].headers["x-key"] == KEY
    assert server.asked[0].headers["referer"] == "https://a"
    assert server.asked[0].params == {}


def test_a_proxy_is_asked_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_TOY_URL", "http://far.invalid")
    with weather(lambda *_: ok(GOOD)) as proxy:
        with Client(PROVIDER, clock=HandClock().clock, proxy=proxy.address) as client:
            (asked,) = client.tries(SCHEDULE, DAY)
        monkeypatch.setenv("http_proxy", proxy.address)
        with Client(PROVIDER, clock=HandClock().clock) as client:
            (again,) = client.tries(SCHEDULE, DAY)
    assert asked.verdict is again.verdict is Verdict.GOOD
    assert proxy.asked[0].headers["host"] == "far.invalid"
    with pytest.raises(InputError, match="address of a proxy"):
        Client(PROVIDER, proxy="gopher://x")


def test_addresses_and_params_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    path = path_of(PROVIDER, SCHEDULE, {"day": "a/b", "page": "1,2"})
    assert path.endswith("/schedule/a%2Fb?page=1%2C2")
    with pytest.raises(InputError, match="param day"):
        path_of(PROVIDER, SCHEDULE, {})
    monkeypatch.setenv("TIPOFF_TOY_URL", "nowhere")
    with pytest.raises(InputError, match="TIPOFF_TOY_URL"):
        address_of(PROVIDER)


def test_an_override_stands_for_all_sites_of_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    far = replace(SCHEDULE, path="https://cdn.invalid/static/{day}.json")
    monkeypatch.delenv("TIPOFF_TOY_URL", raising=False)
    assert path_of(PROVIDER, far, DAY) == "https://cdn.invalid/static/2024-10-22.json"
    monkeypatch.setenv("TIPOFF_TOY_URL", "http://127.0.0.1:1/base/")
    assert path_of(PROVIDER, far, DAY) == "http://127.0.0.1:1/base/static/2024-10-22.json"


def test_a_key_that_no_header_can_hold_is_a_sentence_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOY_KEY", "kéy")
    with pytest.raises(InputError, match="TOY_KEY") as found:
        Client(PROVIDER)
    assert "kéy" not in str(found.value)
