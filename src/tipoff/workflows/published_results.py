"""The record of published picks: hit rates, units and closing line value, with intervals. Pure."""

from typing import Any

import polars as pl

from tipoff.backtest.statistics import LEVEL, Interval, mean_interval, share_interval
from tipoff.domain.market import MARKETS
from tipoff.workflows import published_schema as schema
from tipoff.workflows.published_documents import PLAYED, Made, fingerprint
from tipoff.workflows.published_rows import PUBLISHED

# The columns that a group's records are told apart by; the last one is their name.
_GROUPS: dict[str, tuple[str, ...]] = {
    "all": (),
    "market": ("market",),
    "model": ("market", "model_id"),
    "side": ("market", "side"),
    "edge_band": ("market", "_band"),
    "subset": ("market", "_subset"),
}


def results(rows: pl.DataFrame, made: Made) -> schema.Results:
    """Return the record of all published picks, superseded and withheld ones left out.

    Args:
        rows: prepared rows.
        made: of the document.
    """
    picks = rows.filter(pl.col("status") == PUBLISHED).with_columns(
        _band=band(), _subset=pl.col("subsets").str.split(",")
    )
    records = [record for group in _GROUPS for record in _records(picks, group)]
    return schema.Results.model_validate(
        {
            **made.head(fingerprint(picks)),
            "kind": "results",
            "is_forced": bool(picks["is_forced"].any()),
            "level": LEVEL,
            "records": records,
        }
    )


def band() -> pl.Expr:
    """Return the band of the absolute point edge between the edges of the row's market."""
    bands = [
        pl.when(pl.col("market") == name).then(_band_of(*market.edges))
        for name, market in MARKETS.items()
    ]
    return pl.coalesce(*bands, pl.lit("unknown"))


def _band_of(small: float, usual: float, large: float) -> pl.Expr:
    size = pl.col("point_edge").abs()
    return (
        pl.when(size < small)
        .then(pl.lit(f"under {small:g}"))
        .when(size < usual)
        .then(pl.lit(f"{small:g} to {usual:g}"))
        .when(size < large)
        .then(pl.lit(f"{usual:g} to {large:g}"))
        .when(size >= large)
        .then(pl.lit(f"{large:g} and more"))
    )


def _records(picks: pl.DataFrame, group: str) -> list[schema.Record]:
    by = list(_GROUPS[group])
    rows = picks
    if group == "subset":
        rows = picks.explode("_subset").with_columns(pl.col("_subset").str.strip_chars())
        rows = rows.filter(pl.col("_subset").fill_null("") != "")
    if rows.is_empty():
        return []
    parts = rows.partition_by(by, as_dict=True) if by else {(): rows}
    return [
        _record(group, key[0] if key else None, str(key[-1]) if key else "all", part)
        for key, part in sorted(parts.items())
    ]


def _record(group: str, market: str | None, name: str, rows: pl.DataFrame) -> schema.Record:
    own = fingerprint(rows, group)
    decided = rows.filter(pl.col("result").is_in(["win", "loss"])).with_columns(
        won=pl.col("result") == "win"
    )
    played = rows.filter(pl.col("result").is_in(PLAYED))
    each = mean_interval(played, "units")
    counts = dict(rows["result"].value_counts().iter_rows())
    numbers = {
        "hit_rate": share_interval(decided, "won"),
        "break_even": mean_interval(decided, "break_even"),
        "return_per_unit": each,
        "units": _sum(played, each),
        **{
            name: mean_interval(played, f"grade_{name}")
            for name in ("clv_line", "clv_probability", "clv_value")
        },
    }
    return schema.Record.model_validate(
        {
            "group": group,
            "market": market,
            "name": name,
            "first_date": rows["game_date"].min(),
            "last_date": rows["game_date"].max(),
            "picks": rows.height,
            "wins": counts.get("win", 0),
            "losses": counts.get("loss", 0),
            "pushes": counts.get("push", 0),
            "voids": counts.get("void", 0),
            "ungraded": counts.get("ungraded", 0),
            "unpriced": played["units"].null_count(),
            "forced": int(rows["is_forced"].sum()),
            **{key: _number(found, own) for key, found in numbers.items()},
        }
    )


def _sum(rows: pl.DataFrame, each: Interval) -> Interval:
    """The sum of units: as many times the mean as there are picks, and so its bounds."""
    low, high = (None if bound is None else bound * each.n for bound in (each.low, each.high))
    total = float(rows["units"].sum()) if each.n else None
    return Interval(total, each.n, each.clusters, low, high)


def _number(found: Interval, own: str) -> dict[str, Any]:
    return {
        "value": found.value,
        "n": found.n,
        "game_dates": found.clusters,
        "low": found.low,
        "high": found.high,
        "fingerprint": own,
    }
