"""What changed between two versions of the lake: rows, features, and published numbers.

Only files that the versions do not share are read, so a difference costs what changed and not
what is stored.
"""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from tipoff.domain.market import FEATURE_MARKETS, Market, market_named
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, scan, unshared
from tipoff.tables.raw import PROP_QUOTES
from tipoff.tables.table import Kind, Table
from tipoff.workflows.lake import TABLES
from tipoff.workflows.regrade import regraded
from tipoff.workflows.versions import at_version

Step = Callable[[str, int, int], None]

EXAMPLES = 5
# What a row says of how it was made or seen; new words for old figures are no change.
_ABOUT = ("code_fingerprint", "input_fingerprint", "row_hash")
_SEEN = ("observed_at", "observed_basis")
_AFTER = "_after"


def diff(
    lake: Lake,
    before: str,
    after: str,
    *,
    market: str | None = None,
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Compare two versions of the lake.

    Args:
        lake: the lake.
        before: the older version, as ``at_version`` names it.
        after: the newer one.
        market: look at the lines, features and runs of this market only.
        step: called with what is being done and how far it is.

    Returns:
        ``from``, ``to``; ``tables``: for each that differs the rows ``added``, ``removed`` and
        ``changed`` by key, how many of the added ones ``corrected`` a fact that was stored, the
        game ``dates``, the ``columns`` that differ with their count of rows and largest change,
        and ``examples``; ``numbers``: every finished run whose windows touch a changed date, as
        published and graded on both versions.

    Raises:
        InputError: there is no such version or market.
        StoreError: a version can not be read any more.
    """
    of = market_named(market) if market else None
    first, old = at_version(lake, before)
    last, new = at_version(lake, after)
    wanted = [
        t for t in TABLES.values() if _is_wanted(t, of) and _version(old, t) != _version(new, t)
    ]
    tables = {}
    for number, table in enumerate(wanted):
        step(f"comparing {table.name}", number, len(wanted))
        found = _compared(table, old, new, of)
        if found["added"] or found["removed"] or found["changed"]:
            tables[table.name] = found
    dates = {name: found["dates"] for name, found in tables.items()}
    return {
        "from": first,
        "to": last,
        "tables": tables,
        "numbers": regraded(lake, old, new, dates, of, step),
    }


def _is_wanted(table: Table, market: Market | None) -> bool:
    if table.kind is Kind.LOG:
        return False
    if market is None:
        return True
    others = {feature_store(m).name for m in FEATURE_MARKETS} - {feature_store(market).name}
    return table.name not in others


def _version(lake: Lake, table: Table) -> int | None:
    return (lake.versions or {}).get(table.name)


def _compared(table: Table, old: Lake, new: Lake, market: Market | None) -> dict[str, Any]:
    of_market = pl.lit(value=True)
    if market is not None and table is PROP_QUOTES:
        of_market = pl.col("market") == market.name
    before, after = (rows.filter(of_market).collect() for rows in unshared(old, new, table))
    key = list(table.key)
    added = after.join(before, on=key, how="anti")
    removed = before.join(after, on=key, how="anti")
    changed = _paired(before, after, key, (*key, *_ABOUT))
    facts, told = changed, key
    if table.kind is Kind.RAW:
        told = list(table.entity)
        facts = _facts(
            table, old, new, pl.concat([f.select(told) for f in (added, removed, changed)])
        )
    corrected = facts.join(added, on=told, how="semi") if told != key else facts.clear()
    dates = pl.concat([f.select("game_date") for f in (added, removed, changed)])["game_date"]
    return {
        "added": added.height,
        "removed": removed.height,
        "changed": changed.height,
        "corrected": corrected.height,
        "dates": sorted(dates.unique().to_list()),
        "columns": _columns(facts),
        "examples": [
            *_examples("changed", facts, told),
            *_examples("added", added.join(facts, on=told, how="anti"), told),
            *_examples("removed", removed, told),
        ],
    }


def _paired(
    before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str], left_out: Sequence[str]
) -> pl.DataFrame:
    """Rows of both whose values differ, with the new values beside the old ones."""
    columns = [c for c in before.columns if c not in left_out]
    both = before.join(after.select(*key, *columns), on=list(key), suffix=_AFTER)
    return both.filter(pl.any_horizontal(_differs(c) for c in columns))


def _differs(column: str) -> pl.Expr:
    return pl.col(column).ne_missing(pl.col(f"{column}{_AFTER}"))


def _facts(table: Table, old: Lake, new: Lake, touched: pl.DataFrame) -> pl.DataFrame:
    """Facts whose newest version says something else: a correction is a row of its own."""
    entity = list(table.entity)
    names = touched.unique().lazy()
    before, after = (
        scan(lake, table)
        .join(names, on=entity, how="semi")
        .sort("observed_at")
        .unique(entity, keep="last", maintain_order=True)
        .collect()
        for lake in (old, new)
    )
    return _paired(before, after, entity, (*entity, *_ABOUT, *_SEEN))


def _columns(changed: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Columns that changed: on how many rows and, for numbers, by how much at most."""
    found = {}
    for name in _compared_columns(changed):
        rows = changed.filter(_differs(name))
        if rows.is_empty():
            continue
        largest = None
        if rows.schema[name].is_numeric():
            largest = rows.select((pl.col(f"{name}{_AFTER}") - pl.col(name)).abs().max()).item()
        found[name] = {"rows": rows.height, "largest_change": largest}
    return found


def _compared_columns(changed: pl.DataFrame) -> list[str]:
    return [c for c in changed.columns if f"{c}{_AFTER}" in changed.columns]


def _examples(what: str, rows: pl.DataFrame, key: Sequence[str]) -> list[dict[str, Any]]:
    """A few rows, those that changed most first: the key, whose it is, and what changed."""
    told = [*key, *[c for c in ("game_date", "player_name") if c in rows.columns and c not in key]]
    columns = _compared_columns(rows)
    examples = []
    order = [pl.col(c) for c in key]
    if columns:
        order.insert(0, -pl.sum_horizontal(_differs(c).cast(pl.Int32) for c in columns))
    for row in rows.sort(order).head(EXAMPLES).to_dicts():
        moved = {c: [row[c], row[f"{c}{_AFTER}"]] for c in columns if row[c] != row[f"{c}{_AFTER}"]}
        examples.append({"what": what, **{c: row[c] for c in told}, "changes": moved})
    return examples
