"""Tables written as JSON: one object a line, or one array of objects; plain or gzipped."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.errors import InputError

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"


def holds_json(path: Path) -> bool:
    """Return whether a file begins as JSON does."""
    try:
        head = _content(path, 64)
    except (OSError, EOFError, zlib.error):
        return False
    return head.removeprefix(_MARK).lstrip()[:1] in (b"{", b"[")


def json_rows(path: Path) -> pl.DataFrame:
    """Return the objects of a file as rows; what is nested is left out.

    Raises:
        InputError: it is no JSON, or holds no objects.
    """
    try:
        text = _content(path, -1).removeprefix(_MARK).decode()
        found = json.loads(text) if text.lstrip().startswith("[") else _lines(text)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise InputError(
            f"Expected {path} to be a JSON array or one JSON object a line; it is broken or "
            f"truncated ({error})."
        ) from None
    if not found or not all(isinstance(row, dict) for row in found):
        raise InputError(f"Expected JSON objects with a value per column in {path}, found none.")
    return pl.DataFrame(_columns(found))


def _lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _columns(rows: list[dict[str, Any]]) -> list[pl.Series]:
    names = dict.fromkeys(name for row in rows for name in row)
    flat = [
        name for name in names if not any(isinstance(row.get(name), dict | list) for row in rows)
    ]
    return [pl.Series(name, [_text(row.get(name)) for row in rows], pl.String) for name in flat]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _content(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
    if is_packed:
        with gzip.open(path, "rb") as packed:
            return packed.read(size)
    with path.open("rb") as file:
        return file.read(size)
