"""What tipoff knows of a stored table: its schema, its key and the kind of rows it holds."""

from dataclasses import dataclass
from enum import StrEnum

import dataframely as dy
import polars as pl

SEASON_PATTERN = r"^\d{4}-\d{2}$"
GAME_ID_PATTERN = r"^\d{8}_[A-Z]{3}_[A-Z]{3}$"
UTC_MOMENT = pl.Datetime("us", "UTC")


class Kind(StrEnum):
    """Raw rows are appended and never updated; derived rows are replaced a span at a time.

    Truth is what a made-up league knows of itself; nothing that predicts may read it.
    """

    RAW = "raw"
    DERIVED = "derived"
    LOG = "log"
    TRUTH = "truth"


@dataclass(frozen=True)
class Table:
    """One stored table.

    Attributes:
        name: the table's name and its folder in the lake.
        schema: the dataframely schema; its primary key is the table's key.
        kind: raw, derived, log or truth.
        is_outcome: the rows tell what happened in a game (so a game's own rows are never
            known at its decision instant); false for schedules, lines and availability.
        entity: raw tables only: the columns that name one fact; its versions differ in
            ``observed_at`` and the newest known one counts.
    """

    name: str
    schema: type[dy.Schema]
    kind: Kind
    is_outcome: bool = False
    entity: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns."""
        return tuple(self.schema.primary_key())

    @property
    def columns(self) -> dict[str, pl.DataType]:
        """Column names and types, in stored order."""
        return {name: column.dtype for name, column in self.schema.columns().items()}

    @property
    def partition(self) -> list[str]:
        """The columns that the table is partitioned by."""
        return ["season"] if "season" in self.schema.column_names() else []

    def empty(self) -> pl.DataFrame:
        """Return a frame of this table with no rows."""
        return pl.DataFrame(schema=self.columns)


def moment(*, nullable: bool = False) -> dy.Datetime:
    """Return a UTC-moment column."""
    return dy.Datetime(nullable=nullable, time_zone="UTC", time_unit="us")


class Known(dy.Schema):
    """What every raw row says of itself: when it is about and when it became known."""

    season = dy.String(regex=SEASON_PATTERN)
    game_date = dy.Date()
    source = dy.String(primary_key=True, min_length=1)
    observed_at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    observed_basis = dy.String(check=lambda column: column.is_in(["recorded", "assumed"]))
    is_deleted = dy.Bool()
    row_hash = dy.Int64()  # of the row's values, but for identity and observation
