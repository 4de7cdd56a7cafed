"""What a backfill is asked to do."""

from dataclasses import dataclass
from datetime import date

from tipoff.domain.market import Market
from tipoff.domain.plant import Plant
from tipoff.features.declare import POINTS
from tipoff.settings import DEFAULT_LEAD_MINUTES


@dataclass(frozen=True)
class Request:
    """What a backfill is asked to do.

    Attributes:
        start: first game date.
        end: last game date, included.
        start_from: number of the first processor to build.
        only: name of the only processor to build, or None for all.
        workers: processes that share the units of one processor.
        executor: where they run.
        lead_minutes: minutes before tip-off of the decision instant.
        plant: fault to plant, or None.
        markets: markets to build the fifth processor for.
        allow_older_code: build with code that newer code has followed here.
    """

    start: date
    end: date
    start_from: int = 1
    only: str | None = None
    workers: int = 1
    executor: str = "local"
    lead_minutes: int = DEFAULT_LEAD_MINUTES
    plant: Plant | None = None
    markets: tuple[Market, ...] = (POINTS,)
    allow_older_code: bool = False
