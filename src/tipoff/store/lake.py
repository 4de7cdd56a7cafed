"""The lake: raw rows are appended, derived rows replaced a span at a time, all by version.

One commit appends or replaces a whole span; writers that meet are retried by optimistic
concurrency, so several may work on one lake.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import polars as pl
from deltalake import DeltaTable

from tipoff.errors import TipoffError
from tipoff.store.content import content_hash, row_hash
from tipoff.store.delta import Mode, committed, found_in, opened, rows_of, unshared
from tipoff.store.location import Lake, open_lake
from tipoff.tables.table import Kind, Table

__all__ = [
    "Appended",
    "Lake",
    "annotate",
    "append",
    "appended_on_top",
    "committed_at",
    "hashed_columns",
    "log",
    "open_lake",
    "opened_rows",
    "read",
    "replace",
    "scan",
    "table_hash",
    "unshared",
    "validated",
    "version",
]

Answer = TypeVar("Answer")
_RETRIES = 15
_LOG_RETRIES = 30


def version(lake: Lake, table: Table) -> int | None:
    """Return the table's newest version, or None where it does not exist yet."""
    delta = opened(lake, table)
    return None if delta is None else delta.version()


def scan(lake: Lake, table: Table, *, at: int | None = None) -> pl.LazyFrame:
    """Return the table's rows lazily; a table that does not exist yet is empty.

    Args:
        at: a version to read instead of the newest.
    """

    def find() -> pl.LazyFrame:
        delta = opened(lake, table, at)
        return table.empty().lazy() if delta is None else rows_of(lake, table, delta)

    return find() if at is not None else found_in(lake, [table], "rows", find)


