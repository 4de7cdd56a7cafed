"""Answers are written down as they come, before they are committed.

A commit of an answer writes two tables. So a run on a disk appends each answer to a file of its
own, flushed before the next is asked for, and commits some together. What a killed run has left in
its file is taken over by whoever looks next: the kernel's lock on the file tells that it is gone.
"""

import base64
import fcntl
import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from tipoff.errors import StoreError
from tipoff.store.location import Lake

FOLDER = "_journal"

Row = Mapping[str, Any]


class Journal:
    """The file of one run; use it as a context. On an object store there is none."""

    def __init__(self, lake: Lake) -> None:
        self._folder = Path(lake.url) / FOLDER if lake.is_local else None
        self._path = Path()
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the file if all of it is committed; else leave it to whoever comes next."""
        if self._descriptor is None:
            return
        if not os.fstat(self._descriptor).st_size:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None

    def write(self, row: Row) -> bool:
        """Write an answer down for good; False where that can not be done.

        Args:
            row: columns of ``answers``, and ``body``.

        Raises:
            StoreError: there is no room for it; what was written before is as it was.
        """
        if self._folder is None:
            return False
        if self._descriptor is None:
            self._descriptor = self._opened(self._folder)
        before = os.fstat(self._descriptor).st_size
        line = memoryview(json.dumps({**row, **_texts(row)}).encode() + b"\n")
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
            os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, before)
            raise StoreError(
                f"Expected to write an answer to {self._path}, but {error}. What was written "
                "before is as it was; make room, then run the same command again."
            ) from error
        return True

    def clear(self) -> None:
        """Forget what was written down: it is committed."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)

    def _opened(self, folder: Path) -> int:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            self._path = folder / f"{uuid4().hex}.jsonl"
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Somebody may have found it before it was locked, taken it for left, and removed it.
            if _is_at(descriptor, self._path):
                _flush(folder)
                return descriptor
            os.close(descriptor)


class Left:
    """What runs that are gone have left; use it as a context, and remove it once it is committed.

    Attributes:
        rows: columns of ``answers``, and ``body``, of answers that were written down whole.
    """

    def __init__(self, lake: Lake) -> None:
        self.rows: list[dict[str, Any]] = []
        self._files: list[tuple[Path, int]] = []
        folder = Path(lake.url) / FOLDER
        if lake.is_local and folder.is_dir():
            for path in sorted(folder.glob("*.jsonl")):
                self._take(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for _, descriptor in self._files:
            os.close(descriptor)

    def remove(self) -> None:
        """Remove the files."""
        for path, _ in self._files:
            path.unlink(missing_ok=True)

    def _take(self, path: Path) -> None:
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return
        self._files.append((path, descriptor))
        if not _is_at(descriptor, path):
            return
        # What follows the last end of a line was being written when the run was killed.
        whole = path.read_bytes().split(b"\n")[:-1]
        try:
            self.rows += [_row(json.loads(line)) for line in whole]
        except (ValueError, KeyError, TypeError) as error:
            self.__exit__(None, None, None)
            raise StoreError(
                f"Expected answers in {path}, got a line that is none ({error}); the file is "
                "damaged. Move it away to go on without what is in it."
            ) from error


def _texts(row: Row) -> dict[str, str]:
    body = base64.b64encode(row["body"]).decode()
    return {"body": body, "fetched_at": row["fetched_at"].isoformat()}


def _row(written: dict[str, Any]) -> dict[str, Any]:
    return {
        **written,
        "body": base64.b64decode(written["body"]),
        "fetched_at": datetime.fromisoformat(written["fetched_at"]),
    }


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is still the one at its path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _flush(folder: Path) -> None:
    for path in (folder, folder.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
