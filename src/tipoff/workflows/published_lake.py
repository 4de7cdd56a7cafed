"""What publishing reads of the lake, all of it or nothing: it never takes a fault for no rows."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tipoff.errors import TipoffError
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, read
from tipoff.tables.ledger import LAKE_VERSIONS
from tipoff.tables.models import MODEL_EVENTS, MODELS
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.raw import GAMES
from tipoff.tables.table import Table
from tipoff.tables.watch import HALTS
from tipoff.workflows.published_rows import KEY, refuse_doubles


@dataclass(frozen=True)
class Stored:
    """What the lake says, read once."""

    predictions: pl.DataFrame
    grades: pl.DataFrame
    halts: pl.DataFrame
    events: pl.DataFrame
    names: pl.DataFrame
    games: pl.DataFrame
    lake_version: int | None


def stored(lake: Lake) -> Stored:
    """Read everything that documents are made of.

    Raises:
        TipoffError: a table can not be read, or holds a prediction twice.
    """
    versions = readable(lake, LAKE_VERSIONS)["number"].max()
    found = Stored(
        predictions=readable(lake, PREDICTIONS),
        grades=readable(lake, GRADES),
        halts=readable(lake, HALTS),
        events=readable(lake, MODEL_EVENTS),
        names=readable(lake, MODELS),
        games=merged_games(readable(lake, GAMES)),
        lake_version=None if versions is None else int(str(versions)),
    )
    refuse_doubles(PREDICTIONS.name, found.predictions, KEY)
    return found


def readable(lake: Lake, table: Table) -> pl.DataFrame:
    """Read a table; one that is there but can not be read is never taken for an empty one.

    Raises:
        TipoffError: it can not be read.
    """
    folder = Path(lake.table_url(table))
    if lake.is_local and folder.exists() and not (folder / "_delta_log").is_dir():
        raise TipoffError(_unreadable(table, "its log is gone"))
    try:
        return read(lake, table)
    except TipoffError:
        raise
    except Exception as error:
        raise TipoffError(_unreadable(table, str(error))) from error


def _unreadable(table: Table, why: str) -> str:
    return (
        f"Expected to read table {table.name}, but {why}. Nothing is published, for it might say "
        "that picks are halted or corrected; repair the table first."
    )
