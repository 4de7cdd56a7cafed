"""Feature rows of an honest little problem: a level that is known, and noise that is not."""

from datetime import date, timedelta

import numpy as np
import polars as pl

FEATURES = ("points_avg_season", "points_avg_last_10", "minutes_avg_last_10")


def feature_rows(
    days: int = 40, players: int = 12, seed: int = 0, *, leak: bool = False
) -> pl.DataFrame:
    """Return one row per player and game date; one of thirteen did not play.

    With ``leak`` the season average tells what is to be predicted.
    """
    rng = np.random.default_rng(seed)
    n = days * players
    level = np.tile(np.linspace(4, 28, players), days)
    actual = np.clip(np.round(level + rng.normal(0, 6, n)), 0, None)
    known = level + rng.normal(0, 1, n)
    recent = known + rng.normal(0, 2, n)
    absent = np.arange(n) % 13 == 5
    first = date(2022, 11, 1)
    dates = [first + timedelta(days=i // players) for i in range(n)]
    return pl.DataFrame(
        {
            "season": "2022-23",
            "game_date": dates,
            "game_id": [f"{d:%Y%m%d}_AAA_BBB" for d in dates],
            "player_id": [1 + i % players for i in range(n)],
            "player_name": [f"Player {i % players}" for i in range(n)],
            "team": "AAA",
            "opponent": "BBB",
            "is_training_ready": np.arange(n) % 11 != 0,
            "in_warm_up": np.arange(n) % 7 == 0,
            "played": ~absent,
            "actual": pl.Series(actual).set(pl.Series(absent), None),
            "points_avg_season": actual + rng.normal(0, 1, n) if leak else known,
            "points_avg_last_10": recent,
            "minutes_avg_last_10": pl.Series(level + rng.normal(10, 3, n)).set(
                pl.Series(np.arange(n) % 17 == 3), None
            ),
        }
    ).with_columns(
        pl.col("game_date").cast(pl.Date),
        pl.col("player_id").cast(pl.Int64),
        season_average="points_avg_season",
        last_10_average="points_avg_last_10",
        own_spread=pl.lit(5.0),
    )
