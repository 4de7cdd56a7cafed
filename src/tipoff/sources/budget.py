"""What a download may spend, and what it has spent by the provider's own account."""

import threading
from collections.abc import Mapping

from tipoff.sources.answer import Provider
from tipoff.tables.answers import Verdict

# Providers do not charge for these.
_FREE = (
    Verdict.ABSENT,
    Verdict.LIMITED,
    Verdict.FAILED,
    Verdict.REFUSED,
    Verdict.BLOCKED,
    Verdict.REDIRECTED,
)


class Budget:
    """Credits of one download; safe to use from several threads.

    Args:
        limit: the most to spend; None for no limit.
        spent: what earlier runs of the same download have spent.
        used: what the provider said, when it was last asked, was used in all.
        at_risk: what a run that was killed may have spent without its being written down.
    """

    def __init__(
        self, limit: int | None, *, spent: int = 0, used: int | None = None, at_risk: int = 0
    ) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._reserved = 0
        self._used = used
        self._lost = at_risk
        self._unsure = 0
        self.spent = spent
        self.left: int | None = None

    @property
    def is_new(self) -> bool:
        """Whether the provider has not yet said what is used."""
        return self._used is None

    def reserve(self, cost: int) -> str | None:
        """Set aside what a request will cost; a sentence where that is too much."""
        with self._lock:
            committed = self.spent + self._reserved + self._unsure
            if self._limit is not None and cost and committed + cost > self._limit:
                return (
                    f"The budget of {self._limit:,} credits is used up: {committed:,} are spent "
                    f"or promised, the next request costs {cost:,}."
                )
            if self.left is not None and cost and self.left - self._reserved < cost:
                return (
                    f"The provider leaves {self.left:,} credits; the next request costs {cost:,}."
                )
            self._reserved += cost
            return None

    def settle(
        self, cost: int, verdict: Verdict, used: int | None = None, left: int | None = None
    ) -> int:
        """Account for a try that ``reserve`` set something aside for; return its credits.

        The provider's own count is believed where it gives one. What it counts beyond what was
        asked for is taken to be of tries that gave no answer and of a killed run, up to what
        those may have cost; the rest is somebody else's.
        """
        expected = 0 if verdict in _FREE else cost
        with self._lock:
            self._reserved -= cost
            if left is not None:
                self.left = left
            if used is None and self._used is not None:
                # The next answer's count tells.
                self._unsure += expected
                return 0
            spent = expected if used is None else self._counted(expected, cost, used)
            self.spent += spent
            return spent

    def _counted(self, expected: int, cost: int, used: int) -> int:
        before, self._used = self._used, used
        if before is None or used < before / 2:
            return expected  # nothing to compare with, or a new month's count
        if used < before:
            self._used = before
            return 0  # overtaken by the answer to a later request, which counted it
        spent = min(used - before, cost + self._reserved + self._unsure + self._lost)
        self._unsure = self._lost = 0
        return spent


def stated_credits(provider: Provider, headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return the credits used and left as an answer's headers state them."""
    return _whole(headers, provider.credits_used), _whole(headers, provider.credits_left)


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    try:
        value = float(headers[name.lower()]) if name else -1.0
    except (KeyError, ValueError):
        return None
    return int(value) if 0 <= value < 2**53 else None
