"""What a page shows, kept until a table that it looks at changes.

A page that takes long is shown as it was, and says so, while it is put together anew.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tipoff.errors import TipoffError
from tipoff.store.location import Lake
from tipoff.store.watched import Watched
from tipoff.web.site import charts
from tipoff.web.site.blocks import Block, Plot, Words
from tipoff.web.site.declare import Asked, Page

_KEPT = 200
# What takes no longer is waited for.
_WAITED_SECONDS = 0.15


@dataclass(frozen=True)
class View:
    """What a page shows at one state of the lake.

    Attributes:
        blocks: by name, in order.
        values: what was asked.
        versions: of the tables that it looks at; None where one does not exist.
        made_at: when it was put together (UTC).
        seconds: that took.
        drawings: charts as SVG, by the block's name.
        is_outdated: whether a table has changed since, and it is being put together anew.
    """

    blocks: Mapping[str, Block]
    values: Mapping[str, str]
    versions: Mapping[str, int | None]
    made_at: datetime
    seconds: float
    drawings: Mapping[str, str]
    is_outdated: bool = False


class Views:
    """Puts pages together, each once for a state of the tables that it looks at."""

    def __init__(self, lake: Lake) -> None:
        self.watched = Watched(lake)
        self._kept: OrderedDict[tuple[object, ...], View] = OrderedDict()
        self._under_way: dict[tuple[object, ...], Future[View]] = {}
        self._lock = threading.Lock()
        self._workers = ThreadPoolExecutor(2, thread_name_prefix="page")

    def warm(self, pages: Sequence[Page]) -> None:
        """Begin to put pages together as they are asked for first."""
        for page in pages:
            self._begun(page, {}, self._versions(page))

    def of(self, page: Page, values: Mapping[str, str]) -> View:
        """Return what a page shows now, or what it showed last where that takes long."""
        kept = self._kept.get(_key(page, values))
        versions = self._versions(page)
        if kept is not None and kept.versions == versions and not _is_over(page, kept):
            return kept
        making = self._begun(page, values, versions)
        if kept is None:
            return making.result()
        if kept.seconds <= _WAITED_SECONDS:
            return making.result()
        return making.result() if making.done() else replace(kept, is_outdated=True)

    def _versions(self, page: Page) -> dict[str, int | None]:
        return self.watched.versions(page.tables)

    def _begun(
        self, page: Page, values: Mapping[str, str], versions: Mapping[str, int | None]
    ) -> Future[View]:
        """Begin to put a page together, unless somebody has already.

        Versions are looked at first: what is committed while it is made makes it outdated.
        """
        key = _key(page, values)
        with self._lock:
            if key not in self._under_way:
                self._under_way[key] = self._workers.submit(self._made, page, values, versions)
            return self._under_way[key]

    def _made(
        self, page: Page, values: Mapping[str, str], versions: Mapping[str, int | None]
    ) -> View:
        began, now = time.perf_counter(), datetime.now(UTC)
        key = _key(page, values)
        try:
            try:
                blocks: Sequence[Block] = page.view(Asked(self.watched.lake, now, values))
            except TipoffError as error:
                # What is not there yet is said where it would stand.
                blocks = [Words("notice", "Nothing to show", text=(str(error),))]
            named = {block.name: block for block in blocks}
            drawings = {
                name: charts.svg(block)
                for name, block in named.items()
                if isinstance(block, Plot) and block.frame.height
            }
            view = View(named, values, versions, now, time.perf_counter() - began, drawings)
        finally:
            with self._lock:
                del self._under_way[key]
        with self._lock:
            self._kept[key] = view
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return view


def _key(page: Page, values: Mapping[str, str]) -> tuple[object, ...]:
    return (page.name, *sorted(values.items()))


def _is_over(page: Page, view: View) -> bool:
    """Whether what depends on the clock was looked at too long ago."""
    if page.keeps_seconds is None:
        return False
    return (datetime.now(UTC) - view.made_at).total_seconds() > page.keeps_seconds
