"""The checks of a lake: reached, written to, of this version, and not ahead of the clock."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from tipoff.errors import TipoffError
from tipoff.store.delta import opened
from tipoff.store.lake import Lake, open_lake, scan, version
from tipoff.tables.ledger import LAKE_VERSIONS
from tipoff.tables.table import Kind
from tipoff.workflows.doctor_rows import ABSENT, OK, WRONG, Row
from tipoff.workflows.lake import TABLES

# Clocks of providers and machines differ by so much.
_SLACK = timedelta(minutes=5)


def lake_checks(url: str, now: datetime) -> Iterator[Row]:
    """Check a lake; nothing of it is changed.

    Args:
        url: folder or URL.
        now: the machine's clock (UTC).
    """
    if "://" not in url and not Path(url).exists():
        advice = "Fill one with 'tipoff ingest files', or try 'tipoff demo'."
        yield Row("lake", ABSENT, f"no folder {url}", advice)
        return
    try:
        lake = open_lake(url, must_exist=True)
        version(lake, LAKE_VERSIONS)
    except TipoffError as error:
        yield Row("lake", WRONG, str(error), "Name another: --lake, TIPOFF_LAKE or tipoff.toml.")
        return
    yield Row("lake", OK, url)
    yield _written_to(lake)
    try:
        stored = [name for name, table in TABLES.items() if version(lake, table) is not None]
        yield _columns(lake, stored)
        yield _clock(lake, stored, now)
    except (TipoffError, pl.exceptions.PolarsError, OSError) as error:
        text = (str(error) or type(error).__name__).splitlines()[0]
        yield Row("lake tables", WRONG, text, "Restore the lake from a copy, or build it again.")


def _written_to(lake: Lake) -> Row:
    """A file of its own is written and removed; an object store is not tried."""
    if not lake.is_local:
        return Row("lake writable", ABSENT, "not tried on an object store")
    probe = Path(lake.url) / f".doctor-{os.getpid()}"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        advice = f"Give this user the right to write to {lake.url}."
        return Row("lake writable", WRONG, str(error.strerror), advice)
    return Row("lake writable", OK, "yes")


def _columns(lake: Lake, stored: list[str]) -> Row:
    """A table with a column that this version does not know was written by a newer one."""
    newer = {}
    for name in stored:
        delta = opened(lake, TABLES[name])
        held = {field.name for field in delta.schema().fields} if delta else set()
        if strange := sorted(held - set(TABLES[name].columns)):
            newer[name] = strange
    if newer:
        told = "; ".join(f"{name}: {', '.join(columns)}" for name, columns in newer.items())
        advice = "A newer version wrote this lake: 'pip install --upgrade tipoff'."
        return Row("lake tables", WRONG, f"unknown columns of {told}", advice)
    return Row("lake tables", OK, f"{len(stored)}, all as this version has them")


def _clock(lake: Lake, stored: list[str], now: datetime) -> Row:
    """Rows whose recorded instant is yet to come: the clock is slow, or theirs was fast."""
    latest = {}
    for name in stored:
        table = TABLES[name]
        if table.kind is not Kind.RAW or "observed_basis" not in table.columns:
            continue
        recorded = scan(lake, table).filter(pl.col("observed_basis") == "recorded")
        newest = recorded.select(pl.col("observed_at").max()).collect().item()
        if newest is not None:
            latest[name] = newest
    ahead = {name: at for name, at in latest.items() if at > now + _SLACK}
    if ahead:
        told = ", ".join(f"{name} {at:%Y-%m-%d %H:%M} UTC" for name, at in ahead.items())
        return Row("clock", WRONG, f"{now:%Y-%m-%d %H:%M} UTC, but {told}", "Set the clock.")
    return Row("clock", OK, f"{now:%Y-%m-%d %H:%M} UTC, after all recorded rows")
