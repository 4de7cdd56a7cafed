"""Locks between processes that work on one local lake: held by the kernel, gone with the process.

There is no lease and no clock: a process that dies, however, has let go. Object stores have no
such lock; there a commit is tied to the version of the table that it was decided on.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tipoff.store.location import Lake

FOLDER = "_locks"


@contextmanager
def held(lake: Lake, name: str, *, wait: bool) -> Iterator[bool]:
    """Hold a lock for as long as the context lasts.

    Args:
        lake: the lake; on an object store nothing is locked.
        name: what is locked, fit for a file's name.
        wait: wait until it is free.

    Returns:
        Whether it is held; false only where somebody else has it and ``wait`` is false.
    """
    if not lake.is_local:
        yield True
        return
    folder = Path(lake.url) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


def is_held(lake: Lake, name: str) -> bool:
    """Return whether somebody holds a lock now; looking takes it from nobody.

    Those who look at the same time do not see each other. On an object store nothing is held.
    """
    path = Path(lake.url) / FOLDER / f"{name}.lock"
    if not lake.is_local or not path.is_file():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
