"""Published files, byte for byte as they were written, kept in memory until they change on disk."""

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FOLDER = "v1"
MOST_BYTES = 64 * 2**20
MEDIA_TYPES: Mapping[str, str] = {
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
}
_Mark = tuple[int, int, int]


@dataclass(frozen=True)
class File:
    """A published file.

    Attributes:
        content: its bytes.
        etag: of its content, in quotes.
        media_type: by its name.
    """

    content: bytes
    etag: str
    media_type: str


class Published:
    """The files below ``v1`` of a folder; those that were asked for last are kept in memory.

    Args:
        root: the folder that ``tipoff publish`` writes to.
        most_bytes: that are kept in memory at most.
    """

    def __init__(self, root: Path, most_bytes: int = MOST_BYTES) -> None:
        self.root = root
        self._home = root / FOLDER
        self._most = most_bytes
        self._kept: OrderedDict[str, tuple[_Mark, File]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes_kept(self) -> int:
        """How many bytes are kept in memory."""
        return self._bytes

    def get(self, name: str) -> File | None:
        """Return a file by its path below ``v1``; None where there is none.

        The name is made of parts that were checked before; a link that leads out of the folder is
        no published file.
        """
        path = self._home / name
        try:
            mark = _mark(path.stat())
        except (OSError, ValueError):
            self._drop(name)
            return None
        found = self._kept.get(name)
        if found is not None and found[0] == mark:
            self._used(name)
            return found[1]
        return self._loaded(name, path)

    def _loaded(self, name: str, path: Path) -> File | None:
        if not path.resolve().is_relative_to(self._home.resolve()) or not path.is_file():
            return None
        try:
            with path.open("rb") as file:
                # Of what is open: the name may be another file's by now.
                mark = _mark(os.fstat(file.fileno()))
                content = file.read()
        except FileNotFoundError:
            return None
        etag = f'"{sha256(content).hexdigest()[:32]}"'
        made = File(content, etag, MEDIA_TYPES.get(path.suffix, "application/octet-stream"))
        self._keep(name, mark, made)
        return made

    def _used(self, name: str) -> None:
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)

    def _drop(self, name: str) -> None:
        with self._lock:
            gone = self._kept.pop(name, None)
            self._bytes -= len(gone[1].content) if gone else 0

    def _keep(self, name: str, mark: _Mark, file: File) -> None:
        self._drop(name)
        if len(file.content) > self._most:
            return
        with self._lock:
            self._kept[name] = (mark, file)
            self._bytes += len(file.content)
            while self._bytes > self._most:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._bytes -= len(oldest.content)


def _mark(stat: os.stat_result) -> _Mark:
    """What changes with a file: a file that takes another's place is another inode."""
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def is_known(header: str, etag: str) -> bool:
    """Whether an ``If-None-Match`` names a file's content (RFC 9110: weak comparison)."""
    if header.strip() == "*":
        return True
    return etag in {part.strip().removeprefix("W/") for part in header.split(",")}
