"""Downloads are planned, kept, resumed and paid for once; bad weather costs nothing stored."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.sources.hand_clock import HASTY, QUICK, HandClock
from tests.sources.toy_provider import PAGES, PROVIDER, games
from tests.sources.weather import ERROR_PAGE, Asked, Reply, ok, weather, zipped

from tipoff.errors import InputError
from tipoff.sources.answer import Provider, Request
from tipoff.sources.plans import before_tip_off
from tipoff.store.archive import kept, take_over
from tipoff.store.lake import Lake, log, open_lake, read, table_hash
from tipoff.tables.answers import ANSWER_BODIES, ANSWERS, Verdict
from tipoff.tables.raw import GAMES
from tipoff.workflows import fetch_account
from tipoff.workflows.answers import is_held, newest_held
from tipoff.workflows.fetch import fetch, planned, status
from tipoff.workflows.fetch_order import Order
from tipoff.workflows.parse_answers import parse

DAYS = [f"2024-11-{day:02d}" for day in range(1, 13)]
COST = 10
TEAMS = ["NYK@BOS", "MIN@LAL", "IND@DET"]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_KEY", "k3y")
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "lake"))


class Toy:
    """A provider that answers well, counts credits, and may be told to do otherwise."""

    def __init__(self, spoil: Callable[[Asked, int], Reply | None] = lambda *_: None) -> None:
        self.spoil = spoil
        self.used = 0
        self.lock = threading.Lock()

    def __call__(self, asked: Asked, number: int) -> Reply:
        spoilt = self.spoil(asked, number)
        if spoilt is not None:
            return spoilt
        with self.lock:
            self.used += COST
            left = str(1000 - self.used)
            headers = {"x_used": str(self.used), "x_left": left, "x_cost": str(COST)}
        return ok(games(asked.path.rpartition("/")[2], *TEAMS), **headers)


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


def _order(days: list[str] = DAYS, **more: Any) -> Order:
    return Order(PROVIDER, "schedule", {"day": days}, **{"concurrency": 1, **more})


def _fetch(
    lake: Lake, script: Any, monkeypatch: pytest.MonkeyPatch, order: Order | None = None
) -> dict[str, Any]:
    with weather(script) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        hand = HandClock()
        report = fetch(lake, order or _order(), manners=QUICK, clock=hand.clock)
    return {**report, "requests_seen": len(server.asked), "slept": hand.passed}


def _parse(lake: Lake, provider: Provider = PROVIDER, **more: Any) -> dict[str, Any]:
    return parse(lake, {provider.name: provider}, now=HandClock().begin, **more)


def test_a_plan_costs_nothing_and_says_what_it_will(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOY_KEY")
    plan = planned(lake, _order(), clock=HandClock().clock)
    assert (plan["requests"], plan["to_ask"], plan["credits"]) == (12, 12, 120)
    assert all("k3y" not in url and "/schedule/2024-11-" in url for url in plan["urls"])
    assert kept(lake).is_empty()


def test_what_is_kept_is_not_asked_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Toy()
    first = _fetch(lake, toy, monkeypatch)
    assert (first["requests_seen"], first["credits"], first["left"]) == (12, 120, 0)
    again = _fetch(lake, toy, monkeypatch)
    assert (again["requests_seen"], again["held"], again["credits"]) == (0, 12, 0)
    assert planned(lake, _order(), clock=HandClock().clock)["to_ask"] == 0
    anew = _fetch(lake, toy, monkeypatch, _order(max_age=timedelta(0)))
    assert anew["requests_seen"] == 12
    # The same bytes came twice and are stored once.
    assert read(lake, ANSWERS).height == 24
    assert read(lake, ANSWER_BODIES).height == 12
    (row,) = status(lake)["rows"]
    assert (row["asked"], row["good"], row["credits"]) == (24, 24, 240)


def test_live_answers_are_asked_again_when_they_are_old(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = Order(PROVIDER, "live", {})
    script = lambda *_: ok(games("2024-11-01", "NYK@BOS"))  # noqa: E731
    hand = HandClock()
    with weather(script) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        for minutes, seen in ((0, 1), (4, 1), (2, 2)):
            hand.passed += minutes * 60
            fetch(lake, order, manners=QUICK, clock=hand.clock)
            assert len(server.asked) == seen


@pytest.mark.parametrize("at", [3, 7])
def test_a_killed_download_goes_on(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, at: int
) -> None:
    toy = Toy()

    def step(_: str, done: int, __: int) -> None:
        if done == at:
            raise Killed

    with weather(toy) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        with pytest.raises(Killed):
            fetch(lake, _order(), manners=QUICK, clock=HandClock().clock, step=step)
    rest = _fetch(lake, toy, monkeypatch, _order(credits=120))
    assert rest["requests_seen"] == 12 - at
    assert rest["left"] == 0
    assert (toy.used, rest["spent"]) == (120, 120)
    _parse(lake)
    clean = open_lake(str(tmp_path / "clean"))
    _fetch(clean, Toy(), monkeypatch)
    _parse(clean)
    assert table_hash(lake, GAMES) == table_hash(clean, GAMES)


_DOWNLOAD = """
import sys
from tests.sources.hand_clock import QUICK, HandClock
from tests.workflows.test_fetch import _order
from tipoff.store.lake import open_lake
from tipoff.workflows.fetch import fetch