def read(lake: Lake, table: Table, *, seasons: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the table's rows, of some seasons only where given."""
    frame = scan(lake, table)
    if seasons is not None and table.partition:
        frame = frame.filter(pl.col("season").is_in(list(seasons)))
    return frame.collect()


@dataclass(frozen=True)
class Appended:
    """What an append did: rows added, rows that were there already, corrections among the added."""

    added: int
    known: int
    corrections: int


def append(
    lake: Lake, table: Table, frame: pl.DataFrame, *, now: datetime | None = None
) -> Appended:
    """Append raw rows that the table does not hold yet.

    A row that says what the version before it says is left out; one that brings back what was said
    before something else is a version of its own. A row whose key is stored with other values is
    a correction: it becomes known now, not then.

    Args:
        frame: rows with exactly the table's columns.
        now: the moment at which corrections become known; the current time by default.
    """
    if table.kind is not Kind.RAW:
        raise TipoffError(f"Expected a raw table to append to, got {table.name}.")
    # Sorted once: what follows only merges runs of this order.
    rows = validated(table, frame).sort(table.key)
    if rows.is_empty():
        return Appended(0, 0, 0)
    moment = now or datetime.now(UTC)
    for _ in range(_RETRIES):
        # The commit is tied to the version that the rows were compared with: where another
        # writer came first, they are compared again.
        base = opened(lake, table)
        new, corrections = _not_stored(table, rows, _stored_like(lake, table, base, rows), moment)
        if new.is_empty():
            return Appended(0, rows.height, 0)
        if not committed(lake, table, new, base=base, mode="append", retries=0):
            continue
        return Appended(new.height, rows.height - new.height, corrections)
    raise TipoffError(
        f"Expected to append to {table.name}, but other writers came first too often."
    )


def _stored_like(
    lake: Lake, table: Table, delta: DeltaTable | None, like: pl.DataFrame
) -> pl.DataFrame:
    """Return key, hash and basis of all stored versions of what some rows are about."""
    columns = [*table.key, "row_hash", "observed_basis"]
    if delta is None:
        return table.empty().select(columns)
    seasons = like["season"].unique().to_list()
    stored = rows_of(lake, table, delta).filter(pl.col("season").is_in(seasons))
    if "game_id" in table.columns:
        games = like["game_id"].unique().sort()
        # Row groups of other games are passed over by their smallest and largest id.
        stored = stored.filter(
            pl.col("game_id") >= pl.lit(games[0]),
            pl.col("game_id") <= pl.lit(games[-1]),
            pl.col("game_id").is_in(games.implode()),
        )
    entity = _entity(table)
    own = like.lazy().select(entity).unique()
    return stored.select(columns).join(own, on=entity, how="semi").collect()


def _entity(table: Table) -> list[str]:
    return [c for c in table.key if c != "observed_at"]


def _not_stored(
    table: Table, rows: pl.DataFrame, stored: pl.DataFrame, moment: datetime
) -> tuple[pl.DataFrame, int]:
    """Return the rows that are new and how many of them correct a stored row.

    Args:
        table: the table.
        rows: rows to store.
        stored: all versions of what they are about.
        moment: when a correction becomes known.
    """
    new = _changes(table, rows, stored)
    held = new.select(table.key).join(stored, on=table.key, how="semi")
    if not held.is_empty():
        new = _known_later(table, new, held, stored, moment)
    return new.sort(table.key), held.height


def _known_later(
    table: Table, new: pl.DataFrame, held: pl.DataFrame, stored: pl.DataFrame, moment: datetime
) -> pl.DataFrame:
    """Return the rows with another moment for those whose key is stored: they are corrections."""
    entity = _entity(table)
    # A clock that was set back must not make the correction older than what it corrects, nor give
    # it the key of what comes with it; corrections of several versions of one thing come one after
    # the other.
    seen = pl.concat([rows.select(*entity, "observed_at") for rows in (stored, new)])
    newest = seen.group_by(entity).agg(_newest=pl.col("observed_at").max())
    turn = pl.col("observed_at").rank("ordinal").over(entity) - 1
    later = pl.max_horizontal(
        pl.lit(moment), pl.col("_newest") + pl.duration(microseconds=1)
    ) + pl.duration(microseconds=turn)
    moments = held.join(newest, on=entity).select(*table.key, _later=later)
    corrects = pl.col("_later").is_not_null()
    return (
        new.join(moments, on=table.key, how="left")
        .with_columns(
            observed_at=pl.coalesce("_later", "observed_at"),
            observed_basis=pl.when(corrects).then(pl.lit("recorded")).otherwise("observed_basis"),
        )
        .drop("_later")
    )


def _changes(table: Table, rows: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that say something else than the version before them.

    A row that was observed at the very same moment as a stored one, and says what any stored
    version says, is none: reading a file again after a correction changes nothing. Nor is such a
    row older than all versions if its moment is assumed, as assumptions may shift. One that was
    recorded is kept: somebody saw it earlier than was known, whatever the order of downloads.
    """
    entity = _entity(table)
    columns = [*table.key, "row_hash", "observed_basis"]
    numbered = rows.select(columns).with_row_index("_row")
    # A stored version comes before a new one of the same moment: it has no number.
    versions = pl.concat([stored.select(columns), numbered], how="diagonal").sort(
        *table.key, "_row"
    )
    before = pl.col("row_hash").shift(1).over(entity)
    again = pl.col("observed_at").shift(1).over(entity).eq_missing(pl.col("observed_at"))
    is_first = before.is_null() & (pl.col("observed_basis") == "assumed")
    known = (again | is_first) & pl.col("row_hash").is_in(stored["row_hash"].implode())
    changed = versions.filter(
        pl.col("_row").is_not_null() & ~known & before.ne_missing(pl.col("row_hash"))
    )
    return rows[changed["_row"].sort()]


def replace(lake: Lake, table: Table, frame: pl.DataFrame, predicate: str) -> None:
    """Replace the rows that a predicate selects by the frame's rows, in one commit."""
    rows = validated(table, frame)
    _commit(lake, table, rows.sort(table.key), predicate=predicate)


def opened_rows(lake: Lake, table: Table) -> tuple[DeltaTable | None, pl.LazyFrame]:
    """Open the newest version: a handle to tie a commit to, and its rows."""
    base = opened(lake, table)
    return base, table.empty().lazy() if base is None else rows_of(lake, table, base)


def committed_at(
    lake: Lake, table: Table, frame: pl.DataFrame, base: DeltaTable | None, predicate: str | None
) -> bool:
    """Commit on top of exactly the version that was opened; False where another came first.

    Args:
        frame: rows to add.
        base: what ``opened_rows`` gave; None where the table did not exist.
        predicate: which rows they replace; None to append.
    """
    rows = validated(table, frame).sort(table.key)
    mode: Mode = "append" if predicate is None or base is None else "overwrite"
    return committed(lake, table, rows, base=base, mode=mode, predicate=predicate, retries=0)


def appended_on_top(
    lake: Lake, table: Table, decide: Callable[[pl.LazyFrame], tuple[pl.DataFrame, Answer]]
) -> Answer:
    """Append rows to a log table on top of exactly those that they were decided on.

    Args:
        lake: the lake.
        table: the log.
        decide: gets the stored rows; returns rows to append (none: nothing is written) and the
            answer. It is asked again where another writer came first.

    Returns:
        The answer that belongs to what was written.

    Raises:
        TipoffError: other writers came first too often.
    """
    for _ in range(_LOG_RETRIES):
        base, stored = opened_rows(lake, table)
        rows, answer = decide(stored)
        if rows.is_empty() or committed_at(lake, table, rows, base, None):
            return answer
    raise TipoffError(
        f"Expected to append to {table.name}, but other writers came first {_LOG_RETRIES} times; "
        "run the same command again."
    )


def log(lake: Lake, table: Table, frame: pl.DataFrame) -> None:
    """Append rows to a log table as they are."""
    if not frame.is_empty():
        _commit(lake, table, validated(table, frame))


def validated(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame in the table's columns and types; a TipoffError lists broken rules."""
    missing = [c for c in table.columns if c not in frame.columns and c != "row_hash"]
    if missing:
        raise TipoffError(f"Expected columns {missing} for table {table.name}; they are missing.")
    if table.kind is Kind.RAW:
        frame = frame.with_columns(row_hash=row_hash(hashed_columns(table)))
    rows = frame.select(list(table.columns))
    good, failure = table.schema.filter(rows, cast=True)
    if len(failure):
        raise TipoffError(
            f"Expected rows of table {table.name} to keep its rules; "
            f"{len(failure)} of {rows.height} break {dict(failure.counts())}."
        )
    return pl.DataFrame(good)


def hashed_columns(table: Table) -> list[str]:
    """The columns of a raw table that make up a row's value.

    When it was observed is not part of the value, and neither is who the named player was found
    to be: identity is an annotation that may be improved.
    """
    left_out = {"observed_at", "observed_basis", "row_hash"}
    if "name_key" in table.columns:
        left_out.add("player_id")
    return [c for c in table.columns if c not in left_out]


def _commit(lake: Lake, table: Table, rows: pl.DataFrame, *, predicate: str | None = None) -> None:
    """Append, or replace what a predicate selects; both may be redone after a lost race."""
    for _ in range(_RETRIES):
        base = opened(lake, table)
        mode: Mode = "append" if predicate is None or base is None else "overwrite"
        if committed(
            lake, table, rows, base=base, mode=mode, predicate=predicate, retries=_RETRIES
        ):
            return
    raise TipoffError(
        f"Expected to write to {table.name}, but other writers came first {_RETRIES} times."
    )


def table_hash(lake: Lake, table: Table) -> str:
    """Return the hash of a table's logical content, whatever its files, order and versions."""
    return content_hash(read(lake, table), table.key)


def annotate(
    lake: Lake,
    table: Table,
    season: str,
    change: Callable[[pl.DataFrame], pl.DataFrame],
) -> int:
    """Change annotations of a season's raw rows, such as who a named player was found to be.

    The rows are written back as one commit tied to the version they were read from: where another
    writer came first they are read again, so nothing that it stored is lost.

    Args:
        change: returns the same rows in the same order; only columns that are no part of a
            row's value may differ.

    Returns:
        The number of rows that changed.
    """
    for _ in range(_RETRIES):
        base = opened(lake, table)
        if base is None:
            return 0
        rows = rows_of(lake, table, base).filter(pl.col("season") == season).collect()
        new = validated(table, change(rows))
        if not new["row_hash"].equals(rows["row_hash"]):
            raise TipoffError(f"Expected an annotation of {table.name} to leave its values alone.")
        changed = int((~new.hash_rows().eq(rows.select(new.columns).hash_rows())).sum())
        if not changed or committed(
            lake,
            table,
            new.sort(table.key),
            base=base,
            mode="overwrite",
            predicate=f"season = '{season}'",
            retries=0,
        ):
            return changed
    raise TipoffError(f"Expected to annotate {table.name}, but other writers came first too often.")
