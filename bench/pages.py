"""How long the server takes for each page of a lake, and for what its links and choices lead to.

``TIPOFF_PAGES_LAKE`` is the lake; a league of two seasons by default, which has features only.
"""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bench.measure import Result
from tipoff.sources.league import LeagueSettings, append_to, generate
from tipoff.store.lake import Lake, open_lake
from tipoff.store.watched import Watched
from tipoff.web.site.blocks import Grid, Plot
from tipoff.web.site.catalogue import PAGES
from tipoff.web.site.declare import Asked, Page
from tipoff.web.site.render import page_html
from tipoff.web.site.views import View, Views
from tipoff.workflows.backfill import Request, backfill

_REPEATS = 3
LIMIT_SECONDS = 0.2
_NAMED = {page.name: page for page in PAGES}
Ask = tuple[str, tuple[tuple[str, str], ...]]


def pages() -> tuple[Result, dict[str, Any]]:
    """Measure every page as it is asked for first, and each kind of address that it leads to."""
    with TemporaryDirectory() as folder:
        lake = _lake(Path(folder))
        took = {_words(ask): _page(lake, ask) for ask in _asks(Views(lake))}
    slowest = max(took, key=lambda name: took[name]["anew ms"])
    result = Result(
        f"slowest page ({slowest})", took[slowest]["anew ms"] / 1000, "the limit", LIMIT_SECONDS
    )
    return result, {"pages": took}


def _asks(views: Views) -> list[Ask]:
    """Every page, and of each kind of address that leads to one the first that is found."""
    todo: list[Ask] = [(page.name, ()) for page in PAGES]
    found: dict[tuple[str, ...], Ask] = {}
    while todo:
        ask = todo.pop(0)
        kind = (ask[0], *(name for name, _ in ask[1]))
        if kind in found:
            continue
        page = _NAMED[ask[0]]
        view = views.of(page, dict(ask[1]))
        if "notice" in view.blocks:
            # The lake has nothing of it.
            continue
        found[kind] = ask
        todo += _links(view)
        if not ask[1]:
            todo += [(page.name, ((name, value),)) for name, value in _chosen(page, views.watched)]
    return list(found.values())


def _chosen(page: Page, watched: Watched) -> Iterator[tuple[str, str]]:
    """The last option of each choice: of seasons it is the oldest."""
    for choice in page.choices:
        options = [] if choice.options is None else choice.options(watched)
        if options:
            yield choice.name, options[-1]


def _links(view: View) -> Iterator[Ask]:
    for block in view.blocks.values():
        columns = block.columns if isinstance(block, Grid | Plot) else {}
        for row in block.frame.iter_rows(named=True):
            for column in columns.values():
                address = urlsplit(column.link(row) or "") if column.link else urlsplit("")
                if address.path[1:] in _NAMED:
                    yield address.path[1:], tuple(parse_qsl(address.query))


def _words(ask: Ask) -> str:
    return " ".join([ask[0], *(f"{name}={value}" for name, value in ask[1])])


def _page(lake: Lake, ask: Ask) -> dict[str, float]:
    """Milliseconds of a page.

    To open its tables, which a server has done before; its data from them, put together anew; the
    same again, when what was found in unchanged tables is known; and data and HTML when nothing
    changed.
    """
    page, values = _NAMED[ask[0]], dict(ask[1])
    opening, anew, again = list[float](), list[float](), list[float]()
    for _ in range(_REPEATS):
        watched = Watched(lake)
        for times, do in (
            (opening, lambda w: w.versions(page.tables)),
            (anew, lambda w: page.view(Asked(w.lake, datetime.now(UTC), values))),
            (again, lambda w: page.view(Asked(w.lake, datetime.now(UTC), values))),
        ):
            began = time.perf_counter()
            do(watched)
            times.append(time.perf_counter() - began)
    views = Views(lake)
    views.of(page, values)
    began = time.perf_counter()
    body = page_html(page, PAGES, views.of(page, values), views.watched)
    kept = time.perf_counter() - began
    return {
        "first ms": round(1000 * anew[0], 1),
        "opening ms": round(1000 * min(opening), 1),
        "anew ms": round(1000 * min(anew), 1),
        "again ms": round(1000 * min(again), 1),
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
