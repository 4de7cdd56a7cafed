"""What changed between two versions of the lake: rows, features, and published numbers."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.evaluation import with_lines
from tipoff.backtest.lines import line_choice, takeable_lines
from tipoff.backtest.metrics import hit_rate, line_errors
from tipoff.domain.market import market_named
from tipoff.errors import TipoffError
from tipoff.models.artifact import load
from tipoff.models.catboost_learner import predict
from tipoff.models.spec import ModelSpec, Windows
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, read, scan
from tipoff.tables.experiments import EXPERIMENTS, FINISHED
from tipoff.tables.table import Kind, Table
from tipoff.workflows.dataset import dataset
from tipoff.workflows.lake import TABLES
from tipoff.workflows.train import seasons_of
from tipoff.workflows.versions import at_version

EXAMPLES = 5
# What a derived row says of how it was made; new values with old figures are no change.
_LEDGER = ("code_fingerprint", "input_fingerprint")


def diff(lake: Lake, before: str, after: str) -> dict[str, Any]:
    """Compare two versions of the lake.

    Args:
        lake: the lake.
        before: the older version, as ``at_version`` names it.
        after: the newer one.

    Returns:
        ``from``, ``to``; ``tables``: for each that differs the rows ``added``, ``removed`` and
        ``changed`` by key, the game ``dates``, the changed ``columns`` with their count of rows
        and largest change, and ``examples``; ``numbers``: every finished run whose evaluation
        touches a changed date, graded on both versions.

    Raises:
        InputError: there is no such version.
    """
    first, old = at_version(lake, before)
    last, new = at_version(lake, after)
    tables = {}
    for table in TABLES.values():
        if table.kind is Kind.LOG or _version(old, table) == _version(new, table):
            continue
        found = _compared(table, old, new)
        if found["added"] or found["removed"] or found["changed"]:
            tables[table.name] = found
    return {
        "from": first,
        "to": last,
        "tables": tables,
        "numbers": _numbers(lake, old, new, tables),
    }


def _version(lake: Lake, table: Table) -> int | None:
    return (lake.versions or {}).get(table.name)


def _compared(table: Table, old: Lake, new: Lake) -> dict[str, Any]:
    before, after = read(old, table), read(new, table)
    key = list(table.key)
    added = after.join(before, on=key, how="anti")
    removed = before.join(after, on=key, how="anti")
    columns = [c for c in table.columns if c not in (*key, *_LEDGER, "row_hash")]
    both = before.join(after.select(*key, *columns), on=key, suffix="_after")
    differs = {c: pl.col(c).ne_missing(pl.col(f"{c}_after")) for c in columns}
    changed = both.filter(pl.any_horizontal(differs.values())) if columns else both.clear()
    dates = pl.concat([f.select("game_date") for f in (added, removed, changed)])["game_date"]
    return {
        "added": added.height,
        "removed": removed.height,
        "changed": changed.height,
        "dates": sorted(dates.unique().to_list()),
        "columns": _columns(changed, columns),
        "examples": _examples(changed, key, columns),
    }


def _columns(changed: pl.DataFrame, columns: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Columns that changed: on how many rows and, for numbers, by how much at most."""
    found = {}
    for name in columns:
        rows = changed.filter(pl.col(name).ne_missing(pl.col(f"{name}_after")))
        if rows.is_empty():
            continue
        largest = None
        if rows.schema[name].is_numeric():
            largest = rows.select((pl.col(f"{name}_after") - pl.col(name)).abs().max()).item()
        found[name] = {"rows": rows.height, "largest_change": largest}
    return found


def _examples(
    changed: pl.DataFrame, key: Sequence[str], columns: Sequence[str]
) -> list[dict[str, Any]]:
    examples = []
    for row in changed.sort(key).head(EXAMPLES).to_dicts():
        moved = {c: [row[c], row[f"{c}_after"]] for c in columns if row[c] != row[f"{c}_after"]}
        examples.append({**{c: row[c] for c in key}, "changes": moved})
    return examples


def _numbers(
    lake: Lake, old: Lake, new: Lake, tables: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Grade the finished runs that a change touches on both versions."""
    runs = (
        scan(lake, EXPERIMENTS)
        .filter(pl.col("event") == FINISHED, pl.col("plant") == "")
        .sort("at")
        .unique("run_id", keep="last", maintain_order=True)
        .collect()
    )
    moved = []
    for run in runs.to_dicts():
        asked, report = json.loads(run["spec"]), json.loads(run["report"])
        spec, windows = ModelSpec(**asked["spec"]), Windows(**asked["windows"])
        if not _touches(spec, windows, tables):
            continue
        entry = {"run_id": run["run_id"], "name": run["name"]}
        try:
            path = Path(report["artifact"]["path"])
            graded = [_graded(v, path, spec, windows, asked["line_source"]) for v in (old, new)]
        except TipoffError as error:
            moved.append({**entry, "error": str(error)})
            continue
        moved.append(
            {**entry, "before": graded[0], "after": graded[1], "moved": graded[0] != graded[1]}
        )
    return moved


def _touches(spec: ModelSpec, windows: Windows, tables: Mapping[str, Mapping[str, Any]]) -> bool:
    names = (feature_store(market_named(spec.market)).name, "player_boxes", "prop_quotes")
    dates: list[date] = [day for name in names for day in tables.get(name, {}).get("dates", [])]
    return any(windows.eval_start <= day <= windows.eval_end for day in dates)


def _graded(
    lake: Lake, path: Path, spec: ModelSpec, windows: Windows, line_source: str
) -> dict[str, Any]:
    fitted, _ = load(path)
    data = dataset(
        lake,
        seasons_of(windows),
        market=spec.market,
        feature_set_name=spec.feature_set,
        with_market=not spec.no_vegas,
    )
    rows = data.rows.filter(pl.col("game_date").is_between(windows.eval_start, windows.eval_end))
    lines = takeable_lines(data.quotes, line_choice(line_source))
    graded = with_lines(rows.with_columns(predict(fitted, rows)), lines)
    edge = market_named(spec.market).edges[1]
    errors, hits = line_errors(graded), hit_rate(graded, edge)
    return {
        "n": errors["n"],
        "mae": errors["mae"],
        "line_mae": errors["line_mae"],
        "hit_rate": {"edge": edge, "rate": hits["rate"], "n": hits["n"]},
    }
