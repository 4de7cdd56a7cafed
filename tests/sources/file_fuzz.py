"""Break files of every layout in their cells, their columns and their bytes; nothing is lost by it.

``fuzz_file`` is one try of one layout, made from a number; tests run few, a benchmark thousands.
"""

import gzip
import random
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from tests.sources.file_cases import FileCase, Tables
from tests.sources.providers.fuzzing import accounted, noisy

from tipoff.errors import InputError
from tipoff.sources.containers import open_content
from tipoff.sources.format import Content, Format, Parsed, Reference
from tipoff.sources.reading import read_layout
from tipoff.sources.recognise import recognise
from tipoff.store.lake import validated

Read = Callable[[Format, Content, Reference], list[Parsed]]
_JUNK: tuple[str | None, ...] = (
    None, " ", "0", "-0", "-1", "1.5", "1e308", "1e999", "nan", "inf", "-Infinity", "x", "True",
    "9" * 40, "2024-13-45", "0001-01-01", "9999-12-31T23:59:59Z", "99:99:99", "22/10/2024 23:30",
    "Over", "BOS", "bos", "Boston Celtics", "BOS vs. BOS", "@", "é" * 40, "𝔘nicode",
    '"', "a,b", "a\nb",
    "0022400061", "10/22/2024", "2024-10-22", "PK", "3-4", "+110", "Tatum, Jayson", "\u200b",
)  # fmt: skip
_EVENING = datetime(2024, 10, 22, 23, 30, tzinfo=UTC)
_TYPES: tuple[pl.DataType, ...] = (
    pl.Int64(), pl.Int16(), pl.UInt8(), pl.Float64(), pl.Float32(), pl.String(), pl.Boolean(),
    pl.Date(), pl.Datetime("us"), pl.Datetime("ns", "UTC"), pl.Categorical(), pl.Null(),
)  # fmt: skip


def fuzz_file(
    case: FileCase,
    number: int,
    folder: Path,
    reference: Reference,
    read: Read = read_layout,
) -> str:
    """Read one broken file; return ``rows``, ``refused``, ``sentence`` or ``unknown``.

    Args:
        case: what it is made from.
        number: what is broken, and how.
        folder: where it may lie for a moment.
        reference: the known games.
        read: reads a layout; another one where a test plants a fault.

    Raises:
        AssertionError: a row was lost, or broke its table's rules.
        Exception: the parser failed with what is no sentence.
    """
    rng = random.Random(number)
    tables = {name: _broken(frame, rng) for name, frame in case.tables.items()}
    path, counted = _written(tables, folder / f"{number}", rng)
    is_whole = rng.random() > 0.3
    try:
        if not is_whole:
            path.write_bytes(_spoilt(path.read_bytes(), rng))
        content = open_content(path)
        layout = recognise(content)
        if layout is None:
            return "unknown"
        found = read(layout, content, reference)
    except InputError as error:
        said = str(error)
        assert said.endswith("."), said
        return "sentence"
    finally:
        path.unlink()
    for parsed in found:
        assert validated(parsed.table, parsed.frame).height == parsed.frame.height
        assert all(n > 0 for n in parsed.rejected.values()), parsed.rejected
    if is_whole and layout.name == case.layout:
        told = case.units(counted)
        assert told == accounted(found[0]), (number, told, found[0])
    return "rows" if any(parsed.frame.height for parsed in found) else "refused"


def _broken(frame: pl.DataFrame, rng: random.Random) -> pl.DataFrame:
    """Change cells, rows and columns."""
    rows = frame.to_dicts()
    for _ in range(rng.choice([0, 1, 1, 2, 4])):
        kind = rng.randrange(10)
        if kind == 0 and len(rows) > 1:
            del rows[rng.randrange(len(rows))]
        elif kind == 1:
            rows.append(dict(rng.choice(rows)))
        elif kind == 2:
            rng.shuffle(rows)
        elif kind == 3:
            rows += [dict(row) for row in rows] * rng.choice([1, 5])
        else:
            rng.choice(rows)[rng.choice(frame.columns)] = rng.choice(_JUNK)
    broken = pl.DataFrame(rows, schema=dict.fromkeys(frame.columns, pl.String))
    column = rng.choice(frame.columns)
    kind = rng.randrange(20)
    if kind == 0:
        return broken.drop(column)
    if kind == 1:
        return broken.rename({column: f"{column}_"})
    if kind == 2:
        return broken.select(rng.sample(broken.columns, len(broken.columns)))
    return broken


def _written(tables: Tables, path: Path, rng: random.Random) -> tuple[Path, Mapping[str, Any]]:
    """Write tables in one of the containers; return the tables as they stand in the file."""
    if len(tables) > 1:
        with closing(sqlite3.connect(path)) as database:
            for name, frame in tables.items():
                columns = ", ".join(f'"{c}"' for c in frame.columns)
                marks = ", ".join("?" * frame.width)
                database.execute(f'create table "{name}" ({columns})')
                database.executemany(f'insert into "{name}" values ({marks})', frame.rows())
            database.commit()
        return path, tables
    ((name, frame),) = tables.items()
    kind = rng.random()
    if kind < 0.35:
        typed = frame.with_columns(_typed(frame, column, rng) for column in frame.columns)
        typed.write_parquet(path)
        return path, {name: typed}
    body = frame.write_csv(quote_style="non_numeric" if kind < 0.5 else "necessary").encode()
    path.write_bytes(gzip.compress(body) if kind < 0.6 else body)
    return path, tables


def _spoilt(body: bytes, rng: random.Random) -> bytes:
    """Change bytes; Parquet is cut off only, for its reader ends the process at some damages."""
    if body.startswith(b"PAR1"):
        return body[: rng.randrange(len(body))]
    return noisy(body, rng)


def _typed(frame: pl.DataFrame, column: str, rng: random.Random) -> pl.Expr:
    kind = rng.choice(_TYPES)
    if rng.random() < 0.6:
        return pl.col(column)
    if kind.is_temporal():
        return pl.lit(_EVENING).cast(kind).alias(column)
    if kind == pl.Boolean():
        return (pl.col(column) == "True").alias(column)
    return pl.col(column).cast(kind, strict=False)
