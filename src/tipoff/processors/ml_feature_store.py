"""Processor 5: every declared feature of every player who may play."""

import polars as pl

from tipoff.features.catalogue import FEATURES
from tipoff.processors.context import context
from tipoff.processors.declare import Processor
from tipoff.store.door import SPINE_ID, World
from tipoff.tables.derived import Column, player_table

COLUMNS = (
    *(Column(f.name, f"{f.doc} ({f.unit})", low=f.low, high=f.high) for f in FEATURES),
    Column("missing", "names of the features that are null, comma-separated", pl.String),
    Column("missing_required", "how many required features are null", pl.Int32, 0, len(FEATURES)),
)


def build(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Build processor 5 for a player spine; reads processors 1-4 of the same dates."""
    rows = context(spine, world).select(
        SPINE_ID,
        *[f.expression().cast(pl.Float64).alias(f.name) for f in FEATURES],
        *[f"reason_{name}" for name in PROCESSOR.needs],
    )
    finite = [
        pl.when(pl.col(f.name).is_finite()).then(pl.col(f.name)).alias(f.name) for f in FEATURES
    ]
    rows = rows.with_columns(finite)
    missing = pl.concat_str(
        [pl.when(pl.col(f.name).is_null()).then(pl.lit(f.name)) for f in FEATURES],
        separator=",",
        ignore_nulls=True,
    )
    required = [f.name for f in FEATURES if f.need == "required"]
    lacking = pl.sum_horizontal(pl.col(name).is_null() for name in required).cast(pl.Int32)
    first_lacking = pl.coalesce(
        pl.when(pl.col(name).is_null()).then(pl.lit(f"{name} is missing")) for name in required
    )
    why = pl.coalesce(*[f"reason_{name}" for name in PROCESSOR.needs[::-1]], first_lacking)
    return rows.with_columns(missing=missing, missing_required=lacking).select(
        SPINE_ID,
        pl.when(pl.col("missing_required") > 0).then(why).alias("reason"),
        *[c.name for c in COLUMNS],
    )


PROCESSOR = Processor(
    number=5,
    table=player_table("ml_feature_store", COLUMNS),
    columns=COLUMNS,
    spine="player",
    inputs=(
        "games",
        "player_boxes",
        "team_boxes",
        "prop_quotes",
        "game_lines",
        "availability",
    ),
    needs=(
        "team_defense_zone",
        "player_shot_zone",
        "player_composite_factors",
        "player_daily_cache",
    ),
    build=build,
)
