"""What came into the raw tables between a serving and now, by table, kind and when it was known.

Kinds are told by looking at the rows:

* ``late rows``: known by the time of the serving, stored after it; the feed was late;
* ``served early``: became known between the serving and the decision; the serving was early;
* ``correction``: a newer version of a result that was stored;
* ``deletion``: a tombstone, or a row that is gone;
* ``schedule moved``: another row about a game that was scheduled;
* ``identity``: a row's player was found out or told otherwise;
* ``rewritten``: a stored row reads otherwise, which no row ever may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from tipoff.store.lake import Lake, unshared
from tipoff.tables.raw import GAMES, RAW_TABLES
from tipoff.tables.table import Table

LATE, EARLY, CORRECTION, DELETION, MOVED, IDENTITY, REWRITTEN = (
    "late rows",
    "served early",
    "correction",
    "deletion",
    "schedule moved",
    "identity",
    "rewritten",
)
_HASH = "row_hash"


@dataclass(frozen=True)
class Part:
    """Rows of one table that came, went or changed in one way.

    Attributes:
        table: the raw table's name.
        kind: how; see the module.
        band: how many of the decisions' instants were over when the rows became known; the
            schedule counts whenever it was known.
        gained: rows that are there now.
        lost: keys of rows that are not there any more, or read otherwise.
    """

    table: str
    kind: str
    band: int
    gained: pl.DataFrame
    lost: pl.DataFrame

    @property
    def name(self) -> tuple[str, str, int]:
        """What tells it apart from other parts of the same time between."""
        return self.table, self.kind, self.band


@dataclass(frozen=True)
class Between:
    """From when until when, for whom.

    Attributes:
        old, new: the lake as it was served from, and as it is.
        seasons: whose rows.
        served_at: the moment of the serving.
        instants: the decisions' instants, in order.
    """

    old: Lake
    new: Lake
    seasons: Sequence[str]
    served_at: datetime
    instants: Sequence[datetime]


def parts_between(between: Between, then: Mapping[str, pl.DataFrame]) -> list[Part]:
    """Return everything that came in between.

    Args:
        between: from when until when.
        then: the rows of every raw table at the serving, by its name.
    """
    return [
        part
        for table in RAW_TABLES.values()
        for part in _of_table(table, between, then[table.name])
    ]


def _of_table(table: Table, between: Between, then: pl.DataFrame) -> list[Part]:
    before, after = (
        rows.filter(pl.col("season").is_in(list(between.seasons))).drop(_HASH).collect()
        for rows in unshared(between.old, between.new, table)
    )
    key = list(table.key)
    others = [c for c in before.columns if c not in key]
    both = before.join(after, on=key, suffix="_now")
    changed = [c for c in others if c != "player_id"]
    told = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_now")) for c in changed)
    named = pl.lit(value=False)
    if "player_id" in others:
        named = pl.col("player_id").ne_missing(pl.col("player_id_now"))
    own = both.filter(told | named).select(
        *key, _kind=pl.when(told).then(pl.lit(REWRITTEN)).otherwise(pl.lit(IDENTITY))
    )
    came = after.join(before, on=key, how="anti")
    gone = before.join(after, on=key, how="anti")
    gained = pl.concat(
        [
            _with_kind(table, came, then, between.served_at),
            after.join(own, on=key, maintain_order="left"),
        ]
    )
    gone_kind = MOVED if table is GAMES else DELETION
    lost = pl.concat([gone.select(*key, _kind=pl.lit(gone_kind)), own])
    return _split(table, gained, lost, between.instants)


def _with_kind(
    table: Table, came: pl.DataFrame, then: pl.DataFrame, served_at: datetime
) -> pl.DataFrame:
    entity = ["game_id"] if table is GAMES else list(table.entity)
    known = then.select(entity).unique().with_columns(_known=pl.lit(value=True))
    is_known = pl.col("_known").is_not_null()
    is_early = pl.col("observed_at") > served_at
    # A quote or report that is made again is a statement of its own, not a correction.
    is_version = is_known & pl.lit(table is GAMES or table.is_outcome)
    told_again = pl.when(is_version).then(pl.lit(MOVED if table is GAMES else CORRECTION))
    new = told_again.when(is_early).then(pl.lit(EARLY)).otherwise(pl.lit(LATE))
    is_gone = pl.col("is_deleted") & pl.lit(table is not GAMES)
    kind = pl.when(is_gone).then(pl.lit(DELETION)).otherwise(new)
    return (
        came.join(known, on=entity, how="left", maintain_order="left")
        .with_columns(_kind=kind)
        .drop("_known")
    )


def _split(
    table: Table, gained: pl.DataFrame, lost: pl.DataFrame, instants: Sequence[datetime]
) -> list[Part]:
    """Cut by kind, and by how many of the instants were over when a row became known."""
    frames = [_with_band(table, rows, instants) for rows in (gained, lost)]
    cuts = pl.concat([rows.select("_kind", "_band") for rows in frames]).unique().sort(pl.all())
    parts = []
    for kind, band in cuts.iter_rows():
        own = (pl.col("_kind") == kind) & (pl.col("_band") == band)
        one, other = (rows.filter(own).drop("_kind", "_band") for rows in frames)
        parts.append(Part(table.name, kind, band, one, other))
    return parts


def _with_band(table: Table, rows: pl.DataFrame, instants: Sequence[datetime]) -> pl.DataFrame:
    if table is GAMES:
        return rows.with_columns(_band=pl.lit(0, pl.Int64))
    over = [(pl.col("observed_at") > pl.lit(instant)).cast(pl.Int64) for instant in instants]
    return rows.with_columns(_band=pl.sum_horizontal(pl.lit(0, pl.Int64), *over))


def with_parts(
    frames: Mapping[str, pl.DataFrame], parts: Sequence[Part]
) -> dict[str, pl.DataFrame]:
    """Return raw rows as they are where some parts have come in, and nothing else has."""
    changed = dict(frames)
    for part in parts:
        key = list(RAW_TABLES[part.table].key)
        rows = changed[part.table].join(part.lost, on=key, how="anti")
        changed[part.table] = pl.concat([rows, part.gained.select(rows.columns)])
    return changed
