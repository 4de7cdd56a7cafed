"""Open a file as tables, whatever holds them: the container is told by content, never by name.

Only the head of a file is read to name its columns; the rows are read when they are asked for.
"""

import csv
import functools
import gzip
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, cast

import fastexcel
import polars as pl
import polars.selectors as cs
from polars.exceptions import PolarsError

from tipoff.errors import InputError
from tipoff.sources.format import Content
from tipoff.sources.json_rows import holds_json, json_tables

_HEAD_BYTES = 1 << 16
_KINDS = "CSV (plain, gzip or zip), JSON, Parquet, SQLite or Excel"
_SEPARATORS = ",;\t|"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"%PDF", "pdf"),
)
# Columns of these kinds hold words, or nothing.
_WORDS = cs.categorical() | cs.enum() | cs.by_dtype(pl.Null)
_BROKEN = (
    csv.Error,
    EOFError,
    OSError,
    zlib.error,
    zipfile.BadZipFile,
    sqlite3.DatabaseError,
    fastexcel.FastExcelError,
    PolarsError,
    UnicodeDecodeError,
)


def open_content(path: Path) -> Content:
    """Return what a file holds.

    Raises:
        InputError: one sentence that says why the file can not be read: missing, empty, binary,
            truncated, half-written, or of a kind that holds no table.
    """
    with _sentences(path):
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "text")
        if kind == "zip":
            kind = _kind_of_zip(path)
        if kind in ("text", "gzip") and holds_json(path):
            kind = "json"
        opened = _OPENERS.get(kind)
        if opened is None:
            raise InputError(f"Expected {path} to be {_KINDS}, got a {kind.upper()} file.")
        return opened(path)


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """Turn what libraries say of a broken file into one sentence."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"Expected a file at {path}, found none.") from None
    except _BROKEN as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"Expected {path} to be whole {_KINDS}; it is broken or truncated ({first})."
        ) from None


def _guarded(path: Path, read: Callable[[str], pl.DataFrame]) -> Callable[[str], pl.DataFrame]:
    @functools.lru_cache(maxsize=1)
    def guarded(table: str) -> pl.DataFrame:
        with _sentences(path):
            return read(table).cast(
                {cs.categorical() | cs.enum() | cs.by_dtype(pl.Null): pl.String}
            )

    return guarded


def _content(
    path: Path, columns: dict[str, tuple[str, ...]], read: Callable[[str], pl.DataFrame]
) -> Content:
    return Content(path, columns, _guarded(path, read))


def _text(path: Path) -> Content:
    return _csv(path, lambda: path.open("rb"))


def _gzip(path: Path) -> Content:
    return _csv(path, lambda: cast(IO[bytes], gzip.open(path, "rb")))


def _zip(path: Path) -> Content:
    def opened() -> IO[bytes]:
        archive = zipfile.ZipFile(path)
        return archive.open(_members(archive)[0])

    with zipfile.ZipFile(path) as archive:
        members = _members(archive)
    if len(members) != 1:
        raise InputError(f"Expected one table in the archive {path}, found {len(members)} files.")
    return _csv(path, opened)


def _members(archive: zipfile.ZipFile) -> list[str]:
    """The archive's files, without what a Mac adds."""
    return [
        info.filename
        for info in archive.infolist()
        if not info.is_dir()
        and not info.filename.startswith("__MACOSX/")
        and not Path(info.filename).name.startswith(".")
    ]


def _kind_of_zip(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return "xlsx" if "[Content_Types].xml" in archive.namelist() else "zip"


def _csv(path: Path, opened: Callable[[], IO[bytes]]) -> Content:
    with opened() as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip():
        raise InputError(f"Expected rows in {path}, but the file is empty.")
    _refuse_binary(path, head)
    separator, header = _header(path, head)

    def read(_: str) -> pl.DataFrame:
        with opened() as file:
            text = _as_utf8(file.read())
        _refuse_half_written(path, text, separator, len(header))
        return pl.read_csv(text, infer_schema=False, separator=separator)

    return _content(path, {"": header}, read)


def _refuse_binary(path: Path, head: bytes) -> None:
    plain = {7, 8, 9, 10, 12, 13, 27} | set(range(0x20, 0x100))
    strange = sum(byte not in plain for byte in head)
    if strange and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"Expected {path} to be {_KINDS}, got unknown binary content.")


def _as_utf8(content: bytes) -> bytes:
    """Return text as UTF-8 without a byte-order mark; what is no Unicode is Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16").encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252").encode()
    return content


def _header(path: Path, head: bytes) -> tuple[str, tuple[str, ...]]:
    cut = head[: head.rfind(b"\n") + 1] or head
    line = next(iter(_as_utf8(cut).decode().lstrip().splitlines()), "")
    for marks, kind in ((("{", "["), "JSON"), (("<",), "HTML or XML")):
        if line.startswith(marks):
            raise InputError(f"Expected {path} to be {_KINDS}, got {kind}.")
    separator = max(_SEPARATORS, key=line.count)
    if separator not in line:
        raise InputError(
            f"Expected a header of several columns in {path}, its first line has none."
        )
    return separator, tuple(next(csv.reader([line], delimiter=separator)))


def _refuse_half_written(path: Path, text: bytes, separator: str, columns: int) -> None:
    """Refuse a text whose last line stops before the last column."""
    last = text.rstrip(b"\r\n").rsplit(b"\n", 1)[-1].decode()
    if last.count('"') % 2:
        return
    fields = len(next(csv.reader([last], delimiter=separator)))
    if fields < columns:
        raise InputError(
            f"Expected {columns} fields in every line of {path}, its last line has {fields}: "
            "it seems half-written; copy the whole file and ingest it again."
        )


def _json(path: Path) -> Content:
    tables = json_tables(path)
    columns = {name: tuple(table.columns) for name, table in tables.items()}
    return _content(path, columns, tables.__getitem__)


def _parquet(path: Path) -> Content:
    columns = tuple(pl.read_parquet_schema(path))
    return _content(path, {"": columns}, lambda _: pl.read_parquet(path))


def _sqlite(path: Path) -> Content:
    def rows(table: str) -> pl.DataFrame:
        with closing(_database(path)) as database:
            cursor = database.execute(f"select * from {_quoted(table)}")
            texts = [[None if v is None else str(v) for v in row] for row in cursor]
            schema = dict.fromkeys((c[0] for c in cursor.description), pl.String)
        return pl.DataFrame(texts, schema=schema, orient="row")

    with closing(_database(path)) as database:
        query = "select name from sqlite_master where type in ('table', 'view') order by name"
        tables = [name for (name,) in database.execute(query)]
        columns = {
            name: tuple(row[1] for row in database.execute(f"pragma table_info({_quoted(name)})"))
            for name in tables
        }
    return _content(path, columns, rows)


def _database(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _xlsx(path: Path) -> Content:
    book = fastexcel.read_excel(path)
    names = book.sheet_names
    columns = {
        "" if len(names) == 1 else name: tuple(
            c.name for c in book.load_sheet(name, n_rows=1).available_columns()
        )
        for name in names
    }

    def read(table: str) -> pl.DataFrame:
        return pl.read_excel(path, sheet_name=table or names[0])

    return _content(path, columns, read)


_OPENERS: dict[str, Callable[[Path], Content]] = {
    "text": _text,
    "gzip": _gzip,
    "zip": _zip,
    "json": _json,
    "parquet": _parquet,
    "sqlite": _sqlite,
    "xlsx": _xlsx,
}