order = _order(concurrency=2, credits=160)
fetch(open_lake(sys.argv[1]), order, manners=QUICK, clock=HandClock().clock)
"""


def test_a_process_that_is_killed_while_it_waits_for_a_paid_answer_goes_on(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    victims: list[subprocess.Popen[bytes]] = []

    def kill(_: Asked, number: int) -> Reply | None:
        if number == 5:
            toy.used += COST  # it is charged for what it never gets
            victims[0].kill()
            return Reply(hang=True)
        return None

    toy = Toy(kill)
    with weather(toy) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        victims.append(subprocess.Popen([sys.executable, "-c", _DOWNLOAD, lake.url]))
        assert victims[0].wait(60) == -signal.SIGKILL
        take_over(lake)
        lost = len(server.asked) - kept(lake).height
        assert 1 <= lost <= 2
        order = _order(concurrency=2, credits=160)
        report = fetch(lake, order, manners=QUICK, clock=HandClock().clock)
    assert report["left"] == 0
    # What was lost is paid once more, is told, and stays within the budget.
    assert toy.used == report["spent"] == 120 + COST * lost <= 160
    _parse(lake)
    clean = open_lake(str(tmp_path / "clean"))
    _fetch(clean, Toy(), monkeypatch)
    _parse(clean)
    assert table_hash(lake, GAMES) == table_hash(clean, GAMES)


def test_a_budget_holds_over_all_runs_of_a_download(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = Toy()
    for _ in range(2):
        report = _fetch(lake, toy, monkeypatch, _order(credits=55))
        assert report["stopped_by_budget"]
        assert "budget of 55" in report["stopped"]
        assert (report["left"], report["spent"], toy.used) == (7, 50, 50)
    assert _fetch(lake, toy, monkeypatch, _order(credits=120))["left"] == 0
    assert toy.used == 120


def test_yesterdays_live_answers_are_not_todays_budget(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = Toy()
    hand = HandClock()
    order = _order(DAYS[:2], credits=20, max_age=timedelta(hours=1))
    with weather(toy) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        for _ in range(3):
            report = fetch(lake, order, manners=QUICK, clock=hand.clock)
            assert (report["stopped"], report["credits"]) == (None, 20)
            hand.passed += 86_400


def test_a_key_among_the_params_is_refused(lake: Lake) -> None:
    order = Order(PROVIDER, "schedule", {"day": DAYS, "apiKey": ["x"]})
    with pytest.raises(InputError, match="export it as TOY_KEY"):
        planned(lake, order)


def test_what_a_kill_left_unwritten_counts_by_the_providers_account(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = Toy()
    _fetch(lake, toy, monkeypatch, _order(DAYS[:4]))
    toy.used += COST  # asked for, paid, and killed before it was kept
    toy.used += 500  # somebody else, who is not to be paid for
    report = _fetch(lake, toy, monkeypatch, _order())
    assert report["credits"] == (12 - 4) * COST + COST


def test_a_run_goes_on_with_the_account_of_the_run_before(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two answers had overtaken each other, and a third had come to nothing and cost nothing."""
    toy = Toy()
    _fetch(lake, toy, monkeypatch, _order(DAYS[:4]))
    rows = kept(lake)
    assert rows["credits_used"].to_list() == [10, 20, 30, 40]
    overtaken = rows.with_columns(
        credits_used=pl.Series([10, 20, 40, 30], dtype=pl.Int64),
        is_alone=pl.Series([True, True, False, False]),
    )
    lost = overtaken[-1].with_columns(
        answer=pl.lit("lost"),
        fetched_at=pl.col("fetched_at") + timedelta(seconds=9),
        verdict=pl.lit(Verdict.SILENT.value),
        credits_used=pl.lit(None, pl.Int64),
    )
    other = open_lake(f"{lake.url}-other")
    log(other, ANSWERS, pl.concat([overtaken, lost]))
    assert fetch_account.account(other, _order(), [], HandClock().begin) == fetch_account.Stood(
        spent=0, used=20, counted=30, unsure=10, left=960
    )
    report = _fetch(other, toy, monkeypatch, _order(DAYS[:5]))
    # The first answer tells that the lost one was not charged.
    assert (report["credits"], report["unsure"]) == (0, 0)
    assert toy.used == 50


