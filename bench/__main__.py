"""Run every benchmark: ``python -m bench`` (or ``make bench``); ``--json`` for machines."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from bench import backtesting, building
from bench.measure import Result
from tipoff.sources.league import LeagueSettings, generate


def main() -> None:
    """Print one line per benchmark: seconds of ours, of the baseline, and the ratio."""
    league = generate(LeagueSettings(seasons=2, teams=12, games_per_team=40))
    works: list[Callable[[], Result]] = [
        lambda: building.span(league),
        lambda: building.repeat(league),
        lambda: backtesting.lines(league),
        backtesting.interval,
    ]
    results = []
    for work in works:
        result = work()
        results.append({**asdict(result), "ratio": result.ratio})
        if "--json" not in sys.argv:
            print(
                f"{result.name}: {result.ours:.3f} s; {result.baseline}: {result.theirs:.3f} s; "
                f"ratio {result.ratio:.1f}"
            )
    if "--json" in sys.argv:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
