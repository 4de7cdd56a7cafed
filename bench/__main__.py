"""Run benchmarks: ``python -m bench`` (or ``make bench``) for all short ones, or by name.

``--json`` for machines, ``--markdown`` for the book, ``--record`` to keep the results in
``bench/history``; ``python -m bench history`` prints how they went and exits 3 where one dropped.
Long ones run only where named: ``python -m bench seasons crash``.
"""

import json
import os
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
    history,
    honest,
    kinds,
    living,
    naming,
    nulls,
    pages,
    quotes,
    scaling,
    seasons,
    serving,
    sides,
    table,
)
from bench.measure import Result
from tipoff.sources.league import League, LeagueSettings, generate
from tipoff.store.lake import Lake

Made = Result | list[Result] | tuple[Result, dict[str, Any]]
Short = Callable[[League, Lake], Made]
DROPPED = 3

SHORT: Mapping[str, Short] = {
    "pandas": lambda _, lake: sides.pandas(lake),
    "dates": lambda _, lake: sides.dates(lake),
    "span": lambda league, _: building.span(league),
    "repeat": lambda league, _: building.repeat(league),
    "trained": lambda _, lake: sides.trained(lake),
    "reading": lambda _, lake: sides.reading(lake),
    "door": lambda _, lake: sides.through_the_door(lake),
    "as-of": lambda _, lake: sides.lines_as_of(lake),
    "lines": lambda league, _: backtesting.lines(league),
    "interval": lambda *_: backtesting.interval(),
    "fair": lambda *_: backtesting.fair(),
    "audit": lambda *_: auditing.file_(),
    "gate": lambda league, _: naming.gate(league),
    "names": lambda league, _: naming.names(league),
}
LONG: Mapping[str, Callable[[], Made]] = {
    "scaling": scaling.scaling,
    "quotes": quotes.quotes,
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
_OPTIONS = ("--json", "--markdown", "--record")


def main() -> None:
    """Print what was asked for, one row per pair of ways."""
    words = sys.argv[1:]
    named = [word for word in words if not word.startswith("-")]
    if named == ["history"]:
        raise SystemExit(DROPPED if history.show() else 0)
    unknown = sorted({*named} - {*SHORT, *LONG} | {w for w in words if w[0] == "-"} - {*_OPTIONS})
    if unknown:
        raise SystemExit(
            f"Expected history, or benchmarks out of {', '.join((*SHORT, *LONG))}, and options out "
            f"of {', '.join(_OPTIONS)}; got {unknown}."
        )
    results = _run(named or list(SHORT), is_quiet="--json" in words or "--markdown" in words)
    if "--json" in words:
        print(json.dumps(results))
    elif "--markdown" in words:
        print(table.markdown(results))
    if "--record" in words:
        history.record(results)


def _run(names: list[str], *, is_quiet: bool) -> list[dict[str, Any]]:
    """Run benchmarks one after the other; the short ones share a league and its lake."""
    print(f"load of the machine before: {os.getloadavg()[0]:.2f}", file=sys.stderr)
    results = []
    league = generate(LeagueSettings(seasons=2, teams=12, games_per_team=40))
    with building.stored(league) as lake:
        for name in names:
            made = SHORT[name](league, lake) if name in SHORT else LONG[name]()
            results += _told(name, made, is_quiet)
    return results


def _told(name: str, made: Made, is_quiet: bool) -> list[dict[str, Any]]:
    several, figures = made if isinstance(made, tuple) else (made, {})
    if isinstance(several, Result):
        several = [several]
    rows = [{"bench": name, **asdict(r), "ratio": r.ratio, **figures} for r in several]
    for row in rows:
        print(table.line(row), file=sys.stderr if is_quiet else sys.stdout, flush=True)
        for key, value in figures.items():
            print(f"  {key}: {value}", file=sys.stderr if is_quiet else sys.stdout)
    return rows


if __name__ == "__main__":
    main()
