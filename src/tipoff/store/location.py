"""Where a lake is: a folder, or an object store by URL."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from tipoff.errors import InputError
from tipoff.store.kept import Kept
from tipoff.tables.table import Kind, Table


@dataclass(frozen=True)
class Lake:
    """A lake at a folder or object-storage URL.

    Attributes:
        url: folder or URL.
        storage_options: credentials and options of the object store, as delta-rs names them.
        versions: read these versions of the tables, by name, and no others; such a lake can not
            be written to.
        base: where all tables but the logs are, for a lake that looks at another one's rows; they
            can not be written to.
        known_until: an instant (UTC); raw rows that were observed later are not there, and none
            can be added.
        kept: open tables, for a process that only looks: nothing can be written from there.
    """

    url: str
    storage_options: Mapping[str, str] | None = None
    versions: Mapping[str, int] | None = None
    base: str | None = None
    known_until: datetime | None = None
    kept: Kept | None = field(default=None, compare=False, repr=False)

    @property
    def is_local(self) -> bool:
        """True for a folder on this machine."""
        return "://" not in self.url

    def table_url(self, table: Table) -> str:
        """Where a table lives."""
        return f"{self._home(table).rstrip('/')}/{table.name}"

    def refuses(self, table: Table) -> bool:
        """Whether a table can be looked at but not written to from here."""
        if self.kept is not None:
            return True
        if table.kind is Kind.LOG:
            return False
        is_cut = self.known_until is not None and table.kind is Kind.RAW
        return self.base is not None or is_cut

    def _home(self, table: Table) -> str:
        return self.url if self.base is None or table.kind is Kind.LOG else self.base


def looking_at(lake: Lake, url: str, known_until: datetime | None = None) -> Lake:
    """Return a lake of logs of its own that sees another one's rows, up to an instant.

    Args:
        lake: whose rows are seen.
        url: where its own logs are.
        known_until: rows that were observed later are not seen.
    """
    return replace(lake, url=url, base=lake.base or lake.url, known_until=known_until)


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
