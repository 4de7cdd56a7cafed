"""How long the server takes for each page of a lake: put together anew, and as it is kept.

``TIPOFF_PAGES_LAKE`` is the lake; a league of two seasons by default, which has features only.
"""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.measure import Result
from tipoff.sources.league import LeagueSettings, append_to, generate
from tipoff.store.lake import Lake, open_lake
from tipoff.web.site.catalogue import PAGES
from tipoff.web.site.declare import Asked, Page
from tipoff.web.site.render import page_html
from tipoff.web.site.views import Views
from tipoff.workflows.backfill import Request, backfill

_REPEATS = 3
LIMIT_SECONDS = 0.2


def pages() -> tuple[Result, dict[str, Any]]:
    """Measure every page as it is asked for first."""
    with TemporaryDirectory() as folder:
        lake = _lake(Path(folder))
        took = {page.name: _page(lake, page) for page in PAGES}
    slowest = max(took, key=lambda name: took[name]["anew ms"])
    result = Result(
        f"slowest page ({slowest})", took[slowest]["anew ms"] / 1000, "the limit", LIMIT_SECONDS
    )
    return result, {"pages": took}


def _page(lake: Lake, page: Page) -> dict[str, float]:
    """Milliseconds of a page: its data from the lake, then data and HTML when nothing changed."""
    anew = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        page.view(Asked(lake, datetime.now(UTC), {}))
        anew.append(time.perf_counter() - began)
    views = Views(lake)
    views.of(page, {})
    began = time.perf_counter()
    body = page_html(page, PAGES, views.of(page, {}), views.watched)
    kept = time.perf_counter() - began
    return {
        "first ms": round(1000 * anew[0], 1),
        "anew ms": round(1000 * min(anew), 1),
        "kept, with HTML, ms": round(1000 * kept, 1),
        "kB": round(len(body) / 1000, 1),
    }


def _lake(folder: Path) -> Lake:
    stated = os.environ.get("TIPOFF_PAGES_LAKE")
    if stated:
        return open_lake(stated, must_exist=True)
    lake = open_lake(str(folder / "lake"))
    league = generate(LeagueSettings(seasons=2))
    append_to(lake, league)
    days = league.frames["games"]["game_date"]
    backfill(lake, Request(days.min(), days.max()), lambda *_: None)  # type: ignore[arg-type]
    return lake
