"""Blocks as HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from tipoff import __version__
from tipoff.store.location import Lake
from tipoff.store.watched import Watched
from tipoff.web.site.blocks import NUMBERS, Block, Column, Grid, Plot, Words, tone
from tipoff.web.site.cells import exact, written
from tipoff.web.site.declare import Page
from tipoff.web.site.views import View

_ENVIRONMENT = Environment(
    loader=PackageLoader("tipoff.web.site"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Cell:
    """A value as it is shown: its words, where it leads, whether it is a number."""

    text: str
    href: str | None
    is_number: bool
    is_why: bool
    is_long: bool
    tone: str


def address(path: str, values: Mapping[str, Any]) -> str:
    """Return a path with parameters."""
    return f"{path}?{urlencode(values)}" if values else path


def page_html(page: Page, pages: Sequence[Page], view: View, watched: Watched) -> str:
    """Return a whole page."""
    template = _ENVIRONMENT.get_template("page.html.j2")
    choices = [
        {
            "name": choice.name, "label": choice.label, "kind": choice.kind,
            "options": None if choice.options is None else list(choice.options(watched)),
            "value": view.values.get(choice.name, ""), "block": choice.block,
        }
        for choice in page.choices
    ]  # fmt: skip
    return template.render(
        page=page,
        pages=pages,
        view=view,
        choices=choices,
        blocks=[_shown(page, view, block) for block in view.blocks.values()],
        version=__version__,
        lake=_lake_name(watched.lake),
    )


def _lake_name(lake: Lake) -> str:
    """What a lake is called on a page that may be shown to others: its folder and the one above."""
    return "/".join(PurePath(lake.url).parts[-2:]) if lake.is_local else lake.url


def words_html(pages: Sequence[Page], title: str, text: Sequence[str]) -> str:
    """Return a page that only says something, such as why there is no other."""
    template = _ENVIRONMENT.get_template("words.html.j2")
    return template.render(
        pages=pages, page=None, title=title, text=text, version=__version__, lake=""
    )


def why_html(
    page: Page, pages: Sequence[Page], view: View, block: Block, row: int | None, code: str
) -> str:
    """Return the answer to why a block, or a row of it, says what it says."""
    template = _ENVIRONMENT.get_template("why.html.j2")
    columns: Mapping[str, Column] = getattr(block, "columns", {})
    values = [] if row is None else _explained(columns, block.frame.row(row, named=True))
    return template.render(
        page=page,
        pages=pages,
        block=block,
        values=values,
        definitions=[(c.label, c.doc) for c in columns.values() if c.doc] if row is None else [],
        tables=[(name, number) for name, number in view.versions.items() if number is not None],
        back=address(f"/{page.name}", view.values) + f"#{block.name}",
        title=block.title,
        made_at=view.made_at.isoformat(timespec="seconds"),
        code=code,
        version=__version__,
        lake="",
    )


def _explained(columns: Mapping[str, Column], row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every value of a row with all of its digits, what it means and what computes it again."""
    found = []
    for name, value in row.items():
        column = columns.get(name, Column(name))
        found.append({
            "name": name, "label": column.label, "exact": exact(value), "doc": column.doc,
            "why": column.why(row) if column.why else None,
            "link": column.link(row) if column.link else None,
        })  # fmt: skip
    return found


def _shown(page: Page, view: View, block: Block) -> dict[str, Any]:
    base = f"/{page.name}/{block.name}"
    told: dict[str, Any] = {
        "block": block,
        "kind": type(block).__name__.lower(),
        "why": address(f"{base}/why", view.values),
        "exports": [(kind, address(f"{base}.{kind}", view.values)) for kind in export_kinds(block)],
    }
    if isinstance(block, Plot):
        told["svg"] = Markup(view.drawings[block.name]) if block.name in view.drawings else None
        told |= _rows(page, view, block, block.columns, 100)
    elif isinstance(block, Grid):
        told |= _rows(page, view, block, block.columns, block.most)
    elif isinstance(block, Words):
        told["tone"] = tone(block.state)
    return told


def export_kinds(block: Block) -> tuple[str, ...]:
    """Return the kinds of files that a block can be had as."""
    if isinstance(block, Plot) and block.frame.height:
        return ("csv", "json", "png", "svg")
    return ("csv", "json") if isinstance(block, Grid | Plot) else ()


def _rows(
    page: Page, view: View, block: Block, columns: Mapping[str, Column], most: int
) -> dict[str, Any]:
    base = f"/{page.name}/{block.name}/why"
    rows = []
    for number, row in enumerate(block.frame.head(most).iter_rows(named=True)):
        why = address(base, {**view.values, "row": number})
        cells = [_cell(row, name, column, why) for name, column in columns.items()]
        rows.append({"cells": cells, "why": why})
    return {
        "heads": [(c.label, c.doc, c.kind in NUMBERS) for c in columns.values()],
        "rows": rows,
        "left": max(0, block.frame.height - most),
    }


def _cell(row: Mapping[str, Any], name: str, column: Column, why: str) -> Cell:
    value = row[name]
    is_number = column.kind in NUMBERS
    href = column.link(row) if column.link else None
    is_why = href is None and is_number and value is not None
    if is_why:
        href = f"{why}#{quote(name)}"
    state = tone(value) if column.kind == "state" and value is not None else ""
    return Cell(written(value, column), href, is_number, is_why, column.kind == "sentence", state)
