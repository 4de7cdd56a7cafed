"""Versions of the lake: what every table was after each command that changed one."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from tipoff.errors import InputError
from tipoff.store.lake import Lake, appended_on_top, scan, version
from tipoff.tables.ledger import LAKE_VERSIONS
from tipoff.tables.table import Kind
from tipoff.workflows.lake import TABLES

LATEST = "latest"


def mark(lake: Lake, command: str) -> int | None:
    """Write down the versions of all tables, where they differ from those written last.

    Commands mark what they find and what they leave, so that a difference can be told even where
    rows came in by another way, or a run was killed before it could mark.

    Args:
        lake: the lake, or a planted view, which has versions of its own.
        command: what made the version.

    Returns:
        The number of the version that the lake is at; None where it holds no table yet.
    """

    def decided(stored: pl.LazyFrame) -> tuple[pl.DataFrame, int | None]:
        known = stored.sort("number").collect()
        tables = _current(lake)
        text = json.dumps(tables, sort_keys=True)
        newest = None if known.is_empty() else int(known["number"][-1])
        if not tables or (newest is not None and known["tables"][-1] == text):
            return LAKE_VERSIONS.empty(), newest
        number = (newest or 0) + 1
        row = [(number, datetime.now(UTC), command, text)]
        rows = pl.DataFrame(row, schema=LAKE_VERSIONS.columns, orient="row")
        return rows, number

    return appended_on_top(lake, LAKE_VERSIONS, decided)


def _current(lake: Lake) -> dict[str, int]:
    found = {t.name: version(lake, t) for t in TABLES.values() if t.kind is not Kind.LOG}
    return {name: number for name, number in found.items() if number is not None}


def listed(lake: Lake) -> dict[str, Any]:
    """Return every version of the lake: ``number, taken_at, command, tables``."""
    rows = scan(lake, LAKE_VERSIONS).sort("number").collect().to_dicts()
    return {"versions": [{**row, "tables": json.loads(row["tables"])} for row in rows]}


def at_version(lake: Lake, named: str) -> tuple[int, Lake]:
    """Return the lake as it was at a version.

    Args:
        lake: the lake.
        named: a number, ``latest``, or ``latest~N`` for N before it.

    Raises:
        InputError: there is no such version.
    """
    versions = listed(lake)["versions"]
    numbers = {row["number"]: row for row in versions}
    number = _number(named, len(versions))
    if number is None or number not in numbers:
        most = f"1 to {max(numbers)}" if numbers else "none yet; ingest or backfill makes one"
        raise InputError(f"Expected a version of the lake ({most}), got {named!r}.")
    return number, replace(lake, versions=numbers[number]["tables"])


def _number(named: str, newest: int) -> int | None:
    word, _, back = named.partition("~")
    if word == LATEST and (back.isdigit() or named == LATEST):
        return newest - int(back or 0)
    return int(named) if named.isdigit() else None
