"""Made-up feature rows without drift, whose rows depend on each other as real ones do."""

from datetime import timedelta

import numpy as np
import polars as pl
from tests.monitoring.seasons import FIRST

TRAINING, WINDOW = 84, 14
FEATURES = [f"{kind}_{number}" for number in range(3) for kind in ("own", "form", "slate", "count")]


def world(seed: int, dates: int = TRAINING + WINDOW, players: int = 120) -> pl.DataFrame:
    """Return rows of a season: every player in two dates out of five.

    ``own`` features differ from row to row, ``form`` ones follow the player (and are null at
    times), ``slate`` ones share a shock of the date, ``count`` ones are small whole numbers that
    follow the player.
    """
    rng = np.random.default_rng(seed)
    groups = len(FEATURES) // 4
    skill = rng.normal(size=(players, groups))
    form = rng.normal(size=(dates, 2, players, groups))
    for number in range(1, dates):
        form[number] = 0.95 * form[number - 1] + (1 - 0.95**2) ** 0.5 * form[number]
    plays = rng.random((dates, players)) < 0.4
    day, player = np.nonzero(plays)
    n = day.size
    columns = {}
    for group in range(groups):
        followed = 0.9 * skill[player, group] + 0.4 * form[day, 0, player, group]
        columns[f"own_{group}"] = rng.normal(size=n)
        columns[f"form_{group}"] = np.where(rng.random(n) < 0.05, np.nan, followed)
        columns[f"slate_{group}"] = rng.normal(size=n) + 0.4 * rng.normal(size=dates)[day]
        columns[f"count_{group}"] = np.round(2 * np.abs(form[day, 1, player, group]))
    return pl.DataFrame(
        {"game_date": [FIRST + timedelta(days=int(d)) for d in day], **columns}
    ).fill_nan(None)


def parts(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return training rows and the rows of the two weeks after."""
    rows = world(seed)
    cut = FIRST + timedelta(days=TRAINING)
    return rows.filter(pl.col("game_date") < cut), rows.filter(pl.col("game_date") >= cut)


def predicted(
    rng: np.random.Generator, dates: int = 30, per_date: int = 12, shared: float = 0.5
) -> pl.DataFrame:
    """Return predictions that are right on average, with results that share a shock by date."""
    day = np.repeat(np.arange(dates), per_date)
    prediction = rng.normal(15, 5, day.size)
    noise = rng.normal(0, 6, day.size) + shared * rng.normal(0, 6, dates)[day]
    return pl.DataFrame(
        {
            "game_date": [FIRST + timedelta(days=int(d)) for d in day],
            "prediction": prediction,
            "actual": prediction + noise,
        }
    )


def stated(
    rng: np.random.Generator, dates: int = 30, per_date: int = 15, shared: float = 0.15
) -> pl.DataFrame:
    """Return stated probabilities of over that are right on average, with dates that share luck."""
    day = np.repeat(np.arange(dates), per_date)
    p = np.clip(rng.normal(0.5, 0.12, day.size), 0.05, 0.95)
    # Luck of a date moves all its chances up or down and is nothing on average.
    luck = shared * rng.choice([-1.0, 1.0], dates)[day] * np.minimum(p, 1 - p)
    over = rng.random(day.size) < p + luck
    return pl.DataFrame(
        {
            "game_date": [FIRST + timedelta(days=int(d)) for d in day],
            "over_probability": p,
            "line": np.full(day.size, 15.5),
            "actual": np.where(over, 20.0, 10.0),
        }
    )
