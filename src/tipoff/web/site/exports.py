"""Blocks as files: CSV and JSON of the data, PNG and SVG of charts."""

import io

import polars as pl

from tipoff.web.site import charts
from tipoff.web.site.blocks import Block, Plot
from tipoff.web.site.cells import as_json
from tipoff.web.site.declare import Page
from tipoff.web.site.views import View

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
}


def exported(page: Page, view: View, block: Block, kind: str) -> bytes:
    """Return a block as a file."""
    if kind == "csv":
        return _csv(block.frame)
    if kind == "json":
        return as_json({**about(page, view), **block_data(block)})
    assert isinstance(block, Plot)
    if kind == "png":
        return charts.png(block)
    return charts.svg(block).replace('class="chart"', "").encode()


def about(page: Page, view: View) -> dict[str, object]:
    """Return what a page's data are of."""
    return {
        "page": page.name,
        "asked": dict(view.values),
        "tables": dict(view.versions),
        "made_at": view.made_at,
    }


def block_data(block: Block) -> dict[str, object]:
    """Return a block's data, with what its columns mean."""
    columns = getattr(block, "columns", {})
    return {
        "name": block.name,
        "title": block.title,
        "about": block.about,
        "fingerprint": block.fingerprint,
        "columns": {name: {"label": c.label, "doc": c.doc} for name, c in columns.items()},
        "rows": block.frame.to_dicts(),
        **({"text": list(block.text)} if hasattr(block, "text") else {}),
    }


def _csv(frame: pl.DataFrame) -> bytes:
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    flat = frame.with_columns(
        pl.Series(name, [None if v is None else as_json(v).decode() for v in frame[name].to_list()])
        for name in nested
    )
    into = io.BytesIO()
    flat.write_csv(into)
    return into.getvalue()
