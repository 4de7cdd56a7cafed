"""A season of made-up predictions, lines and results, clean and with leaks, as files have them."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tipoff.backtest.file_history import averages

FIRST = date(2022, 10, 20)
LEAKS = {
    "inclusive": "averages that count the game itself",
    "constant": "a constant share of the result",
    "copied": "the result itself",
    "half": "only some months know",
    "final": "averages of the whole season",
}


def season(seed: int = 1, players: int = 60, days: int = 140, skill: float = 0.0) -> pl.DataFrame:
    """Return player-games with a line, prices, a result, and predictions of every making.

    Half of the players play each day. Lines are as sharp as can be; honest predictions are of
    averages of earlier games, and know ``skill`` of the surprise.
    """
    chance = np.random.default_rng(seed)
    day, player = np.divmod(np.arange(players * days), players)
    plays = (day + player) % 2 == 0
    day, player = day[plays], player[plays]
    n = len(day)
    form = np.cumsum(chance.normal(0, 0.35, (days, players)), axis=0)
    level = np.clip(chance.uniform(9, 27, players)[player] + form[day, player], 5, None)
    surprise = chance.normal(0, 6, n)
    frame = pl.DataFrame(
        {
            "player": [f"Player {chr(65 + p // 26)}{chr(97 + p % 26)}son" for p in player],
            "game_date": [FIRST + timedelta(days=int(d)) for d in day],
            "line": np.floor(level) + 0.5,
            "over_odds": chance.choice([-125, -115, -110, 100], n),
            "under_odds": chance.choice([-125, -118, -112, -105], n),
            "actual": np.clip(np.round(level + surprise), 0, None),
            "known": skill * surprise,
            "noise": chance.normal(0, 1.5, n),
        }
    )
    history = averages(frame)
    rows = frame.join(history, on=["player", "game_date"], maintain_order="left")
    earlier = 0.5 * pl.col("last_5_average") + 0.5 * pl.col("last_10_average")
    with_own = 0.5 * pl.col("with_last_5") + 0.5 * pl.col("with_last_10")
    honest = (0.5 * pl.col("line") + 0.5 * earlier + pl.col("known") + pl.col("noise")).round(2)
    told = pl.col("line") + 0.4 * (pl.col("actual") - pl.col("line")) + pl.col("noise")
    is_late = pl.col("game_date") >= FIRST + timedelta(days=days // 2)
    return rows.drop_nulls("last_5_average").select(
        "player", "game_date", "line", "over_odds", "under_odds", "actual",
        clean=honest,
        inclusive=with_own.round(2),
        constant=told.round(2),
        copied=pl.when(pl.col("noise") > 0).then("actual").otherwise(honest),
        final=(0.6 * pl.col("whole_season") + 0.4 * earlier).round(2),
        half=pl.when(is_late).then(told).otherwise(honest),
    )  # fmt: skip


def written(folder: Path, rows: pl.DataFrame, making: str, **renamed: Any) -> Path:
    """Write a file of predictions of one making and return its path.

    Args:
        folder: where to write.
        rows: as of ``season``.
        making: clean, or one of ``LEAKS``.
        renamed: column = name in the file; None leaves the column out.
    """
    names = {
        "player": "player", "game_date": "date", "prediction": "prediction", "line": "line",
        "over_odds": "over_odds", "under_odds": "under_odds", "actual": "actual", **renamed,
    }  # fmt: skip
    own = rows.with_columns(prediction=pl.col(making))
    kept = {column: name for column, name in names.items() if name is not None}
    path = folder / f"{making}.csv"
    own.select(pl.col(column).alias(name) for column, name in kept.items()).write_csv(path)
    return path
