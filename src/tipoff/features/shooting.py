"""Shooting: from where his points come."""

import polars as pl

from tipoff.features.declare import feature
from tipoff.features.expressions import at_least

_ZONES = "player_shot_zone"


@feature(index=18, unit="share", bounds=(0, 1), since="v8", source=_ZONES)
def pct_paint() -> pl.Expr:
    """Share of his shots from the paint, last 10 games with shots."""
    return pl.col("paint_share_last_10")


@feature(index=19, unit="share", bounds=(0, 1), since="v8", source=_ZONES)
def pct_mid_range() -> pl.Expr:
    """Share of his shots from mid-range, last 10 games with shots."""
    return pl.col("mid_range_share_last_10")


@feature(index=20, unit="share", bounds=(0, 1), since="v8", source=_ZONES)
def pct_three() -> pl.Expr:
    """Share of his shots that are threes, last 10 games with shots."""
    return pl.col("three_share_last_10")


@feature(index=21, unit="share", bounds=(0, 1), since="v8", source="player_games")
def pct_free_throw() -> pl.Expr:
    """Share of his points from the line, last 10 games; needs 5 games and a point."""
    points = pl.col("recent_points").list.sum()
    made = pl.col("recent_free_throws").list.sum()
    unknown = pl.col("recent_free_throws").list.len() < pl.col("recent_points").list.len()
    share = pl.when((points > 0) & ~unknown).then(made / points)
    return at_least(pl.col("recent_points"), 5, share)
