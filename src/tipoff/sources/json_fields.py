"""Fields of a provider's JSON, read one at a time: what is not of its kind is null, never an error.

What comes of it goes into columns of one type, so that a provider who changes a field costs rows
that are refused for a missing value, and nothing else.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

# Moments outside these years are no moments of a game or quote.
_YEARS = range(1990, 2101)


def text(found: object) -> str | None:
    """Return text without blanks around it, or a whole number as text; null for all else."""
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 1 << 63:
        return str(found)
    if not isinstance(found, str):
        return None
    # JSON can hold halves of surrogate pairs, which no file can.
    return found.encode("utf-8", "replace").decode().strip() or None


def number(found: object) -> float | None:
    """Return a finite number, be it written as one or as text; null for all else."""
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        value = float(found)
    except (ValueError, OverflowError):
        return None
    # Adding nought turns -0.0 into 0.0.
    return value + 0.0 if math.isfinite(value) else None


def moment(found: object) -> datetime | None:
    """Return a UTC moment from ISO text (without a zone: UTC) or seconds since 1970."""
    try:
        if isinstance(found, str):
            value = datetime.fromisoformat(found.strip())
        elif isinstance(found, int | float) and not isinstance(found, bool):
            value = datetime.fromtimestamp(found, UTC)
        else:
            return None
        if value.year not in _YEARS:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def flag(found: object) -> bool | None:
    """Return true or false where it is written so."""
    return found if isinstance(found, bool) else None


def inside(found: object, *keys: str) -> Any:
    """Return what stands under these keys, one below the other; null where there is nothing."""
    for key in keys:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


class Refusals(dict[str, int]):
    """Counts of what was refused while a document is walked through, by reason."""

    def add(self, reason: str, number: int = 1) -> None:
        """Count some more."""
        if number:
            self[reason] = self.get(reason, 0) + number


def objects(found: object, what: str, refused: Refusals) -> Iterator[dict[str, Any]]:
    """Give the objects of a list; what is none, or no list at all, is counted.

    Args:
        found: what should be a list of objects.
        what: one of them, for the reasons: "a market".
        refused: where the counts go.
    """
    if not isinstance(found, list):
        refused.add(f"{what} should be in a list, and there is none")
        return
    for one in found:
        if isinstance(one, dict):
            yield one
        else:
            refused.add(f"{what} that is no object")
