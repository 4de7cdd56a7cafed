"""Jobs under way: in threads, one at a time by each name, and what became of the last ones."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from tipoff.errors import InputError, TipoffError

QUEUED, RUNNING = "queued", "running"
DONE, NEGATIVE, FAILED, REFUSED = "done", "negative", "failed", "refused"
ENDED = (DONE, NEGATIVE, FAILED, REFUSED)
MOST_AT_ONCE, MOST_KEPT = 2, 200

Report = Mapping[str, Any]


class BusyError(TipoffError):
    """A job by that name is under way, or the services stop."""


@dataclass(frozen=True)
class Task:
    """What a job does.

    Attributes:
        name: one by each name runs at a time.
        run: does it and returns its report.
        negative: the sentence of a negative verdict in its report, or None.
        about: what it was asked for, for people.
        by: who asked for it.
    """

    name: str
    run: Callable[[], Report]
    negative: Callable[[Report], str | None]
    about: Mapping[str, Any] = field(default_factory=dict)
    by: str = "scheduler"


@dataclass
class Job:
    """A job, as far as it has come; its state only ever goes on.

    Attributes:
        id: of it.
        task: what it does.
        queued_at, began_at, ended_at: moments (UTC).
        state: queued, running, done, negative, failed or refused.
        sentence: of a negative verdict or an error.
        report: the workflow's report, once it is there.
    """

    id: str
    task: Task
    queued_at: datetime
    state: str = QUEUED
    began_at: datetime | None = None
    ended_at: datetime | None = None
    sentence: str | None = None
    report: Report | None = None

    def told(self, *, with_report: bool = True) -> dict[str, Any]:
        """Return it for a report."""
        found = {
            "id": self.id,
            "name": self.task.name,
            "asked": dict(self.task.about),
            "by": self.task.by,
            "state": self.state,
            "sentence": self.sentence,
            "queued_at": self.queued_at,
            "began_at": self.began_at,
            "ended_at": self.ended_at,
        }
        return {**found, "report": self.report} if with_report else found


class Jobs:
    """Runs jobs in threads.

    Args:
        on_end: called with each job that ended, in its thread.
        now: the present.
    """

    def __init__(
        self,
        on_end: Callable[[Job], None] = lambda _: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._on_end = on_end
        self._now = now
        self._kept: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._slots = threading.Semaphore(MOST_AT_ONCE)
        self._threads: dict[str, threading.Thread] = {}
        self._is_stopping = False

    def submit(self, task: Task, on_end: Callable[[Job], None] = lambda _: None) -> Job:
        """Begin a job as soon as there is a thread for it.

        Args:
            task: what it does.
            on_end: called with it when it ended.

        Raises:
            BusyError: one by that name is under way, or the services stop.
        """
        with self._lock:
            if self._is_stopping:
                raise BusyError("Expected to begin a job, but the services are stopping.")
            if task.name in self._threads:
                raise BusyError(
                    f"Expected no other job {task.name} under way, but there is one. Ask again "
                    "when it has ended."
                )
            job = Job(token_hex(8), task, self._now())
            self._kept[job.id] = job
            while len(self._kept) > MOST_KEPT:
                self._forget_one()
            # Not waited for by the interpreter's end: work that is killed is done again.
            thread = threading.Thread(
                target=self._work, args=(job, on_end), name=f"job {task.name}", daemon=True
            )
            self._threads[task.name] = thread
        thread.start()
        return job

    def _forget_one(self) -> None:
        for key, job in self._kept.items():
            if job.state in ENDED:
                del self._kept[key]
                return

    def get(self, job_id: str) -> Job | None:
        """Return a job; None where there is none, or it ended long ago."""
        with self._lock:
            return self._kept.get(job_id)

    def all(self) -> list[Job]:
        """Return the jobs that are remembered, the newest first."""
        with self._lock:
            return list(reversed(self._kept.values()))

    def is_busy(self, name: str) -> bool:
        """Whether a job by a name is under way."""
        with self._lock:
            return name in self._threads

    def stop(self, seconds: float) -> list[str]:
        """Begin no more, and wait for what is under way.

        Returns:
            The names of jobs that are under way still; they end with the process.
        """
        with self._lock:
            self._is_stopping = True
            threads = list(self._threads.values())
        until = datetime.now(UTC).timestamp() + seconds
        for thread in threads:
            thread.join(max(0.0, until - datetime.now(UTC).timestamp()))
        with self._lock:
            return sorted(self._threads)

    def _work(self, job: Job, on_end: Callable[[Job], None]) -> None:
        try:
            with self._slots:
                self._run(job)
        finally:
            if job.state not in ENDED:
                kind = getattr(sys.exc_info()[0], "__name__", "nothing")
                self._end(job, FAILED, f"It ended unexpectedly, by {kind}; see the logs.")
            with self._lock:
                self._threads.pop(job.task.name, None)
            on_end(job)
            self._on_end(job)

    def _run(self, job: Job) -> None:
        if self._is_stopping:
            self._end(job, FAILED, "It had not begun when the services stopped.")
            return
        job.began_at = self._now()
        job.state = RUNNING
        try:
            report = job.task.run()
            sentence = job.task.negative(report)
        except InputError as error:
            self._end(job, REFUSED, str(error))
            return
        except TipoffError as error:
            self._end(job, FAILED, str(error))
            return
        job.report = report
        self._end(job, DONE if sentence is None else NEGATIVE, sentence)

    def _end(self, job: Job, state: str, sentence: str | None) -> None:
        job.ended_at = self._now()
        job.sentence = sentence
        job.state = state
