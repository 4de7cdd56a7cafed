"""Planned jobs run at their moments, each once: over changes of the clock, sleep and kills."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.web.served import served

from tipoff.domain.clock import EASTERN
from tipoff.errors import InputError, TipoffError
from tipoff.monitoring.declare import SCHEDULES
from tipoff.monitoring.services import SERVICES
from tipoff.store.lake import Lake
from tipoff.web.heartbeats import Heartbeat, Heartbeats, began, ended
from tipoff.web.jobs import BusyError, Job, Jobs, Task
from tipoff.web.metrics import Beats
from tipoff.web.plans import PLANS, Plan, newest_due, next_due, plans_of
from tipoff.web.schedule import Scheduler, game_days
from tipoff.web.work import CHECKS, JOBS, WORKS, Work

WORK = Work("work", "Do it.", "scheduler", lambda *_: {}, lambda _: None)


class AtOnce(Jobs):
    """Does a job when it is begun, by a clock that is set by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2024, 1, 1, tzinfo=UTC)
        self.done: list[tuple[str, datetime]] = []
        self.is_held = False
        self.state = "done"

    def submit(self, task: Task, on_end: Callable[[Job], None] = lambda _: None) -> Job:
        if self.is_held:
            raise BusyError("held")
        task.run()
        self.done.append((str(task.about["plan"]), self.now))
        job = Job("0" * 16, task, self.now, self.state, self.now, self.now, None)
        on_end(job)
        return job


class Hand:
    """A scheduler whose clock is set by hand."""

    def __init__(
        self,
        folder: Path,
        plans: Sequence[Plan],
        start: datetime,
        is_game_day: Callable[[date], bool] = lambda _: True,
    ) -> None:
        self.jobs, self.told = AtOnce(), list[tuple[str, str]]()
        self.beats = Heartbeats(Lake(str(folder)))
        self._plans, self._is_game_day = plans, is_game_day
        self.jobs.now = start
        self.start(start)

    def start(self, now: datetime) -> None:
        """Begin anew, as after the end of the process."""
        self.jobs.now = now
        self.scheduler = Scheduler(
            self._plans,
            self.jobs,
            lambda plan: Task(plan.work.name, dict, lambda _: None, {"plan": plan.name}),
            self.beats,
            lambda what, sentence: self.told.append((what, sentence)),
            self._is_game_day,
            now,
        )

    def at(self, now: datetime) -> None:
        self.jobs.now = now
        self.scheduler.tick(now)

    def through(self, start: datetime, end: datetime, step: timedelta) -> list[datetime]:
        """Look every so often; return when jobs ran."""
        seen = len(self.jobs.done)
        now = start
        while now <= end:
            self.at(now)
            now += step
        return [at for _, at in self.jobs.done[seen:]]


def _eastern(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN).astimezone(UTC)


def _plan(*clocks: time, **more: Any) -> Plan:
    return Plan("job", WORK, clocks, **more)


