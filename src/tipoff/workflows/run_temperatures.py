"""How much of the surprise each finished run of a lake knew, beside what it won."""

import polars as pl

from tipoff.domain.market import MARKETS
from tipoff.store.lake import Lake, scan
from tipoff.tables.experiments import EXPERIMENTS, FINISHED

MOST_RUNS = 60
_SHARES = ("share", "low", "high", "ceiling")
_COUNTS = ("n", "dates")
_HEAT = pl.Struct(
    [
        *[pl.Field(name, pl.Float64) for name in _SHARES],
        *[pl.Field(name, pl.Int64) for name in _COUNTS],
        pl.Field("verdict", pl.String),
    ]
)
_HITS = pl.Struct({"rate": pl.Float64, "n": pl.Int64, "low": pl.Float64, "high": pl.Float64})
_USUAL = sorted({f"{market.edges[1]:g}" for market in MARKETS.values()})
_LINES = pl.Struct(
    [
        pl.Field("mae", pl.Float64),
        pl.Field("line_mae", pl.Float64),
        pl.Field("hr", pl.Struct([pl.Field(edge, _HITS) for edge in _USUAL])),
        pl.Field("edges", pl.Struct({"usual": pl.String})),
    ]
)
_REPORT = pl.Struct({"market": pl.String, "thermometer": _HEAT, "lines": _LINES})


def run_temperatures(lake: Lake, *, most: int = MOST_RUNS) -> pl.DataFrame:
    """Return the newest finished runs with a reading of the thermometer, the newest first.

    Args:
        lake: the lake with the experiment ledger; of a run that was repeated the last counts.
        most: how many.

    Returns:
        ``run_id, name, at, plant`` (empty where clean), ``verdict``, ``market``, ``share, low,
        high, ceiling`` (of the surprise known), ``n, dates, reading`` (the thermometer's word),
        ``mae_ratio`` (model's over the line's, on the same rows), ``edge`` (the market's usual),
        ``rate, picks, rate_low, rate_high`` (hit rate at that edge).
    """
    report, heat, lines = pl.col("report"), pl.col("thermometer"), pl.col("lines")
    told = (
        scan(lake, EXPERIMENTS)
        .filter(pl.col("event") == FINISHED)
        .sort("at", descending=True)
        .unique("run_id", keep="first", maintain_order=True)
        .head(most)
        .select("run_id", "name", "at", "plant", "verdict", report.str.json_decode(_REPORT))
        .unnest("report")
        .filter(heat.is_not_null(), heat.struct.field("n").is_not_null())
        .collect()
    )
    edge = lines.struct.field("edges").struct.field("usual")
    hits = pl.coalesce(
        *[pl.when(edge == one).then(lines.struct.field("hr").struct.field(one)) for one in _USUAL]
    )
    return told.select(
        *("run_id", "name", "at", "plant", "verdict", "market"),
        *[heat.struct.field(name) for name in (*_SHARES, *_COUNTS)],
        heat.struct.field("verdict").alias("reading"),
        (lines.struct.field("mae") / lines.struct.field("line_mae")).alias("mae_ratio"),
        edge.cast(pl.Float64).alias("edge"),
        hits.struct.field("rate"),
        hits.struct.field("n").alias("picks"),
        hits.struct.field("low").alias("rate_low"),
        hits.struct.field("high").alias("rate_high"),
    )
