"""Write published files so that a reader never sees half of one, and nothing is lost.

A file is written beside its place, flushed, and renamed over it. What says the same as what is
there is left alone. What has lost something that was published is refused; the file stays.
"""

import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from tipoff.errors import StoreError
from tipoff.workflows.published_schema import HALTED, OFF_DAY, Document

WRITTEN, UNCHANGED, REFUSED = "written", "unchanged", "refused"
# When it was made, and of which version of the lake, is no news by itself.
VOLATILE = ("made_at", "lake_version")
_PART = ".part"


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Attributes:
        path: from the folder that is published to.
        state: written, unchanged or refused.
        bytes, sha256: of what is there now.
        reason: why it was refused.
    """

    path: str
    state: str
    bytes: int
    sha256: str
    reason: str | None = None


def write_document(root: Path, path: str, document: Document) -> Outcome:
    """Write a document unless it says what is there already, or has lost something.

    Args:
        root: the folder that is published to.
        path: from there.
        document: what to write.

    Raises:
        StoreError: the disk can not be written.
    """
    data = (document.model_dump_json(indent=1) + "\n").encode()
    target = root / path
    if not target.exists():
        return _written(root, path, data)
    stored = target.read_bytes()
    old = _parsed(stored)
    if old is None:
        return _refused(path, stored, _UNREADABLE)
    new = json.loads(data)
    if _lasting(old) == _lasting(new):
        return _outcome(path, UNCHANGED, stored)
    reason = loss(old, new)
    return _refused(path, stored, reason) if reason else _written(root, path, data)


_UNREADABLE = (
    "Expected a document to compare with, but the file there can not be read. Move it away to have "
    "it written anew."
)


def write_table(root: Path, path: str, frame: pl.DataFrame) -> Outcome:
    """Write a table as CSV or Parquet, by the path's ending, as ``write_document`` does.

    Raises:
        StoreError: the disk can not be written.
    """
    target = root / path
    data = _csv(frame) if path.endswith(".csv") else _parquet(frame)
    if not target.exists():
        return _written(root, path, data)
    stored = target.read_bytes()
    rows = _height(path, stored)
    if rows is None:
        return _refused(path, stored, _UNREADABLE)
    # The same rows may come in other bytes from another version of the engine.
    if data == stored or (path.endswith(".parquet") and _same(frame, stored)):
        return _outcome(path, UNCHANGED, stored)
    reason = lost_rows(rows, frame.height)
    return _refused(path, stored, reason) if reason else _written(root, path, data)


def write_bytes(root: Path, path: str, data: bytes) -> Outcome:
    """Write a file of fixed content, such as a schema, unless it is there already."""
    target = root / path
    if target.exists() and target.read_bytes() == data:
        return _outcome(path, UNCHANGED, data)
    return _written(root, path, data)


def loss(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """Say what a document would lose of the one that it replaces; None where that is nothing.

    Args:
        old: the document there, as JSON.
        new: the one to replace it.
    """
    kind = old.get("kind")
    if kind != new["kind"]:
        return f"Expected a document of kind {new['kind']} there, found {kind}."
    if kind == "today":
        return _loss_of_today(old, new)
    if kind == "history":
        return _gone("dates", _dates(old) - _dates(new)) or _emptied(old, new)
    if kind == "results":
        return _empty("records", old["records"], new["records"])
    if kind == "index":
        return _empty("models", old["models"], new["models"])
    return _gone("published picks", picks_of(old) - picks_of(new)) or _emptied(old, new)


def _loss_of_today(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """A new day starts empty, a halt takes picks away, and an off day never had any."""
    if old["date"] != new["date"] or new["state"] == HALTED:
        return None
    if new["state"] == OFF_DAY and not old["totals"]["predictions"]:
        return None
    return _gone("published picks", picks_of(old) - picks_of(new)) or _emptied(old, new)


def picks_of(document: Mapping[str, Any]) -> set[tuple[Any, ...]]:
    """Return ``(slate, game_id, player_id)`` of all picks that a document shows."""
    return {
        (pick["slate"], pick["game_id"], pick["player_id"])
        for name in ("picks", "superseded")
        for pick in document[name]
    }


def _dates(document: Mapping[str, Any]) -> set[tuple[Any, ...]]:
    return {(entry["date"],) for entry in document["dates"]}


def _gone(what: str, gone: set[tuple[Any, ...]]) -> str | None:
    if not gone:
        return None
    first = ", ".join(str(part) for part in min(gone))
    return (
        f"Expected all {what} to stay in the document, but {len(gone)} would be gone, the first "
        f"({first}). The file is left as it was; find what became of the rows."
    )


def _emptied(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    return lost_rows(old["totals"]["predictions"], new["totals"]["predictions"])


def _empty(what: str, old: list[Any], new: list[Any]) -> str | None:
    if old and not new:
        return (
            f"Expected {what}, as the file there has {len(old)}; there are none. It is left as it "
            "was; find what became of the rows."
        )
    return None


def lost_rows(before: int, now: int) -> str | None:
    """Say that a file with rows would be replaced by one without any."""
    if before and not now:
        return (
            f"Expected rows, as the file there has {before}; there are none. It is left as it was; "
            "find what became of the rows."
        )
    return None


def document_at(path: Path) -> dict[str, Any] | None:
    """Return the document there as JSON; None where there is none that can be read."""
    return _parsed(path.read_bytes()) if path.exists() else None


def remove_parts(root: Path) -> None:
    """Remove what killed runs have left half written; nobody else may be publishing."""
    for left in sorted(root.rglob(f".*{_PART}")):
        left.unlink(missing_ok=True)


def _parsed(data: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _lasting(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in VOLATILE}


def _csv(frame: pl.DataFrame) -> bytes:
    text = frame.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
    return text.encode()


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _height(path: str, stored: bytes) -> int | None:
    try:
        if path.endswith(".csv"):
            return pl.read_csv(io.BytesIO(stored), infer_schema=False).height
        return pl.read_parquet(io.BytesIO(stored)).height
    except PolarsError:
        return None


def _same(frame: pl.DataFrame, stored: bytes) -> bool:
    old = pl.read_parquet(io.BytesIO(stored))
    return old.schema == frame.schema and old.equals(frame)


def _outcome(path: str, state: str, data: bytes, reason: str | None = None) -> Outcome:
    return Outcome(path, state, len(data), hashlib.sha256(data).hexdigest(), reason)


def _refused(path: str, stored: bytes, reason: str) -> Outcome:
    return _outcome(path, REFUSED, stored, reason)


def _written(root: Path, path: str, data: bytes) -> Outcome:
    target = root / path
    part = target.with_name(f".{target.name}{_PART}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        _flush(target.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"Expected to write {target}, but {error}. What was there before is as it was; make "
            "room, then publish again."
        ) from error
    return _outcome(path, WRITTEN, data)


def _flush(folder: Path) -> None:
    """A rename is on the disk once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
