"""The zones of the court, from places measured in feet from the centre of the hoop."""

import polars as pl

# The hoop's centre is 5.25 feet from the baseline.
_HOOP = 5.25
RESTRICTED_RADIUS = 4
PAINT_HALF_WIDTH = 8
# From the baseline. Places are tenths of feet; those on the last two lines are on the near side.
PAINT_DEPTH, CORNER_DEPTH, HALF_COURT = 19.1, 14, 47.2


def zone_at(x_feet: pl.Expr, y_feet: pl.Expr, is_three: pl.Expr) -> pl.Expr:
    """Return the zone of a place as the NBA draws them; null where there is no place.

    Args:
        x_feet: along the baseline, negative to the shooter's left.
        y_feet: towards half court.
        is_three: whether the shot counts three.
    """
    is_left = x_feet < 0
    in_corner = y_feet <= CORNER_DEPTH - _HOOP
    in_paint = (x_feet.abs() <= PAINT_HALF_WIDTH) & (y_feet <= PAINT_DEPTH - _HOOP)
    two = (
        pl.when((x_feet**2 + y_feet**2) < RESTRICTED_RADIUS**2)
        .then(pl.lit("restricted_area"))
        .when(in_paint)
        .then(pl.lit("paint_non_ra"))
        .otherwise(pl.lit("mid_range"))
    )
    three = (
        pl.when(in_corner & is_left)
        .then(pl.lit("left_corner_three"))
        .when(in_corner)
        .then(pl.lit("right_corner_three"))
        .otherwise(pl.lit("above_break_three"))
    )
    is_far = y_feet > HALF_COURT - _HOOP
    zone = pl.when(is_far).then(pl.lit("backcourt")).when(is_three).then(three).otherwise(two)
    return pl.when(pl.all_horizontal(x_feet.is_finite(), y_feet.is_finite())).then(zone)
