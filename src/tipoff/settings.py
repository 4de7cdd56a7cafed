"""What a run is told from outside: where the lake is and how long before tip-off we decide."""

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_LEAD_MINUTES = 30


@dataclass(frozen=True)
class Settings:
    """Settings of one run.

    Attributes:
        lake: folder or object-storage URL that holds the open tables.
        lead_minutes: minutes before tip-off at which a decision is taken (``as_of``).
    """

    lake: str
    lead_minutes: int = DEFAULT_LEAD_MINUTES


def default_lake() -> str:
    """Return ``TIPOFF_LAKE`` or ``./lake``."""
    return os.environ.get("TIPOFF_LAKE") or str(Path("lake"))
