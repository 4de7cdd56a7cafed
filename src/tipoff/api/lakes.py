"""A lake: open it, fill it, bring its features up to date, and read its tables."""

from collections.abc import Sequence
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from tipoff.api.given import AnyLake, ArrowFrame, Day, frame, lake_at, span
from tipoff.api.results import Backfilled, Ingested
from tipoff.domain.market import feature_markets
from tipoff.errors import InputError, TipoffError
from tipoff.processors.catalogue import processor_named
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.sources.league import LeagueSettings
from tipoff.store import lake as store
from tipoff.store.lake import Lake
from tipoff.workflows import backfill as backfilling
from tipoff.workflows.ingest import ingest_files
from tipoff.workflows.lake import files, table_named
from tipoff.workflows.league import put, settings_of
from tipoff.workflows.request import Request

_FILE = "frame.parquet"


def open_lake(path: str | PathLike[str] | None = None, *, must_exist: bool = False) -> Lake:
    """Open a lake, the folder or object store that tipoff keeps its tables in.

    Every function that takes a lake also takes its path.

    Args:
        path: folder or URL; ``TIPOFF_LAKE``, else ``lake``, where None. The options of an object
            store come from variables that begin with ``TIPOFF_STORAGE_``.
        must_exist: refuse a folder that is not there instead of making it.

    Raises:
        InputError: the folder is missing, or the path is a file.
    """
    return lake_at(path, must_exist=must_exist)


def league(
    lake: AnyLake, world: str | None = None, *, truth_games: int = 0, **knobs: Any
) -> dict[str, int]:
    """Put a made-up league into an empty lake: games, box scores, shots, injuries and lines.

    Args:
        lake: an empty lake, or one that holds this very league: twice is once.
        world: begin with the knobs of this world (``tipoff league worlds``).
        truth_games: play each game so often for its true distributions; 0 for none.
        knobs: ``seasons=1, teams=8, games_per_team=30, seed=7`` and so on
            (``tipoff league knobs``).

    Returns:
        Rows by table.

    Raises:
        InputError: no such world or knob, a value out of bounds, or the lake holds other games.
    """
    unknown = sorted(knobs.keys() - asdict(LeagueSettings()).keys())
    if unknown:
        known = ", ".join(asdict(LeagueSettings()))
        raise InputError(f"Expected knobs out of {known}; got {', '.join(unknown)}.")
    own = settings_of([f"{name}={_text(value)}" for name, value in knobs.items()], world)
    report = put(lake_at(lake, must_exist=False), own, truth_games=truth_games)
    return {**report["league"], **{n: rows for n, rows in report["truth"].items() if rows}}


def _text(knob: Any) -> str:
    return str(knob) if isinstance(knob, str) or not isinstance(knob, Sequence) else ",".join(knob)


def ingest(
    lake: AnyLake,
    *given: str | PathLike[str] | ArrowFrame,
    mapping: str | PathLike[str] | None = None,
    again: bool = False,
) -> Ingested:
    """Take data in: files and folders, or frames, each recognised by its columns.

    Args:
        lake: where rows go; made where it is not there.
        given: paths of files and folders, and tables of any library that hands out Arrow.
        mapping: a mapping file (TOML) for layouts that tipoff does not know (docs/mapping.md).
        again: read anew what was taken in before; what is stored is not stored twice.

    Returns:
        What became of each, in the order given; a frame is named ``frame.parquet``, ``frame-2`` and
        so on. What is not recognised is listed with the reason and is not fatal;
        ``is_stopped`` where too many players, teams or games in one are unknown (nothing of it is
        stored then).

    Raises:
        InputError: a path does not exist, the mapping is wrong, or nothing could be taken in.
    """
    opened = lake_at(lake, must_exist=False)
    with TemporaryDirectory(prefix="tipoff-") as folder:
        paths = [_written(one, Path(folder)) for one in given]
        report = ingest_files(
            opened, paths, mapping=None if mapping is None else Path(mapping), again=again
        )
        for row in report["files"]:
            row["path"] = row["path"].removeprefix(f"{folder}/")
    return Ingested(report)


def _written(given: str | PathLike[str] | ArrowFrame, folder: Path) -> Path:
    """Return the path of a file; a frame is written as one first."""
    if isinstance(given, (str, PathLike)):
        return Path(given)
    number = 1 + len(list(folder.iterdir()))
    path = folder / (_FILE if number == 1 else f"frame-{number}.parquet")
    frame(given, "data to take in").write_parquet(path)
    return path


def backfill(
    lake: AnyLake,
    start: Day,
    end: Day,
    *,
    market: str = "points",
    only: str | None = None,
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
    workers: int = 1,
) -> Backfilled:
    """Build the feature rows of a span of game dates; what is up to date is left as it is.

    Args:
        lake: a lake with raw rows.
        start, end: first and last game date, both included.
        market: markets with commas, or ``all``.
        only: the only processor to build, by name.
        lead_minutes: minutes before tip-off of the decision instant.
        workers: processes that share the work. With several, a script needs
            ``if __name__ == "__main__":``.

    Raises:
        InputError: the range is reversed, or the lake knows no game in it.
        TipoffError: some dates failed; all others are stored, and the same call tries those again.
    """
    first, last = span(start, end)
    request = Request(
        first,
        last,
        only=None if only is None else processor_named(only).name,
        workers=workers,
        lead_minutes=lead_minutes,
        markets=feature_markets(market),
    )
    report = backfilling.backfill(lake_at(lake), request, lambda *_: None)
    if report["failed"]:
        one = report["failures"][0]
        raise TipoffError(
            f"Expected {report['planned']} (processor, game date) to be built, but "
            f"{report['failed']} failed, the first {one['processor']} {one['game_date']}: "
            f"{one['error']}. Call it again to retry them."
        )
    return Backfilled(report)


def scan(
    lake: AnyLake, table: str, *, seasons: Sequence[str] | None = None, at: int | None = None
) -> pl.LazyFrame:
    """Return a table's rows as they are stored, lazily; ``collect()`` gives the frame.

    Raw tables hold every version of a row: of one key the newest ``observed_at`` counts, and a row
    with ``is_deleted`` takes back what was said.

    Args:
        lake: the lake.
        table: the table's name.
        seasons: these seasons only, such as ``["2022-23"]``; all where None.
        at: a version of the table; the newest by default.

    Returns:
        The table's columns; no rows where the lake holds none of it yet.

    Raises:
        InputError: there is no such table; the error lists them.
    """
    rows = store.scan(lake_at(lake), table_named(table), at=at)
    return rows if seasons is None else rows.filter(pl.col("season").is_in(list(seasons)))


def table_files(lake: AnyLake, table: str, *, at: int | None = None) -> list[str]:
    """Return the Parquet files that hold a table's rows now, for engines that do not read its log.

    A table's folder also holds files that were replaced since: never read it whole. The column
    ``season`` stands in the paths, not in the files, and a file may lack columns that are newer
    than it (docs/open-tables.md).

    Args:
        lake: the lake.
        table: the table's name.
        at: a version of the table; the newest by default.

    Returns:
        Absolute paths, or URLs, in order.

    Raises:
        InputError: there is no such table, or the lake holds none of it yet.
    """
    return [file["path"] for file in files(lake_at(lake), table, at)["files"]]
