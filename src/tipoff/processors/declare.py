"""What a processor is, and the expressions that several of them share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import polars as pl

from tipoff.domain.market import Market
from tipoff.store.door import SPINE_ID, World
from tipoff.tables.derived import EXPLAINED, READY, Column
from tipoff.tables.table import Table

LOOKBACK_DAYS = 365


@dataclass(frozen=True)
class Input:
    """Raw rows that a processor's rows of a date may depend on.

    Attributes:
        table: the raw table.
        days: how many days before the date its rows still matter; 0 for the date's own only.
        part: ``""`` for all rows, ``quoted`` for who was quoted at all, ``market`` for the rows
            of the processor's own market, ``born`` for the birth dates of those who played.
        is_timeless: rows count whenever they were observed: the schedule is taken as it was in
            the end, since it says when a decision is made.
    """

    table: str
    days: int = LOOKBACK_DAYS
    part: str = ""
    is_timeless: bool = False


SCHEDULE = Input("games", is_timeless=True)


# Who may be listed for a game, and what is known of the games themselves.
LISTED = (SCHEDULE, Input("player_boxes"), Input("prop_quotes", 0, "quoted"))
# A birth date counts whenever it was told.
BIRTHS = Input("rosters", part="born", is_timeless=True)


@dataclass(frozen=True)
class Processor:
    """One of the five.

    Attributes:
        number: its place in the order of work.
        table: what it writes; the processor has the table's name.
        columns: its own output columns.
        spine: ``"team"`` or ``"player"``.
        inputs: raw rows that it depends on.
        needs: processors that must be done first.
        build: pure; gives ``spine_id``, ``reason`` (null where computed) and the columns.
        market: the market that it is for, where it differs between markets.
    """

    number: int
    table: Table
    columns: tuple[Column, ...]
    spine: str
    inputs: tuple[Input, ...]
    needs: tuple[str, ...]
    build: Callable[[pl.DataFrame, World], pl.DataFrame]
    market: Market | None = None

    @property
    def module(self) -> str:
        """The module that holds the build function."""
        build = self.build.func if isinstance(self.build, partial) else self.build
        return build.__module__

    @property
    def name(self) -> str:
        """The processor's name."""
        return self.table.name


def filled(spine: pl.DataFrame, parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Join parts (each at most one row per ``spine_id``) to the spine."""
    rows = spine
    for part in parts:
        rows = rows.join(part, on=SPINE_ID, how="left", validate="1:1", maintain_order="left")
    return rows


def state_of(reason: str = "reason") -> pl.Expr:
    """The state that follows from a reason."""
    return pl.when(pl.col(reason).is_null()).then(pl.lit(READY)).otherwise(pl.lit(EXPLAINED))


def ratio(part: str, whole: str) -> pl.Expr:
    """Sum of one column over that of another, of rows that state both; null without any."""
    stated = pl.col(part).is_not_null() & pl.col(whole).is_not_null()
    total = pl.col(whole).filter(stated).sum()
    return pl.when(total > 0).then(pl.col(part).filter(stated).sum() / total)


def first_reason(**conditions: pl.Expr) -> pl.Expr:
    """The first condition that holds, as words (underscores become spaces), else null."""
    chosen = pl.lit(None, dtype=pl.String)
    for words, condition in reversed(conditions.items()):
        chosen = pl.when(condition).then(pl.lit(words.replace("_", " "))).otherwise(chosen)
    return chosen.alias("reason")


def without_feed(columns: tuple[Column, ...]) -> list[pl.Expr]:
    """The columns that no table of the lake can fill yet, as nulls."""
    return [pl.lit(None, dtype=c.dtype).alias(c.name) for c in columns if c.feed is not None]
