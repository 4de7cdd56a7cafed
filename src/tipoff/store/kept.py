"""What a process that only looks at lakes keeps: open tables, and what it found in their versions.

To open a table is to read its whole log. A table's version never changes, so what was read from one
holds as long as that version is the newest; whether it is takes two looks at the log's folder.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

from deltalake import DeltaTable

Found = TypeVar("Found")
State = tuple[int, int, int]
_MOST_FOUND = 300


class Kept:
    """Open tables by their folder, never changed once given out, and what was found in them."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[DeltaTable, State | None]] = {}
        self._found: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = threading.Lock()

    def table(self, folder: str, opening: Callable[[], DeltaTable | None]) -> DeltaTable | None:
        """Return a table at its newest version, opened only where that is another one.

        Args:
            folder: of the table, on this machine.
            opening: opens it.
        """
        delta, state = self._open.get(folder, (None, None))
        if delta is not None and state is not None and state == _newest(folder, state[0]):
            return delta
        delta = opening()
        if delta is not None:
            self._open[folder] = (delta, _newest(folder, delta.version()))
        return delta

    def state(self, folder: str) -> State | None:
        """Return what names the version of a table that was given out last; None without one."""
        return self._open[folder][1] if folder in self._open else None

    def found(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """Return what was found under a key, which names all versions that it depends on."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]  # type: ignore[return-value]
        found = find()
        with self._lock:
            self._found[key] = found
            while len(self._found) > _MOST_FOUND:
                self._found.popitem(last=False)
        return found


def _newest(folder: str, version: int) -> State | None:
    """A version with its log entry's place and time, or None where it is not the newest.

    A folder that was removed and filled anew has other entries, whatever their numbers.
    """
    entry, after = (Path(folder) / "_delta_log" / f"{n:020d}.json" for n in (version, version + 1))
    try:
        told = entry.stat()
    except FileNotFoundError:
        return None
    return None if after.exists() else (version, told.st_ino, told.st_mtime_ns)
