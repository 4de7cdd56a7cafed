"""Run benchmarks: ``python -m bench`` (or ``make bench``) for all short ones, or by name.

``--json`` for machines. Long ones run only where named: ``python -m bench seasons crash``.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from bench import (
    auditing,
    availability,
    backtesting,
    building,
    crash,
    decay,
    download,
    edges,
    fuzz,
    honest,
    kinds,
    living,
    naming,
    nulls,
    pages,
    seasons,
    serving,
)
from bench.measure import Result
from tipoff.sources.league import LeagueSettings, generate

Work = Callable[[], Result | tuple[Result, dict[str, Any]]]


def works() -> tuple[Mapping[str, Work], Mapping[str, Work]]:
    """The short and the long benchmarks by name."""
    league = generate(LeagueSettings(seasons=2, teams=12, games_per_team=40))
    short: dict[str, Work] = {
        "span": lambda: building.span(league),
        "repeat": lambda: building.repeat(league),
        "lines": lambda: backtesting.lines(league),
        "interval": backtesting.interval,
        "fair": backtesting.fair,
        "audit": auditing.file_,
        "gate": lambda: naming.gate(league),
        "names": lambda: naming.names(league),
    }
    long: dict[str, Work] = {
        "seasons": seasons.seasons,
        "crash": crash.crash,
        "nulls": nulls.nulls,
        "edges": edges.edges,
        "live": living.live,
        "honest": honest.honest,
        "kinds": kinds.kinds,
        "fuzz": fuzz.fuzzing,
        "availability": availability.availability,
        "download": download.download,
        "decay": decay.decay,
        "drift": decay.drift,
        "serving": serving.serving,
        "pages": pages.pages,
    }
    return short, long


def main() -> None:
    """Print one line per benchmark: seconds of ours, of the baseline, and the ratio."""
    short, long = works()
    named = [word for word in sys.argv[1:] if not word.startswith("-")]
    unknown = sorted(set(named) - {*short, *long})
    if unknown:
        raise SystemExit(f"Expected benchmarks out of {', '.join((*short, *long))}; got {unknown}.")
    results = []
    for name in named or short:
        made = {**short, **long}[name]()
        result, figures = made if isinstance(made, tuple) else (made, {})
        results.append({**asdict(result), "ratio": result.ratio, **figures})
        if "--json" not in sys.argv:
            print(
                f"{result.name}: {result.ours:.3f} s; {result.baseline}: {result.theirs:.3f} s; "
                f"ratio {result.ratio:.1f}"
            )
            for key, value in figures.items():
                print(f"  {key}: {value}")
    if "--json" in sys.argv:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
