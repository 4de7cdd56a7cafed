"""Tells people of problems in a thread of its own, so that no job ever waits for a mail server."""

import queue
import re
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from tipoff.store.location import Lake
from tipoff.web.logs import Logger
from tipoff.workflows.notify import FAILED, Notice, Notify, notify

MOST_WAITING = 500
_NUMBERS = re.compile(r"\d+")
_LONGEST = 200
Deliver = Callable[[Notice], Sequence[dict[str, Any]]]
Count = Callable[[str, str], None]


class Notifier:
    """Takes problems and tells of each in turn.

    Args:
        deliver: tells everybody, and returns rows of ``workflows.notify.notify``.
        logger: where the outcome is written.
        count: called with the channel and the state of each delivery.
        now: the present.
    """

    def __init__(
        self, deliver: Deliver, logger: Logger, count: Count, now: Callable[[], datetime]
    ) -> None:
        self._deliver = deliver
        self._logger = logger
        self._count = count
        self._now = now
        self._waiting: queue.Queue[Notice | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        self._thread.start()

    def tell(self, what: str, sentence: str) -> None:
        """Take a problem, without waiting; one too many is counted as not told."""
        self._logger.warning("problem", problem=what, sentence=sentence)
        try:
            self._waiting.put_nowait(Notice(problem_of(what, sentence), sentence, self._now()))
        except queue.Full:
            self._failed("queue", f"{MOST_WAITING} notices wait to be told already.", what)

    def stop(self, seconds: float) -> bool:
        """Tell what waits, for so long at most; return whether all was told."""
        try:
            self._waiting.put(None, timeout=seconds)
        except queue.Full:
            return False
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (notice := self._waiting.get()) is not None:
            try:
                rows = self._deliver(notice)
            except Exception as error:  # noqa: BLE001
                # Nothing that goes wrong in telling of one problem may silence the others.
                self._failed("notifier", f"{type(error).__name__}: {error}", notice.problem)
                continue
            for row in rows:
                if row["state"] == FAILED:
                    self._failed(row["channel"], row["sentence"], notice.problem)
                else:
                    self._count(row["channel"], row["state"])

    def _failed(self, channel: str, sentence: str, problem: str) -> None:
        self._count(channel, FAILED)
        self._logger.error("not told", channel=channel, sentence=sentence, problem=problem)


def problem_of(what: str, sentence: str) -> str:
    """Return what makes two problems the same: what it is, and its sentence but for numbers."""
    return f"{what}: {_NUMBERS.sub('#', sentence)}"[:_LONGEST]


def notifier(
    lake: Lake, config: Notify, logger: Logger, count: Count, now: Callable[[], datetime]
) -> Notifier:
    """Return a notifier of a lake."""
    return Notifier(lambda notice: notify(lake, config, notice), logger, count, now)
