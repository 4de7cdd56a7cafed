"""The ledger: what the lake's own committed rows say has been done.

Every derived row carries the fingerprints that it was built from, and a unit of dates is
replaced in one commit, so the rows themselves are the ledger and can not disagree with it. Only
dates without rows (they failed, or nobody could be listed) are noted apart. Nothing here goes by
the clock: a note counts for the fingerprints that it names, and codes are numbered as they come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from tipoff.domain.guard import guard
from tipoff.errors import InputError, TipoffError
from tipoff.store.delta import found_in
from tipoff.store.lake import Lake, appended_on_top, committed_at, log, opened_rows, scan
from tipoff.tables.ledger import CODE_USES, EMPTY, FAILED, LEDGER_NOTES, TIMINGS
from tipoff.tables.table import Table

_RETRIES = 30


@dataclass(frozen=True)
class Prints:
    """The fingerprints that one processor's rows of some dates must carry.

    Attributes:
        code: fingerprint of the processor's code.
        inputs: fingerprint of the inputs by game date.
    """

    code: str
    inputs: Mapping[date, str]


def done(lake: Lake, table: Table, seasons: Sequence[str] | None = None) -> pl.DataFrame:
    """Return one row per game date that a derived table holds.

    Args:
        lake: the lake.
        table: a derived table.
        seasons: look at these only.

    Returns:
        ``game_date``, ``code_fingerprint``, ``input_fingerprint``, ``rows_written``,
        ``rows_explained``; the fingerprints are null where a date mixes several.
    """

    def find() -> pl.DataFrame:
        rows = scan(lake, table)
        if seasons is not None:
            rows = rows.filter(pl.col("season").is_in(list(seasons)))
        return _by_date(rows)

    only = None if seasons is None else tuple(seasons)
    return found_in(lake, [table], ("done", only), find)


def _by_date(rows: pl.LazyFrame) -> pl.DataFrame:
    one_code = pl.col("code_fingerprint").n_unique() == 1
    one_input = pl.col("input_fingerprint").n_unique() == 1
    return (
        rows.select("game_date", "state", "code_fingerprint", "input_fingerprint")
        .group_by("game_date")
        .agg(
            code_fingerprint=pl.when(one_code).then(pl.col("code_fingerprint").first()),
            input_fingerprint=pl.when(one_input).then(pl.col("input_fingerprint").first()),
            rows_written=(pl.col("state") == "ready").sum().cast(pl.Int64),
            rows_explained=(pl.col("state") != "ready").sum().cast(pl.Int64),
        )
        .sort("game_date")
        .collect()
    )


@guard
def is_current(row: Mapping[str, object] | None, prints: Prints, day: date) -> bool:
    """Whether a date's rows carry the fingerprints that they must carry."""
    return (
        row is not None
        and row["code_fingerprint"] == prints.code
        and row["input_fingerprint"] == prints.inputs.get(day)
    )


@is_current.fault("older-code-mixed-in")
def _is_there(row: Mapping[str, object] | None, prints: Prints, day: date) -> bool:  # noqa: ARG001
    """Rows that are there are taken to be right, whatever made them."""
    return row is not None


def left_to_do(
    lake: Lake, table: Table, season: str, dates: Sequence[date], prints: Prints
) -> list[date]:
    """Return those of some dates of a season that nobody has built meanwhile."""
    held = {row["game_date"]: row for row in done(lake, table, [season]).to_dicts()}
    return [day for day in dates if not is_current(held.get(day), prints, day)]


def commit(
    lake: Lake,
    table: Table,
    rows: pl.DataFrame,
    season: str,
    dates: Sequence[date],
    prints: Prints,
) -> list[date]:
    """Replace all rows of some game dates of one season by new ones, once, in one commit.

    The commit is tied to the version in which the dates were found undone. Where another writer
    came first the dates are looked at again, and those that it has built are left to it.

    Returns:
        The dates that were committed here.
    """
    left = list(dates)
    for _ in range(_RETRIES):
        base, stored = opened_rows(lake, table)
        held = {r["game_date"]: r for r in _by_date(_of_season(stored, season)).to_dicts()}
        left = [day for day in left if not is_current(held.get(day), prints, day)]
        if not left:
            return []
        listed = ", ".join(f"'{day.isoformat()}'" for day in sorted(left))
        part = rows.filter(pl.col("game_date").is_in(left))
        if part.is_empty() and not any(day in held for day in left):
            return left
        predicate = f"season = '{season}' AND game_date IN ({listed})"
        if committed_at(lake, table, part, base, predicate):
            return left
    raise TipoffError(
        f"Expected to write {len(left)} dates of {table.name}, but other writers came first "
        f"{_RETRIES} times; run the same command again."
    )


