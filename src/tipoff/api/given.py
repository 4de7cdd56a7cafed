"""What callers may give: a lake or its path, a date or its text, a frame of any library."""

import os
from datetime import date, datetime
from os import PathLike, environ
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import polars.selectors as cs

from tipoff.domain.dates import iso_date
from tipoff.errors import InputError
from tipoff.settings import DEFAULT_LAKE
from tipoff.store.location import Lake, open_lake

AnyLake = Lake | str | PathLike[str]
"""An open lake, or its folder or URL."""
Day = date | str
"""A game date, US Eastern, or its ISO text."""
# Names that Arrow gives to an index of pandas that has none.
_INDEX = "__index_level_"


class ArrowFrame(Protocol):
    """A table of any library that hands out Arrow: Polars, pandas, PyArrow, DuckDB and others."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return the table as an Arrow C stream."""


def lake_at(path: AnyLake | None = None, *, must_exist: bool = True) -> Lake:
    """Return the lake that was given, or the one at a path.

    Args:
        path: the lake, its folder or URL; ``TIPOFF_LAKE``, else ``lake``, where None.
        must_exist: refuse a folder that is not there instead of making it.

    Raises:
        InputError: the folder is missing, or the path is a file.
    """
    if isinstance(path, Lake):
        return path
    if path is None:
        path = environ.get("TIPOFF_LAKE") or DEFAULT_LAKE
    return open_lake(os.fspath(path), must_exist=must_exist)


def day(given: Day, name: str) -> date:
    """Return a date.

    Args:
        given: a date or its ISO text; of a moment the date that it says.
        name: what the error calls it.

    Raises:
        InputError: it is no date.
    """
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    return iso_date(given, name)


def span(start: Day, end: Day) -> tuple[date, date]:
    """Return the first and last date of a span.

    Raises:
        InputError: one is no date, or the end comes first.
    """
    first, last = day(start, "start"), day(end, "end")
    if last < first:
        raise InputError(f"Expected start not after end, got {first} and {last}.")
    return first, last


def frame(given: ArrowFrame | pl.LazyFrame, name: str) -> pl.DataFrame:
    """Return a table of any library as a Polars frame.

    Categories come as texts, decimals as floats, and an unnamed index of pandas is left out.

    Args:
        given: a table with ``__arrow_c_stream__``: of Polars, pandas (with PyArrow installed),
            PyArrow, a DuckDB relation and so on.
        name: what the error calls it.

    Raises:
        InputError: it is no such table, or can not be handed over.
    """
    if isinstance(given, pl.LazyFrame):
        given = given.collect()
    if isinstance(given, pl.Series) or not hasattr(given, "__arrow_c_stream__"):
        raise InputError(
            f"Expected a table of Polars, pandas, PyArrow or DuckDB as {name}, got a "
            f"{type(given).__name__}, which does not hand out Arrow tables."
        )
    try:
        rows = pl.DataFrame(given)
    except ImportError as error:
        raise InputError(
            f"Expected to read {name} through Arrow, but {error}. pandas hands its tables over "
            "where pyarrow is installed."
        ) from error
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise InputError(f"Expected to read {name} through Arrow, but {error}.") from error
    plain = rows.drop(c for c in rows.columns if c.startswith(_INDEX))
    return plain.with_columns(
        (cs.categorical() | cs.enum()).cast(pl.String), cs.decimal().cast(pl.Float64)
    )


def table_or_path(given: ArrowFrame | str | PathLike[str], name: str) -> pl.DataFrame | Path:
    """Return what was given as a frame, or as the path that it is."""
    if isinstance(given, (str, os.PathLike)):
        return Path(given)
    return frame(given, name)
