"""Serve the feature rows of a date's games as the lake stands now, and keep what was served.

Live is a backfill of one date: rows come from the backfill's own code and are pinned to the
version of the lake that they were made from, so that they can be made again.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from tipoff.domain.market import Market
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.features.declare import POINTS
from tipoff.features.quality import row_quality
from tipoff.features.sets import feature_set
from tipoff.processors.catalogue import feature_store, processors_for
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, appended_on_top, validated
from tipoff.workflows.decisions import SERVED, Decision, Frames, decided_rows, frames_of, rows_code
from tipoff.workflows.plan import fingerprints
from tipoff.workflows.versions import at_version, mark

# Which serving it is and what it was made from is no part of what was served.
_OF_THE_SERVING = ("serving", "served_at", "lake_version", "input_fingerprint")


@dataclass(frozen=True)
class Asked:
    """What is served.

    Attributes:
        decision: the date, and when its games are decided.
        market: whose features.
        feature_set: rows are judged ready for this set; all features are kept.
    """

    decision: Decision
    market: Market = POINTS
    feature_set: str = "v12"


@dataclass(frozen=True)
class Served:
    """Rows that were served, what they were built from, and the report of ``serve``."""

    rows: pl.DataFrame
    frames: Frames
    report: dict[str, Any]


def serve(lake: Lake, asked: Asked, *, now: datetime | None = None) -> dict[str, Any]:
    """Build a date's feature rows from the lake as it stands, and keep them once.

    See ``served``, whose report it returns.
    """
    return served(lake, asked, now=now).report


def served(lake: Lake, asked: Asked, *, now: datetime | None = None) -> Served:
    """Build a date's feature rows from the lake as it stands, and keep them once.

    Args:
        lake: the lake; only the log of what was served is written to.
        asked: what is served.
        now: when it is served; the current time by default.

    Returns:
        The rows and their report: ``serving`` (its number), ``kept`` (false where the newest
        serving of the same question is the same already), ``games``, ``rows``,
        ``training_ready``, ``as_of`` (first and last), ``features``, ``lake_version``,
        fingerprints, ``served_at`` and ``seconds``.

    Raises:
        InputError: the lake is empty, or knows no game on the date.
    """
    began = time.perf_counter()
    judged_for = feature_set(asked.feature_set)
    version = mark(lake, "before serving")
    if version is None:
        raise InputError(f"Expected rows in the lake at {lake.url}, found none; ingest files.")
    pinned = at_version(lake, str(version))[1]
    frames = frames_of(pinned, season_of(asked.decision.game_date))
    rows = decided_rows(frames, [asked.decision], asked.market).drop("decision")
    inputs = _input_fingerprint(pinned, frames, asked)
    about = {
        "served_at": now or datetime.now(UTC),
        "lake_version": version,
        "code_fingerprint": rows_code(),
        "input_fingerprint": inputs,
    }
    number, is_kept = _kept(lake, _of_serving(rows, asked, about))
    ready = rows.select(row_quality(judged_for, POINTS))["is_training_ready"]
    report = {
        "serving": number,
        "kept": is_kept,
        "game_date": asked.decision.game_date,
        "market": asked.market.name,
        "asked_at": asked.decision.asked_at,
        "as_of": {"first": rows["as_of"].min(), "last": rows["as_of"].max()},
        "games": rows["game_id"].n_unique(),
        "rows": rows.height,
        "training_ready": int(ready.sum()),
        "feature_set": asked.feature_set,
        **about,
        "seconds": round(time.perf_counter() - began, 3),
    }
    return Served(rows, frames, report)


def _of_serving(rows: pl.DataFrame, asked: Asked, about: Mapping[str, Any]) -> pl.DataFrame:
    """Give rows what is said of their serving, but for its number."""
    decision = asked.decision
    said = {
        "season": season_of(decision.game_date),
        "serving": 1,
        "market": asked.market.name,
        "asked_at": decision.asked_at,
        "lead_minutes": decision.lead_minutes,
        **about,
    }
    types = SERVED.columns
    return rows.with_columns(pl.lit(value, types[name]).alias(name) for name, value in said.items())


def _input_fingerprint(pinned: Lake, frames: Frames, asked: Asked) -> str | None:
    """What a backfill would write beside the rows; none for an instant that was asked for."""
    day = asked.decision.game_date
    games = merged_games(frames["games"])
    if games.filter(pl.col("game_date") == day).is_empty():
        raise InputError(
            f"Expected games on {day}, but the lake knows none. Ingest a schedule with that date."
        )
    if asked.decision.asked_at is not None:
        return None
    related = processors_for((asked.market,))
    prints = fingerprints(pinned, games, [day], asked.decision.lead_minutes, None, related)
    return prints[feature_store(asked.market).name].inputs.get(day)


def _kept(lake: Lake, rows: pl.DataFrame) -> tuple[int | None, bool]:
    """Keep a serving in one commit, unless the newest one of the same question is the same."""
    if rows.is_empty():
        return None, False

    def decided(stored: pl.LazyFrame) -> tuple[pl.DataFrame, tuple[int, bool]]:
        newest = _newest(stored, rows)
        if newest is not None and _is_same(newest, rows):
            return rows.clear(), (int(newest["serving"][0]), False)
        most = stored.select(pl.col("serving").max()).collect().item()
        number = int(most or 0) + 1
        numbered = rows.with_columns(serving=pl.lit(number, pl.Int64))
        return numbered, (number, True)

    return appended_on_top(lake, SERVED, decided)


def _newest(stored: pl.LazyFrame, rows: pl.DataFrame) -> pl.DataFrame | None:
    question = ["season", "game_date", "market", "lead_minutes", "asked_at"]
    asked = rows.select(question).row(0, named=True)
    own = stored.filter(pl.col(name).eq_missing(pl.lit(asked[name])) for name in question).collect()
    return own.filter(pl.col("serving") == pl.col("serving").max()) if own.height else None


def _is_same(stored: pl.DataFrame, rows: pl.DataFrame) -> bool:
    own, other = (
        frame.drop(_OF_THE_SERVING).sort(SERVED.key[1:])
        for frame in (stored, validated(SERVED, rows))
    )
    return own.equals(other)
