"""What rows named that a parser refused, for whoever has to say which teams and games they were.

A parser counts what it refuses by reason. Within ``witnessed``, each split of refused rows
(``line_rows.refuse``) also notes down the teams and dates that they name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import polars as pl

# Which columns name a row's teams, in order: as spelled, then as read.
_TEAMS = (("home", "away"), ("stated_team",), ("home_team", "away_team"), ("team", "opponent"))
_DATES = ("stated_date", "game_date")

Named = tuple[str | None, tuple[str, ...]]
"""A date as ISO text, and the teams; what was not stated or not read is null or ``?``."""


@dataclass
class Refused:
    """How many refused rows named what, by reason."""

    named: dict[str, dict[Named, int]] = field(default_factory=dict)

    def add(self, reason: str, rows: pl.DataFrame) -> None:
        """Count what the rows of one reason name."""
        counts = self.named.setdefault(reason, {})
        for what, number in _named(rows):
            counts[what] = counts.get(what, 0) + number


_WITNESS: ContextVar[Refused | None] = ContextVar("refused rows", default=None)


@contextmanager
def witnessed() -> Iterator[Refused]:
    """Note down what the rows name that are refused within."""
    refused = Refused()
    token = _WITNESS.set(refused)
    try:
        yield refused
    finally:
        _WITNESS.reset(token)


def note(judged: pl.DataFrame) -> None:
    """Note down refused rows where somebody wants to see them.

    Args:
        judged: rows with ``_reason``, null where a row is kept.
    """
    witness = _WITNESS.get()
    if witness is None:
        return
    for (reason,), rows in judged.drop_nulls("_reason").group_by("_reason"):
        witness.add(str(reason), rows)


def _named(rows: pl.DataFrame) -> Iterator[tuple[Named, int]]:
    teams = next((names for names in _TEAMS if set(names) <= set(rows.columns)), ())
    day = next((pl.col(name) for name in _DATES if name in rows.columns), pl.lit(None, pl.String))
    texts = [pl.col(name).cast(pl.String).fill_null("?").alias(name) for name in teams]
    counted = rows.group_by(day.cast(pl.String).alias("_day"), *texts).len().sort(pl.all())
    for found in counted.iter_rows():
        yield (found[0], found[1:-1]), found[-1]
