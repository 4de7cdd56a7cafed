"""The scheduler: looks once a second what is due, and has it done; what it missed it says."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from tipoff.domain.clock import eastern_date
from tipoff.errors import TipoffError
from tipoff.web.heartbeats import Heartbeat, Heartbeats, began, ended
from tipoff.web.jobs import BusyError, Job, Jobs, Report, Task
from tipoff.web.plans import Plan, newest_due

MISSED, OFF = "missed", "off day"
TICK_SECONDS = 1.0
# Moments of the past that are made up for, however long the machine slept, are the newest only.
Tell = Callable[[str, str], None]
MakeTask = Callable[[Plan], Task]


class Scheduler:
    """Runs planned jobs, each at its moments and never twice at a time.

    Moments that were passed over together are made up for once, within the plan's grace; later
    than that they are missed, which is told. A run that was killed is begun again within the grace.

    Args:
        plans: what is planned.
        jobs: where jobs run.
        task: makes the task of a plan.
        beats: what became of each plan last.
        tell: told of problems: what it is, and a sentence. It must not wait.
        is_game_day: whether a date has games.
        now: the present at the start.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        jobs: Jobs,
        task: MakeTask,
        beats: Heartbeats,
        tell: Tell,
        is_game_day: Callable[[date], bool],
        now: datetime,
    ) -> None:
        self.plans = plans
        self._jobs = jobs
        self._task = task
        self._beats = beats
        self._tell = tell
        self._is_game_day = is_game_day
        self._since: dict[str, datetime] = {}
        self.last_tick = now
        for plan in plans:
            self._since[plan.name] = self._start(plan, now)

    def _start(self, plan: Plan, now: datetime) -> datetime:
        """Return the moment up to which nothing is due any more."""
        beat = self._beats.get(plan.name)
        if beat is None or beat.due_at > now:
            return now
        if beat.ended_at is None and beat.began_at is not None:
            self._tell(f"{plan.name} killed", f"The run of {beat.began_at} began and never ended.")
            if now - beat.due_at <= plan.grace:
                self._submit(plan, beat.due_at, now)
        return beat.due_at

    def tick(self, now: datetime) -> None:
        """Begin what is due.

        Raises:
            TipoffError: a heartbeat can not be read or written.
        """
        for plan in self.plans:
            found = newest_due(plan, self._since[plan.name], now)
            if found is not None:
                self._due(plan, found[0], found[1], now)
        self.last_tick = now

    def _due(self, plan: Plan, moment: datetime, number: int, now: datetime) -> None:
        is_late = now - moment > plan.grace
        if not is_late and plan.game_days and not self._is_game_day(eastern_date(moment)):
            self._since[plan.name] = moment
            beat = began(self._beats.get(plan.name), plan.name, moment, now)
            self._beats.put(ended(beat, OFF, None, now))
            return
        if not is_late and not self._submit(plan, moment, now):
            return  # Tried again at the next look, for as long as it is not too late.
        self._since[plan.name] = moment
        if is_late:
            self._missed(plan, moment, now)
        elif number > 1:
            said = f"{number - 1} earlier moments passed while nothing ran; it runs once for all."
            self._tell(f"{plan.name} late", said)

    def _submit(self, plan: Plan, moment: datetime, now: datetime) -> bool:
        beat = began(self._beats.get(plan.name), plan.name, moment, now)
        task = self._task(plan)

        def run() -> Report:
            self._beats.put(beat)
            return task.run()

        try:
            self._jobs.submit(replace(task, run=run), lambda job: self._ended(plan, beat, job))
        except BusyError:
            return False
        return True

    def _ended(self, plan: Plan, beat: Heartbeat, job: Job) -> None:
        at = job.ended_at or beat.due_at
        self._beats.put(ended(beat, job.state, job.sentence, at))
        if job.state != "done":
            self._tell(f"{plan.name} {job.state}", job.sentence or "It says nothing.")

    def _missed(self, plan: Plan, moment: datetime, now: datetime) -> None:
        beat = began(self._beats.get(plan.name), plan.name, moment, now)
        said = f"It was due at {moment:%Y-%m-%d %H:%M} UTC and could not begin by {now:%H:%M} UTC."
        self._beats.put(ended(beat, MISSED, said, now))
        self._tell(f"{plan.name} missed", said)

    def run(self, stop: threading.Event, now: Callable[[], datetime]) -> None:
        """Look once a second until it is told to stop.

        Raises:
            TipoffError: it can go on no longer.
        """
        while not stop.wait(TICK_SECONDS):
            self.tick(now())


def always(_: date) -> bool:
    """Take every date for a game day: where nobody knows, looking is the safe side."""
    return True


def game_days(find: Callable[[date], bool]) -> Callable[[date], bool]:
    """Make what can not be told a game day."""

    def is_game_day(day: date) -> bool:
        try:
            return find(day)
        except TipoffError:
            return always(day)

    return is_game_day
