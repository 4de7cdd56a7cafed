"""What a comparison of served and backfilled features is asked for."""

from dataclasses import dataclass
from datetime import date

from tipoff.domain.market import Market
from tipoff.domain.plant import Plant
from tipoff.features.declare import POINTS


@dataclass(frozen=True)
class Asked:
    """What is compared.

    Attributes:
        start, end: first and last game date.
        market: whose features.
        tolerance: numbers may differ by so much.
        plant: compare with the backfill that a fault was planted in.
        allow_unreadable: differences whose versions are gone do not make the verdict negative.
    """

    start: date
    end: date
    market: Market = POINTS
    tolerance: float = 0.0
    plant: Plant | None = None
    allow_unreadable: bool = False
