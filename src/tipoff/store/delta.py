"""One Delta table: its versions, its files and its commits.

delta-rs does not fsync, so a commit on a local disk is flushed here.
"""

import json
import os
from collections.abc import Callable, Hashable, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import unquote

import polars as pl
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from tipoff.errors import StoreError, TipoffError
from tipoff.store.location import Lake
from tipoff.tables.table import Kind, Table

Mode = Literal["append", "overwrite"]
Found = TypeVar("Found")
_CUT = timedelta(milliseconds=1)
# Commits of a log table between its checkpoints: a reader reads no more entries than these.
_CHECKPOINT_EVERY = 10


def opened(lake: Lake, table: Table, at: int | None = None) -> DeltaTable | None:
    """Open a table at a version; None where it does not exist yet.

    By default the version that the lake is pinned to, else the newest.

    Raises:
        StoreError: the version that was asked for is not there (any more).
    """
    url = lake.table_url(table)
    if lake.versions is not None and at is None:
        if table.name not in lake.versions:
            return None
        at = lake.versions[table.name]
    if at is None and lake.is_local and not (Path(url) / "_delta_log").is_dir():
        return None
    if at is None and lake.is_local and lake.kept is not None:
        return lake.kept.table(url, lambda: _opened(lake, url, None))
    return _opened(lake, url, at)


def _opened(lake: Lake, url: str, at: int | None) -> DeltaTable | None:
    try:
        return DeltaTable(url, version=at, storage_options=_options(lake))
    except DeltaError as error:
        # A version that has gone must not pass for a table without rows.
        if at is not None:
            raise StoreError(
                f"Expected version {at} of {url}, but {error}. Its log or files were removed; "
                "choose a newer version."
            ) from error
        if isinstance(error, TableNotFoundError):
            return None
        raise


def found_in(
    lake: Lake, tables: Sequence[Table], what: Hashable, find: Callable[[], Found]
) -> Found:
    """Find something in tables, or return what was found in the same versions of them before.

    Args:
        lake: the lake; only where it keeps tables open is anything kept.
        tables: all that are looked at.
        what: names what is found, with all that it depends on besides.
        find: finds it.
    """
    kept = lake.kept
    if kept is None or not lake.is_local or lake.versions is not None:
        return find()
    urls = [lake.table_url(table) for table in tables]
    states = [
        kept.state(url) if opened(lake, table) is not None else "not there"
        for url, table in zip(urls, tables, strict=True)
    ]
    if None in states:
        return find()
    return kept.found((what, lake.known_until, *zip(urls, states, strict=True)), find)


def rows_of(lake: Lake, table: Table, delta: DeltaTable) -> pl.LazyFrame:
    """Return the rows of an opened table, lazily.

    Columns that the version did not have yet are null; raw rows that became known after the
    lake's own instant are left out.
    """
    rows = _in_columns(table, delta, _files(lake, table, delta))
    if lake.known_until is None or "observed_at" not in table.columns or table.kind is not Kind.RAW:
        return rows
    return rows.filter(pl.col("observed_at") <= lake.known_until)


