"""Fingerprints: what code and what inputs a derived row was built from.

The code fingerprint covers a module and every tipoff module that it imports, directly or not,
as syntax trees without comments and docstrings. The input fingerprint of a game date covers the
raw rows of its look-back window that were known at the date's last decision instant.
"""

import ast
import hashlib
import importlib.util
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from tipoff.store.content import row_hash

LENGTH = 16


def digest(parts: Iterable[str]) -> str:
    """Return a short hash of some texts in order."""
    whole = "".join(f"{part}\x1f" for part in parts)
    return hashlib.sha256(whole.encode()).hexdigest()[:LENGTH]


def code_fingerprint(*modules: str) -> str:
    """Return the fingerprint of some modules and of all tipoff modules that they need."""
    todo, seen = list(modules), dict[str, str]()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        text, needs = _module(name)
        seen[name] = text
        todo.extend(needs)
    return digest(f"{name}={seen[name]}" for name in sorted(seen))


@cache
def _module(name: str) -> tuple[str, tuple[str, ...]]:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"Expected the module {name} to have a source file.")
    return module_text(Path(spec.origin).read_text(encoding="utf-8"), spec.parent or name)


def module_text(source: str, package: str = "tipoff") -> tuple[str, tuple[str, ...]]:
    """Return a module's code as hashed text, and the tipoff modules that it imports.

    Args:
        source: its source.
        package: that it lies in, of which relative imports speak.
    """
    tree = ast.parse(source)
    needs = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            needs |= imported(node, _is_installed, package)
        _drop_docstring(node)
    text = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
    return text, tuple(sorted(needs))


def imported(
    node: ast.Import | ast.ImportFrom, exists: Callable[[str], bool], package: str
) -> set[str]:
    """Return the tipoff modules that a statement imports.

    Args:
        node: the statement; ``from package import name`` may name a module or something in one.
        exists: whether there is a module of that name.
        package: that the statement stands in.
    """
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names if _is_ours(alias.name)}
    stated = "." * node.level + (node.module or "")
    module = importlib.util.resolve_name(stated, package) if node.level else stated
    if not _is_ours(module):
        return set()
    inner = (f"{module}.{alias.name}" for alias in node.names)
    return {module, *filter(exists, inner)}


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "tipoff"


@cache
def _is_installed(name: str) -> bool:
    """Whether a module can be found; what lies in a module that is no package is none."""
    parent = importlib.util.find_spec(name.rpartition(".")[0])
    is_package = parent is not None and parent.submodule_search_locations is not None
    return is_package and importlib.util.find_spec(name) is not None


def _drop_docstring(node: ast.AST) -> None:
    if not isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)):
        return
    first = node.body[0] if node.body else None
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if is_text and isinstance(first.value.value, str):  # type: ignore[union-attr]
        node.body = node.body[1:] or [ast.Pass()]


def summed(table: pl.LazyFrame) -> pl.LazyFrame:
    """Sum the row hashes of an input by game date and by the instant at which they became known.

    Args:
        table: ``game_date, observed_at, row_hash`` and, where rows are named, ``player_id``.

    Returns:
        ``game_date, observed_at, rows, hash``.
    """
    columns = table.collect_schema().names()
    identity = ["player_id"] if "player_id" in columns else []
    # Who a row's player was found to be counts with its row: two that change places are a change.
    hashed = row_hash(["row_hash", *identity]) if identity else pl.col("row_hash")
    return (
        table.select("game_date", "observed_at", "row_hash", *identity)
        .with_columns(hashed.alias("hash"))
        .group_by("game_date", "observed_at")
        .agg(rows=pl.len().cast(pl.Int64), hash=pl.col("hash").sum())
    )


def known_by(moments: pl.DataFrame, sums: pl.DataFrame, days: int) -> pl.DataFrame:
    """Return one number per game date that changes when one of its input rows does.

    Args:
        moments: ``game_date`` and ``as_of`` (the date's last decision instant), of every date of
            interest.
        sums: the input's rows, as ``summed`` gives them.
        days: rows of so many days up to the date are its inputs.

    Returns:
        ``game_date, rows, hash``: how many of these rows were known at ``as_of``, and the
        wrapping sum of their hashes.
    """
    ordered = moments.sort("as_of").with_columns(_place=pl.int_range(pl.len(), dtype=pl.Int64))
    known = (
        ordered.join(_buckets(ordered, sums), how="cross", suffix="_row")
        .filter(
            pl.col("_place_row") <= pl.col("_place"),
            pl.col("game_date_row") <= pl.col("game_date"),
            (pl.col("game_date") - pl.col("game_date_row")).dt.total_days() <= days,
        )
        .group_by("game_date")
        .agg(pl.col("rows").sum(), pl.col("hash").sum())
    )
    return (
        ordered.select("game_date")
        .join(known, on="game_date", how="left")
        .with_columns(pl.col("rows").fill_null(0), pl.col("hash").fill_null(0))
        .sort("game_date")
    )


def _buckets(moments: pl.DataFrame, sums: pl.DataFrame) -> pl.DataFrame:
    """Sum up further, by game date and by the first date at whose instant the rows were known."""
    placed = sums.sort("observed_at").join_asof(
        moments.select("as_of", "_place"),
        left_on="observed_at",
        right_on="as_of",
        strategy="forward",
    )
    return (
        placed.drop_nulls("_place")
        .group_by("game_date", "_place")
        .agg(pl.col("rows").sum(), pl.col("hash").sum())
    )


def per_date(days: Sequence[date], sums: Sequence[pl.Series], *extra: str) -> dict[date, str]:
    """Combine the numbers of several inputs into one fingerprint per game date.

    Args:
        days: the game dates.
        sums: of each input its number on each of them, as ``as_text`` gives it.
        extra: what the fingerprints depend on besides.
    """
    lists = [part.to_list() for part in sums]
    return {day: digest([*extra, *parts]) for day, *parts in zip(days, *lists, strict=True)}


def as_text(sums: pl.DataFrame) -> pl.Series:
    """Return what ``known_by`` gave as texts, in its order."""
    return sums.select(pl.format("{}:{}", "rows", "hash")).to_series()