FORWARD, BACK = date(2026, 3, 8), date(2026, 11, 1)
EVERY_HALF_HOUR = tuple(time(n // 2, 30 * (n % 2)) for n in range(48))


@pytest.mark.parametrize("changed", [FORWARD, BACK, date(2026, 1, 15)])
@pytest.mark.parametrize("step", [timedelta(minutes=1), timedelta(minutes=7)])
def test_a_change_of_the_clock_runs_each_job_exactly_once(
    changed: date, step: timedelta, tmp_path: Path
) -> None:
    """Half-hourly times, so that those that a day has not, or has twice, are among them."""
    start = _eastern(changed - timedelta(days=1), 23, 45)
    plans = [Plan(f"{clock:%H:%M}", WORK, (clock,)) for clock in EVERY_HALF_HOUR]
    hand = Hand(tmp_path, plans, start)
    hand.through(start, _eastern(changed, 23, 40), step)
    # Those at midnight belong to the date too, and 23:45 to 23:59 are not reached.
    assert Counter(name for name, _ in hand.jobs.done) == Counter(plan.name for plan in plans)
    assert hand.told == []


def test_times_that_a_day_has_not_or_has_twice() -> None:
    def of(day: date, clock: time) -> list[str]:
        start, end = _eastern(day, 0), _eastern(day + timedelta(days=1), 0)
        plan, found = _plan(clock), list[str]()
        since = start - timedelta(seconds=1)
        while (due := next_due(plan, since)) < end:
            found.append(f"{due:%H:%M}")
            since = due
        return found

    # 02:30 is not there: it would have been 07:30 UTC. 01:30 is there twice: the first one counts.
    assert of(FORWARD, time(2, 30)) == ["07:30"]
    assert of(FORWARD, time(2)) == ["07:00"]
    assert of(BACK, time(1, 30)) == ["05:30"]
    assert of(BACK, time(2)) == ["07:00"]
    assert of(date(2026, 1, 15), time(2, 30)) == ["07:30"]
    assert of(date(2026, 7, 15), time(2, 30)) == ["06:30"]


def test_a_clock_that_matches_wall_times_runs_twice_or_never(tmp_path: Path) -> None:
    """The planted fault: whoever compares the clock on the wall with the plan."""

    def runs(day: date, clock: time) -> int:
        minutes = (_eastern(day, 0) + timedelta(minutes=n) for n in range(23 * 60))
        return sum(m.astimezone(EASTERN).time() == clock for m in minutes)

    assert (runs(FORWARD, time(2, 30)), runs(BACK, time(1, 30))) == (0, 2)


def test_jobs_at_intervals_do_not_look_at_the_wall() -> None:
    plan = Plan("often", WORK, every=timedelta(minutes=5))
    now = _eastern(BACK, 0)
    for _ in range(300):
        due = next_due(plan, now)
        assert timedelta(0) < due - now <= timedelta(minutes=5)
        assert newest_due(plan, now, due) == (due, 1)
        assert newest_due(plan, due, due + timedelta(minutes=4, seconds=59)) is None
        now = due
    assert newest_due(plan, now, now + timedelta(hours=1)) == (now + timedelta(hours=1), 12)
    # A clock that is put back makes nothing due.
    assert newest_due(plan, now, now - timedelta(hours=1)) is None


DAY = date(2026, 1, 15)


def test_a_moment_that_was_slept_over_is_made_up_for_once(tmp_path: Path) -> None:
    plan = Plan("often", WORK, every=timedelta(minutes=5), grace=timedelta(minutes=5))
    hand = Hand(tmp_path, [plan], _eastern(DAY, 12, 1))
    hand.at(_eastern(DAY, 13, 1))
    assert [at for _, at in hand.jobs.done] == [_eastern(DAY, 13, 1)]
    ((what, said),) = hand.told
    assert (what, said[:2]) == ("often late", "11")
    hand.at(_eastern(DAY, 13, 2))
    assert len(hand.jobs.done) == 1


def test_what_is_missed_by_more_than_its_grace_is_told_and_not_run(tmp_path: Path) -> None:
    plan = _plan(time(9), grace=timedelta(hours=1))
    hand = Hand(tmp_path, [plan], _eastern(DAY, 8))
    hand.at(_eastern(DAY, 10, 1))
    assert hand.jobs.done == []
    assert [what for what, _ in hand.told] == ["job missed"]
    beat = hand.beats.get("job")
    assert beat is not None
    assert (beat.state, beat.due_at, beat.success_at) == ("missed", _eastern(DAY, 9), None)
    hand.at(_eastern(DAY, 10, 2))
    assert len(hand.told) == 1


def test_a_job_that_is_under_way_is_waited_for_until_it_is_too_late(tmp_path: Path) -> None:
    plan = _plan(time(9), time(15), grace=timedelta(hours=1))
    hand = Hand(tmp_path, [plan], _eastern(DAY, 8))
    hand.jobs.is_held = True
    hand.through(_eastern(DAY, 9), _eastern(DAY, 9, 30), timedelta(minutes=1))
    assert (hand.jobs.done, hand.told) == ([], [])
    hand.jobs.is_held = False
    hand.at(_eastern(DAY, 9, 31))
    assert len(hand.jobs.done) == 1
    hand.jobs.is_held = True
    hand.through(_eastern(DAY, 15), _eastern(DAY, 16, 30), timedelta(minutes=5))
    assert len(hand.jobs.done) == 1
    assert [what for what, _ in hand.told] == ["job missed"]


def test_what_ran_before_the_end_of_the_process_is_not_run_again(tmp_path: Path) -> None:
    plan = _plan(time(9), grace=timedelta(hours=1))
    hand = Hand(tmp_path, [plan], _eastern(DAY, 8))
    hand.at(_eastern(DAY, 9))
    hand.start(_eastern(DAY, 9, 10))
    hand.at(_eastern(DAY, 9, 11))
    assert len(hand.jobs.done) == 1
    # Down at the next moment: made up for within the grace.
    hand.start(_eastern(DAY + timedelta(days=1), 9, 40))
    hand.at(_eastern(DAY + timedelta(days=1), 9, 40))
    assert len(hand.jobs.done) == 2
    # Down for days: the last one only, and it is told where that is too late.
    hand.start(_eastern(DAY + timedelta(days=5), 12))
    hand.at(_eastern(DAY + timedelta(days=5), 12))
    assert len(hand.jobs.done) == 2
    assert [what for what, _ in hand.told] == ["job missed"]


def test_a_killed_run_is_told_and_begun_again(tmp_path: Path) -> None:
    plan = _plan(time(9), grace=timedelta(hours=1))
    due = _eastern(DAY, 9)
    hand = Hand(tmp_path, [plan], _eastern(DAY, 8))
    hand.beats.put(began(None, "job", due, due))
    hand.start(_eastern(DAY, 9, 5))
    assert [what for what, _ in hand.told] == ["job killed"]
    assert len(hand.jobs.done) == 1
    hand.at(_eastern(DAY, 9, 6))
    assert len(hand.jobs.done) == 1
    # Of a run that was killed long ago it is told, too; the day has moved on.
    hand.beats.put(began(None, "job", due, due))
    hand.start(_eastern(DAY, 14))
    assert len(hand.told) == 2
    assert len(hand.jobs.done) == 1


def test_a_new_scheduler_waits_for_the_next_moment(tmp_path: Path) -> None:
    hand = Hand(tmp_path, [_plan(time(9))], _eastern(DAY, 9, 10))
    hand.at(_eastern(DAY, 9, 11))
    assert hand.jobs.done == []
    # One from the future, by a clock that was wrong, holds nothing up.
    hand.beats.put(Heartbeat("job", _eastern(DAY + timedelta(days=300), 9)))
    hand.start(_eastern(DAY, 9, 12))
    hand.at(_eastern(DAY + timedelta(days=1), 9))
    assert len(hand.jobs.done) == 1


def test_jobs_of_game_days_rest_on_others(tmp_path: Path) -> None:
    plan = replace(_plan(time(9), time(12)), game_days=True)
    games = {DAY}
    hand = Hand(tmp_path, [plan], _eastern(DAY, 8), lambda day: day in games)
    end = _eastern(DAY + timedelta(days=1), 20)
    found = hand.through(_eastern(DAY, 8), end, timedelta(minutes=30))
    assert [at.astimezone(EASTERN).hour for at in found] == [9, 12]
    beat = hand.beats.get("job")
    assert beat is not None
    assert beat.state == "off day"


def test_where_games_are_not_known_it_looks() -> None:
    def unreadable(_: date) -> bool:
        raise TipoffError("The lake can not be read.")

    assert game_days(unreadable)(DAY)
    assert not game_days(lambda _: False)(DAY)


def test_what_ends_badly_is_told(tmp_path: Path) -> None:
    hand = Hand(tmp_path, [_plan(time(9))], _eastern(DAY, 8))
    for offset, state in enumerate(("done", "negative", "failed", "refused")):
        hand.jobs.state = state
        hand.at(_eastern(DAY + timedelta(days=offset), 9))
    assert [what for what, _ in hand.told] == ["job negative", "job failed", "job refused"]
    beat = hand.beats.get("job")
    assert beat is not None
    # Work with a negative verdict is done; work that failed is not.
    assert beat.success_at == _eastern(DAY + timedelta(days=1), 9)


def test_heartbeats_survive_and_damage_is_a_sentence(tmp_path: Path) -> None:
    lake, now = Lake(str(tmp_path)), _eastern(DAY, 9)
    beat = ended(began(None, "job", now, now), "negative", "Wrong.", now + timedelta(seconds=2))
    Heartbeats(lake).put(beat)
    assert Heartbeats(lake).get("job") == beat
    path = tmp_path / "services/heartbeats/job.json"
    for text in ("", "{}", '{"name": "job"}', "[1]"):
        path.write_text(text)
        with pytest.raises(InputError, match="it is damaged"):
            Heartbeats(lake).get("job")
    elsewhere = Heartbeats(Lake("s3://bucket/lake"))
    elsewhere.put(beat)
    assert elsewhere.get("job") == beat


def test_a_dead_scheduler_is_seen(published: Lake, tmp_path: Path) -> None:
    """By another process, from the heartbeats in the lake."""
    lake = Lake(str(tmp_path))
    now = datetime.now(UTC)
    beats = Heartbeats(lake)
    beats.put(ended(began(None, "daily", now, now), "done", None, now - timedelta(hours=50)))
    (tmp_path / "services/heartbeats/grade.json").write_text("damaged")
    api = served(lake)
    api.state.metrics.watch(Beats(PLANS, api.state.beats, lambda _: False, lambda: None))
    text = api.get("/metrics").body.decode()
    line = next(x for x in text.splitlines() if x.startswith("tipoff_job_success_age_seconds{"))
    assert line.startswith('tipoff_job_success_age_seconds{plan="daily"} 18')
    assert 'tipoff_job_last_state{plan="grade",state="damaged"} 1.0' in text
    assert 'tipoff_job_last_state{plan="publish",state="never ran"} 1.0' in text
    assert 'tipoff_service_running{service="scheduler"} 0.0' in text
    assert "tipoff_job_next_run_timestamp_seconds" in text


def test_the_plans_are_whole() -> None:
    names = [plan.name for plan in PLANS]
    assert len(set(names)) == len(names)
    assert {plan.work.name for plan in PLANS} == {*JOBS, *CHECKS} == set(WORKS)
    for plan in PLANS:
        assert bool(plan.at) != bool(plan.every)
        assert plan.work.service in {service.name for service in SERVICES}
    validations = {p.asked.schedule: p.at for p in PLANS if p.work.name == "validate"}
    assert validations == {name: (schedule.clock,) for name, schedule in SCHEDULES.items()}
    hours = {clock.hour for clocks in validations.values() for clock in clocks}
    assert hours == {6, 8, 12, 18, 23, 2}


def test_services_have_their_own_plans() -> None:
    every = [plans_of([service.name]) for service in SERVICES]
    assert sorted(p.name for plans in every for p in plans) == sorted(p.name for p in PLANS)
    assert {p.name for p in plans_of(["grading"])} == {"grade"}
    assert plans_of(["grading"], off=["grade"]) == []
    with pytest.raises(InputError, match="to be off; got nonsense"):
        plans_of(["grading"], off=["nonsense"])
