"""Grade what was predicted, at the line and price of the pick; corrections add a version."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from tipoff.backtest.account import account
from tipoff.backtest.current import current_predictions
from tipoff.backtest.results import WAITING, with_grades, with_results
from tipoff.domain.market import market_named
from tipoff.domain.seasons import seasons_between
from tipoff.errors import InputError
from tipoff.store.lake import Lake, scan
from tipoff.tables.predictions import PREDICTIONS, VOID
from tipoff.workflows.grade_versions import keep_account, keep_grades
from tipoff.workflows.outcomes import Outcomes, outcomes_of, under_ids_that_count

# A game takes two and a half hours; a box score that is not there by then is late.
OVERDUE = timedelta(hours=8)


@dataclass(frozen=True)
class Span:
    """Game dates that are graded, both included; one market's, or all of them."""

    start: date
    end: date
    market: str | None = None


def grade(lake: Lake, span: Span, *, now: datetime | None = None) -> dict[str, Any]:
    """Grade the predictions of a span as far as results are known.

    Args:
        lake: the lake.
        span: what is graded.
        now: the moment of it; the current time by default.

    Returns:
        ``rows`` (predictions that count), ``settled, void, waiting``, ``new, corrected`` (grades
        that were written), ``voids`` and ``waits`` (number by reason), ``overdue`` (games over for
        hours without a result, each named), ``corrections`` (each named), ``account`` and
        ``seconds``.

    Raises:
        InputError: the span ends before it starts.
    """
    if span.end < span.start:
        raise InputError(f"Expected dates in order, got {span.start} to {span.end}.")
    began = time.perf_counter()
    at = now or datetime.now(UTC)
    made = _predictions(lake, span, at)
    parts, closing = [], {}
    if made.height:
        known = outcomes_of(lake, seasons_between(span.start, span.end), made, at)
        for name in made["market"].unique().sort().to_list():
            rows, quotes = _judged(made.filter(pl.col("market") == name), known, name)
            parts.append(rows)
            closing[name] = quotes
    judged = pl.concat(parts) if parts else _none_judged(made)
    judged = judged.with_columns(game_id="said_id").drop("said_id")
    kept = keep_grades(lake, judged.filter(pl.col("state") != WAITING), at)
    counted = account(judged)
    keep_account(lake, counted, at)
    return {
        "start": span.start,
        "end": span.end,
        "graded_at": at,
        "rows": judged.height,
        **_states(judged),
        "new": kept.new,
        "corrected": len(kept.corrections),
        "voids": _by_reason(judged, VOID),
        "waits": _by_reason(judged, WAITING),
        "overdue": _overdue(judged, at),
        "corrections": kept.corrections,
        "account": counted.to_dicts(),
        "seconds": round(time.perf_counter() - began, 3),
    }


def ungraded(report: Mapping[str, Any]) -> str | None:
    """Return the sentence of a report with games that are overdue, or None."""
    rows = report["overdue"]
    if not rows:
        return None
    named = "; ".join(f"{row['game_id']}: {row['state_reason']}" for row in rows)
    return f"Games that were over hours ago are not graded. {named}."


def _predictions(lake: Lake, span: Span, at: datetime) -> pl.DataFrame:
    seasons = seasons_between(span.start, span.end)
    rows = scan(lake, PREDICTIONS).filter(
        pl.col("season").is_in(seasons),
        pl.col("game_date").is_between(span.start, span.end),
    )
    if span.market is not None:
        rows = rows.filter(pl.col("market") == market_named(span.market).name)
    return current_predictions(under_ids_that_count(lake, seasons, rows.collect(), at))


def _judged(made: pl.DataFrame, known: Outcomes, market: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    own = market_named(market)
    told = with_results(made, known.results[market], known.boxes, known.games)
    done = told.filter(pl.col("state") != WAITING)
    waiting = told.filter(pl.col("state") == WAITING)
    graded = with_grades(done, known.closing[market], own)
    return pl.concat([graded, waiting], how="diagonal"), known.closing[market]


def _none_judged(made: pl.DataFrame) -> pl.DataFrame:
    texts = {name: pl.lit(None, pl.String) for name in ("state", "state_reason", "outcome")}
    return made.with_columns(**texts)


def _states(judged: pl.DataFrame) -> dict[str, int]:
    counts = dict(judged.group_by("state").len().iter_rows())
    return {name: int(counts.get(name, 0)) for name in ("settled", "void", "waiting")}


def _by_reason(judged: pl.DataFrame, state: str) -> dict[str, int]:
    own = judged.filter(pl.col("state") == state).group_by("state_reason").len()
    return dict(sorted(own.iter_rows()))


def _overdue(judged: pl.DataFrame, at: datetime) -> list[dict[str, Any]]:
    late = judged.filter(pl.col("state") == WAITING, pl.col("tip_off_at") + OVERDUE < at)
    games = late.group_by("game_id", "state_reason").agg(
        pl.col("tip_off_at").first(), predictions=pl.len()
    )
    rows: Sequence[dict[str, Any]] = games.sort("game_id", "state_reason").to_dicts()
    return list(rows)
