"""Blocks as files: CSV and JSON of the data, PNG and SVG of charts."""

import io
import json
from datetime import date, datetime, timedelta
from math import isfinite

import polars as pl

from tipoff.web.site import charts
from tipoff.web.site.blocks import Block, Plot
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


def as_json(data: object) -> bytes:
    """Return JSON; what is no number is null."""
    return json.dumps(_finite(data), default=_plain, ensure_ascii=False).encode()


def _finite(data: object) -> object:
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not isfinite(data) else data


def _plain(value: object) -> str | float:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)


def _csv(frame: pl.DataFrame) -> bytes:
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    flat = frame.with_columns(
        pl.Series(name, [None if v is None else as_json(v).decode() for v in frame[name].to_list()])
        for name in nested
    )
    into = io.BytesIO()
    flat.write_csv(into)
    return into.getvalue()
