"""How time grows with seasons, players, books and markets, on the built-in league.

The exponent is the slope of log time over log size, by least squares: 1 is proportional, under 1
is a job whose fixed part still counts.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.measure import Result
from bench.quotes import BOOKS, resolved
from tipoff.domain.market import MARKETS, Market, market_named
from tipoff.sources.league import LeagueSettings, append_to, generate
from tipoff.store.lake import Lake, open_lake
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.world import known_games

BASE = LeagueSettings(seasons=1, teams=12, games_per_team=40, seed=11)
POINTS = (market_named("points"),)
_REPEATS = 2


def scaling() -> tuple[Result, dict[str, Any]]:
    """Grow one thing at a time, the rest as in the base league.

    Returns:
        Seconds of a backfill of one season against those of the largest number of seasons, and per
        thing the sizes, seconds and the exponent.
    """
    figures = {
        "seasons, five processors": _grown((1, 2, 4), lambda n: replace(BASE, seasons=n), built),
        "players, five processors": _grown(
            (8, 16, 30), lambda n: replace(BASE, teams=n), built, unit=15
        ),
        "books, takeable lines": _grown(
            (2, 4, 8), lambda n: replace(BASE, books=BOOKS[:n], extra_markets=False), chosen
        ),
        "markets, five processors": _grown(
            (1, 2, 4), lambda _: BASE, lambda lake, n: built(lake, n, tuple(MARKETS.values())[:n])
        ),
    }
    least, *_, most = figures["seasons, five processors"]["seconds"]
    name = "five processors over one season"
    return Result(name, least, "over four seasons", most), figures


def _grown(
    sizes: Sequence[int],
    settings: Callable[[int], LeagueSettings],
    job: Callable[[Lake, int], float],
    *,
    unit: int = 1,
) -> dict[str, Any]:
    best = dict.fromkeys(sizes, float("inf"))
    with TemporaryDirectory() as folder:
        for size in sizes:
            append_to(open_lake(str(Path(folder) / f"{size}")), generate(settings(size)))
        for _ in range(_REPEATS):
            for size in sizes:
                lake = open_lake(str(Path(folder) / f"{size}"))
                best[size] = min(best[size], job(lake, size))
    return {
        "sizes": [size * unit for size in sizes],
        "seconds": [round(best[size], 3) for size in sizes],
        "exponent": exponent(best),
    }


def exponent(seconds: Mapping[int, float]) -> float:
    """Return the slope of log seconds over log size."""
    sizes, spent = np.log(list(seconds)), np.log(list(seconds.values()))
    return round(float(np.polyfit(sizes, spent, 1)[0]), 2)


def built(lake: Lake, _: int, markets: tuple[Market, ...] = POINTS) -> float:
    """Return the seconds of a backfill of all games into a fresh copy of the raw rows."""
    days = known_games(lake)["game_date"].sort()
    with TemporaryDirectory() as folder:
        # Derived rows go where nothing is yet; the raw rows are linked, not copied.
        target = Path(folder) / "lake"
        target.mkdir()
        for table in Path(lake.url).iterdir():
            (target / table.name).symlink_to(table)
        began = time.perf_counter()
        report = backfill(
            open_lake(str(target)), Request(days[0], days[-1], markets=markets), lambda *_: None
        )
        if report["failed"] or not report["written"]:
            raise SystemExit(f"Expected dates to be built, got {report['failures'][:1]}.")
        return time.perf_counter() - began


def chosen(lake: Lake, _: int) -> float:
    """Return the seconds of choosing the takeable line of every player-game."""
    began = time.perf_counter()
    resolved(lake)
    return time.perf_counter() - began
