"""The lake: open Delta tables in a folder or on object storage.

One commit replaces or appends a whole span; writers that meet are retried by optimistic
concurrency. delta-rs does not fsync, so a commit on a local disk is flushed here.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import polars as pl
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from tipoff.errors import InputError, TipoffError
from tipoff.store.content import row_hash
from tipoff.tables.table import Kind, Table

_RETRIES = 15

Mode = Literal["append", "overwrite"]


@dataclass(frozen=True)
class Lake:
    """A lake at a folder or object-storage URL.

    Attributes:
        url: folder or URL.
        storage_options: credentials and options of the object store, as delta-rs names them.
    """

    url: str
    storage_options: Mapping[str, str] | None = None

    @property
    def is_local(self) -> bool:
        """True for a folder on this machine."""
        return "://" not in self.url

    def table_url(self, table: Table) -> str:
        """Where a table lives."""
        return f"{self.url.rstrip('/')}/{table.name}"


def open_lake(url: str, *, must_exist: bool = False) -> Lake:
    """Open a lake; a local folder is created unless it must exist.

    Raises:
        InputError: the folder is missing, or the path is a file.
    """
    lake = Lake(url, _storage_options())
    if lake.is_local:
        if "%" in url:
            raise InputError(f"Expected a lake path without a per cent sign, got {url}.")
        path = Path(url)
        if path.exists() and not path.is_dir():
            raise InputError(f"Expected a folder for the lake, but {url} is a file.")
        if must_exist and not path.is_dir():
            raise InputError(
                f"Expected a lake at {url}, but there is no such folder. "
                "Fill one with 'tipoff ingest files' or try 'tipoff demo'."
            )
        path.mkdir(parents=True, exist_ok=True)
    return lake


def _storage_options() -> dict[str, str] | None:
    prefix = "TIPOFF_STORAGE_"
    options = {k.removeprefix(prefix): v for k, v in os.environ.items() if k.startswith(prefix)}
    return options or None


def _options(lake: Lake) -> dict[str, str] | None:
    return dict(lake.storage_options) if lake.storage_options else None


def version(lake: Lake, table: Table) -> int | None:
    """Return the table's newest version, or None where it does not exist yet."""
    delta = _delta(lake, table)
    return None if delta is None else delta.version()


def _delta(lake: Lake, table: Table, at: int | None = None) -> DeltaTable | None:
    url = lake.table_url(table)
    if lake.is_local and not (Path(url) / "_delta_log").is_dir():
        return None
    try:
        return DeltaTable(url, version=at, storage_options=_options(lake))
    except TableNotFoundError:
        return None


def scan(lake: Lake, table: Table, *, at: int | None = None) -> pl.LazyFrame:
    """Return the table's rows lazily; a table that does not exist yet is empty.

    Args:
        at: a version to read instead of the newest.
    """
    delta = _delta(lake, table, at)
    return table.empty().lazy() if delta is None else _select(lake, table, delta)


def _select(lake: Lake, table: Table, delta: DeltaTable) -> pl.LazyFrame:
    return _files(lake, table, delta).select(
        pl.col(name).cast(dtype) for name, dtype in table.columns.items()
    )


def _files(lake: Lake, table: Table, delta: DeltaTable) -> pl.LazyFrame:
    if not lake.is_local:
        return pl.scan_delta(delta)
    # polars does not decode the %20 of a local path with a space, so the files of this version
    # are listed here.
    files = sorted(unquote(uri) for uri in delta.file_uris())
    if not files:
        return table.empty().lazy()
    return pl.scan_parquet(
        files,
        glob=False,
        hive_partitioning=bool(table.partition),
        hive_schema=dict.fromkeys(table.partition, pl.String),
        missing_columns="insert",
        extra_columns="ignore",
    )


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

    A row whose entity and values are stored already is left out, whenever it was observed. A row
    whose key is stored with other values is a correction: it becomes known now, not then.

    Args:
        frame: rows with exactly the table's columns.
        now: the moment at which corrections become known; the current time by default.
    """
    if table.kind is not Kind.RAW:
        raise TipoffError(f"Expected a raw table to append to, got {table.name}.")
    rows = validated(table, frame)
    if rows.is_empty():
        return Appended(0, 0, 0)
    moment = now or datetime.now(UTC)
    for _ in range(_RETRIES):
        # The commit is tied to the version that the rows were compared with: where another
        # writer came first, they are compared again.
        base = _delta(lake, table)
        new, corrections = _not_stored(table, rows, _rows_of(lake, table, base, rows), moment)
        if new.is_empty():
            return Appended(0, rows.height, 0)
        if not _won(lake, table, new, base=base, mode="append", retries=0):
            continue
        return Appended(new.height, rows.height - new.height, corrections)
    raise TipoffError(
        f"Expected to append to {table.name}, but other writers came first too often."
    )


def _rows_of(
    lake: Lake, table: Table, delta: DeltaTable | None, like: pl.DataFrame
) -> pl.DataFrame:
    if delta is None:
        return table.empty()
    seasons = like["season"].unique().to_list()
    return _select(lake, table, delta).filter(pl.col("season").is_in(seasons)).collect()


def _not_stored(
    table: Table, rows: pl.DataFrame, stored: pl.DataFrame, moment: datetime
) -> tuple[pl.DataFrame, int]:
    """Return the rows that are new and how many of them correct a stored row."""
    new = rows.unique("row_hash", keep="first", maintain_order=True).filter(
        ~pl.col("row_hash").is_in(stored["row_hash"].implode())
    )
    held = stored.select(table.key).with_columns(_held=True)
    corrects = pl.col("_held").is_not_null()
    new = new.join(held, on=table.key, how="left").with_columns(
        observed_at=pl.when(corrects).then(pl.lit(moment)).otherwise("observed_at"),
        observed_basis=pl.when(corrects).then(pl.lit("recorded")).otherwise("observed_basis"),
    )
    return new.drop("_held").sort(table.key), int(new["_held"].sum() or 0)


def replace(lake: Lake, table: Table, frame: pl.DataFrame, predicate: str) -> None:
    """Replace the rows that a predicate selects by the frame's rows, in one commit."""
    rows = validated(table, frame)
    _commit(lake, table, rows.sort(table.key), predicate=predicate)


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
        base = _delta(lake, table)
        mode: Mode = "append" if predicate is None or base is None else "overwrite"
        if _won(lake, table, rows, base=base, mode=mode, predicate=predicate, retries=_RETRIES):
            return
    raise TipoffError(
        f"Expected to write to {table.name}, but other writers came first {_RETRIES} times."
    )


def _won(
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
    try:
        _write(lake, table, rows, base=base, mode=mode, predicate=predicate, commit_retries=retries)
    except CommitFailedError:
        return False
    except DeltaError:
        if base is None and _delta(lake, table) is not None:
            return False
        raise
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
    replaces = {"predicate": predicate} if mode == "overwrite" else {}
    write_deltalake(
        base if base is not None else lake.table_url(table),
        rows,
        mode=mode if base is not None else "error",  # type: ignore[arg-type]
        partition_by=table.partition or None,
        storage_options=_options(lake),
        writer_properties=WriterProperties(compression="ZSTD"),
        commit_properties=CommitProperties(max_commit_retries=commit_retries),
        **replaces,  # type: ignore[arg-type]
    )
    if lake.is_local:
        _flush(Path(lake.table_url(table)))


def _flush(folder: Path) -> None:
    """Flush the newest log entry, the files it names and their folders to the disk."""
    log_files = sorted((folder / "_delta_log").glob("*.json"))
    if not log_files:
        return
    newest = log_files[-1]
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
