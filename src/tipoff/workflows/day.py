"""What a day's job is: what it works on, and what a step of it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tipoff.store.lake import Lake
from tipoff.workflows.daily_config import Daily

Progress = Callable[[str, int, int], None]
Report = Mapping[str, Any]


@dataclass(frozen=True)
class Day:
    """A day's job under way.

    Attributes:
        lake: the lake.
        config: what the job does.
        day: the game date that is predicted.
        now: the moment of it.
        threads: processor threads; they change the time only.
        progress: called with what is being done and how far it is.
    """

    lake: Lake
    config: Daily
    day: date
    now: datetime
    threads: int = 2
    progress: Progress = lambda *_: None


@dataclass(frozen=True)
class DayStep:
    """One step.

    Attributes:
        name: what it is called.
        about: what it does, in a sentence.
        run: does it and returns its report.
        needs: steps without which it is not tried.
        negative: the sentence of a negative verdict in its report, or None.
        writes_rows: it writes raw or derived rows, so that a replay has no use for it.
    """

    name: str
    about: str
    run: Callable[[Day], Report]
    needs: tuple[str, ...] = ()
    negative: Callable[[Report], str | None] = field(default=lambda _: None)
    writes_rows: bool = False
