"""Tables written as JSON, plain or gzipped.

They are one object a line, one array of objects, or an object that holds such arrays by name, as
exports of a web page's own data do.
"""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.errors import InputError

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
_DEEPEST = 12


def holds_json(path: Path) -> bool:
    """Return whether a file begins as JSON does."""
    return first_sign(path) in (b"{", b"[")


def first_sign(path: Path) -> bytes:
    """Return the first sign of a file, plain or gzipped, that is no space; b"" where none is."""
    try:
        head = _content(path, 64)
    except (OSError, EOFError, zlib.error):
        return b""
    return head.removeprefix(_MARK).lstrip()[:1]


def json_rows(path: Path) -> pl.DataFrame:
    """Return the objects of a file as rows; what is nested is left out.

    Raises:
        InputError: it is no JSON, or holds no objects.
    """
    try:
        text = _content(path, -1).removeprefix(_MARK).decode()
        found = json.loads(text) if text.lstrip().startswith("[") else _lines(text)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise InputError(
            f"Expected {path} to be a JSON array or one JSON object a line; it is broken or "
            f"truncated ({error})."
        ) from None
    if not found or not all(isinstance(row, dict) for row in found):
        raise InputError(f"Expected JSON objects with a value per column in {path}, found none.")
    return pl.DataFrame(_columns(found))


def json_tables(path: Path) -> dict[str, pl.DataFrame]:
    """Return the arrays of objects that a file holds, by name; the only one is called ``""``.

    A field of an object inside an object is named with a dot (``attributes.line_score``); arrays
    inside objects are left out. Every value is text, as in CSV.

    Raises:
        InputError: it is no JSON, or holds no objects with values.
    """
    found = _loaded(path)
    arrays = {"": found} if isinstance(found, list) else found
    tables = {
        name: pl.DataFrame(_columns([_flat(row) for row in rows]))
        for name, rows in arrays.items()
        if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)
    }
    filled = {name: table for name, table in tables.items() if table.columns}
    if not filled:
        raise InputError(f"Expected JSON objects with a value per column in {path}, found none.")
    return filled


def _loaded(path: Path) -> Any:
    """Return what a file holds: an array, an object of arrays, or the objects of its lines."""
    try:
        text = _content(path, -1).removeprefix(_MARK).decode()
        try:
            found = json.loads(text)
        except ValueError:
            found = _lines(text)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise InputError(
            f"Expected {path} to be JSON with arrays of objects, or one object a line; it is "
            f"broken or truncated ({error})."
        ) from None
    if isinstance(found, dict) and not any(isinstance(part, list) for part in found.values()):
        return [found]
    return found if isinstance(found, dict | list) else []


def _flat(row: dict[str, Any], before: str = "", depth: int = 0) -> dict[str, Any]:
    """Bring the fields of objects inside an object to its own level."""
    fields: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            fields |= _flat(value, f"{before}{name}.", depth + 1)
        elif not isinstance(value, dict | list):
            fields[f"{before}{name}"] = value
    return fields


def _lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _columns(rows: list[dict[str, Any]]) -> list[pl.Series]:
    names = dict.fromkeys(name for row in rows for name in row)
    flat = [
        name for name in names if not any(isinstance(row.get(name), dict | list) for row in rows)
    ]
    return [pl.Series(name, [_text(row.get(name)) for row in rows], pl.String) for name in flat]


def _text(value: Any) -> str | None:
    return None if value is None else str(value).encode("utf-8", "replace").decode()


def _content(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
    if is_packed:
        with gzip.open(path, "rb") as packed:
            return packed.read(size)
    with path.open("rb") as file:
        return file.read(size)
