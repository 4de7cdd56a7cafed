"""What a download may spend, and what it has spent by the provider's own account."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from tipoff.sources.answer import Provider
from tipoff.tables.answers import Verdict

# Providers do not charge for these.
FREE = (
    Verdict.ABSENT,
    Verdict.LIMITED,
    Verdict.FAILED,
    Verdict.REFUSED,
    Verdict.BLOCKED,
    Verdict.REDIRECTED,
)


@dataclass(frozen=True)
class Promise:
    """What is set aside for one try.

    Attributes:
        cost: credits.
        number: of all promises, from 1.
        is_alone: nothing else was under way when it was made.
    """

    cost: int
    number: int
    is_alone: bool


@dataclass(frozen=True)
class Account:
    """What the headers of an answer state; None where they do not.

    Attributes:
        cost: credits that this answer cost.
        used, left: credits in all.
    """

    cost: int | None = None
    used: int | None = None
    left: int | None = None


class Budget:
    """Credits of one download; safe to use from several threads.

    A try counts what its answer says that it cost; without that, what its endpoint is expected
    to cost. So a try that gave no answer counts too, until an answer that was asked for alone
    tells by the provider's total that it was not charged. That total may also be of a killed
    run, up to what such a run may have left unwritten; what is more is somebody else's.

    Args:
        limit: the most to spend; None for no limit.
        spent: what earlier runs of the same download have spent.
        used: what the provider said was used in all, when it was last asked for one thing alone.
        counted, unsure: what was counted since then, and how much of it by expectation alone.
        at_risk: what a run that was killed may have spent without its being written down.
    """

    def __init__(
        self,
        limit: int | None,
        *,
        spent: int = 0,
        used: int | None = None,
        counted: int = 0,
        unsure: int = 0,
        at_risk: int = 0,
    ) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._reserved = 0
        self._promises = 0
        # Since an answer that was asked for alone stated the total.
        self._used = used
        self._counted = counted
        self._unsure = unsure
        self._at_risk = at_risk
        self.spent = spent
        self.left: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether an answer that is asked for alone may tell what is not known for certain."""
        with self._lock:
            return self.left is None or self._unsure > 0 or self._at_risk > 0

    @property
    def unsure(self) -> int:
        """Credits that are counted and that the provider may not have charged."""
        with self._lock:
            return self._unsure

    def reserve(self, cost: int) -> Promise | str:
        """Set aside what a try will cost; a sentence where that is too much."""
        with self._lock:
            committed = self.spent + self._reserved
            if self._limit is not None and cost and committed + cost > self._limit:
                return (
                    f"The budget of {self._limit:,} credits is used up: {committed:,} are spent "
                    f"or promised, the next request costs {cost:,}."
                )
            if self.left is not None and cost and self.left - self._reserved < cost:
                return (
                    f"The provider leaves {self.left:,} credits; the next request costs {cost:,}."
                )
            self._promises += 1
            promise = Promise(cost, self._promises, is_alone=self._reserved == 0)
            self._reserved += cost
            return promise

    def is_alone(self, promise: Promise) -> bool:
        """Whether nothing else has been under way since a promise was made."""
        with self._lock:
            return self._was_alone(promise)

    def _was_alone(self, promise: Promise) -> bool:
        return promise.is_alone and promise.number == self._promises

    def settle(self, promise: Promise, verdict: Verdict, stated: Account = Account()) -> int:
        """Account for a try; return what it cost, less what others turn out not to have cost."""
        expected = 0 if verdict in FREE else promise.cost
        with self._lock:
            self._reserved -= promise.cost
            spent = expected if stated.cost is None else stated.cost
            if stated.left is not None:
                self.left = stated.left
            if stated.used is not None and self._was_alone(promise):
                spent += self._found_out(spent, stated.used)
            else:
                self._counted += spent
                self._unsure += expected if stated.cost is None and stated.used is None else 0
            self.spent += spent
            return spent

    def _found_out(self, spent: int, used: int) -> int:
        """Return by how much earlier tries cost more (or less) than was counted for them."""
        before, self._used = self._used, used
        counted, self._counted = self._counted, 0
        unsure, self._unsure = self._unsure, 0
        at_risk, self._at_risk = self._at_risk, 0
        if before is None or used < before:
            return 0  # nothing to compare with, or a new month's total
        return max(-unsure, min(used - before - counted - spent, at_risk))


def stated_credits(provider: Provider, headers: Mapping[str, str]) -> Account:
    """Return the credits that an answer's headers state."""
    names = (provider.credits_cost, provider.credits_used, provider.credits_left)
    return Account(*[_whole(headers, name) for name in names])


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    try:
        value = float(headers[name.lower()]) if name else -1.0
    except (KeyError, ValueError):
        return None
    return int(value) if 0 <= value < 2**53 else None
