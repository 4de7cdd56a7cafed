"""Building features and storing rows: spans against single dates, sets against rows."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import Result, compared
from tipoff.sources.league import League, append_to
from tipoff.store.lake import Lake, open_lake
from tipoff.workflows.backfill import Request, backfill

FIRST, LAST = date(2023, 1, 5), date(2023, 1, 31)


@contextmanager
def stored(league: League) -> Iterator[Lake]:
    """A lake with the league, thrown away afterwards."""
    with TemporaryDirectory() as folder:
        lake = open_lake(str(Path(folder) / "lake"))
        append_to(lake, league)
        yield lake


def span(league: League) -> Result:
    """All five processors over a month: one span against a loop over its dates."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    dates = set(league.frames["games"]["game_date"])

    with stored(league) as lake:

        def copied() -> Lake:
            target = Path(lake.url).parent / "copy"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(lake.url, target)
            return open_lake(str(target))

        def whole() -> None:
            backfill(copied(), Request(FIRST, LAST), lambda *_: None)

        def single() -> None:
            target = copied()
            for day in days:
                if day in dates:
                    backfill(target, Request(day, day), lambda *_: None)

        return compared(
            f"five processors over {len(days)} days",
            whole,
            "one date at a time",
            single,
            repeats=1,
        )


def repeat(league: League) -> Result:
    """Appending what the lake holds already, against storing it for the first time."""
    with stored(league) as lake:

        def first() -> None:
            with TemporaryDirectory() as folder:
                append_to(open_lake(folder), league)

        rows = sum(frame.height for frame in league.frames.values())
        return compared(
            f"append {rows:,} rows that are known", lambda: append_to(lake, league),
            "the first time", first,
        )  # fmt: skip
