"""Do intervals cover what they say? Intervals of many seasons of the built-in league, counted.

Each season is a league of its own: other players, other games, other lines. A forecaster that
cannot see the future (the mean of a player's last ten games) is graded on the takeable lines of
windows of 20 and 40 game dates. The truth of a window is the same figure pooled over all seasons:
with 1,000 of them its own error is a thirtieth of one window's, so it moves the counted coverage
by less than a tenth of a percentage point.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import polars as pl

from tipoff.backtest.grading import graded
from tipoff.backtest.lines import line_choice, takeable_lines
from tipoff.backtest.resampling import bias_corrected, studentised
from tipoff.backtest.statistics import (
    BY_DATE,
    BY_DATE_AND_PLAYER,
    LEVEL,
    RESAMPLES,
    SEED,
    Interval,
    clustered_mean,
    design_effect,
    mean_interval,
    share_interval,
    spread,
)
from tipoff.errors import InputError
from tipoff.sources.league import LeagueSettings, generate

Method = Callable[[pl.DataFrame, str], Interval]

SETTINGS = LeagueSettings(
    seasons=1, teams=12, games_per_team=40, books=("draftkings",), extra_markets=False
)
WINDOWS = (20, 40)
LEAD_MINUTES = 30
EDGE = 2.0
SHARE = "hit_rate"
STATISTICS = (SHARE, "mae_difference", "roi")


def _drawn(bounds: Callable[..., tuple[float, float]]) -> Method:
    def interval(rows: pl.DataFrame, value: str) -> Interval:
        known = rows.drop_nulls(value).with_columns(pl.col(value).cast(pl.Float64))
        sums = known.group_by("game_date").agg(pl.col(value).sum(), n=pl.len().cast(pl.Float64))
        low, high = bounds(
            sums.sort("game_date").drop("game_date").to_numpy(), LEVEL, RESAMPLES, SEED
        )
        return Interval(None, known.height, sums.height, low, high)

    return interval


METHODS: Mapping[str, Method] = {
    "percentile, date": clustered_mean,
    "bootstrap-t, date": _drawn(studentised),
    "BCa, date": _drawn(bias_corrected),
    "left out, date": lambda rows, value: mean_interval(rows, value, BY_DATE),
    "left out, date and player": lambda rows, value: mean_interval(rows, value, BY_DATE_AND_PLAYER),
}
SHARE_METHODS: Mapping[str, Method] = {
    "share, date": lambda rows, value: share_interval(rows, value, BY_DATE),
    "share, date and player": lambda rows, value: share_interval(rows, value, BY_DATE_AND_PLAYER),
}


def coverage_study(
    seasons: int,
    settings: LeagueSettings = SETTINGS,
    *,
    windows: Sequence[int] = WINDOWS,
    workers: int = 1,
) -> dict[str, Any]:
    """Count how often 95 % intervals cover the truth on the built-in league.

    Args:
        seasons: leagues of one season, seeded one after the other from the settings' seed.
        settings: their size and market.
        windows: numbers of game dates that figures are taken over.
        workers: processes that generate and grade.

    Returns:
        ``seasons``, ``level`` and ``rows``: per statistic, window and method as of
        ``coverage``, with ``truth``, ``n`` (mean rows of a window) and ``design_effect`` (mean,
        by date and player).

    Raises:
        InputError: there are fewer than two seasons, or a window is longer than what is left of a
            season.
    """
    if seasons < 2:
        raise InputError(f"Expected at least two seasons to count over, got {seasons}.")
    chosen = [replace(settings, seed=settings.seed + n) for n in range(seasons)]
    played = list(_mapped(graded_season, chosen, workers))
    dates = min(rows["game_date"].n_unique() for rows in played)
    if max(windows) > dates:
        raise InputError(
            f"Expected windows of at most the {dates} game dates that the shortest season leaves, "
            f"got {max(windows)}; choose shorter windows or longer seasons."
        )
    report: list[dict[str, Any]] = []
    for statistic in STATISTICS:
        for window in windows:
            parts = [_first_dates(rows, window) for rows in played]
            report += _judged(parts, statistic, window)
    return {"seasons": seasons, "level": LEVEL, "rows": report}


def methods_of(statistic: str) -> Mapping[str, Method]:
    """Return the ways to an interval of a statistic, by name."""
    return {**METHODS, **(SHARE_METHODS if statistic == SHARE else {})}


def coverage(
    replications: Sequence[pl.DataFrame], value: str, truth: float, methods: Mapping[str, Method]
) -> list[dict[str, Any]]:
    """Count how often intervals of a column's mean cover the truth.

    Args:
        replications: rows of independent repetitions.
        value: name of the column.
        truth: its true mean.
        methods: ways to an interval, by name.

    Returns:
        Per method ``method, replications`` (with an interval), ``covered`` (share of them), its
        standard error ``error``, ``below`` and ``above`` (share of intervals that lie wholly
        under and over the truth) and ``width`` (mean).
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
    for rows in replications:
        for name, method in methods.items():
            got = method(rows, value)
            if got.low is not None and got.high is not None:
                found[name].append((got.low, got.high))
    return [_counted(name, bounds, truth) for name, bounds in found.items()]


