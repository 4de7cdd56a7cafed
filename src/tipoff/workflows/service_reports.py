"""The files by which services without HTTP say what they run: ``services/NAME.json`` in the lake.

A file alone says nothing of now: a service holds a lock of the kernel for as long as it runs, and
the lock is gone with its process, however that ends.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tipoff.errors import InputError, StoreError
from tipoff.store.location import Lake
from tipoff.store.locks import held, is_held

FOLDER = "services"
# Somebody who looks whether a service runs holds its lock for a moment.
_TRIES = 20
_PAUSE_SECONDS = 0.05


def report_path(lake: Lake, service: str) -> Path:
    """Return where a service says what it runs."""
    return Path(lake.url) / FOLDER / f"{service}.json"


@contextmanager
def reporting(lake: Lake, identity: Mapping[str, Any]) -> Iterator[Path | None]:
    """Say what a service runs for as long as the context lasts.

    Args:
        lake: whose service it is.
        identity: what ``running_identity`` returned.

    Returns:
        The file, which stays; None where the lake is on an object store, which has no locks. A
        service of such a lake says it by HTTP.

    Raises:
        InputError: the service runs already.
    """
    if not lake.is_local:
        yield None
        return
    service = identity["service"]
    for _ in range(_TRIES):
        with held(lake, lock_name(service), wait=False) as is_ours:
            if is_ours:
                yield write_report(lake, identity)
                return
        time.sleep(_PAUSE_SECONDS)
    raise InputError(
        f"Expected no other {service} on this lake, but one runs already. Stop that one first."
    )


def write_report(lake: Lake, identity: Mapping[str, Any]) -> Path:
    """Write a service's report whole or not at all; again where the models that it serves change.

    Only who is within ``reporting`` counts as running.

    Raises:
        StoreError: it can not be written.
    """
    path = report_path(lake, identity["service"])
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8") as file:
            file.write(json.dumps(identity, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise StoreError(f"Expected to write {path}, but {error.strerror}.") from None
    return path


def is_running(lake: Lake, service: str) -> bool:
    """Return whether a service that reports by a file runs now."""
    return is_held(lake, lock_name(service))


def lock_name(service: str) -> str:
    """Return what a service locks."""
    return f"service-{service}"


def read_file(path: Path) -> object:
    """Return what a service wrote; None where there is no file.

    Raises:
        InputError: it is damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        raise InputError(f"Expected the report of a service in {path}; it is damaged.") from None
