"""Processor 2: from where a player shoots, over his last 10 games of the season."""

import polars as pl

from tipoff.processors.declare import LISTED, Input, Processor, filled, first_reason
from tipoff.store.door import RECENCY, SPINE_ID, World, history
from tipoff.store.versions import KNOWN_AT
from tipoff.tables.derived import Column, player_table

GAMES = 10
TREND_GAMES = 20
TREND_MIN_GAMES = 15
MIN_GAMES = 3
STALE_DAYS = 30
ZONES = ("paint", "mid_range", "three")

COLUMNS = (
    *(Column(f"{z}_share_last_10", "share of his shots, 0-1", low=0, high=1) for z in ZONES),
    *(Column(f"{z}_made_share_last_10", "made / attempted, 0-1", low=0, high=1) for z in ZONES),
    *(Column(f"{z}_attempts_last_10", "attempts a game", low=0) for z in ZONES),
    Column("shots_last_10", "field-goal attempts in all", pl.Int32, 0),
    Column("paint_share_last_20", "share of his shots over 20 games, 0-1", low=0, high=1),
    Column("paint_made_share_last_20", "made / attempted over 20 games, 0-1", low=0, high=1),
    Column("assisted_share_last_10", "assisted share of his makes, 0-1", low=0, high=1),
    Column("unassisted_share_last_10", "the rest of his makes, 0-1", low=0, high=1),
    Column(
        "primary_scoring_zone",
        "paint (40 %), three (40 %), mid_range (35 %) or balanced",
        pl.String,
    ),
    Column("shot_games", "games with shots among the last 10", pl.Int32, 0, GAMES),
    Column("sample_tier", "high (10), medium (7 or more) or low", pl.String),
    Column("is_early_season", "fewer than 10 games with shots", pl.Boolean),
    Column("shots_known_at", "when the newest of these became known", pl.Datetime),
    Column("creation_games", "games with makes told as assisted or not", pl.Int32, 0, GAMES),
    Column("creation_known_at", "when the newest of these became known", pl.Datetime),
)

_SHOTS = [f"{z}_{what}" for z in ZONES for what in ("attempts", "makes")]


def build(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Build processor 2 for a player spine."""
    games = history(
        world,
        spine,
        "player_zone_games",
        by=["player_id"],
        columns=[*_SHOTS, KNOWN_AT],
        last=TREND_GAMES,
        season_only=True,
    )
    recent = games.filter(pl.col(RECENCY) <= GAMES).group_by(SPINE_ID, maintain_order=True)
    trend = games.group_by(SPINE_ID, maintain_order=True)
    rows = filled(spine, [recent.agg(_recent()), trend.agg(_trend()), _creation(spine, world)])
    rows = rows.with_columns(pl.col("shot_games", "creation_games").fill_null(0))
    age = (pl.col("game_date") - pl.col("_last_date")).dt.total_days()
    reason = first_reason(
        no_shots_known_this_season=pl.col("shot_games") == 0,
        shots_known_are_older_than_30_days=age > STALE_DAYS,
        fewer_than_3_games_with_shots=pl.col("shot_games") < MIN_GAMES,
    )
    rows = rows.with_columns(
        reason,
        is_early_season=pl.col("shot_games") < GAMES,
        primary_scoring_zone=_primary(),
        sample_tier=pl.when(pl.col("shot_games") >= GAMES)
        .then(pl.lit("high"))
        .when(pl.col("shot_games") >= 7)
        .then(pl.lit("medium"))
        .otherwise(pl.lit("low")),
    )
    always = (
        "shot_games",
        "is_early_season",
        "shots_known_at",
        "creation_games",
        "creation_known_at",
    )
    measured = [c.name for c in COLUMNS if c.name not in always]
    return rows.select(
        SPINE_ID,
        "reason",
        *always,
        *[pl.when(pl.col("reason").is_null()).then(pl.col(c)).alias(c) for c in measured],
    )


def _creation(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """How much of what he made was assisted, over the last 10 games that tell; needs 3."""
    games = history(
        world,
        spine,
        "creation_games",
        by=["player_id"],
        columns=["makes", "assisted_makes", KNOWN_AT],
        last=GAMES,
        season_only=True,
    )
    assisted = pl.col("assisted_makes").sum() / pl.col("makes").sum()
    enough = pl.len() >= MIN_GAMES
    return games.group_by(SPINE_ID, maintain_order=True).agg(
        assisted_share_last_10=pl.when(enough).then(assisted),
        unassisted_share_last_10=pl.when(enough).then(1 - assisted),
        creation_games=pl.len().cast(pl.Int32),
        creation_known_at=pl.col(KNOWN_AT).max(),
    )


def _recent() -> list[pl.Expr]:
    shots = pl.sum_horizontal(pl.col(f"{z}_attempts").sum() for z in ZONES)
    shares = [
        pl.when(shots > 0).then(pl.col(f"{z}_attempts").sum() / shots).alias(f"{z}_share_last_10")
        for z in ZONES
    ]
    made = [_made(z).alias(f"{z}_made_share_last_10") for z in ZONES]
    attempts = [pl.col(f"{z}_attempts").mean().alias(f"{z}_attempts_last_10") for z in ZONES]
    return [
        *shares,
        *made,
        *attempts,
        shots.cast(pl.Int32).alias("shots_last_10"),
        pl.len().cast(pl.Int32).alias("shot_games"),
        pl.col("game_date").max().alias("_last_date"),
        pl.col(KNOWN_AT).max().alias("shots_known_at"),
    ]


def _made(zone: str) -> pl.Expr:
    attempts = pl.col(f"{zone}_attempts").sum()
    return pl.when(attempts > 0).then(pl.col(f"{zone}_makes").sum() / attempts)


def _trend() -> list[pl.Expr]:
    shots = pl.sum_horizontal(pl.col(f"{z}_attempts").sum() for z in ZONES)
    enough = pl.len() >= TREND_MIN_GAMES
    return [
        pl.when(enough & (shots > 0))
        .then(pl.col("paint_attempts").sum() / shots)
        .alias("paint_share_last_20"),
        pl.when(enough).then(_made("paint")).alias("paint_made_share_last_20"),
    ]


def _primary() -> pl.Expr:
    return (
        pl.when(pl.col("paint_share_last_10").is_null())
        .then(None)
        .when(pl.col("paint_share_last_10") >= 0.40)
        .then(pl.lit("paint"))
        .when(pl.col("three_share_last_10") >= 0.40)
        .then(pl.lit("three"))
        .when(pl.col("mid_range_share_last_10") >= 0.35)
        .then(pl.lit("mid_range"))
        .otherwise(pl.lit("balanced"))
    )


PROCESSOR = Processor(
    number=2,
    table=player_table("player_shot_zone", COLUMNS),
    columns=COLUMNS,
    spine="player",
    inputs=(*LISTED, Input("shots"), Input("made_shots")),
    needs=(),
    build=build,
)
