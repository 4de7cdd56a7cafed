"""Where a lake is: a folder, or an object store by URL."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tipoff.errors import InputError
from tipoff.tables.table import Table


@dataclass(frozen=True)
class Lake:
    """A lake at a folder or object-storage URL.

    Attributes:
        url: folder or URL.
        storage_options: credentials and options of the object store, as delta-rs names them.
        versions: read these versions of the tables, by name, and no others; such a lake can not
            be written to.
    """

    url: str
    storage_options: Mapping[str, str] | None = None
    versions: Mapping[str, int] | None = None

    @property
    def is_local(self) -> bool:
        """True for a folder on this machine."""
        return "://" not in self.url

    def table_url(self, table: Table) -> str:
        """Where a table lives."""
        return f"{self.url.rstrip('/')}/{table.name}"


def open_lake(url: str, *, must_exist: bool = False) -> Lake:
    """Open a lake; a local folder is created unless it must exist.

    Raises:
        InputError: the folder is missing, or the path is a file.
    """
    lake = Lake(url, _storage_options())
    if lake.is_local:
        if "%" in url:
            raise InputError(f"Expected a lake path without a per cent sign, got {url}.")
        path = Path(url)
        if path.exists() and not path.is_dir():
            raise InputError(f"Expected a folder for the lake, but {url} is a file.")
        if must_exist and not path.is_dir():
            raise InputError(
                f"Expected a lake at {url}, but there is no such folder. "
                "Fill one with 'tipoff ingest files' or try 'tipoff demo'."
            )
        path.mkdir(parents=True, exist_ok=True)
    return lake


def _storage_options() -> dict[str, str] | None:
    prefix = "TIPOFF_STORAGE_"
    options = {k.removeprefix(prefix): v for k, v in os.environ.items() if k.startswith(prefix)}
    return options or None
