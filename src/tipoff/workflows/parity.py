"""Live = backfill: every value that was served is compared with the later backfill's.

A value's inputs are what was known at its decision, so the two are the same to the last bit unless
a cause can be named; causes are found by building again (``parity_causes``).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tipoff.domain.seasons import previous_season, seasons_between
from tipoff.errors import InputError, StoreError
from tipoff.features.declare import POINTS
from tipoff.processors.catalogue import feature_store, processors_for
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.lake import Lake, scan
from tipoff.workflows.decisions import (
    SERVED,
    Decision,
    Frames,
    decided_rows,
    frames_of,
    rows_code,
    shaped,
)
from tipoff.workflows.parity_causes import UNREADABLE, Case, with_causes
from tipoff.workflows.parity_cells import CELL, PLACE, cells, compared
from tipoff.workflows.parity_parts import Between, parts_between
from tipoff.workflows.parity_report import kept, report
from tipoff.workflows.parity_request import Asked
from tipoff.workflows.plan import DONE, fingerprints, plan
from tipoff.workflows.versions import at_version, mark
from tipoff.workflows.world import known_games, view_of

Step = Callable[[str, int, int], None]
_QUESTION = ("game_date", "lead_minutes", "asked_at")


@dataclass(frozen=True)
class _Season:
    """What the servings of one season are compared and explained with."""

    lake: Lake
    now: Lake
    name: str
    frames: Frames
    decisions: list[Decision]
    asked: Asked


def audit_parity(lake: Lake, asked: Asked, *, step: Step = lambda *_: None) -> dict[str, Any]:
    """Compare what was served in a span of game dates with what was backfilled since.

    Args:
        lake: the lake; only logs are written to.
        asked: what is compared.
        step: called with what is being done and how far it is.

    Returns:
        The report of ``parity_report.report``, with ``served_late`` (rows that were served after
        tip-off and are not compared), ``audit`` (its id) and ``seconds``.

    Raises:
        InputError: nothing was served in time in the span, or its backfill is not up to date.
    """
    began = time.perf_counter()
    if asked.tolerance < 0 or asked.end < asked.start:
        raise InputError(
            "Expected --tolerance of at least 0 and --start-date not after --end-date, got "
            f"{asked.tolerance:g}, {asked.start} and {asked.end}."
        )
    served, late = _in_time(_served(lake, asked), asked)
    number = mark(lake, "before the audit of parity")
    now = at_version(lake, str(number))[1]
    _refuse_stale(lake, served, asked)
    values, causes = [], []
    for season in sorted(served["season"].unique().to_list()):
        rows, decisions = _with_decisions(served.filter(pl.col("season") == season))
        own = _Season(lake, now, season, frames_of(now, season), decisions, asked)
        backfilled = _backfilled(own)
        beside = compared(_cells(rows), cells(backfilled), asked.tolerance)
        values.append(beside)
        causes += _causes(own, rows, backfilled, beside, step)
    games = known_games(now).filter(pl.col("game_date").is_between(asked.start, asked.end))
    content = report(asked, served, pl.concat(values), causes, games["game_date"].unique())
    return {
        **content,
        "served_late": late,
        "audit": kept(lake, asked, content),
        "seconds": round(time.perf_counter() - began, 2),
    }


def _served(lake: Lake, asked: Asked) -> pl.DataFrame:
    rows = (
        scan(lake, SERVED)
        .filter(
            pl.col("season").is_in(seasons_between(asked.start, asked.end)),
            pl.col("game_date").is_between(asked.start, asked.end),
            pl.col("market") == asked.market.name,
        )
        .collect()
    )
    if rows.is_empty():
        raise InputError(
            f"Expected features of {asked.market.name} that were served between {asked.start} and "
            f"{asked.end}, found none. Serve them before tip-off: tipoff features serve --date D."
        )
    return rows.sort(SERVED.key)


def _in_time(served: pl.DataFrame, asked: Asked) -> tuple[pl.DataFrame, int]:
    """Leave out rows that were served when their game was on: they may have seen what came of it.

    Returns:
        The others, and how many rows these are.
    """
    before = served.filter(pl.col("served_at") < pl.col("tip_off_at"))
    if before.is_empty():
        raise InputError(
            f"Expected features that were served before tip-off between {asked.start} and "
            f"{asked.end}; all {served.height:,} rows were served later, which proves nothing. "
            "Serve a date before its games: tipoff features serve --date D."
        )
    return before, served.height - before.height


def _with_decisions(served: pl.DataFrame) -> tuple[pl.DataFrame, list[Decision]]:
    """Number the different decisions of servings."""
    different = served.select(_QUESTION).unique().sort(_QUESTION)
    decisions = [Decision(*row) for row in different.iter_rows()]
    numbered = different.with_columns(decision=pl.int_range(pl.len(), dtype=pl.Int64))
    rows = served.join(
        numbered, on=list(_QUESTION), nulls_equal=True, how="left", maintain_order="left"
    )
    return rows, decisions


def _cells(rows: pl.DataFrame) -> pl.DataFrame:
    """The cells of each serving, with its decision."""
    of = rows.select("serving", "decision").unique()
    return cells(rows, "serving").join(of, on="serving", maintain_order="left")


def _refuse_stale(lake: Lake, served: pl.DataFrame, asked: Asked) -> None:
    """Rows of older inputs or code would differ for a reason that is no news."""
    ordinary = served.filter(pl.col("asked_at").is_null())
    games = known_games(lake)
    for lead in sorted(ordinary["lead_minutes"].unique().to_list()):
        days = set(ordinary.filter(pl.col("lead_minutes") == lead)["game_date"].to_list())
        told = sorted(days & set(games["game_date"].to_list()))
        related = processors_for((asked.market,))
        prints = fingerprints(lake, games, told, lead, asked.plant, related)
        target = view_of(lake, asked.plant, lead)
        items = plan(target, prints, related[-1:], told, (min(days), max(days)))
        stale = sorted({i.game_date for i in items if i.reason != DONE and i.game_date in days})
        if stale:
            more = f" and {len(stale) - 1} more dates" if stale[1:] else ""
            options = "".join(
                [
                    f" --market {asked.market.name}" if asked.market.name != POINTS.name else "",
                    f" --plant {asked.plant.name}" if asked.plant else "",
                    f" --lead-minutes {lead}" if lead != DEFAULT_LEAD_MINUTES else "",
                ]
            )
            raise InputError(
                f"Expected backfilled features of {stale[0]}{more} that are up to date, found "
                f"none. Run 'tipoff backfill --start-date {stale[0]} --end-date {stale[-1]}"
                f"{options}' first."
            )


def _backfilled(season: _Season) -> pl.DataFrame:
    """The stored backfill's rows; for an instant that was asked for, the rows built for it now."""
    asked = season.asked
    table = feature_store(asked.market).table
    parts = []
    stated = {n: d for n, d in enumerate(season.decisions) if d.asked_at is None}
    for lead in sorted({d.lead_minutes for d in stated.values()}):
        places = {n: d.game_date for n, d in stated.items() if d.lead_minutes == lead}
        named = pl.DataFrame(
            {"decision": list(places), "game_date": list(places.values())},
            schema={"decision": pl.Int64, "game_date": pl.Date},
        )
        stored = scan(view_of(season.now, asked.plant, lead), table)
        own = stored.filter(
            pl.col("season") == season.name, pl.col("game_date").is_in(list(places.values()))
        )
        parts.append(shaped(own.collect().join(named, on="game_date"), asked.market))
    others = [n for n in range(len(season.decisions)) if n not in stated]
    if others:
        parts.append(_built(season, others))
    return pl.concat(parts)


