"""How far a running backfill is, told by a file for as long as it runs.

A file alone says nothing of now: its writer holds a lock of the kernel, which is gone with its
process, however that ends. An object store has no such lock; nothing is told of runs there.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tipoff.store.location import Lake
from tipoff.store.locks import held, is_held
from tipoff.store.texts import write_whole

FOLDER = "runs"
# Runs at once that are told of; those beyond work all the same.
_MOST = 8


@dataclass
class Stretch:
    """What a run has done for one processor.

    Attributes:
        planned: game dates that it set out to build.
        done: of these, those that it is through with: built, left to others, or failed.
        failed: of these, those that failed.
        rows: rows committed, those that are explained only among them.
        seconds: taken until the newest of them was done.
    """

    planned: int
    done: int = 0
    failed: int = 0
    rows: int = 0
    seconds: float = 0.0


class Progress:
    """Tells how far a run is, after each unit of work."""

    def __init__(
        self, path: Path | None, span: tuple[date, date], planned: Mapping[str, int]
    ) -> None:
        self._path = path
        self._span = [day.isoformat() for day in span]
        self._began_at = datetime.now(UTC).isoformat()
        self._began = 0.0
        self.stretches = {name: Stretch(dates) for name, dates in planned.items()}
        self._write()

    def begin(self) -> None:
        """Begin to take the time of a processor's units."""
        self._began = time.perf_counter()

    def through(self, processor: str, *, dates: int, failed: int, rows: int) -> None:
        """Add a unit that the run is through with."""
        now = time.perf_counter()
        own = self.stretches[processor]
        own.seconds += now - self._began
        self._began = now
        own.done, own.failed, own.rows = own.done + dates, own.failed + failed, own.rows + rows
        self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        told = {
            "span": self._span,
            "began_at": self._began_at,
            "told_at": datetime.now(UTC).isoformat(),
            "processors": {name: asdict(own) for name, own in self.stretches.items()},
        }
        write_whole(self._path, json.dumps(told))


@contextmanager
def telling(lake: Lake, span: tuple[date, date], processors: Sequence[str]) -> Iterator[Progress]:
    """Tell how far a run is for as long as the context lasts.

    Args:
        lake: where its rows go.
        span: first and last date asked for.
        processors: the processor of each (processor, game date) to be built.

    Raises:
        StoreError: it can not be written.
    """
    planned = Counter(processors)
    for number in range(_MOST if lake.is_local else 0):
        with held(lake, _lock(number), wait=False) as is_ours:
            if not is_ours:
                continue
            path = _path(lake, number)
            try:
                yield Progress(path, span, planned)
            finally:
                path.unlink(missing_ok=True)
            return
    yield Progress(None, span, planned)


def under_way(lake: Lake) -> list[dict[str, Any]]:
    """Return the backfills that run on a lake now, those that began first before others.

    Returns:
        Of each: ``start, end`` (dates asked for), ``began_at, told_at`` (UTC; when its newest unit
        was done) and ``processors``: the fields of ``Stretch`` by name.
    """
    found = []
    for number in range(_MOST if lake.is_local else 0):
        # Read first: what is still locked after that was told by a run that still ran.
        told = _read(_path(lake, number))
        if told is not None and is_held(lake, _lock(number)):
            start, end = map(date.fromisoformat, told["span"])
            moments = {n: datetime.fromisoformat(told[n]) for n in ("began_at", "told_at")}
            stretches = {name: Stretch(**own) for name, own in told["processors"].items()}
            found.append({"start": start, "end": end, **moments, "processors": stretches})
    return sorted(found, key=lambda run: run["began_at"])


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def _lock(number: int) -> str:
    return f"run-backfill-{number}"


def _path(lake: Lake, number: int) -> Path:
    return Path(lake.url) / FOLDER / f"backfill-{number}.json"