def _of_season(rows: pl.LazyFrame, season: str) -> pl.LazyFrame:
    return rows.filter(pl.col("season") == season)


def note(
    lake: Lake,
    processor: str,
    state: str,
    dates: Sequence[date],
    prints: Prints,
    error: str | None = None,
) -> None:
    """Write down dates that have no rows, and why."""
    known = [day for day in dates if day in prints.inputs]
    rows = pl.DataFrame(
        {
            "processor": processor,
            "game_date": known,
            "noted_at": datetime.now(UTC),
            "state": state,
            "code_fingerprint": prints.code,
            "input_fingerprint": [prints.inputs[day] for day in known],
            "error": pl.Series([error] * len(known), dtype=pl.String),
        },
        schema=LEDGER_NOTES.columns,
    )
    log(lake, LEDGER_NOTES, rows)


def noted(lake: Lake) -> dict[tuple[str, date, str, str], str]:
    """Return the state noted for (processor, game date, code, inputs).

    A date that came out empty is settled, whatever failed before or after.
    """
    rows = scan(lake, LEDGER_NOTES).collect()
    key = ("processor", "game_date", "code_fingerprint", "input_fingerprint")
    states: dict[tuple[str, date, str, str], str] = {}
    for row in rows.select(*key, "state").iter_rows():
        if states.get(row[:4]) != EMPTY:
            states[row[:4]] = EMPTY if row[4] == EMPTY else FAILED
    return states


def newest_code(lake: Lake, processor: str) -> str | None:
    """Return the code that was the last to be taken into use for a processor."""
    uses = scan(lake, CODE_USES).filter(pl.col("processor") == processor).collect()
    return None if uses.is_empty() else uses.sort("number")["code_fingerprint"][-1]


def take_into_use(lake: Lake, codes: Mapping[str, str], *, allow_older: bool = False) -> None:
    """Make this code the newest of some processors, unless newer code has built rows already.

    Args:
        lake: the lake or planted view that holds the processors' tables.
        codes: code fingerprint by processor.
        allow_older: take code into use again that was used before newer code.

    Raises:
        InputError: a processor's code is known here and is not the newest.
    """

    def decided(stored: pl.LazyFrame) -> tuple[pl.DataFrame, None]:
        uses = stored.sort("number").collect()
        new = []
        for processor, code in codes.items():
            own = uses.filter(pl.col("processor") == processor)
            used = own["code_fingerprint"].to_list()
            if used and used[-1] == code:
                continue
            if code in used and not allow_older:
                raise InputError(
                    f"Expected the newest code of {processor}, {used[-1]}, but this is the older "
                    f"{code}. Update tipoff, or pass --allow-older-code to build with it anyway."
                )
            number = int(own["number"].max() or 0) + 1  # type: ignore[arg-type]
            new.append((processor, number, code, datetime.now(UTC)))
        return pl.DataFrame(new, schema=CODE_USES.columns, orient="row"), None

    appended_on_top(lake, CODE_USES, decided)


def refuse_newer_code(lake: Lake, processor: str, code: str) -> None:
    """Raise where other code was taken into use since this run began."""
    newest = newest_code(lake, processor)
    if newest is not None and newest != code:
        raise InputError(
            f"Expected {code} to be the code in use for {processor}, but {newest} was taken into "
            "use since; nothing more is written. Update tipoff and run again."
        )


def time_taken(lake: Lake, processor: str, dates: int, seconds: float) -> None:
    """Write down how long a run took for a processor."""
    if dates:
        row = [(processor, datetime.now(UTC), dates, seconds)]
        log(lake, TIMINGS, pl.DataFrame(row, schema=TIMINGS.columns, orient="row"))


def seconds_a_date(lake: Lake) -> dict[str, float]:
    """Return what a game date took by processor, over all runs that were timed."""
    rows = scan(lake, TIMINGS).group_by("processor").agg(pl.col("seconds", "dates").sum()).collect()
    return {r["processor"]: r["seconds"] / r["dates"] for r in rows.to_dicts()}
