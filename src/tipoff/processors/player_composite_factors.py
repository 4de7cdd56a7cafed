"""Processor 3: fatigue, shot-zone mismatch, pace and usage of a player's game."""

import polars as pl

from tipoff.processors.availability import availability, stature
from tipoff.processors.declare import LISTED, Input, Processor, filled, first_reason, without_feed
from tipoff.processors.windows import Window, of_team, recounted, window_loads
from tipoff.store.door import RECENCY, SPINE_ID, World, history
from tipoff.store.exact import over
from tipoff.tables.derived import Column, player_table

TEAM_GAMES = 10
RECENT_USAGE_GAMES = 3
BASE_USAGE_GAMES = 10
MIN_GAMES = 3
_WINDOWS = (Window(7), Window(14))
_SCORES = ("fatigue_score", "shot_zone_mismatch_score", "pace_score", "usage_spike_score")

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
    Column("referee_score", "how the referees call", feed="referee assignments"),
    Column("travel_score", "how far the team came", feed="arena coordinates"),
    Column(
        "pace_differential", "team's pace less the opponent's, last 10 games each", low=-60, high=60
    ),
    Column("days_rest", "days since his last game", pl.Int32, 0, 400),
    Column("is_back_to_back", "he played the day before", pl.Boolean),
    Column("star_teammates_out", "stars of his team out or doubtful, by the reports", low=0),
    Column("total_composite_adjustment", "fatigue / 20 - 5, mismatch, pace and usage, summed"),
    Column("data_completeness_share", "share of the four scores that are known", low=0, high=1),
    Column("warnings", "scores out of the ordinary, comma-separated", pl.String),
)

_ZONES = ("paint", "mid_range", "three")
_GAME = ["points", "seconds_played", "usage_rate"]


def build(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Build processor 3 for a player spine; reads processors 1 and 2 of the same dates."""
    games = history(
        world, spine, "player_games", by=["player_id"], columns=_GAME, season_only=True
    ).filter(pl.col("seconds_played") > 0)
    load = recounted(games, spine).group_by(SPINE_ID, maintain_order=True).agg(_load())
    rows = filled(spine, [load, _mismatch(spine, world), _pace(spine, world)])
    out = availability(spine, world, stature(_averages(rows)))
    rows = filled(rows, [out.select(SPINE_ID, "star_teammates_out")])
    enough = pl.col("_games") >= MIN_GAMES
    rows = rows.with_columns(
        fatigue_score=pl.when(enough).then(_fatigue()),
        usage_spike_score=pl.when(enough).then(_usage_spike()),
        pace_score=(pl.col("pace_differential") / 2).clip(-3, 3),
        days_rest=pl.col("_days_rest"),
        is_back_to_back=pl.col("_days_rest") == 1,
    ).with_columns(
        total_composite_adjustment=over(pl.col("fatigue_score") - 100, 20)
        + pl.col("shot_zone_mismatch_score")
        + pl.col("pace_score")
        + pl.col("usage_spike_score"),
        data_completeness_share=pl.mean_horizontal(
            pl.col(name).is_not_null().cast(pl.Float64) for name in _SCORES
        ),
    )
    reason = first_reason(
        no_game_this_season=pl.col("_games").is_null(),
        fewer_than_3_games_this_season=~enough,
    )
    stated = rows.with_columns(*without_feed(COLUMNS), _warnings().alias("warnings"))
    return stated.select(SPINE_ID, reason, *[c.name for c in COLUMNS])


def _load() -> list[pl.Expr]:
    usage = pl.col("usage_rate")
    return [
        pl.len().alias("_games"),
        pl.col("days").min().cast(pl.Int32).alias("_days_rest"),
        usage.filter(pl.col(RECENCY) <= RECENT_USAGE_GAMES).mean().alias("_usage_recent"),
        usage.filter(pl.col(RECENCY) <= BASE_USAGE_GAMES).mean().alias("_usage_base"),
        usage.mean().alias("_usage_season"),
        pl.col("points").mean().alias("_points_season"),
        over(pl.col("seconds_played").mean(), 60).alias("_minutes_season"),
        *window_loads(_WINDOWS),
    ]


def _averages(rows: pl.DataFrame) -> pl.DataFrame:
    """Season averages from 3 games on, as processor 4 states them."""
    enough = pl.col("_games") >= MIN_GAMES
    return rows.select(
        "game_id",
        "player_id",
        points_avg_season=pl.when(enough).then("_points_season"),
        minutes_avg_season=pl.when(enough).then("_minutes_season"),
        usage_rate_season=pl.when(enough).then("_usage_season"),
    )


def _fatigue() -> pl.Expr:
    """100 less what rest, density, minutes and back-to-backs cost; his age is not known."""
    rest, pairs = pl.col("_days_rest"), pl.col("back_to_backs_last_14_days")
    score = (
        100
        + pl.when(rest == 1).then(-15).when(rest >= 3).then(5).otherwise(0)
        + pl.when(pl.col("games_in_last_7_days") >= 4).then(-10).otherwise(0)
        + pl.when(pl.col("minutes_in_last_7_days") > 240).then(-10).otherwise(0)
        + pl.when(pl.col("minutes_avg_last_7_days") > 35).then(-8).otherwise(0)
        + pl.when(pairs >= 2).then(-12).when(pairs == 1).then(-5).otherwise(0)
    )
    return score.clip(0, 100).cast(pl.Float64)


def _usage_spike() -> pl.Expr:
    """Recent usage above his usual; more where a report says that stars are out."""
    spike = (pl.col("_usage_recent") - pl.col("_usage_base")) * 0.3
    stars = pl.col("star_teammates_out").fill_null(0)
    more = pl.when(stars >= 2).then(1.3).when(stars == 1).then(1.15).otherwise(1.0)
    return pl.when(spike > 0).then(spike * more).otherwise(spike).clip(-3, 3)


def _warnings() -> pl.Expr:
    marks = {
        "tired": pl.col("fatigue_score") < 50,
        "strong mismatch": pl.col("shot_zone_mismatch_score").abs() > 8,
        "large adjustment": pl.col("total_composite_adjustment").abs() > 12,
    }
    words = [pl.when(holds).then(pl.lit(text)) for text, holds in marks.items()]
    joined = pl.concat_str(words, separator=", ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


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
    raw = weakness * (share * 2).clip(upper_bound=1)
    amplified = pl.when(raw.abs() > 5).then(raw * 1.2).otherwise(raw).clip(-10, 10).round(1)
    score = pl.when(zone == "balanced").then(0.0).otherwise(amplified)
    return rows.select(SPINE_ID, score.alias("shot_zone_mismatch_score"))


def _pace(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Mean pace of the last 10 games of the season, team less opponent."""

    def differences(games: pl.DataFrame) -> pl.DataFrame:
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
        return filled(games.select(SPINE_ID), paces).select(
            SPINE_ID, pace_differential=pl.col("_team") - pl.col("_opponent")
        )

    return of_team(spine, differences)


PROCESSOR = Processor(
    number=3,
    table=player_table("player_composite_factors", COLUMNS),
    columns=COLUMNS,
    spine="player",
    inputs=(
        *LISTED,
        Input("team_boxes"),
        Input("availability", 0),
        Input("availability_reports", 0),
    ),
    needs=("team_defense_zone", "player_shot_zone"),
    build=build,
)
