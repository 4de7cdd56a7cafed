"""Promises about experiments: plans written down before they are run, and seasons kept sealed.

Both are rows of append-only logs in the lake; nothing here can take one back.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl

from tipoff.domain.clock import EASTERN
from tipoff.domain.seasons import season_of, seasons_between
from tipoff.errors import InputError
from tipoff.store.fingerprint import digest
from tipoff.store.lake import Lake, log, scan
from tipoff.tables.experiments import (
    EXPERIMENTS,
    FINISHED,
    OPENED,
    PEEKED,
    REGISTRATIONS,
    SEALED,
    SEALS,
)


def plan_hash(asked: Mapping[str, Any]) -> str:
    """Return the hash of what a run will do: recipe, windows and lines, but not its data."""
    return digest([json.dumps(asked, sort_keys=True, default=str)])


def register(lake: Lake, name: str, asked: Mapping[str, Any], window_opens: date) -> dict[str, Any]:
    """Write a plan down.

    Args:
        lake: the lake with the experiment ledger.
        name: of the plan.
        asked: what will be run.
        window_opens: the first game date that it will be graded on.

    Returns:
        ``plan_hash``, ``at``, ``name``, ``window_opens`` and whether the window ``is_open``
        already; the first time counts where a plan is registered again.
    """
    found = registration(lake, asked)
    if found is None:
        row = {
            "plan_hash": plan_hash(asked),
            "at": datetime.now(UTC),
            "name": name,
            "window_opens": window_opens,
            "plan": json.dumps(asked, sort_keys=True, default=str),
        }
        log(lake, REGISTRATIONS, pl.DataFrame([row], schema=REGISTRATIONS.columns))
        found = registration(lake, asked)
        assert found is not None
    return {**found, "name": name, "is_open": found["at"] >= _opening(window_opens)}


def registration(lake: Lake, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return when a plan was first registered, and how that relates to its window.

    Returns:
        ``plan_hash``, ``at``, ``window_opens`` and ``came_first``: before the window opened, before
        the plan's window was first looked at by a run of this ledger, or neither (null); None
        where it was not registered.
    """
    rows = (
        scan(lake, REGISTRATIONS)
        .filter(pl.col("plan_hash") == plan_hash(asked))
        .sort("at")
        .head(1)
        .collect()
        .to_dicts()
    )
    if not rows:
        return None
    row = rows[0]
    came_first = None
    if row["at"] < _opening(row["window_opens"]):
        came_first = "before the window opened"
    elif not _looked_at(lake, row["window_opens"], row["at"]):
        came_first = "before its window was looked at here"
    kept = ("plan_hash", "at", "window_opens")
    return {**{name: row[name] for name in kept}, "came_first": came_first}


def _opening(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=EASTERN).astimezone(UTC)


def _looked_at(lake: Lake, day: date, before: datetime) -> bool:
    """Whether a run that ended before an instant was graded on the season of a game date."""
    ended = scan(lake, EXPERIMENTS).filter(pl.col("event") == FINISHED, pl.col("at") < before)
    season = season_of(day)
    return any(season in graded_seasons(spec) for spec in ended.collect()["spec"].to_list())


def graded_seasons(spec: str) -> list[str]:
    """Return the seasons that a run's entry in the ledger was graded on."""
    asked = json.loads(spec)
    if "plan" in asked:
        first, last = asked["plan"]["start"], asked["plan"]["end"]
    else:
        first, last = asked["windows"]["eval_start"], asked["windows"]["eval_end"]
    return seasons_between(date.fromisoformat(first), date.fromisoformat(last))


def seal(lake: Lake, season: str) -> dict[str, Any]:
    """Seal a season: runs are refused that are graded on it, until one opens it.

    Raises:
        InputError: it is sealed, or was; or runs were graded on it before.
    """
    if season in _sealed(lake):
        raise InputError(f"Expected a season that was never sealed; {season} is, or was.")
    ended = scan(lake, EXPERIMENTS).filter(pl.col("event") == FINISHED).collect()["spec"].to_list()
    looks = sum(season in graded_seasons(spec) for spec in ended)
    if looks:
        raise InputError(
            f"Expected a season that nobody has looked at; {looks} runs of this ledger were graded "
            f"on {season}. A seal would promise what is no longer so."
        )
    _note(lake, season, SEALED, None)
    return {"season": season, "state": SEALED}


def _sealed(lake: Lake) -> dict[str, list[dict[str, Any]]]:
    """What happened to each season that was ever sealed, in order of time."""
    events: dict[str, list[dict[str, Any]]] = {}
    for row in scan(lake, SEALS).sort("at").collect().to_dicts():
        events.setdefault(row["season"], []).append(row)
    return events


def seals(lake: Lake) -> dict[str, Any]:
    """Return every season that was ever sealed: ``season, state, events``."""
    return {
        "seals": [
            {"season": season, "state": _state(events), "events": events}
            for season, events in sorted(_sealed(lake).items())
        ]
    }


def _state(events: Sequence[Mapping[str, Any]]) -> str:
    return OPENED if any(e["event"] != SEALED for e in events) else SEALED


def break_seals(
    lake: Lake, start: date, end: date, run_id: str, *, is_allowed: bool
) -> dict[str, int]:
    """Refuse a run that is graded on a sealed season, or note for ever that it opened it.

    Args:
        lake: the lake with the ledger.
        start, end: game dates that the run is graded on.
        run_id: of the run.
        is_allowed: whether the run was told to open seals.

    Returns:
        By season that was ever sealed, how many looks there were, this one included.

    Raises:
        InputError: it was not told to.
    """
    looks = {}
    for season, events in _sealed(lake).items():
        if season not in seasons_between(start, end):
            continue
        if not is_allowed:
            state = "sealed" if _state(events) == SEALED else "opened already"
            raise InputError(
                f"Expected a run that leaves {season} alone: the season is {state}. A sealed "
                "season opens once, for a decision that was made without it; --open-seal opens it "
                "and notes this look for ever."
            )
        before = sum(e["event"] != SEALED for e in events)
        _note(lake, season, PEEKED if before else OPENED, run_id)
        looks[season] = before + 1
    return looks


def _note(lake: Lake, season: str, event: str, run_id: str | None) -> None:
    row = {"season": season, "event": event, "at": datetime.now(UTC), "run_id": run_id}
    log(lake, SEALS, pl.DataFrame([row], schema=SEALS.columns))
