"""What became of each planned job last: ``services/heartbeats/NAME.json`` in the lake.

Whoever looks sees a dead scheduler by the age of the last success, from another process too. On an
object store heartbeats are kept in memory only.
"""

import json
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tipoff.errors import InputError
from tipoff.store.location import Lake
from tipoff.store.texts import write_whole
from tipoff.workflows.service_reports import FOLDER

_MOMENTS = ("due_at", "began_at", "ended_at", "success_at")


@dataclass(frozen=True)
class Heartbeat:
    """A planned job, as it ran last.

    Attributes:
        name: of the planned job.
        due_at: the moment that it was planned for.
        began_at, ended_at: of the last run; the end is None where it runs, or was killed.
        state: of the last run: running, done, negative, failed, missed.
        sentence: what was wrong, if anything.
        success_at: when a run last ended with state done or negative: the job did its work.
    """

    name: str
    due_at: datetime
    began_at: datetime | None = None
    ended_at: datetime | None = None
    state: str = "running"
    sentence: str | None = None
    success_at: datetime | None = None


class Heartbeats:
    """Keeps heartbeats; safe to use from several threads."""

    def __init__(self, lake: Lake) -> None:
        self._folder = Path(lake.url) / FOLDER / "heartbeats" if lake.is_local else None
        self._kept: dict[str, Heartbeat] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Heartbeat | None:
        """Return the last heartbeat of a planned job; None where it never ran.

        Raises:
            InputError: its file is damaged.
        """
        if self._folder is None:
            return self._kept.get(name)
        path = self._folder / f"{name}.json"
        try:
            return _read(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError):
            raise InputError(
                f"Expected the heartbeat of {name} in {path}; it is damaged. Remove it."
            ) from None

    def put(self, beat: Heartbeat) -> None:
        """Keep a heartbeat, whole or not at all.

        Raises:
            StoreError: it can not be written.
        """
        with self._lock:
            self._kept[beat.name] = beat
            if self._folder is not None:
                _write(self._folder / f"{beat.name}.json", beat)


def began(beat: Heartbeat | None, name: str, due_at: datetime, now: datetime) -> Heartbeat:
    """Return the heartbeat of a run that begins."""
    success = beat.success_at if beat else None
    return Heartbeat(name, due_at, began_at=now, success_at=success)


def ended(beat: Heartbeat, state: str, sentence: str | None, now: datetime) -> Heartbeat:
    """Return the heartbeat of a run that ended."""
    success = now if state in ("done", "negative") else beat.success_at
    return replace(beat, ended_at=now, state=state, sentence=sentence, success_at=success)


def _read(document: Any) -> Heartbeat:
    moments = {
        name: None if document[name] is None else datetime.fromisoformat(document[name])
        for name in _MOMENTS
    }
    return Heartbeat(**{**document, **moments})


def _write(path: Path, beat: Heartbeat) -> None:
    told = {**vars(beat)}
    told |= {n: None if told[n] is None else told[n].isoformat() for n in _MOMENTS}
    write_whole(path, json.dumps(told) + "\n")
