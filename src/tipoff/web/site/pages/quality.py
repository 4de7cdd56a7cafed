"""How ready feature rows are, and how good: by season or month, by game date, by feature."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from tipoff.domain.market import FEATURE_MARKETS, market_named
from tipoff.processors.catalogue import feature_store
from tipoff.store.watched import Watched
from tipoff.tables.raw import GAMES, PLAYER_BOXES
from tipoff.web.site import charts, options
from tipoff.web.site.blocks import Block, Column, Grid, Plot
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.workflows.known_games import PROCESSORS
from tipoff.workflows.readiness import (
    PLAYER_GAME,
    By,
    Judged,
    judged_rows,
    missing_values,
    readiness,
    with_outcomes,
)

_ROWS = Column("rows", "integer", "Feature rows: one per player-game that could be listed.")
_READY = Column("ready", "share", "Rows in which no required value is missing or stale.")
_SCORE = Column("quality", "number", "Mean score of the rows, 0 to 100.")
_COUNTED = {
    "total": _ROWS,
    "ready_share": _READY,
    "quality_share": Column("and good", "share", "Rows that are ready with a score of 85 or more."),
    "quality_score": _SCORE,
}
_OUTCOMES = {
    "played_share": Column("ready, of those who played", "share", "The same of who then played."),
    "warm_up_share": Column("in warm-up", "share", "Rows before their features have settled."),
}
_GROUPS = {
    "season": Column("season", link=lambda row: f"/quality?season={row['season']}"),
    "month": Column("month"),
    "date": Column("game date", "day"),
}
_FEATURE = Column("feature", link=lambda row: f"/features?feature={row['feature']}")
_NEED = Column("need", doc="A row is ready with all that is required.")
_WITHOUT = Column("rows without", "integer", "Feature rows in which the value is null.")
_SHARE = Column("of the rows", "share", "Rows without the value, of all rows there.")
# Letters take longest to draw, and small shares say little.
# Each mark takes time: what hardly lacks anything is in the table only.
_DRAWN_FROM, _WRITTEN_FROM = 0.1, 0.2
_BUILD = "tipoff backfill --start-date D --end-date D"


@dataclass(frozen=True)
class _Shown:
    """What the blocks are about: judged rows, their groups, in words, and how to ask for them."""

    judged: Judged
    by: By
    season: str
    words: str
    options: str
    window: str


def _view(asked: Asked) -> Sequence[Block]:
    of = asked.get("feature_set", "v12")
    market = market_named(asked.get("market", "points")).name
    season = asked.values.get("season")
    also = () if season is None else PLAYER_GAME
    judged = judged_rows(asked.lake, of, market, season=season, also=also)
    newest: str = judged.rows.select(pl.col("season").max()).item()
    days = judged.rows.select("season", "game_date").filter(season=newest)["game_date"]
    shown = _Shown(
        judged if season is None else with_outcomes(asked.lake, judged),
        "season" if season is None else "month",
        newest,
        f"Rows of {market} as set {of} needs them",
        f"--feature-set {of} --market {market}",
        "--start-date {} --end-date {}".format(*days.sort().gather([0, -1])),
    )
    groups = _with_shares(readiness(shown.judged, shown.by))
    missing = missing_values(shown.judged, shown.by)
    return [_groups(shown, groups), _dates(shown), _features(shown, groups, missing),
            _reasons(shown, missing)]  # fmt: skip


def _with_shares(counted: pl.DataFrame) -> pl.DataFrame:
    shares = {
        "ready_share": pl.col("training_ready") / pl.col("total"),
        "quality_share": pl.col("quality_ready") / pl.col("total"),
    }
    if "played" in counted.columns:
        shares |= {
            "played_share": _of("played_training_ready", "played"),
            "warm_up_share": _of("in_warm_up", "warm_up_known"),
        }
    return counted.with_columns(**shares)


def _of(part: str, whole: str) -> pl.Expr:
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))


def _command(shown: _Shown, by: By, more: str = "") -> str:
    window = f" {shown.window}" if by != "season" else ""
    return f"tipoff quality --by {by} {shown.options}{window}{more}"


def _groups(shown: _Shown, groups: pl.DataFrame) -> Grid:
    by = shown.by
    about = f"{shown.words}. Choose a season to see its months, who then played, and its warm-up."
    if by == "month":
        about = f"{shown.words}, in {shown.season}."
    columns = {by: _GROUPS[by], **_COUNTED, **(_OUTCOMES if by == "month" else {})}
    return Grid(
        f"{by}s", f"By {by}", groups, about, _command(shown, by), columns=columns,
        empty=f"No feature rows are stored. '{_BUILD}' builds them.",
    )  # fmt: skip


def _dates(shown: _Shown) -> Plot:
    used = [c for c in shown.judged.rows.columns if c in _JUDGED_COLUMNS]
    own = shown.judged.rows.select(used).filter(season=shown.season)
    dates = _with_shares(readiness(replace(shown.judged, rows=own), "date"))
    frame = dates.with_columns(ready_percent=100 * pl.col("ready_share"))
    low = dates.sort("ready_share", "date").row(0, named=True)
    said = (
        f"{dates.height} game dates of {shown.season}, {dates['total'].sum():,} rows; the fewest "
        f"are ready on {low['date']}: {low['ready_share']:.0%} of {low['total']:,}."
    )
    across = {"field": "date", "type": "temporal", "title": None}
    axis = {"title": "per cent ready (line), score (dots)"}
    scale = {"domain": [0, 100]}
    return Plot(
        "dates", "By game date", frame, f"{shown.words}: {said}", _command(shown, "date"),
        spec={
            "height": 200,
            "encoding": {"x": across},
            "layer": [
                {"mark": {"type": "line", "color": charts.FIRST},
                 "encoding": {"y": {"field": "ready_percent", "type": "quantitative",
                                    "axis": axis, "scale": scale}}},
                {"mark": {"type": "point", "color": charts.SECOND, "size": 10},
                 "encoding": {"y": {"field": "quality_score", "type": "quantitative",
                                    "axis": axis, "scale": scale}}},
            ],
        },
        alt=f"Per cent of rows that are ready, and their mean score: {said}",
        columns={
            "date": _GROUPS["date"], **_COUNTED,
            **{name: column for name, column in _OUTCOMES.items() if name in frame.columns},
        },
    )  # fmt: skip


_JUDGED_COLUMNS = frozenset({
    "season", "game_date", "quality_score", "is_training_ready", "is_quality_ready", "in_warm_up",
    "played",
})  # fmt: skip


def _features(shown: _Shown, groups: pl.DataFrame, missing: pl.DataFrame) -> Plot:
    """The share of rows without each value, by feature and group, with the reasons."""
    by = shown.by
    cells = (
        missing.group_by(by, "feature", maintain_order=True)
        .agg(
            pl.col("need").first(),
            pl.col("rows").sum(),
            why=pl.format("{} ({} rows)", "why", "rows").str.join("; "),
        )
        .join(groups.select(by, "total"), on=by, maintain_order="left")
        .with_columns(share=pl.col("rows") / pl.col("total"))
    )
    drawn = cells.filter((pl.col("share") >= _DRAWN_FROM).any().over("feature"))
    if drawn.is_empty():
        drawn = cells
    lacking = drawn.group_by("feature").agg(pl.col("rows").sum()).sort("rows", "feature")
    order = lacking["feature"].reverse().to_list()
    said = f"of {len(order)} of {len(shown.judged.features)} features, over {groups.height} {by}s"
    return Plot(
        "features", "By feature", cells,
        f"Share of rows without a value {said}: those that lack {_DRAWN_FROM:.0%} somewhere, and "
        f"written from {_WRITTEN_FROM:.0%}; an empty cell lacks none. The table has the others as "
        "well. A missing value stays null, with its reason.",
        _command(shown, by, f" --missing {len(shown.judged.features)} --json"),
        marks=drawn.select(by, "feature", "share"),
        spec=_map_spec(by, order, groups.height),
        alt=f"Share of rows without a value, {said}. Most lack {', '.join(order[:3]) or 'none'}.",
        columns={by: replace(_GROUPS[by], link=None), "feature": _FEATURE, "need": _NEED,
                 "rows": _WITHOUT, "share": _SHARE, "why": Column("because", "sentence")},
    )  # fmt: skip


def _map_spec(by: By, order: Sequence[str], groups: int) -> dict[str, object]:
    share = {"field": "share", "type": "quantitative"}
    return {
        "width": 62 * max(groups, 4),
        "height": 17 * len(order),
        "encoding": {
            "x": {"field": by, "type": "ordinal", "title": None,
                  "axis": {"labelAngle": 0, "orient": "top"}},
            "y": {"field": "feature", "type": "nominal", "title": None, "sort": list(order),
                  "axis": {"labelLimit": 240}},
        },
        "layer": [
            {"mark": {"type": "rect", "color": charts.SECOND},
             "encoding": {"opacity": {**share, "legend": None,
                                      "scale": {"domain": [0, 1], "range": [0.03, 0.6]}}}},
            {"transform": [{"filter": f"datum.share >= {_WRITTEN_FROM}"}],
             "mark": {"type": "text", "color": charts.INK, "fontSize": 10},
             "encoding": {"text": {**share, "format": ".0%"}}},
        ],
    }  # fmt: skip


def _reasons(shown: _Shown, missing: pl.DataFrame) -> Grid:
    rows = shown.judged.rows.height
    found = (
        missing.group_by("feature", "need", "why")
        .agg(pl.col("rows").sum())
        .with_columns(share=pl.col("rows") / rows, _all=pl.col("rows").sum().over("feature"))
        .sort(-pl.col("_all"), "feature", -pl.col("rows"), "why")
        .drop("_all")
    )
    where = shown.season if shown.by == "month" else "all seasons"
    return Grid(
        "reasons", "Why values are missing", found,
        f"{shown.words}: {rows:,} of {where}. First the feature that most of them lack.",
        _command(shown, shown.by, f" --missing {len(shown.judged.features)} --json"),
        columns={"feature": _FEATURE, "need": _NEED, "why": Column("because"), "rows": _WITHOUT,
                 "share": _SHARE},
        empty="No value is missing: 'tipoff quality' says how good the rows are.",
    )  # fmt: skip


def _seasons(watched: Watched) -> list[str]:
    """The seasons that any market has feature rows of, the newest first."""
    found = {s for m in FEATURE_MARKETS for s in watched.seasons(feature_store(m).table)}
    return sorted(found, reverse=True)


PAGE = Page(
    "quality",
    "Quality",
    "How many feature rows are ready for training, how good they are, and what they lack.",
    _view,
    tables=(
        GAMES, PLAYER_BOXES, *[p.table for p in PROCESSORS],
        *[feature_store(m).table for m in FEATURE_MARKETS],
    ),
    choices=(
        Choice("feature_set", "Feature set", options.feature_sets),
        Choice("market", "Market", options.feature_markets),
        Choice("season", "Season", _seasons),
    ),
)  # fmt: skip
