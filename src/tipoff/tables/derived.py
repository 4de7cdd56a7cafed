"""Schemas of the derived tables: what processors write, one span of game dates at a time.

Every derived row carries its own ledger: the fingerprints of the code and of the inputs that it
was built from, and whether it could be computed (``state``) or why not (``reason``).
"""

from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from tipoff.tables.table import GAME_ID_PATTERN, SEASON_PATTERN, Kind, Table, moment

READY = "ready"
EXPLAINED = "explained"

LEDGER_COLUMNS = ("state", "reason", "code_fingerprint", "input_fingerprint", "plant")


@dataclass(frozen=True)
class Column:
    """One output column of a processor.

    Attributes:
        name: its name.
        doc: what it is, with its unit.
        dtype: Float64 unless stated.
        low: smallest value that can be true.
        high: largest value that can be true.
        feed: what the lake would need to hold for it; until then it is null.
    """

    name: str
    doc: str
    dtype: type[pl.DataType] = pl.Float64
    low: float | None = None
    high: float | None = None
    feed: str | None = None

    def schema(self) -> dy.Column:
        """Return the dataframely column."""
        if self.dtype is pl.Float64:
            return dy.Float64(
                nullable=True, allow_inf=True, allow_nan=True, metadata={"doc": self.doc}
            )
        if self.dtype is pl.Int32:
            return dy.Int32(nullable=True, metadata={"doc": self.doc})
        if self.dtype is pl.Datetime:
            return moment(nullable=True)
        if self.dtype is pl.Boolean:
            return dy.Bool(nullable=True, metadata={"doc": self.doc})
        return dy.String(nullable=True, metadata={"doc": self.doc})

    def is_kept(self) -> pl.Expr:
        """Whether a value lies within the bounds; a null does, what is not finite does not."""
        value = pl.col(self.name)
        kept = value.is_finite() if self.dtype is pl.Float64 else pl.lit(value=True)
        if self.low is not None:
            kept = kept & (value >= self.low)
        if self.high is not None:
            kept = kept & (value <= self.high)
        return kept.fill_null(value=True)


class _Derived(dy.Schema):
    season = dy.String(regex=SEASON_PATTERN)
    game_date = dy.Date(primary_key=True)
    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    team = dy.String(regex=r"^[A-Z]{3}$")
    opponent = dy.String(regex=r"^[A-Z]{3}$")
    is_home = dy.Bool()
    season_type = dy.String(nullable=True)
    tip_off_at = moment()
    tip_off_basis = dy.String()
    as_of = moment()


class _Ledger(dy.Schema):
    state = dy.String(check=lambda column: column.is_in([READY, EXPLAINED]))
    reason = dy.String(nullable=True)
    code_fingerprint = dy.String()
    input_fingerprint = dy.String()
    plant = dy.String()  # the planted fault; empty for a clean row


class _TeamKey(_Derived):
    team = dy.String(primary_key=True, regex=r"^[A-Z]{3}$")


class _PlayerKey(_Derived):
    player_id = dy.String(primary_key=True, min_length=1)
    player_name = dy.String()
    spine_basis = dy.String()  # how it could be known that he may play


def team_table(name: str, columns: tuple[Column, ...]) -> Table:
    """Return a derived table keyed by (game_date, game_id, team)."""
    return _table(name, _TeamKey, columns)


def player_table(name: str, columns: tuple[Column, ...]) -> Table:
    """Return a derived table keyed by (game_date, game_id, player_id)."""
    return _table(name, _PlayerKey, columns)


def _table(name: str, base: type[dy.Schema], columns: tuple[Column, ...]) -> Table:
    body: dict[str, Any] = {column.name: column.schema() for column in columns}
    body |= _bounds_rule(columns)
    title = "".join(part.title() for part in name.split("_"))
    schema = type(title, (base,), body)
    return Table(name, type(title, (schema, _Ledger), {}), Kind.DERIVED)


def _bounds_rule(columns: tuple[Column, ...]) -> dict[str, Any]:
    """One rule over all numbers: one per column and bound costs half a second a table."""
    numbers = [c for c in columns if c.dtype in (pl.Float64, pl.Int32)]
    if not numbers:
        return {}

    def within_bounds(cls: type[dy.Schema]) -> pl.Expr:  # noqa: ARG001 -- called with the schema
        return pl.all_horizontal(column.is_kept() for column in numbers)

    return {"within_bounds": dy.rule()(within_bounds)}


def out_of_bounds(columns: tuple[Column, ...], rows: pl.DataFrame) -> dict[str, int]:
    """Count the values of each column that lie outside its bounds; columns without are left out."""
    numbers = [c for c in columns if c.dtype in (pl.Float64, pl.Int32)]
    counts = rows.select((~c.is_kept()).sum().alias(c.name) for c in numbers).row(0, named=True)
    return {name: count for name, count in counts.items() if count}
