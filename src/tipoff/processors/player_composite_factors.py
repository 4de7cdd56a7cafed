"""Processor 3: fatigue, shot-zone mismatch, pace and usage of a player's game."""

import polars as pl

from tipoff.processors.declare import Processor, filled, first_reason
from tipoff.store.door import SPINE_ID, World, history
from tipoff.tables.derived import Column, player_table

TEAM_GAMES = 10
RECENT_USAGE_GAMES = 3
BASE_USAGE_GAMES = 10
MIN_GAMES = 3

COLUMNS = (
    Column("fatigue_score", "0 (spent) to 100 (fresh)", low=0, high=100),
    Column(
        "shot_zone_mismatch_score",
        "opponent's weakness in his primary zone, +-10",
        low=-10,
        high=10,
    ),
    Column("pace_score", "half the expected pace difference, +-3", low=-3, high=3),
    Column("usage_spike_score", "recent usage above his usual, x 0.3, +-3", low=-3, high=3),
    Column(
        "pace_differential", "team's pace less the opponent's, last 10 games each", low=-60, high=60
    ),
    Column("days_rest", "days since his last game", pl.Int32, 0, 400),
    Column("is_back_to_back", "he played the day before", pl.Boolean),
    Column("total_composite_adjustment", "fatigue / 20 - 5, mismatch, pace and usage, summed"),
)

_ZONES = ("paint", "mid_range", "three")


def build(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Build processor 3 for a player spine; reads processors 1 and 2 of the same dates."""
    games = history(
        world,
        spine,
        "player_games",
        by=["player_id"],
        columns=["seconds_played", "usage_rate"],
        season_only=True,
    ).filter(pl.col("seconds_played") > 0)
    dated = games.join(
        spine.select(SPINE_ID, _spine_date="game_date"), on=SPINE_ID, maintain_order="left"
    ).with_columns(_days=(pl.col("_spine_date") - pl.col("game_date")).dt.total_days())
    load = dated.group_by(SPINE_ID, maintain_order=True).agg(_load())
    rows = filled(spine, [load, _mismatch(spine, world), _pace(spine, world)])
    enough = pl.col("_games") >= MIN_GAMES
    fatigue = pl.when(enough).then(_fatigue())
    spike = (pl.col("_usage_recent") - pl.col("_usage_base")) * 0.3
    rows = rows.with_columns(
        fatigue_score=fatigue,
        usage_spike_score=pl.when(enough).then(spike.clip(-3, 3)),
        pace_score=(pl.col("pace_differential") / 2).clip(-3, 3),
        days_rest=pl.col("_days_rest"),
        is_back_to_back=pl.col("_days_rest") == 1,
    ).with_columns(
        total_composite_adjustment=(pl.col("fatigue_score") - 100) / 20
        + pl.col("shot_zone_mismatch_score")
        + pl.col("pace_score")
        + pl.col("usage_spike_score")
    )
    reason = first_reason(
        no_game_this_season=pl.col("_games").is_null(),
        fewer_than_3_games_this_season=~enough,
    )
    return rows.select(SPINE_ID, reason, *[c.name for c in COLUMNS])


def _load() -> list[pl.Expr]:
    seconds = pl.col("seconds_played")
    week = pl.col("_days") <= 7
    gap = (pl.col("game_date") - pl.col("game_date").shift(-1)).dt.total_days()
    usage = pl.col("usage_rate")
    # Recency is counted anew: games without minutes have been left out.
    order = pl.int_range(pl.len())
    return [
        pl.len().alias("_games"),
        pl.col("_days").min().cast(pl.Int32).alias("_days_rest"),
        week.sum().alias("_games_7"),
        (seconds.filter(week).sum() / 60).alias("_minutes_7"),
        (seconds.filter(week).mean() / 60).alias("_minutes_avg_7"),
        ((gap == 1) & (pl.col("_days") + 1 <= 14)).sum().alias("_pairs_14"),
        usage.filter(order < RECENT_USAGE_GAMES).mean().alias("_usage_recent"),
        usage.filter(order < BASE_USAGE_GAMES).mean().alias("_usage_base"),
    ]


def _fatigue() -> pl.Expr:
    """100 less what rest, density, minutes and back-to-backs cost; his age is not known."""
    rest, pairs = pl.col("_days_rest"), pl.col("_pairs_14")
    score = (
        100
        + pl.when(rest == 1).then(-15).when(rest >= 3).then(5).otherwise(0)
        + pl.when(pl.col("_games_7") >= 4).then(-10).otherwise(0)
        + pl.when(pl.col("_minutes_7") > 240).then(-10).otherwise(0)
        + pl.when(pl.col("_minutes_avg_7") > 35).then(-8).otherwise(0)
        + pl.when(pairs >= 2).then(-12).when(pairs == 1).then(-5).otherwise(0)
    )
    return score.clip(0, 100).cast(pl.Float64)


def _mismatch(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Opponent against the league in the player's primary zone, weighted by how much he uses it."""
    shooter = world.upstream["player_shot_zone"].select(
        "game_id",
        "player_id",
        "primary_scoring_zone",
        *[f"{z}_share_last_10" for z in _ZONES],
    )
    defence = world.upstream["team_defense_zone"].select(
        "game_id",
        pl.col("team").alias("opponent"),
        *[f"{z}_defense_vs_league_avg" for z in _ZONES],
    )
    rows = (
        spine.select(SPINE_ID, "game_id", "player_id", "opponent")
        .join(shooter, on=["game_id", "player_id"], how="left", maintain_order="left")
        .join(defence, on=["game_id", "opponent"], how="left", maintain_order="left")
    )
    zone = pl.col("primary_scoring_zone")
    weakness, share = pl.lit(None, dtype=pl.Float64), pl.lit(None, dtype=pl.Float64)
    for name in _ZONES:
        weakness = pl.when(zone == name).then(f"{name}_defense_vs_league_avg").otherwise(weakness)
        share = pl.when(zone == name).then(f"{name}_share_last_10").otherwise(share)
    # A shooter without a primary zone meets no mismatch; an unknown one stays unknown.
    raw = weakness * (share / 0.5).clip(upper_bound=1)
    amplified = pl.when(raw.abs() > 5).then(raw * 1.2).otherwise(raw).clip(-10, 10).round(1)
    score = pl.when(zone == "balanced").then(0.0).otherwise(amplified)
    return rows.select(SPINE_ID, score.alias("shot_zone_mismatch_score"))


def _pace(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Mean pace of the last 10 games of the season, team less opponent."""
    games = spine.unique(["game_id", "team"], maintain_order=True)
    paces = [
        history(
            world,
            games,
            "team_games",
            by={side: "team"},
            columns=["pace"],
            last=TEAM_GAMES,
            season_only=True,
        )
        .group_by(SPINE_ID, maintain_order=True)
        .agg(pl.col("pace").mean().alias(f"_{side}"))
        for side in ("team", "opponent")
    ]
    of_game = filled(games.select(SPINE_ID, "game_id", "team"), paces).select(
        "game_id", "team", pace_differential=pl.col("_team") - pl.col("_opponent")
    )
    rows = spine.select(SPINE_ID, "game_id", "team").join(of_game, on=["game_id", "team"])
    return rows.drop("game_id", "team")


PROCESSOR = Processor(
    number=3,
    table=player_table("player_composite_factors", COLUMNS),
    columns=COLUMNS,
    spine="player",
    inputs=("games", "player_boxes", "team_boxes", "prop_quotes"),
    needs=("team_defense_zone", "player_shot_zone"),
    build=build,
)
