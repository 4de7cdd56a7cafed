"""Whom and what stored rows name, beside what is known by now.

Rows may come before anybody can know whom they name, such as lines before the first box score.
They are stored, and judged with each later command that brings rows of their season.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tipoff.sources.named_sources import named_sources
from tipoff.sources.reconcile import ITEMS, Known, has_told_id, rows_items
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import (
    AVAILABILITY,
    GAME_LINES,
    GAMES,
    MADE_SHOTS,
    PLAYER_BOXES,
    PLAYER_PERIODS,
    PROP_QUOTES,
    SHOTS,
    TEAM_BOXES,
)
from tipoff.tables.table import Table
from tipoff.workflows.identity_known import Seen, seen_in
from tipoff.workflows.identity_limits import STOPPED, verdicts
from tipoff.workflows.identity_list import listed, sentence

_TABLES = (
    GAMES,
    TEAM_BOXES,
    GAME_LINES,
    PLAYER_BOXES,
    SHOTS,
    MADE_SHOTS,
    PLAYER_PERIODS,
    AVAILABILITY,
    PROP_QUOTES,
)
_COLUMNS = (
    "source",
    "season",
    "game_id",
    "game_date",
    "team",
    "name_key",
    "player_name",
    "player_id",
    "is_stale",
    "is_deleted",
)


def stored_items(
    lake: Lake, seen: Seen, seasons: Sequence[str], source: str | None = None
) -> pl.DataFrame:
    """Return the items of the stored rows of seasons, in the columns ``reconcile.ITEMS``.

    What a source says is laid beside what the others know.

    Args:
        seen: what the whole lake knows.
        source: rows of this one only.
    """
    frames = [pl.DataFrame(schema=ITEMS)]
    everything = seen.known()
    bearing = {*seen.players["source"].unique(), *seen.games["source"].unique()}
    known: dict[str, Known] = {}
    for table in _TABLES if seasons else ():
        rows = _named(lake, table, seasons, source)
        for (name,), mine in rows.group_by("source"):
            if name in bearing and name not in known:
                known[str(name)] = seen.known(without=str(name))
            frames.append(rows_items(table.name, mine, known.get(str(name), everything)))
    return pl.concat(frames)


def _named(lake: Lake, table: Table, seasons: Sequence[str], source: str | None) -> pl.DataFrame:
    """Return what rows name, once each; a source of which some row lacks an id states none.

    Who a source that names players only speaks of was found, whatever id he has now.
    """
    columns = [c for c in _COLUMNS if c in table.columns]
    wanted = scan(lake, table).filter(pl.col("season").is_in(list(seasons)))
    if source is not None:
        wanted = wanted.filter(pl.col("source") == source)
    rows = wanted.select(columns).unique().collect()
    if "player_id" not in columns:
        return rows
    told = rows.with_columns(_told=has_told_id(rows))
    by_name = pl.col("source").is_in(list(named_sources(table.name)))
    return told.with_columns(_has_id=pl.col("_told").all().over("source", "season") & ~by_name)


def rates(
    lake: Lake, limits: Mapping[str, float], seasons: Sequence[str] | None = None
) -> dict[str, Any]:
    """Judge all that is stored, as a load of it would be judged now.

    Args:
        limits: by kind (``identity_limits``).
        seasons: those only.

    Returns:
        ``limits``; ``checks`` (per source, table, season and kind: ``n``, ``bad``, ``rate``,
        ``limit``, ``unchecked``, ``verdict``); ``above`` (those above their limit, each with
        ``sentence`` and ``list``).
    """
    seen = seen_in(lake)
    if seasons is None:
        seasons = sorted({s for table in _TABLES for s in _seasons(lake, table)})
    items = stored_items(lake, seen, seasons)
    checks = verdicts(items, {}, dict(limits))
    known = seen.known()
    above = []
    for check in checks:
        if check["verdict"] == STOPPED:
            named = listed(items, check, known)
            above.append({**check, "sentence": sentence(check, named, remedy=False), "list": named})
    return {"limits": dict(limits), "checks": checks, "above": above}


def _seasons(lake: Lake, table: Table) -> list[str]:
    return scan(lake, table).select("season").unique().collect()["season"].to_list()
