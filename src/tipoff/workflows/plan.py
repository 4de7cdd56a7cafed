"""The plan of a backfill: which game dates each processor must build, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from tipoff.domain.plant import Plant
from tipoff.domain.seasons import season_name, season_of, start_year
from tipoff.processors.catalogue import ALL_PROCESSORS
from tipoff.processors.declare import LOOKBACK_DAYS, Input, Processor
from tipoff.store.content import row_hash
from tipoff.store.delta import found_in
from tipoff.store.facts import quoted_players
from tipoff.store.fingerprint import as_text, code_fingerprint, digest, known_by, per_date, summed
from tipoff.store.lake import Lake, scan
from tipoff.store.ledger import Prints, done, is_current, noted
from tipoff.store.plays import birth_dates
from tipoff.store.spine import game_spine
from tipoff.store.versions import KNOWN_AT
from tipoff.tables.ledger import FAILED
from tipoff.tables.raw import PLAYER_BOXES, PROP_QUOTES, ROSTERS, SOURCE_TABLES
from tipoff.tables.table import Table

_SHARED_CODE = ("tipoff.store.facts", "tipoff.store.plays", "tipoff.store.spine")
_TELL_OF_BIRTHS = (PLAYER_BOXES, PROP_QUOTES, ROSTERS)
MISSING, CODE, INPUT, MIXED, GONE, DONE = (
    "missing",
    "code changed",
    "input changed",
    "mixed",
    "gone",
    "done",
)


def fingerprints(
    lake: Lake,
    games: pl.DataFrame,
    dates: Sequence[date],
    lead_minutes: int,
    plant: Plant | None,
    processors: Sequence[Processor] = ALL_PROCESSORS,
) -> dict[str, Prints]:
    """Return what the rows of each processor, and of those it needs, must carry on the dates."""
    spine = game_spine(games, dates, lead_minutes)
    moments = spine.group_by("game_date").agg(pl.col("as_of").max()).sort("game_date")
    marked = plant.name if plant else ""
    names = tuple(processor.name for processor in processors)
    asked = ("fingerprints", names, lead_minutes, marked, tuple(dates), tuple(moments.rows()))

    def find() -> dict[str, Prints]:
        sums = _input_sums(lake, processors, dates, moments)
        days = moments["game_date"].to_list()
        return _prints(days, sums, processors, lead_minutes, marked)

    return found_in(lake, _tables_of(processors), asked, find)


def _prints(
    days: Sequence[date],
    sums: Mapping[tuple[Input, str], pl.Series],
    processors: Sequence[Processor],
    lead_minutes: int,
    marked: str,
) -> dict[str, Prints]:
    found: dict[str, Prints] = {}
    for processor in processors:
        market = processor.market.name if processor.market else ""
        own = [sums[key] for key in _keys_of(processor)]
        code = digest([code_fingerprint(processor.module, *_SHARED_CODE), marked, market])
        inputs = {
            day: digest(
                [text, *[f"{found[n].code}{found[n].inputs[day]}" for n in processor.needs]]
            )
            for day, text in per_date(days, own, str(lead_minutes)).items()
        }
        found[processor.name] = Prints(code, inputs)
    return found


def _keys_of(processor: Processor) -> list[tuple[Input, str]]:
    """The inputs of a processor, with its market where they differ between markets."""
    market = processor.market.name if processor.market else ""
    return [(part, market if part.part == "market" else "") for part in processor.inputs]


def _tables_of(processors: Sequence[Processor]) -> list[Table]:
    """All raw tables that fingerprints of processors may look at."""
    named = {part.table for processor in processors for part in processor.inputs}
    return [t for n, t in SOURCE_TABLES.items() if n in named or t in _TELL_OF_BIRTHS]


def _input_sums(
    lake: Lake, processors: Sequence[Processor], dates: Sequence[date], moments: pl.DataFrame
) -> dict[tuple[Input, str], pl.Series]:
    """Return what was ``known_by`` each date of every input as texts; all are read at once."""
    keys = list(dict.fromkeys(key for processor in processors for key in _keys_of(processor)))
    rows = {table.name: scan(lake, table) for table in _tables_of(processors)}
    sums = pl.collect_all([summed(_input_rows(rows, *key, dates)) for key in keys])
    return {
        key: as_text(known_by(moments, frame, key[0].days))
        for key, frame in zip(keys, sums, strict=True)
    }


def _input_rows(
    tables: Mapping[str, pl.LazyFrame], part: Input, market: str, dates: Sequence[date]
) -> pl.LazyFrame:
    """The rows of an input that may matter to some dates."""
    if part.part == "born":
        return _births(tables, dates)
    rows = _near(tables[part.table], dates)
    if part.is_timeless:
        return rows.with_columns(observed_at=pl.lit(BEGINNING))
    if part.part == "market":
        rows = rows.filter(pl.col("market") == market)
    if part.part == "quoted":
        return quoted_players(rows).select(
            "game_date",
            row_hash(["game_id", "player_id"]).alias("row_hash"),
            observed_at=KNOWN_AT,
        )
    return rows


def _near(rows: pl.LazyFrame, dates: Sequence[date]) -> pl.LazyFrame:
    if not dates:
        return rows
    first, last = min(dates), max(dates)
    return rows.filter(
        pl.col("season") >= _season_before(first),
        pl.col("season") <= season_of(last),
        pl.col("game_date") >= first - LOOKBACK,
        pl.col("game_date") <= last,
    )


def _births(tables: Mapping[str, pl.LazyFrame], dates: Sequence[date]) -> pl.LazyFrame:
    """What was said of a player's birth date, once per date that he played or was quoted on.

    It counts since he was known there, so that a newcomer's birth date makes no date stale on which
    nobody knew of him.
    """
    said = birth_dates(tables[ROSTERS.name].collect())
    sources = [_near(tables[PLAYER_BOXES.name], dates)]
    if not said.is_empty():
        quoted = quoted_players(_near(tables[PROP_QUOTES.name], dates))
        sources.append(quoted.with_columns(observed_at=KNOWN_AT))
    listed = pl.concat([s.select("game_date", "player_id", "observed_at") for s in sources])
    first = listed.group_by("game_date", "player_id").agg(pl.col("observed_at").min())
    return first.join(said.lazy(), on="player_id").select(
        "game_date",
        "observed_at",
        row_hash(["player_id", "birth_date", KNOWN_AT]).alias("row_hash"),
    )


BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
LOOKBACK = pl.duration(days=LOOKBACK_DAYS + 1)


def _season_before(day: date) -> str:
    return season_of(day.replace(year=day.year - 1, day=min(day.day, 28)))


@dataclass(frozen=True)
class Item:
    """One (processor, game date) of a plan.

    Attributes:
        processor: the processor's name.
        game_date: the date.
        reason: why it is to be built: missing, code changed, input changed, mixed (its rows are
            of several), gone (the schedule has no such date any more) or failed; ``"done"``
            where it is not.
    """

    processor: str
    game_date: date
    reason: str


def plan(
    lake: Lake,
    prints: Mapping[str, Prints],
    processors: Sequence[Processor],
    dates: Sequence[date],
    span: tuple[date, date],
) -> list[Item]:
    """Compare what the lake holds with what it should hold.

    Args:
        lake: the lake (or planted view) that holds the derived tables.
        prints: what the rows must carry.
        processors: those to look at.
        dates: the game dates wanted.
        span: first and last date asked for; rows inside it of other dates are to go.
    """
    states = noted(lake)
    years = [start_year(season_of(day)) for day in span]
    seasons = [season_name(year) for year in range(years[0], years[1] + 1)]
    wanted = set(dates)
    items = []
    for processor in processors:
        held = {r["game_date"]: r for r in done(lake, processor.table, seasons).to_dicts()}
        expected = prints[processor.name]
        inside = {day for day in held if span[0] <= day <= span[1]}
        for day in sorted(wanted | inside):
            reason = GONE if day not in wanted else _reason(held.get(day), expected, day)
            key = (processor.name, day, expected.code, expected.inputs.get(day, ""))
            if reason not in (DONE, GONE) and key in states:
                reason = FAILED if states[key] == FAILED else DONE
            items.append(Item(processor.name, day, reason))
    return items


def _reason(row: Mapping[str, object] | None, expected: Prints, day: date) -> str:
    if row is None:
        return MISSING
    if row["code_fingerprint"] is None or row["input_fingerprint"] is None:
        return MIXED
    if is_current(row, expected, day):
        return DONE
    return CODE if row["code_fingerprint"] != expected.code else INPUT


def cell_of(day: date) -> tuple[str, int]:
    """The cell of a fixed grid that a date lies in: its season and two months of it.

    Runners with other ranges, or with work partly done, cut their units alike.
    """
    return season_of(day), (day.month - 10) % 12 // 2


def units(dates: Sequence[date]) -> list[list[date]]:
    """Cut game dates into units of work: those of one cell each."""
    cells: dict[tuple[str, int], list[date]] = {}
    for day in sorted(dates):
        cells.setdefault(cell_of(day), []).append(day)
    return list(cells.values())
