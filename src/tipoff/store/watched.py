"""Versions of tables that are looked at again and again, at little cost each time."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from deltalake import DeltaTable

from tipoff.store.delta import opened
from tipoff.store.kept import Kept
from tipoff.store.location import Lake
from tipoff.tables.table import Table

_AT_ONCE = 4


class Watched:
    """The newest versions of a lake's tables; what is open already is only brought up to date.

    Attributes:
        lake: the lake, to look at through the same open tables.
    """

    def __init__(self, lake: Lake) -> None:
        self.lake = lake if lake.kept is not None else replace(lake, kept=Kept())
        self._open: dict[str, DeltaTable] = {}
        self._lock = threading.Lock()

    def version(self, table: Table) -> int | None:
        """Return a table's newest version, or None where it does not exist."""
        delta = self._newest(table)
        return None if delta is None else delta.version()

    def versions(self, tables: Sequence[Table]) -> dict[str, int | None]:
        """Return the newest version of each of some tables, by name."""
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            found = list(threads.map(self.version, tables))
        return {table.name: number for table, number in zip(tables, found, strict=True)}

    def seasons(self, table: Table) -> list[str]:
        """Return the seasons that a table has rows of, the newest first, without reading it."""
        delta = self._newest(table)
        parts = [] if delta is None else delta.partitions()
        return sorted({str(part["season"]) for part in parts}, reverse=True)

    def _newest(self, table: Table) -> DeltaTable | None:
        if self.lake.is_local:
            return opened(self.lake, table)
        with self._lock:
            return self._brought_up_to_date(table)

    def _brought_up_to_date(self, table: Table) -> DeltaTable | None:
        delta = self._open.get(table.name)
        if delta is None or self.lake.versions is not None:
            delta = opened(self.lake, table)
            if delta is not None:
                self._open[table.name] = delta
        else:
            delta.update_incremental()
        return delta
