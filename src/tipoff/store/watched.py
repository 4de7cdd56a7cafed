"""Versions of tables that are looked at again and again, at little cost each time."""

import threading

from deltalake import DeltaTable

from tipoff.store.delta import opened
from tipoff.store.location import Lake
from tipoff.tables.table import Table


class Watched:
    """The newest versions of a lake's tables; what is open already is only brought up to date."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._open: dict[str, DeltaTable] = {}
        self._lock = threading.Lock()

    def version(self, table: Table) -> int | None:
        """Return a table's newest version, or None where it does not exist."""
        with self._lock:
            delta = self._brought_up_to_date(table)
            return None if delta is None else delta.version()

    def seasons(self, table: Table) -> list[str]:
        """Return the seasons that a table has rows of, the newest first, without reading it."""
        with self._lock:
            delta = self._brought_up_to_date(table)
            parts = [] if delta is None else delta.partitions()
            return sorted({str(part["season"]) for part in parts}, reverse=True)

    def _brought_up_to_date(self, table: Table) -> DeltaTable | None:
        delta = self._open.get(table.name)
        if delta is None or self.lake.versions is not None:
            delta = opened(self.lake, table)
            if delta is not None:
                self._open[table.name] = delta
        else:
            delta.update_incremental()
        return delta
