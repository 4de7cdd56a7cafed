"""How a provider is asked: how often, how long it is waited for, how often it is tried again."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Clocks differ; a stated Date further ahead than this is no clock.
MOST_SKEW_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Clock:
    """The time and its passing; tests put their own in."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Manners:
    """Limits of asking.

    Attributes:
        tries: at most, of one request, in all.
        tries_unrecognised: at most, where what comes is not what was asked for; each may cost.
        connect, read: seconds to wait for a connection, and for the next bytes.
        total: seconds that an answer may take in all.
        first_wait, most_wait: seconds before the second try; it doubles up to the most.
        patience: seconds to wait for one request in all; where a provider asks for more, it is
            left alone.
        in_a_row: so many requests that failed one after another end a download.
        most_bytes: an answer may have, decompressed.
        jitter: gives the random share, 0 to 1, by which waits are lengthened by up to a half.
    """

    tries: int = 5
    tries_unrecognised: int = 2
    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0
    first_wait: float = 1.0
    most_wait: float = 60.0
    patience: float = 300.0
    in_a_row: int = 5
    most_bytes: int = 64 * 2**20
    jitter: Callable[[], float] = random.random

    def wait_before(self, attempt: int) -> float:
        """Return the seconds to wait before a try, the second being 2."""
        steady = min(self.first_wait * 2.0 ** (attempt - 2), self.most_wait)
        return steady * (1.0 + self.jitter() / 2.0)


class Pace:
    """Spaces requests to one provider evenly, over all threads."""

    def __init__(self, per_minute: float, clock: Clock) -> None:
        self._gap = 60.0 / per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._free = clock.monotonic()

    def wait(self) -> None:
        """Wait for the next turn."""
        with self._lock:
            now = self._clock.monotonic()
            turn = max(now, self._free)
            self._free = turn + self._gap
        if turn > now:
            self._clock.sleep(turn - now)

    def hold(self, seconds: float) -> None:
        """Give no turn for so long: the provider wants rest from all threads."""
        with self._lock:
            self._free = max(self._free, self._clock.monotonic() + seconds)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that an answer asks to wait, or None where it does not say.

    A date is compared with the answer's own Date where there is one: the provider's clock and
    this machine's need not agree.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text)) if float(text) < float("inf") else None
    except ValueError:
        until = http_date(text)
    if until is None:
        return None
    since = http_date(headers.get("date", "")) or now
    return max(0.0, (until - since).total_seconds())


def http_date(text: str) -> datetime | None:
    """Return the moment that an HTTP date states, or None."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def skew_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return by how much an answer's Date is ahead of this machine's clock; None without one.

    A Date that a cache kept says when the cached answer was made, so only one that is ahead
    tells of clocks.
    """
    stated = http_date(headers.get("date", ""))
    return None if stated is None else (stated - now).total_seconds()


def came_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return when an answer came: by the later of this machine's clock and the answer's Date.

    What is known must never look known earlier than it was, also where this machine's clock is
    slow. A Date that is ahead by a day or more is not believed.
    """
    ahead = skew_seconds(headers, now)
    stated = http_date(headers.get("date", ""))
    # A Date is cut to whole seconds: one second is no skew.
    if ahead is None or stated is None or not 1.0 < ahead < MOST_SKEW_SECONDS:
        return now
    return stated
