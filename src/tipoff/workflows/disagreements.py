"""Where two sources tell one box score differently: both are kept, and it is listed."""

from itertools import combinations
from typing import Any

import polars as pl

from tipoff.store.facts import COUNTS
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import PLAYER_BOXES

_KEY = ["game_id", "player_id"]
# Some sources give whole minutes, so only a full minute of difference is one.
_SECONDS = 60
_LISTED = 200


def disagreements(lake: Lake) -> dict[str, Any]:
    """Compare the newest rows of all pairs of sources that tell the same player-game.

    Returns:
        ``compared`` player-games, ``counts`` of differing values by column, and ``rows``, the first
        200 with ``game_id, player_id, player_name, column, values{source: value}``.
    """
    boxes = (
        scan(lake, PLAYER_BOXES)
        .filter(pl.col("player_id").is_not_null())
        .select(*_KEY, "player_name", "source", "observed_at", "is_deleted", *_compared())
        .collect()
        .sort("observed_at")
        .unique([*_KEY, "source"], keep="last", maintain_order=True)
        .filter(~pl.col("is_deleted"))
    )
    by_source = boxes.partition_by("source", as_dict=True)
    found: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    compared = 0
    for (one, first), (other, second) in combinations(
        sorted((str(key[0]), rows) for key, rows in by_source.items()), 2
    ):
        both = first.join(second, on=_KEY, suffix="_other")
        compared += both.height
        for column in _compared():
            differing = both.filter(_differs(column)).sort(_KEY)
            if differing.is_empty():
                continue
            counts[column] = counts.get(column, 0) + differing.height
            values = differing.select(*_KEY, "player_name", a=column, b=f"{column}_other")
            found += [
                {
                    "game_id": row["game_id"],
                    "player_id": row["player_id"],
                    "player_name": row["player_name"],
                    "column": column,
                    "values": {one: row["a"], other: row["b"]},
                }
                for row in values.head(_LISTED).to_dicts()
            ]
    return {"compared": compared, "counts": counts, "rows": found[:_LISTED]}


def _compared() -> list[str]:
    return [*COUNTS, "plus_minus", "seconds_played"]


def _differs(column: str) -> pl.Expr:
    distance = (pl.col(column) - pl.col(f"{column}_other")).abs()
    return distance >= (_SECONDS if column == "seconds_played" else 1)
