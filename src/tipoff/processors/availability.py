"""Who is out, as the last report before the decision instant says; null where there is none."""

import polars as pl

from tipoff.store.door import SPINE_ID, World, known
from tipoff.store.exact import on_grid
from tipoff.store.versions import KNOWN_AT

STAR_POINTS = 18
STAR_MINUTES = 28
STAR_MINUTES_POINTS = 12
_OUT = ("out", "doubtful")


def availability(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Return ``spine_id``, ``injury_status``, ``star_teammates_out``, ``teammate_usage_out``.

    A player whom a known report on his team does not list is available. Where no report on the
    team was known, all three are null.
    """
    teams = spine.unique(["game_id", "team"], maintain_order=True)
    reports = known(
        world,
        teams,
        "availability",
        by=["game_id", "team"],
        columns=["game_id", "team", "player_id", "source", "status"],
    )
    last = (
        reports.drop_nulls("player_id")
        .sort("game_id", "team", "player_id", KNOWN_AT, "source", "status")
        .group_by("game_id", "team", "player_id", maintain_order=True)
        .agg(pl.col("status").last())
    )
    covered = reports.select("game_id", "team").unique().with_columns(_covered=pl.lit(value=True))
    own = (
        spine.select(SPINE_ID, "game_id", "team", "player_id")
        .join(covered, on=["game_id", "team"], how="left", maintain_order="left")
        .join(last, on=["game_id", "team", "player_id"], how="left", maintain_order="left")
    )
    rows = own.join(_missed(last, world), on=["game_id", "team"], how="left").with_columns(
        _self_out=pl.col("status").is_in(_OUT).fill_null(value=False)
    )
    return rows.join(
        _stature(world), on=["game_id", "player_id"], how="left", maintain_order="left"
    ).select(
        SPINE_ID,
        injury_status=pl.when("_covered").then(pl.col("status").fill_null("available")),
        star_teammates_out=pl.when("_covered").then(
            pl.col("_stars").fill_null(0) - (pl.col("_self_out") & pl.col("_is_star")).fill_null(0)
        ),
        teammate_usage_out=pl.when("_covered").then(
            pl.col("_usage").fill_null(0)
            - pl.when("_self_out").then(pl.col("usage_rate_season").fill_null(0)).otherwise(0)
        ),
    )


def _stature(world: World) -> pl.DataFrame:
    """How much each player of the dates matters, from processor 4."""
    points, minutes = pl.col("points_avg_season"), pl.col("minutes_avg_season")
    is_star = (points >= STAR_POINTS) | (
        (minutes >= STAR_MINUTES) & (points >= STAR_MINUTES_POINTS)
    )
    return world.upstream["player_daily_cache"].select(
        "game_id",
        "player_id",
        usage_rate_season=on_grid(pl.col("usage_rate_season")),
        _is_star=is_star.fill_null(value=False),
    )


def _missed(last: pl.DataFrame, world: World) -> pl.DataFrame:
    """Stars out and usage out by (game, team)."""
    out = (
        last.filter(pl.col("status").is_in(_OUT))
        .join(_stature(world), on=["game_id", "player_id"])
        .sort("game_id", "team", "player_id")
    )
    return out.group_by("game_id", "team", maintain_order=True).agg(
        _stars=pl.col("_is_star").sum().cast(pl.Float64),
        _usage=pl.col("usage_rate_season").fill_null(0).sum(),
    )