def test_the_providers_own_account_ends_a_download(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = Toy()
    toy.used = 965
    report = _fetch(lake, toy, monkeypatch)
    assert report["stopped_by_budget"]
    assert "leaves 5 credits" in report["stopped"]
    assert report["requests_seen"] == 3


def test_threads_share_a_budget(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Toy()
    report = _fetch(lake, toy, monkeypatch, _order(credits=75, concurrency=4))
    assert toy.used == 70
    assert report["left"] == 5


def test_runners_that_meet_share_the_work(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [f"2024-12-{d:02d}" for d in range(1, 32)] + [f"2025-01-{d:02d}" for d in range(1, 4)]
    both = threading.Barrier(2)
    reports: list[dict[str, Any]] = []

    def run() -> None:
        both.wait()
        order = _order(days, concurrency=2)
        reports.append(fetch(lake, order, manners=QUICK, clock=HandClock().clock))

    with weather(Toy()) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.asked) == len(days)
    assert sum(report["asked"] for report in reports) == len(days)
    assert all(report["left"] == 0 for report in reports)


def test_a_planner_goes_on_from_what_came(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(asked: Asked, _: int) -> Reply:
        page = int(asked.params["page"])
        return ok(games("2024-11-01", TEAMS[page - 1], pages=3))

    order = Order(PROVIDER, "pages", {"day": ["2024-11-01"]}, PAGES, concurrency=1)
    assert planned(lake, order, clock=HandClock().clock)["requests"] == 1
    report = _fetch(lake, script, monkeypatch, order)
    assert report["requests_seen"] == report["requests"] == 3
    _parse(lake)
    assert read(lake, GAMES).height == 3
    with pytest.raises(InputError, match="to be given day"):
        planned(lake, Order(PROVIDER, "pages", {"date": ["x"]}, PAGES), clock=HandClock().clock)


def test_nothing_is_asked_at_or_after_tip_off() -> None:
    tip = HandClock().begin
    leads = [timedelta(minutes=30), timedelta(hours=6), timedelta(minutes=30)]
    assert before_tip_off(tip, leads, tip) == [tip - leads[1], tip - leads[0]]
    assert before_tip_off(tip, leads, tip - timedelta(hours=1)) == [tip - leads[1]]
    with pytest.raises(InputError, match="before tip-off"):
        before_tip_off(tip, [timedelta(0)], tip)


def test_a_provider_that_blocks_is_not_asked_on(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = _fetch(lake, lambda *_: Reply(403, b"Forbidden"), monkeypatch)
    assert report["requests_seen"] == 1
    assert "--proxy" in report["stopped"]
    assert (report["left"], len(report["failed"])) == (11, 1)


def test_a_storm_ends_after_some_requests(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    report = _fetch(lake, lambda *_: Reply(429), monkeypatch)
    assert report["requests_seen"] == QUICK.tries * QUICK.in_a_row
    assert "in a row" in report["stopped"]
    assert report["credits"] == 0


def test_refusals_are_no_failures_in_a_row(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    report = _fetch(lake, lambda *_: Reply(422), monkeypatch)
    assert (report["requests_seen"], report["left"], report["stopped"]) == (12, 0, None)
    assert len(report["failed"]) == 12


def test_a_good_answer_ends_a_row_of_failures(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    once = replace(QUICK, tries=1, in_a_row=3)
    for good, stopped in ((3, 12), (4, 3)):
        toy = Toy(lambda _, number, good=good: None if number % good == 0 else Reply(500))  # type: ignore[misc]
        with weather(toy) as server:
            monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
            order = _order(max_age=timedelta(0))
            report = fetch(lake, order, manners=once, clock=HandClock().clock)
        assert len(server.asked) == stopped
        assert (report["stopped"] is None) == (stopped == 12)


def test_that_there_is_nothing_counts_for_some_hours(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = HandClock()
    with weather(lambda *_: Reply(404)) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        for hours, seen in ((0, 1), (19, 1), (2, 2), (1, 2)):
            hand.passed += hours * 3600
            report = fetch(lake, _order(DAYS[:1]), manners=QUICK, clock=hand.clock)
            assert (len(server.asked), report["left"]) == (seen, 0)
        server.script = Toy()
        hand.passed += 21 * 3600
        assert fetch(lake, _order(DAYS[:1]), manners=QUICK, clock=hand.clock)["bytes"] > 0
    assert newest_held(lake, "toy", hand.clock.now() + timedelta(days=999))


def test_a_clock_that_is_ahead_of_ours_does_not_make_answers_old(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They came after now, by that clock; they are young none the less, and not for ever."""
    hand = HandClock()
    date = format_datetime(hand.begin + timedelta(minutes=3), usegmt=True)
    with weather(lambda *_: ok(GOOD_DAY, Date=date)) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        for minutes, seen in ((0, 1), (1, 1), (6, 1), (1, 2)):
            hand.passed += minutes * 60
            fetch(lake, Order(PROVIDER, "live", {}), manners=QUICK, clock=hand.clock)
            assert len(server.asked) == seen
    # What came further ahead than an answer is good for tells nothing of its age.
    held = {Request("toy", "live", {}).key: hand.begin + timedelta(minutes=3)}
    asked = Request("toy", "live", {}, timedelta(minutes=5))
    assert is_held(asked, held, hand.begin)
    assert not is_held(asked, held, hand.begin - timedelta(minutes=2))


@pytest.mark.parametrize("concurrency", [1, 3])
def test_an_interruption_ends_a_download(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    """In whatever thread it comes; the others end with what is under way, and that is kept."""

    def step(_: str, done: int, __: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with weather(Toy()) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        order = _order(concurrency=concurrency)
        with pytest.raises(KeyboardInterrupt):
            fetch(lake, order, manners=QUICK, clock=HandClock().clock, step=step)
        asked = len(server.asked)
    assert 4 <= asked <= 4 + 2 * concurrency
    assert kept(lake).height == asked
    rest = _fetch(lake, Toy(), monkeypatch)
    assert rest["requests_seen"] == 12 - asked


GOOD_DAY = games("2024-11-01", *TEAMS)
BAD_WEATHER: dict[str, Callable[[Asked, int], Reply]] = {
    "error page": lambda *_: Reply(200, ERROR_PAGE),
    "html": lambda *_: Reply(200, b"<!doctype html>", {"content-type": "application/json"}),
    "cut off": lambda *_: replace(ok(GOOD_DAY), missing=30),
    "cut gzip": lambda *_: zipped(GOOD_DAY, cut=12),
    "changed fields": lambda *_: ok({"matches": GOOD_DAY["games"]}),
    "changed types": lambda *_: ok({"games": {"first": 1}}),
    "changed rows": lambda *_: ok({"games": [{"day": "2024-11-01"}, None, 7]}),
    "storm": lambda *_: Reply(429),
    "storm with a date": lambda *_: Reply(429, headers={"retry-after": "3"}),
    "failing": lambda *_: Reply(500),
    "hang": lambda *_: Reply(hang=True),
    "reset": lambda *_: Reply(reset=True),
    "redirect": lambda *_: Reply(302, headers={"location": "http://login.invalid/"}),
    "empty day": lambda *_: ok({"games": []}),
    "stale default": lambda *_: ok(GOOD_DAY),
    "duplicate page": lambda *_: ok({"games": GOOD_DAY["games"] * 2}),
}


@pytest.mark.parametrize("kind", sorted(BAD_WEATHER))
def test_bad_weather_costs_nothing_stored(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    _fetch(lake, lambda *_: ok(GOOD_DAY), monkeypatch, _order(DAYS[:1]))
    _parse(lake)
    before = table_hash(lake, GAMES)
    quick = replace(HASTY if kind == "hang" else QUICK, tries=2, in_a_row=2)
    with weather(BAD_WEATHER[kind]) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        report = fetch(lake, _order(DAYS[1:3]), manners=quick, clock=HandClock().clock)
    reading = _parse(lake)
    assert table_hash(lake, GAMES) == before
    assert read(lake, GAMES).height == 3
    nothing = 2 if kind == "empty day" else 0
    assert report["verdicts"].get("empty", 0) == nothing
    assert sum(row["empty"] for row in reading["endpoints"]) == nothing
    # What came is kept, whatever it was.
    assert kept(lake).height == 1 + report["asked"] == 1 + len(server.asked)
    # A page of an error that comes twice is no feed that repeats itself.
    answered = kind in ("stale default", "duplicate page", "changed rows", "changed types")
    assert report["repeated"] == (1 if answered else 0)
    if kind == "stale default":
        assert reading["tables"]["games"]["known"] == 6
    if kind == "changed rows":
        (counted,) = reading["endpoints"]
        assert (counted["rows"], counted["rejected"]) == (0, 6)
    # The sun comes out: what failed is asked again, what was answered is not.
    good = set(kept(lake).filter(pl.col("verdict") == Verdict.GOOD.value)["request"])
    after = _fetch(lake, Toy(), monkeypatch, _order(DAYS[1:3]))
    settled = answered or kind == "empty day"
    assert after["requests_seen"] == (0 if settled else 2)
    assert len(good) == (3 if settled and kind != "empty day" else 1)
    _parse(lake)
    assert read(lake, GAMES).height == (3 if settled else 9)


def test_a_clock_that_is_slow_is_told(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = "Tue, 22 Oct 2024 13:00:00 GMT"
    script = lambda *_: ok(GOOD_DAY, Date=ahead)  # noqa: E731
    report = _fetch(lake, script, monkeypatch, _order(DAYS[:1]))
    assert 3590 <= report["clock_ahead_seconds"] <= 3600
    assert kept(lake)["fetched_at"][0].hour == 13
