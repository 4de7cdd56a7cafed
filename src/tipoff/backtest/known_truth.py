"""Results and picks held against true distributions, as a made-up league stores them.

A true distribution is a count of how often so many points were scored in games played over:
``played`` and ``times_0`` to ``times_60``. All functions here take frames; nothing that predicts
may read such rows.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from tipoff.backtest.metrics import interval
from tipoff.backtest.returns import payout, settled
from tipoff.backtest.statistics import mean_interval, share_interval

_PLAYER_GAME = ["game_id", "team", "player_id"]
_BINS = 20
_SEED = 1
# How often is told of each side of a line.
CHANCES = ("true_over", "true_push", "true_under")

Floats = npt.NDArray[np.float64]


def merged(drawn: pl.DataFrame, knowledge: str, batch: int | None = None) -> pl.DataFrame:
    """Return one true distribution per player-game.

    Args:
        drawn: rows of ``league_distributions``.
        knowledge: the state of knowledge.
        batch: of one batch only; of both where None.
    """
    own = drawn.filter(pl.col("knowledge") == knowledge)
    if batch is not None:
        own = own.filter(pl.col("batch") == batch)
    counts = pl.col("played", *_times(drawn)).cast(pl.Int32).sum()
    return own.group_by(_PLAYER_GAME).agg(counts)


def _times(drawn: pl.DataFrame) -> list[str]:
    return [name for name in drawn.columns if name.startswith("times_")]


def integrals(actuals: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Return where each result lies in its true distribution.

    The rank of the result among the games played over, ties broken by chance. Where the truth is
    true, the result is one more game of the same kind, so that every rank is as likely: the
    integral is uniform however few games were played over.

    Args:
        actuals: ``game_date``, the key of a player-game and ``actual`` points of those who played.
        truth: from ``merged``.

    Returns:
        The rows that have a distribution, with ``integral`` (0 to 1).
    """
    rows = actuals.join(truth, on=_PLAYER_GAME).sort(_PLAYER_GAME)
    times = rows.select(_times(truth)).to_numpy().astype(np.int64)
    place = np.minimum(rows["actual"].to_numpy(), times.shape[1] - 1)
    line = np.arange(rows.height)
    equal = times[line, place]
    below = times.cumsum(axis=1)[line, place] - equal
    chance = np.random.default_rng(_SEED).random(rows.height)
    own = (below + chance * (equal + 1)) / (rows["played"].to_numpy() + 1)
    return rows.select("game_date", *_PLAYER_GAME).with_columns(integral=pl.Series(own))


def calibration(found: pl.DataFrame) -> dict[str, Any]:
    """Return whether integrals are uniform.

    Players of one game share its pace and its minutes, so the tests take one player of each game,
    drawn without looking at what he did.

    Args:
        found: from ``integrals``.

    Returns:
        ``n`` (player-games), ``mean`` of all their integrals (0.5 of uniform ones) with ``low`` and
        ``high``, clustered by game date, and ``mean_holds`` (0.5 is inside its 99.9 % interval); of
        one player a game: ``games``, ``chi_square`` over
        twenty bins with its ``chi_square_p``, and ``kolmogorov_smirnov`` with its p-value.
    """
    mean, wide = (mean_interval(found, "integral", level=level) for level in (0.95, 0.999))
    holds = wide.low is None or wide.high is None or wide.low <= 0.5 <= wide.high
    draw = pl.Series(np.random.default_rng(_SEED).permutation(found.height))
    drawn = found.sort(_PLAYER_GAME).with_columns(_draw=draw).sort("_draw")
    single = drawn.unique("game_id", keep="first", maintain_order=True)
    values = single["integral"].to_numpy()
    bins = np.histogram(values, _BINS, (0.0, 1.0))[0]
    chi = stats.chisquare(bins)
    distance = stats.kstest(values, "uniform")
    return {
        **interval(mean, "mean"),
        "mean_holds": holds,
        "games": single.height,
        "chi_square": round(float(chi.statistic), 4),
        "chi_square_p": round(float(chi.pvalue), 6),
        "kolmogorov_smirnov": round(float(distance.statistic), 6),
        "kolmogorov_smirnov_p": round(float(distance.pvalue), 6),
    }


def with_chances(rows: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Add the true chances of over, push and under at each row's line.

    Args:
        rows: rows with the key of a player-game and ``line``.
        truth: from ``merged``; rows without a distribution are left out.
    """
    both = rows.join(truth, on=_PLAYER_GAME, maintain_order="left")
    times = both.select(_times(truth)).to_numpy().astype(np.float64)
    points = np.arange(times.shape[1])
    line = both["line"].to_numpy()[:, None]
    n = both["played"].to_numpy()
    chances = [(times * where).sum(axis=1) / n for where in _sides(points, line)]
    return both.select(rows.columns).with_columns(
        **{name: pl.Series(own) for name, own in zip(CHANCES, chances, strict=True)}
    )


def _sides(points: npt.NDArray[np.int64], line: Floats) -> tuple[npt.NDArray[np.bool_], ...]:
    return points > line, points == line, points < line


def picks_against_truth(picks: pl.DataFrame) -> dict[str, Any]:
    """Hold what picks won against what the truth says of these very picks.

    Args:
        picks: graded rows with ``CHANCES``.

    Returns:
        ``n`` (won or lost), ``rate`` with ``low`` and ``high``, ``expected_rate`` (of these picks,
        by the truth), ``break_even`` (of their prices); ``excess`` (rate less break-even) and
        ``rate_difference`` (rate less expected); ``roi``, ``expected_roi`` and
        ``roi_difference``. Differences and ``roi`` are ``value, n, low, high``, clustered by game
        date.
    """
    over = pl.col("side") == "over"
    money = settled(picks).with_columns(
        _win=pl.when(over).then("true_over").otherwise("true_under"),
        _loss=pl.when(over).then("true_under").otherwise("true_over"),
        _won=pl.col("outcome") == "win",
    )
    decided = money.filter(pl.col("outcome").is_in(["win", "loss"])).with_columns(
        _expected=pl.col("_win") / (pl.col("_win") + pl.col("_loss"))
    )
    taken = money.filter("is_taken").with_columns(
        _expected=pl.col("_win") * pl.col("payout") - pl.col("_loss")
    )
    won = pl.col("_won").cast(pl.Float64)
    surprise = decided.with_columns(_d=won - pl.col("_expected"))
    excess = decided.with_columns(_d=won - pl.col("break_even"))
    gain = taken.with_columns(_d=pl.col("profit") - pl.col("_expected"))
    return {
        **interval(share_interval(decided, "_won"), "rate"),
        "expected_rate": _mean(decided, "_expected"),
        "break_even": _mean(decided, "break_even"),
        "excess": interval(mean_interval(excess, "_d"), "value"),
        "rate_difference": interval(mean_interval(surprise, "_d"), "value"),
        "roi": interval(mean_interval(taken, "profit"), "value"),
        "expected_roi": _mean(taken, "_expected"),
        "roi_difference": interval(mean_interval(gain, "_d"), "value"),
    }


def _mean(rows: pl.DataFrame, column: str) -> float | None:
    mean = rows[column].mean()
    return None if mean is None else float(mean)  # type: ignore[arg-type]


def value_of_sides() -> tuple[pl.Expr, pl.Expr]:
    """Return the units expected on one unit of the over and of the under, by ``CHANCES``."""
    over = pl.col("true_over") * payout(pl.col("over_price")) - pl.col("true_under")
    under = pl.col("true_under") * payout(pl.col("under_price")) - pl.col("true_over")
    return over, under
