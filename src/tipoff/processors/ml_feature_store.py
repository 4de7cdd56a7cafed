"""Processor 5: every declared feature of every player who may play, one table per market."""

from functools import partial

import polars as pl

from tipoff.domain.guard import guard
from tipoff.domain.market import FEATURE_MARKETS, Market
from tipoff.errors import InputError
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import POINTS
from tipoff.features.inputs import INPUTS
from tipoff.processors.context import context
from tipoff.processors.declare import LISTED, Input, Processor
from tipoff.store.door import SPINE_ID, World
from tipoff.tables.derived import Column, player_table

NAME = "ml_feature_store"
_INPUTS = (
    *LISTED,
    Input("team_boxes"),
    Input("prop_quotes", part="market"),
    Input("game_lines", 0),
    Input("availability", 0),
    Input("availability_reports", 0),
)
_NEEDS = (
    "team_defense_zone",
    "player_shot_zone",
    "player_composite_factors",
    "player_daily_cache",
)


def columns_of(market: Market) -> tuple[Column, ...]:
    """The columns of a market's table: features, then the age of every input."""
    return (
        *(
            Column(f.column(market), f"{f.about(market)} ({f.unit})", low=f.low, high=f.high)
            for f in FEATURES
        ),
        *(
            Column(f"age_{name}", f"days from the newest row of {i.about} to the decision")
            for name, i in INPUTS.items()
        ),
    )


def build(market: Market, spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Build processor 5 for a player spine; reads processors 1-4 of the same dates."""
    names = [f.column(market) for f in FEATURES]
    rows = context(spine, world, market).select(
        SPINE_ID,
        *[f.value(market) for f in FEATURES],
        *[f"age_{name}" for name in INPUTS],
        *[f"reason_{name}" for name in _NEEDS],
    )
    rows = rows.with_columns(_known_or_null(name) for name in names)
    required = [f.column(market) for f in FEATURES if f.need == "required"]
    lacking = pl.any_horizontal(pl.col(name).is_null() for name in required)
    first_lacking = pl.coalesce(
        pl.when(pl.col(name).is_null()).then(pl.lit(f"{name} is missing")) for name in required
    )
    why = pl.coalesce(*[f"reason_{name}" for name in _NEEDS[::-1]], first_lacking)
    return rows.with_columns(reason=pl.when(lacking).then(why)).select(
        SPINE_ID, "reason", *[c.name for c in columns_of(market)]
    )


@guard
def _known_or_null(name: str) -> pl.Expr:
    """What could not be computed is null, whatever the arithmetic says."""
    return pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name)


@_known_or_null.fault("default-constants")
def _known_or_usual(name: str) -> pl.Expr:
    """The predecessor's defaults: ten points, and the middle of what is usual for the rest."""
    return _known_or_null.honest(name).fill_null(10.0 if "_avg_" in name else 1.0)


def for_market(market: Market) -> Processor:
    """The processor of a market; its table is the name, with the market's where not points."""
    if market not in FEATURE_MARKETS:
        known = ", ".join(m.name for m in FEATURE_MARKETS)
        raise InputError(
            f"Expected a market out of {known}; features of {market.name} are not built."
        )
    columns = columns_of(market)
    name = NAME if market.name == POINTS.name else f"{NAME}_{market.name}"
    return Processor(
        number=5,
        table=player_table(name, columns),
        columns=columns,
        spine="player",
        inputs=_INPUTS,
        needs=_NEEDS,
        build=partial(build, market),
        market=market,
    )