def _built(season: _Season, places: Sequence[int]) -> pl.DataFrame:
    """The rows that today's raw rows give, of some decisions by their places."""
    asked = season.asked
    decisions = [season.decisions[n] for n in places]
    rows = decided_rows(season.frames, decisions, asked.market, asked.plant)
    back = pl.Series(list(places), dtype=pl.Int64)
    return rows.with_columns(decision=back.gather(rows["decision"]))


def _causes(
    season: _Season,
    rows: pl.DataFrame,
    backfilled: pl.DataFrame,
    beside: pl.DataFrame,
    step: Step,
) -> list[pl.DataFrame]:
    """Explain what differs, serving by serving: each was made from versions of its own."""
    differing = beside.filter(pl.col("status") != "equal")
    if differing.is_empty():
        return []
    step("building again what was backfilled", 0, 0)
    now = _built(season, sorted(differing["decision"].unique().to_list()))
    found = []
    servings = differing.partition_by("serving", maintain_order=True)
    for number, own in enumerate(servings):
        step(f"explaining serving {own['serving'][0]}", number, len(servings))
        of_it = rows.filter(pl.col("serving") == own["serving"][0])
        told = _explained(season, of_it, backfilled, own, now)
        found.append(told.with_columns(serving=own["serving"][0]))
    return found


def _explained(
    season: _Season,
    served: pl.DataFrame,
    backfilled: pl.DataFrame,
    values: pl.DataFrame,
    now: pl.DataFrame,
) -> pl.DataFrame:
    place = int(values["decision"][0])
    about = served.row(0, named=True)
    instants, placed = _instants(values, served, backfilled)
    try:
        old = at_version(season.lake, str(about["lake_version"]))[1]
        then = frames_of(old, season.name)
    except (StoreError, InputError, OSError, pl.exceptions.ComputeError):
        return values.select(*CELL, causes=pl.concat_list(pl.lit(UNREADABLE)))
    seasons = [previous_season(season.name), season.name]
    between = Between(old, season.now, seasons, about["served_at"], instants)
    case = Case(
        placed,
        then,
        parts_between(between, then),
        now.filter(pl.col("decision") == place),
        len(instants),
        about["code_fingerprint"] != rows_code(),
        season.asked.tolerance,
    )

    def build(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        made = decided_rows(
            frames, [season.decisions[place]], season.asked.market, season.asked.plant
        )
        return made.with_columns(decision=pl.lit(place, pl.Int64))

    return with_causes(case, build)


def _instants(
    values: pl.DataFrame, served: pl.DataFrame, backfilled: pl.DataFrame
) -> tuple[list[Any], pl.DataFrame]:
    """Return the instants at which a serving's rows are decided, and each value's place in them.

    Where the two differ the backfill's counts: it says what may be known.
    """
    decision = values["decision"][0]
    both = pl.concat(
        [
            backfilled.filter(pl.col("decision") == decision).select(*PLACE, "as_of"),
            served.select(*PLACE, "as_of"),
        ]
    ).unique(PLACE, keep="first", maintain_order=True)
    instants = both["as_of"].unique().sort().to_list()
    ranked = both.with_columns(
        instant=pl.col("as_of").rank("dense").cast(pl.Int64) - 1,
    ).drop("as_of")
    return instants, values.join(ranked, on=list(PLACE), how="left", maintain_order="left")
