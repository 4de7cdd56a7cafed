"""A feature's values: their spread by season, what is missing and why, drift, the newest ones."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tipoff.domain.market import Market
from tipoff.features.declare import Feature
from tipoff.store.lake import Lake
from tipoff.web.site import charts
from tipoff.web.site.blocks import Block, Column, Grid, Plot, Words
from tipoff.workflows.feature_values import (
    drift_of_values,
    newest_values,
    reasons_by_season,
    spread_by_season,
    stored_values,
)

_SPREAD = {
    "season": Column("season"),
    "rows": Column("rows", "integer", "Feature rows: one per player-game that could be listed."),
    "known": Column("known", "integer", "Rows with a value."),
    "missing_share": Column("missing", "share", "Rows without a value."),
    "low": Column("5 %", "number", "So many of the known values are below, in its unit.", 2),
    "lower": Column("25 %", "number", "So many of the known values are below, in its unit.", 2),
    "median": Column("median", "number", "Half of the known values are below, in its unit.", 2),
    "upper": Column("75 %", "number", "So many of the known values are below, in its unit.", 2),
    "high": Column("95 %", "number", "So many of the known values are below, in its unit.", 2),
    "mean": Column("mean", "number", "Of the known values, in its unit.", 2),
}
_REASONS = {
    "season": Column("season"),
    "why": Column("why it is missing"),
    "rows": Column("rows", "integer"),
    "share": Column("of the season's rows", "share", "Rows without a value for this reason."),
}
_DRIFT = {
    "state": Column("drift", "state", "Against all game dates before, in the last two seasons."),
    "first_date": Column("from", "day"),
    "last_date": Column("to", "day"),
    "n": Column("rows", "integer", "Of the last 14 game dates."),
    "psi": Column("stability index", "number", "Of shares in tenths of the rows before.", 3),
    "expected_psi": Column("without drift", "number", "The index to be expected by chance.", 3),
    "null_share": Column("missing", "share", "Of these rows."),
    "reference_null_share": Column("missing before", "share", "Of the rows before."),
    "outside_share": Column("outside", "share", "Values beyond all that were seen before."),
}
_BACKFILL = "tipoff backfill --start-date D --end-date D"
_NO_ROWS = f"No feature rows are stored yet. '{_BACKFILL}' builds them."


def spread_blocks(
    lake: Lake, feature: Feature, market: Market, seasons: Sequence[str], address: str
) -> list[Block]:
    """Return the blocks on a feature's stored values.

    Args:
        lake: the lake.
        feature, market: whose values.
        seasons: those that have rows, the newest first.
        address: the page of the feature, to which player and date are added.
    """
    if not seasons:
        return [Words("spread", "Values by season", text=(_NO_ROWS,))]
    values = stored_values(lake, feature, market)
    spread, reasons = spread_by_season(values), reasons_by_season(values)
    return [
        *_spread(feature, spread),
        Grid(
            "reasons", "Why values are missing", reasons,
            "A value that can not be known stays null, with its reason.",
            columns=_REASONS, empty="No value is missing: 'tipoff quality' counts over all.",
        ),
        _drift(values),
        _newest(lake, feature, market, seasons[0], address),
    ]  # fmt: skip


def _spread(feature: Feature, spread: pl.DataFrame) -> list[Block]:
    last = spread.row(-1, named=True)
    middle = (
        "no value is known" if last["median"] is None else f"the median is {last['median']:.2f}"
    )
    said = (
        f"In {last['season']} {middle}, and {last['missing_share']:.1%} of "
        f"{last['rows']:,} rows have no value."
    )
    return [
        Plot(
            "spread", "Values by season", spread,
            f"Bar: the middle half; line: 5 to 95 % of known values; tick: the median. {said}",
            spec=_spread_spec(feature.unit), alt=f"Spread of known values by season. {said}",
            columns=_SPREAD,
        ),
        Plot(
            "missing", "Missing by season", spread, "Share of feature rows without a value.",
            spec={
                "height": 120,
                "mark": {"type": "bar", "color": charts.QUIET, "width": {"band": 0.5}},
                "encoding": {
                    "x": {"field": "season", "type": "ordinal", "title": None,
                          "axis": {"labelAngle": 0}},
                    "y": {"field": "missing_share", "type": "quantitative",
                          "axis": {"format": "%", "title": "missing", "tickCount": 4}},
                },
            },
            alt=f"Share missing by season. {said}",
            columns={name: _SPREAD[name] for name in ("season", "rows", "missing_share")},
        ),
    ]  # fmt: skip


def _spread_spec(unit: str) -> dict[str, Any]:
    across = {"field": "season", "type": "ordinal", "title": None, "axis": {"labelAngle": 0}}
    scale = {"zero": False}

    def up(name: str) -> dict[str, Any]:
        return {"field": name, "type": "quantitative", "title": unit, "scale": scale}

    bar = {"type": "bar", "color": charts.FIRST, "opacity": 0.45, "width": {"band": 0.4}}
    tick = {"type": "tick", "color": charts.INK, "thickness": 2, "width": {"band": 0.5}}
    return {
        "layer": [
            {"mark": {"type": "rule", "color": charts.QUIET},
             "encoding": {"x": across, "y": up("low"), "y2": {"field": "high"}}},
            {"mark": bar, "encoding": {"x": across, "y": up("lower"), "y2": {"field": "upper"}}},
            {"mark": tick, "encoding": {"x": across, "y": up("median")}},
        ]
    }  # fmt: skip


def _drift(values: pl.DataFrame) -> Block:
    told = drift_of_values(values)
    frame = pl.DataFrame([] if told is None else [told])
    return Grid(
        "drift", "Drift", frame,
        "The last 14 game dates against all before them in the last two seasons. Seasons have a "
        "course: what stretches of 14 dates differ by anyhow is allowed for.",
        "tipoff drift models", columns=_DRIFT if frame.height else {}, is_card=True,
        empty="Too few game dates to tell drift from chance: 70 before the last 14 are needed. "
        f"'{_BACKFILL}' builds more.",
    )  # fmt: skip


def _newest(lake: Lake, feature: Feature, market: Market, season: str, address: str) -> Block:
    rows = newest_values(lake, season, feature, market)
    day = rows["game_date"][0] if rows.height else None
    columns = {
        "player_name": Column(
            "player",
            link=lambda row: (
                f"{address}&player={row['player_id']}&date={row['game_date']}#provenance"
            ),
        ),
        "team": Column("team"),
        "opponent": Column("against"),
        "value": Column("value", "number", f"In {feature.unit}.", 3),
        "age_days": Column("days old", "number", "From its oldest input to the decision.", 1),
        "why": Column("why it is missing"),
    }
    return Grid(
        "newest", "The newest values", rows,
        f"Of {day}, the last game date with rows. Each leads to the rows that it comes from.",
        f"tipoff features why {feature.name} --player NAME --date {day}", columns=columns,
        empty=_NO_ROWS, most=60,
    )  # fmt: skip