def _counted(name: str, bounds: Sequence[tuple[float, float]], truth: float) -> dict[str, Any]:
    n = len(bounds)
    below = sum(high < truth for _, high in bounds) / n
    above = sum(low > truth for low, _ in bounds) / n
    covered = 1 - below - above
    return {
        "method": name,
        "replications": n,
        "covered": covered,
        "error": float((covered * (1 - covered) / n) ** 0.5),
        "below": below,
        "above": above,
        "width": sum(high - low for low, high in bounds) / n,
    }


def _judged(parts: Sequence[pl.DataFrame], statistic: str, window: int) -> Iterator[dict[str, Any]]:
    pooled = pl.concat(parts).drop_nulls(statistic)
    truth = spread(pooled, statistic).value
    if truth is None:
        raise InputError(f"Expected rows with a {statistic}, got none; choose a larger league.")
    effects = [design_effect(part, statistic, BY_DATE_AND_PLAYER) for part in parts]
    known = [effect.value for effect in effects if effect.value is not None]
    told = {
        "statistic": statistic,
        "dates": window,
        "truth": truth,
        "n": pooled.height / len(parts),
        "design_effect": sum(known) / len(known),
    }
    for counted in coverage(parts, statistic, truth, methods_of(statistic)):
        yield {**told, **counted}


def _mapped(
    work: Callable[[LeagueSettings], pl.DataFrame], items: Sequence[LeagueSettings], workers: int
) -> Iterator[pl.DataFrame]:
    if workers == 1:
        yield from map(work, items)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, items, chunksize=8)


def graded_season(settings: LeagueSettings) -> pl.DataFrame:
    """Return graded rows of a season: ``game_date, player_id`` and a column per statistic."""
    frames = generate(settings).frames
    lines = takeable_lines(_quotes(frames), line_choice("median"))
    forecasts = _last_ten(frames["player_boxes"])
    rows = graded(lines.join(forecasts, on=["game_id", "player_id"]).drop_nulls("prediction"))
    picked = pl.col("outcome").is_in(["win", "loss"]) & (pl.col("edge").abs() >= EDGE)
    won = pl.col("outcome") == "win"
    errors = {name: (pl.col(name) - pl.col("actual")).abs() for name in ("prediction", "line")}
    return rows.select(
        "game_date",
        "player_id",
        hit_rate=pl.when(picked).then(won),
        mae_difference=errors["prediction"] - errors["line"],
        # One unit staked: at fair odds of the break-even a win pays the rest of it.
        roi=pl.when(picked).then(won / pl.col("break_even") - 1),
    ).sort("game_date", "player_id")


def _quotes(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    tips = frames["games"].select("game_id", "tip_off_at")
    quotes = frames["prop_quotes"].filter(pl.col("market") == "points").join(tips, on="game_id")
    return quotes.with_columns(as_of=pl.col("tip_off_at") - pl.duration(minutes=LEAD_MINUTES))


def _last_ten(boxes: pl.DataFrame) -> pl.DataFrame:
    """Return what each player scored, and the mean of his ten games before."""
    played = boxes.filter(pl.col("seconds_played") > 0).sort("player_id", "game_date", "game_id")
    before = pl.col("points").shift(1).rolling_mean(10).over("player_id")
    return played.select(
        "game_date", "game_id", "player_id", actual=pl.col("points"), prediction=before
    )


def _first_dates(rows: pl.DataFrame, window: int) -> pl.DataFrame:
    dates = rows["game_date"].unique().sort()[:window]
    return rows.filter(pl.col("game_date").is_in(dates.implode()))
