"""How often one may ask: a bucket of tokens per key or address that fills steadily."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

# Who has not asked for longest is forgotten first; his bucket would be the fullest.
MOST_KNOWN = 10_000


class Rate(BaseModel):
    """A rate.

    Attributes:
        per_second: requests per second in the long run; 0: there is no limit.
        burst: requests at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_second: float = Field(ge=0, allow_inf_nan=False)
    burst: int = Field(ge=1)


@dataclass
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """Counts requests of everybody; used by one thread, that of the event loop.

    Args:
        rate: the limit of each.
        clock: seconds that never go back.
        most: how many are known at a time.
    """

    def __init__(
        self, rate: Rate, clock: Callable[[], float] = time.monotonic, most: int = MOST_KNOWN
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._most = most
        self._known: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def take(self, who: str) -> int | None:
        """Take a token; return None, or the whole seconds after which there is one."""
        rate = self._rate
        if not rate.per_second:
            return None
        now = self._clock()
        bucket = self._known.get(who)
        if bucket is None:
            bucket = self._known[who] = _Bucket(float(rate.burst), now)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(who)
        gained = (now - bucket.at) * rate.per_second
        bucket.tokens = min(float(rate.burst), bucket.tokens + gained)
        bucket.at = now
        if bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            return None
        return math.ceil((1.0 - bucket.tokens) / rate.per_second)