def _in_columns(table: Table, delta: DeltaTable, rows: pl.LazyFrame) -> pl.LazyFrame:
    held = {field.name: _TYPES.get(str(field.type.type)) for field in delta.schema().fields}
    columns = _columns(table)
    # What needs no change is named only: tables are opened a thousand times a day, and building
    # an expression for each of their columns took longer than reading some of them.
    others = [
        (pl.col(name) if name in held else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in columns.items()
        if held.get(name) != dtype
    ]
    return (rows.with_columns(others) if others else rows).select(list(columns))


@cache
def _columns(table: Table) -> dict[str, pl.DataType]:
    return table.columns


def _files(lake: Lake, table: Table, delta: DeltaTable) -> pl.LazyFrame:
    if not lake.is_local:
        return pl.scan_delta(delta)
    # polars does not decode the %20 of a local path with a space, so the files of this version
    # are listed here.
    return _parquet(table, delta, sorted(unquote(uri) for uri in delta.file_uris()))


def newest_rows(lake: Lake, table: Table, column: str, within: timedelta) -> pl.LazyFrame:
    """Return the rows that are at most so long before the newest in a column, lazily.

    Files that hold none of them, as the table's own statistics say, are not read: a log is looked
    at in the same time however long it gets.

    Args:
        lake, table: whose rows.
        column: of dates or moments.
        within: how far back from the newest one.
    """
    delta = opened(lake, table)
    if delta is None:
        return table.empty().lazy()
    told: pl.DataFrame = pl.DataFrame(delta.get_add_actions(flatten=True))
    of_file = f"max.{column}"
    newest = told[of_file].max() if of_file in told.columns and told.height else None
    if newest is None:
        return rows_of(lake, table, delta)
    # Statistics cut moments to milliseconds.
    since: Any = newest - within - _CUT  # type: ignore[operator]
    if lake.is_local:
        kept = told.filter(pl.col(of_file).is_null() | (pl.col(of_file) >= since))
        home = Path(lake.table_url(table))
        files = sorted(str(home / unquote(path)) for path in kept["path"])
        rows = _in_columns(table, delta, _parquet(table, delta, files))
    else:
        rows = rows_of(lake, table, delta)
    return rows.filter(pl.col(column) >= since)


def unshared(old: Lake, new: Lake, table: Table) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return the rows of two versions of a table but for those in files that both have.

    What differs between the versions is among them; so may be rows that are in both. On an object
    store they are all rows.
    """
    lakes = (old, new)
    deltas = [opened(lake, table) for lake in lakes]
    if not old.is_local:
        one, other = (
            table.empty().lazy() if delta is None else rows_of(lake, table, delta)
            for lake, delta in zip(lakes, deltas, strict=True)
        )
        return one, other
    files = [
        set() if delta is None else {unquote(u) for u in delta.file_uris()} for delta in deltas
    ]
    shared = files[0] & files[1]
    one, other = (
        table.empty().lazy()
        if delta is None
        else _in_columns(table, delta, _parquet(table, delta, sorted(own - shared)))
        for delta, own in zip(deltas, files, strict=True)
    )
    return one, other


def _parquet(table: Table, delta: DeltaTable, files: list[str]) -> pl.LazyFrame:
    if not files:
        return table.empty().lazy()
    # By the version's own schema: a file may be older than some of its columns.
    held = {f.name: _TYPES[str(f.type.type)] for f in delta.schema().fields}
    return pl.scan_parquet(
        files,
        glob=False,
        hive_partitioning=bool(table.partition),
        hive_schema=dict.fromkeys(table.partition, pl.String) or None,
        schema={name: held[name] for name in held if name not in table.partition},
        missing_columns="insert",
        extra_columns="ignore",
    )


# Delta's primitive types that tables here are made of.
_TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "boolean": pl.Boolean(),
    "byte": pl.Int8(),
    "short": pl.Int16(),
    "integer": pl.Int32(),
    "long": pl.Int64(),
    "float": pl.Float32(),
    "double": pl.Float64(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", "UTC"),
    "binary": pl.Binary(),
}


def committed(
    lake: Lake,
    table: Table,
    rows: pl.DataFrame,
    *,
    base: DeltaTable | None,
    mode: Mode,
    retries: int,
    predicate: str | None = None,
) -> bool:
    """Commit rows on top of a version; False where another writer came first."""
    if lake.versions is not None:
        raise TipoffError(f"Expected the newest lake to write {table.name} to, got an old version.")
    if lake.refuses(table):
        raise TipoffError(
            f"Expected the lake itself to write {table.name} to, got one that only looks at it."
        )
    try:
        _write(lake, table, rows, base=base, mode=mode, predicate=predicate, commit_retries=retries)
    except CommitFailedError:
        return False
    except (DeltaError, OSError) as error:
        if base is None and isinstance(error, DeltaError) and opened(lake, table) is not None:
            return False
        raise StoreError(
            f"Expected to write {rows.height:,} rows to {lake.table_url(table)}, but {error}. "
            "What was stored before is as it was; make room or give access, then run again."
        ) from error
    return True


def _write(
    lake: Lake,
    table: Table,
    rows: pl.DataFrame,
    *,
    base: DeltaTable | None,
    mode: Mode,
    commit_retries: int,
    predicate: str | None,
) -> None:
    extra: dict[str, Any] = {"predicate": predicate} if mode == "overwrite" else {}
    # A feature that was declared since is a new column; older rows have null in it.
    if base is not None and {f.name for f in base.schema().fields} != set(rows.columns):
        extra["schema_mode"] = "merge"
    write_deltalake(
        base if base is not None else lake.table_url(table),
        rows,
        mode=mode if base is not None else "error",
        partition_by=table.partition or None,
        storage_options=_options(lake),
        writer_properties=WriterProperties(
            compression="ZSTD", column_properties=_without_statistics(table)
        ),
        commit_properties=CommitProperties(max_commit_retries=commit_retries),
        # By default log entries go after 30 days, and with them the lake's older versions.
        post_commithook_properties=PostCommitHookProperties(
            create_checkpoint=True, cleanup_expired_logs=False
        ),
        **extra,
    )
    if lake.is_local:
        _flush(Path(lake.table_url(table)))
    # What is noted by the step is opened by the step; older versions stay readable.
    if base is not None and table.kind is Kind.LOG and base.version() % _CHECKPOINT_EVERY == 0:
        base.create_checkpoint()


def _without_statistics(table: Table) -> dict[str, ColumnProperties] | None:
    """Texts of a log are found by its key; their extremes would fill the log of the table.

    A run's report is some 200 kB: as smallest and largest text of its file it stands twice in an
    entry that every reader of the table reads.
    """
    if table.kind is not Kind.LOG:
        return None
    wide = (pl.String, pl.Binary)
    texts = [c for c, dtype in table.columns.items() if dtype in wide and c not in table.key]
    return {name: ColumnProperties(statistics_enabled="NONE") for name in texts} or None


def folded(lake: Lake, table: Table, *, more_than: int) -> bool:
    """Rewrite a table's small files as few large ones, where there are more than so many.

    Returns:
        Whether that was done here; False also where another writer came first.
    """
    delta = opened(lake, table)
    if delta is None or len(delta.file_uris()) <= more_than:
        return False
    try:
        delta.optimize.compact(
            writer_properties=WriterProperties(
                compression="ZSTD", column_properties=_without_statistics(table)
            ),
            commit_properties=CommitProperties(max_commit_retries=0),
            post_commithook_properties=PostCommitHookProperties(
                create_checkpoint=True, cleanup_expired_logs=False
            ),
        )
    except CommitFailedError:
        return False
    if lake.is_local:
        _flush(Path(lake.table_url(table)))
    # Files that a reader may still have open go after a week.
    delta.vacuum(dry_run=False)
    return True


def _options(lake: Lake) -> dict[str, str] | None:
    return dict(lake.storage_options) if lake.storage_options else None


def _flush(folder: Path) -> None:
    """Flush the newest log entry, the files it names and their folders to the disk."""
    with os.scandir(folder / "_delta_log") as entries:
        last = max((e.name for e in entries if e.name.endswith(".json")), default=None)
    if last is None:
        return
    newest = folder / "_delta_log" / last
    touched = {newest, newest.parent, folder}
    for line in newest.read_text().splitlines():
        action = json.loads(line).get("add")
        if action is not None:
            file = folder / unquote(action["path"])
            touched |= {file, file.parent}
    for path in touched:
        if path.exists():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
