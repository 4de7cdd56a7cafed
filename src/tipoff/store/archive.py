"""The archive of raw answers: what was asked, what came, and each body once per content.

Bodies are committed before the answers that name them, so that an answer in the archive can be
read whenever a writer was killed. What a killed run had written down and not committed is taken
over. Writers that meet may store a body twice; it is read once.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from tipoff.store.delta import committed, folded, opened
from tipoff.store.journal import FOLDER, Left
from tipoff.store.lake import Lake, log, scan, validated
from tipoff.tables.answers import ANSWER_BODIES, ANSWER_READINGS, ANSWERS
from tipoff.tables.table import Table

# A reading of bodies holds no more than this at a time.
BATCH_BYTES = 128 * 2**20
# Tables of more files than this are folded.
MANY_FILES = 200
COLUMNS: dict[str, pl.DataType] = {**ANSWERS.columns, "body": pl.Binary()}
_RETRIES = 15


class Keeper:
    """Keeps answers, one commit after another.

    A table's log is read when the first answer is kept, not before each: it grows by an entry an
    answer. Where others have written since, the commit goes on top of theirs.

    Args:
        lake: where they are kept.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._tables: dict[str, DeltaTable | None] = {}
        self._stored = set(scan(lake, ANSWER_BODIES).select("sha256").collect()["sha256"])

    def keep(self, answers: pl.DataFrame) -> None:
        """Store answers; a body that is stored already is not stored again.

        Args:
            answers: the columns of ``answers``, and ``body``.
        """
        is_new = ~pl.col("sha256").is_in(list(self._stored & set(answers["sha256"])))
        new = answers.filter(is_new).unique("sha256", keep="first")
        self._log(ANSWER_BODIES, new.select("sha256", "body"))
        self._log(ANSWERS, answers.drop("body"))
        self._stored.update(new["sha256"])

    def take_over(self) -> None:
        """Keep what runs that are gone had written down and not committed."""
        with Left(self._lake) as left:
            if left.rows:
                rows = pl.DataFrame(left.rows, schema=COLUMNS)
                mine = pl.col("answer").is_in(rows["answer"].to_list())
                there = scan(self._lake, ANSWERS).filter(mine).select("answer").collect()
                self.keep(rows.join(there, on="answer", how="anti", maintain_order="left"))
            left.remove()

    def fold(self) -> None:
        """Make few large files of many small ones; another writer at it is left to it."""
        for table in (ANSWERS, ANSWER_BODIES, ANSWER_READINGS):
            if folded(self._lake, table, more_than=MANY_FILES):
                self._tables.pop(table.name, None)

    def _log(self, table: Table, frame: pl.DataFrame) -> None:
        if frame.is_empty():
            return
        base = self._tables.get(table.name)
        rows = validated(table, frame)
        if base is not None and committed(
            self._lake, table, rows, base=base, mode="append", retries=_RETRIES
        ):
            return
        log(self._lake, table, rows)
        self._tables[table.name] = opened(self._lake, table)


def kept(
    lake: Lake,
    *,
    provider: str | None = None,
    endpoint: str | None = None,
    since: datetime | None = None,
    columns: Sequence[str] = tuple(ANSWERS.columns),
) -> pl.DataFrame:
    """Return the answers that are kept, without bodies, in the order in which they came.

    Args:
        lake: the lake.
        provider, endpoint: of these only.
        since: that came at this moment or later.
        columns: of the table ``answers``, to read no more than is needed.
    """
    rows = scan(lake, ANSWERS)
    if provider is not None:
        rows = rows.filter(pl.col("provider") == provider)
    if endpoint is not None:
        rows = rows.filter(pl.col("endpoint") == endpoint)
    if since is not None:
        rows = rows.filter(pl.col("fetched_at") >= since)
    found = rows.select({*columns, "answer", "fetched_at"}).collect()
    return found.unique("answer", keep="first").sort("fetched_at", "answer").select(columns)


def with_bodies(lake: Lake, answers: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Give answers with their bodies, in their order, some at a time."""
    batch = pl.col("bytes").cum_sum() // BATCH_BYTES
    for part in answers.with_columns(_batch=batch).partition_by("_batch", maintain_order=True):
        yield part.drop("_batch").join(
            _bodies(lake, part["sha256"].unique()), on="sha256", how="left", maintain_order="left"
        )


def _bodies(lake: Lake, hashes: Collection[str]) -> pl.DataFrame:
    wanted = scan(lake, ANSWER_BODIES).filter(pl.col("sha256").is_in(list(hashes)))
    return wanted.collect().unique("sha256", keep="first")


def take_over(lake: Lake) -> None:
    """Keep what runs that are gone had written down and not committed."""
    if lake.is_local and (Path(lake.url) / FOLDER).is_dir():
        Keeper(lake).take_over()


def log_readings(lake: Lake, readings: pl.DataFrame) -> None:
    """Write down how answers were read."""
    log(lake, ANSWER_READINGS, readings)


def readings(lake: Lake) -> pl.DataFrame:
    """Return the newest reading of each answer."""
    rows = scan(lake, ANSWER_READINGS).collect().sort("read_at", "code")
    return rows.unique("answer", keep="last", maintain_order=True)
