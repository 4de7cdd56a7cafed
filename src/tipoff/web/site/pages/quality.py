"""How many feature rows are ready for training, and how good they are."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tipoff.domain.market import FEATURE_MARKETS
from tipoff.processors.catalogue import feature_store
from tipoff.tables.raw import GAMES, PLAYER_BOXES
from tipoff.web.site import options
from tipoff.web.site.blocks import Block, Column, Grid
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.workflows.quality import quality

_COLUMNS = {
    "season": Column("season"),
    "total": Column("rows", "integer", "Feature rows: one per player-game that could be listed."),
    "pct": Column("ready", "percent", "Rows in which no required feature is missing, per cent."),
    "played_pct": Column("ready, of those who played", "percent", "The same of who then played."),
    "avg_quality": Column("quality", "number", "Mean score of the rows, 0 to 100."),
    "warm_up_pct": Column("in warm-up", "percent", "Rows before their features have settled."),
}
_MISSING = {
    "season": Column("season"),
    "feature": Column("feature", link=lambda row: f"/features?feature={row['feature']}"),
    "need": Column("need"),
    "rows": Column("rows without", "integer", "Feature rows in which the value is null."),
    "why": Column("mostly because", doc="The most frequent reason of those rows."),
}


def _view(asked: Asked) -> Sequence[Block]:
    of, market = asked.get("feature_set", "v12"), asked.get("market", "points")
    report = quality(asked.lake, by="season", feature_set_name=of, market=market)
    command = f"tipoff quality --by season --feature-set {of} --market {market}"
    seasons, missing = list[dict[str, Any]](), list[dict[str, Any]]()
    for row in report["rows"]:
        seasons.append({**row, "played_pct": row["played"]["pct"]})
        missing += [{"season": row["season"], **one} for one in row["missing"]]
    return [
        Grid(
            "seasons",
            "By season",
            pl.DataFrame(seasons).select(list(_COLUMNS)),
            f"Rows of {market} as set {of} needs them.",
            command,
            columns=_COLUMNS,
        ),
        Grid(
            "missing",
            "What is missing most",
            pl.DataFrame(missing),
            "Up to five features a season. A missing value stays null, with its reason.",
            command,
            columns=_MISSING,
        ),
    ]


PAGE = Page(
    "quality",
    "Quality",
    "How many feature rows are ready for training, and how good they are.",
    _view,
    tables=(GAMES, PLAYER_BOXES, *[feature_store(m).table for m in FEATURE_MARKETS]),
    choices=(
        Choice("feature_set", "Feature set", options.feature_sets),
        Choice("market", "Market", options.feature_markets),
    ),
)
