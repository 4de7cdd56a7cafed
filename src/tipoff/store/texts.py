"""Small files that lie beside the tables."""

import os
from pathlib import Path

from tipoff.errors import StoreError


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all: nobody reads half of it.

    Raises:
        StoreError: it can not be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise StoreError(f"Expected to write {path}, but {error.strerror}.") from None
