"""Tell anew who the named players of stored rows are, by the alias file as it is now.

Rows of sources that state no ids are looked up from nothing, so that an alias that was taken
away, or changed, is undone. Rows of other sources keep the ids that they have, but for those that
are made of a name.
"""

from collections.abc import Collection, Sequence
from typing import Any

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.alias_file import Alias
from tipoff.sources.identity import has_no_player, named_only, resolved
from tipoff.sources.named_sources import stating_sources
from tipoff.store.lake import Lake, annotate, scan
from tipoff.tables.raw import NAMED_TABLES, PLAYER_BOXES
from tipoff.tables.table import Table
from tipoff.workflows.alias_check import check
from tipoff.workflows.alias_rows import (
    names_only,
    stated_players,
)
from tipoff.workflows.versions import mark


def apply(lake: Lake, own: Sequence[Alias], named: Collection[str] = ()) -> dict[str, Any]:
    """Look up the players of stored rows again.

    Args:
        lake: whose annotations ``player_id`` change; what was observed stays as it is.
        own: the lines of the alias file; they are checked first.
        named: further sources that state no ids, such as mapped ones.

    Returns:
        ``aliases``, ``unused`` (as ``check``), ``changed`` (``table, season, rows``), ``rows``
        (changed in all), ``kept`` (``table, source, rows`` of sources that may have stated ids).

    Raises:
        InputError: the file has faults, or a named source does state ids.
    """
    _refuse_stating(named)
    checked = check(lake, own, named)
    mark(lake, "before identity apply")
    first = stated_players(lake, named)
    players = _with_named_boxes(lake, named, first, own)
    changed = []
    for table in NAMED_TABLES:
        steps = (first, players) if table is PLAYER_BOXES else (players,)
        changed += _again(lake, table, steps, own, named)
    mark(lake, "identity apply")
    return {
        **checked,
        "changed": changed,
        "rows": sum(part["rows"] for part in changed),
        "kept": _kept(lake, named),
    }


def _refuse_stating(named: Collection[str]) -> None:
    for source in sorted(named):
        if any(source in stating_sources(table.name) for table in NAMED_TABLES):
            raise InputError(
                f"Expected sources that state no ids, but rows of {source} state theirs."
            )


def _with_named_boxes(
    lake: Lake, named: Collection[str], players: pl.DataFrame, own: Sequence[Alias]
) -> pl.DataFrame:
    """Add the names under which other box scores list these players, as a load does."""
    rows = (
        scan(lake, PLAYER_BOXES)
        .filter(pl.col("source").is_in(names_only(PLAYER_BOXES, named)))
        .select("name_key", "season", "game_id", "team", "source", player_id=pl.lit(None))
        .unique()
        .collect()
        .cast({"player_id": pl.String})
    )
    found = resolved(rows, players, own).filter(pl.col("player_id").is_not_null())
    return pl.concat([players, found.select(players.columns)]).unique()


def _again(
    lake: Lake,
    table: Table,
    steps: Sequence[pl.DataFrame],
    own: Sequence[Alias],
    named: Collection[str],
) -> list[dict[str, Any]]:
    """Look up a table's rows in one group of players after the other; say what changed."""
    sources = names_only(table, named)
    place = ["team"] if "team" in table.columns else []
    columns = ["name_key", "season", "game_id", "source", "player_id", *place]
    is_named = pl.col("source").is_in(sources)

    def told(rows: pl.DataFrame) -> pl.DataFrame:
        again = rows.with_columns(player_id=pl.when(~is_named & ~has_no_player()).then("player_id"))
        for players in steps:
            again = resolved(again, players, own)
        return named_only(again, own) if table is PLAYER_BOXES else again

    asked = scan(lake, table).filter(is_named | has_no_player())
    rows = asked.select(columns).unique().collect()
    differ = told(rows)["player_id"].ne_missing(rows["player_id"])
    seasons = sorted(rows.filter(differ)["season"].unique())
    counts = [(season, annotate(lake, table, season, told)) for season in seasons]
    return [{"table": table.name, "season": s, "rows": n} for s, n in counts if n]


def _kept(lake: Lake, named: Collection[str]) -> list[dict[str, Any]]:
    """Count rows with ids of sources of which nobody knows whether they state them."""
    found = []
    for table in NAMED_TABLES:
        known = {*names_only(table, named), *stating_sources(table.name)}
        rows = scan(lake, table).filter(~has_no_player(), ~pl.col("source").is_in(sorted(known)))
        counted = rows.group_by("source").agg(rows=pl.len()).sort("source").collect()
        found += [{"table": table.name, **row} for row in counted.to_dicts()]
    return found
