"""Grading: intervals and takeable lines against loops over resamples and rows."""

import numpy as np
import polars as pl
from scipy import optimize

from bench.measure import Result, compared
from tipoff.backtest.fair import fair_over
from tipoff.backtest.lines import line_choice, takeable_lines
from tipoff.backtest.statistics import RESAMPLES, clustered_mean
from tipoff.domain.odds import implied_probability
from tipoff.sources.league import League

_ROWS = 3_000
_DATES = 60
_PRICES = 100_000


def interval() -> Result:
    """A hit rate's interval, dates resampled: one matrix product against a loop."""
    rng = np.random.default_rng(1)
    rows = pl.DataFrame(
        {"game_date": rng.integers(0, _DATES, _ROWS), "won": rng.random(_ROWS) < 0.53}
    )
    groups = [part["won"].to_numpy() for part in rows.partition_by("game_date")]

    def loop() -> list[float]:
        means = []
        for _ in range(RESAMPLES):
            drawn = rng.integers(0, len(groups), len(groups))
            means.append(float(np.concatenate([groups[i] for i in drawn]).mean()))
        return means

    return compared(
        f"interval of a hit rate ({RESAMPLES:,} resamples of {_DATES} dates)",
        lambda: clustered_mean(rows, "won"),
        "a loop over resamples",
        loop,
    )


def lines(league: League) -> Result:
    """Takeable lines of a season: sets against a loop over player-games."""
    games = league.frames["games"].select("game_id", "tip_off_at")
    quotes = (
        league.frames["prop_quotes"]
        .filter(pl.col("market") == "points", pl.col("season") == "2022-23")
        .join(games, on="game_id")
        .with_columns(as_of=pl.col("tip_off_at") - pl.duration(minutes=30))
    )
    few = quotes.filter(pl.col("game_date") < pl.lit("2022-11-15").str.to_date())
    choice = line_choice("median")

    def loop() -> list[pl.DataFrame]:
        return [takeable_lines(part, choice) for part in few.partition_by("game_id", "player_id")]

    return compared(
        f"takeable lines of {few.height:,} quotes",
        lambda: takeable_lines(few, choice),
        "one player-game at a time",
        loop,
        repeats=1,
    )


def fair() -> Result:
    """Fair probabilities by the power method: vectors against a search for each pair."""
    rng = np.random.default_rng(2)
    over, under = (pl.Series(rng.integers(-200, -100, _PRICES)) for _ in range(2))

    def search(one: float, other: float) -> float:
        first, second = implied_probability(one), implied_probability(other)
        power = float(optimize.brentq(lambda k: first**k + second**k - 1, 0, 100))
        return float(first**power)

    def loop() -> list[float]:
        return [search(o, u) for o, u in zip(over.to_list(), under.to_list(), strict=True)]

    return compared(
        f"fair probabilities of {_PRICES:,} pairs of prices (power)",
        lambda: fair_over(over, under, "power"),
        "one search per pair",
        loop,
        repeats=1,
    )
