"""What a document needs of the lake: pooled rows, what the last one said, and its own log."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from tipoff.backtest.evaluation import SEGMENTS
from tipoff.backtest.numbers import numbers
from tipoff.backtest.sections import Pooled
from tipoff.domain.market import market_named
from tipoff.errors import InputError
from tipoff.store.fingerprint import digest
from tipoff.store.lake import Lake, log, scan
from tipoff.tables.experiments import DOCUMENTS, POOLS
from tipoff.workflows.graded import kept

Run = Mapping[str, Any]
# Between the name of a pool and the fault that its runs were made with.
PLANTED = ", planted: "
# What a re-run may give otherwise, and what says nothing about a run's result.
VOLATILE = (
    "seconds",
    "experiments_so_far",
    "lake_version",
    "resumed",
    "artifact",
    "preregistered",
    "certificate",
)


def pooled(lake: Lake, runs: Sequence[Run], frames: Sequence[pl.DataFrame]) -> list[Pooled]:
    """Look at the rows of all runs of one market and loss together.

    Pools are written down, so that ``tipoff why`` finds the rows of their numbers.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for place, run in enumerate(runs):
        groups.setdefault((run["market"], run["spec"]["loss"]), []).append(place)
    found = []
    for (market, loss), places in groups.items():
        members = [str(runs[place]["rows_hash"]) for place in places]
        plant = runs[places[0]]["plant"]
        pool_id = "pool-" + digest([market, *([plant] if plant else []), *members])
        rows = together([frames[place] for place in places])
        own = numbers(rows, market_named(market), by=SEGMENTS)
        found.append(Pooled(pool_id, market, loss, own))
        _write_pool(
            lake, pool_id, f"{market}, {loss}{PLANTED + plant if plant else ''}", market, members
        )
    return found


def together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put graded rows of several runs under each other, in order."""
    rows = pl.concat(frames, how="vertical_relaxed")
    return rows.sort("game_date", "game_id", "player_id", "source", "book", "line").rechunk()


def _write_pool(lake: Lake, pool_id: str, name: str, market: str, members: list[str]) -> None:
    if not _pools(lake, pool_id).is_empty():
        return
    row = (pool_id, datetime.now(UTC), name, market, json.dumps(members))
    log(lake, POOLS, pl.DataFrame([row], schema=POOLS.columns, orient="row"))


def _pools(lake: Lake, pool_id: str) -> pl.DataFrame:
    return scan(lake, POOLS).filter(pl.col("pool_id") == pool_id).collect()


def pool_rows(lake: Lake, pool_id: str) -> tuple[str, str, pl.DataFrame]:
    """Return a pool's name, market and rows.

    Raises:
        InputError: there is no such pool, or its rows are not what they were.
    """
    found = _pools(lake, pool_id).sort("at").to_dicts()
    if not found:
        raise InputError(f"Expected a pool of runs in the lake by {pool_id!r}, found none.")
    members = [kept(lake, rows_hash) for rows_hash in json.loads(found[0]["members"])]
    return found[0]["name"], found[0]["market"], together(members)


def steady(run: Run) -> dict[str, Any]:
    """Return a run's report without what another run of the same would give otherwise."""
    return {name: value for name, value in run.items() if name not in VOLATILE}


def changed(lake: Lake, name: str, runs: Sequence[Run]) -> list[str]:
    """Say what moved since the last document of that name with other numbers, and log this one.

    The same document written again says the same: it is compared with the last *other* one.

    Returns:
        One sentence each; empty where there is no other document.
    """
    now = {_key(run): _main(run) for run in runs}
    content = digest([json.dumps(now, sort_keys=True, default=str)])
    logged = scan(lake, DOCUMENTS).filter(pl.col("name") == name).sort("at").collect()
    others = logged.filter(pl.col("content") != content)
    mine = logged.filter(pl.col("content") == content)
    if mine.is_empty():
        row = (name, content, datetime.now(UTC), json.dumps(now, default=str))
        log(lake, DOCUMENTS, pl.DataFrame([row], schema=DOCUMENTS.columns, orient="row"))
    else:
        # As it was first written: against what came before that.
        others = others.filter(pl.col("at") < mine["at"].min())
    if others.is_empty():
        return []
    return _moved(json.loads(others["numbers"][-1]), now)


def _key(run: Run) -> str:
    return f"{run['market']}: {run.get('title', run['name'])}, {run['spec']['loss']}"


def _main(run: Run) -> dict[str, Any]:
    usual = f"{market_named(run['market']).edges[1]:g}"
    names = (f"all/hit_rate@{usual}", "all/mae", "all/line_mae", "all/log_loss_difference")
    values = {name: run["numbers"].get(name, {}).get("value") for name in names}
    n = run["numbers"].get(f"all/hit_rate@{usual}", {}).get("n", 0)
    return {**values, "picks": n, "fingerprint": run["fingerprint"], "verdict": run["verdict"]}


def _moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    said = []
    for key in sorted({*before, *now}):
        if key not in before:
            said.append(f"{key}: new.")
        elif key not in now:
            said.append(f"{key}: no longer run.")
        elif before[key] != now[key]:
            said.append(f"{key}: {_differences(before[key], now[key])}.")
    return said


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    parts = [
        f"{name.removeprefix('all/').replace('_', ' ')} {_text(before.get(name))} to {_text(value)}"
        for name, value in now.items()
        if name != "fingerprint" and before.get(name) != value
    ]
    data = "other rows or code" if before["fingerprint"] != now["fingerprint"] else "the same rows"
    return f"{', '.join(parts) or 'the same numbers'} ({data})"


def _text(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
