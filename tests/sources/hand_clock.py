"""A clock that goes on only when somebody sleeps by it, and quick manners."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tipoff.sources.manners import Clock, Manners

BEGIN = datetime(2024, 10, 22, 12, 0, tzinfo=UTC)


class HandClock:
    """Sleeping takes no time and is written down."""

    def __init__(self, begin: datetime = BEGIN) -> None:
        self.begin = begin
        self.passed = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    @property
    def clock(self) -> Clock:
        return Clock(
            now=lambda: self.begin + timedelta(seconds=self.passed),
            monotonic=lambda: self.passed,
            sleep=self.sleep,
        )

    def waits(self) -> list[float]:
        """The waits that are longer than the spacing of requests."""
        return [seconds for seconds in self.slept if seconds > 0.1]


# The machine may be busy: only a test of silence is in a haste.
QUICK = Manners(connect=5.0, read=5.0, total=20.0, jitter=lambda: 0.0)
HASTY = replace(QUICK, read=0.2)
