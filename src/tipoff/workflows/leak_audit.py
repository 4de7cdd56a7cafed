"""Prove from outside that nothing comes from the future: change it, and see that nothing moves.

For sampled game dates everything that became known after a decision is changed in six ways, the
processors' rows of the date are built again, and must be the same bytes; so must quality, lines,
predictions and, for some dates, the bytes of a model trained on what came before and what it picks.
The dual: where the past is changed, something must move, or the audit looked at nothing.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from tipoff.domain.market import MARKETS
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.processors.catalogue import processors_for
from tipoff.store.content import content_hash as frame_hash
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, scan
from tipoff.store.spine import game_spine
from tipoff.tables.raw import PLAYER_BOXES
from tipoff.workflows.audit_outputs import Asked, Frames, decided, outputs, refuse_foreign_models
from tipoff.workflows.executors import open_executor
from tipoff.workflows.mutations import MUTATIONS, Moment, future_changed, past_changed
from tipoff.workflows.rebuild import rebuilt
from tipoff.workflows.world import known_games, raw_rows

__all__ = ["Asked", "audit_date", "audit_leaks"]

Step = Callable[[str, int, int], None]
_PAST = (
    "player_boxes",
    "team_boxes",
    "shots",
    "prop_quotes",
    "game_lines",
    "availability",
    "availability_reports",
)
# Dates before this many of a season have too little history to be changed.
_SETTLED = 12
# Of so many dates each changes its past in two of the ways, drawn by chance.
_MANY_DATES = 20


def audit_leaks(
    lake: Lake, asked: Asked, *, workers: int = 1, step: Step = lambda *_: None
) -> dict[str, Any]:
    """Audit a lake's features and models for leaks.

    Args:
        lake: a lake with raw rows; nothing is written to it.
        asked: what is audited.
        workers: processes.
        step: called with what is being done and how far it is.

    Returns:
        ``dates`` (of each: the instant, the rows' hashes and what was changed), ``mutations``
        (by kind: rows changed by table, and for every output how often it was compared and how
        often it moved), ``dual`` (by kind and processor: how often it moved, of how many),
        ``differences`` (each with date, kind, output, columns and rows) and ``passed``.

    Raises:
        InputError: there are too few dates to sample, or a model can not be read.
    """
    _frames.cache_clear()
    refuse_foreign_models(asked)
    days = _sampled(lake, asked)
    refits = set(random.Random(asked.seed).sample(days, min(asked.refits, len(days))))
    jobs = [(lake, asked, day, day in refits) for day in days]
    found = []
    with open_executor("local", workers) as executor:
        for place, one in enumerate(executor.map(audit_date, jobs)):
            step(f"changing the future of {days[place]}", place + 1, len(days))
            found.append(one)
    return _summed(found, asked)


def _sampled(lake: Lake, asked: Asked) -> list[date]:
    """Game dates with history, spread evenly over all seasons of the lake."""
    told = scan(lake, PLAYER_BOXES).select("game_date").unique().collect().to_series()
    spine = game_spine(known_games(lake), told.to_list(), asked.lead_minutes)
    listed = sorted(spine["game_date"].unique().to_list())
    by_season: dict[str, list[date]] = {}
    for day in listed:
        by_season.setdefault(season_of(day), []).append(day)
    open_ = [day for own in by_season.values() for day in own[_SETTLED:]]
    if len(open_) < asked.dates:
        raise InputError(
            f"Expected at least {asked.dates} game dates with {_SETTLED} earlier ones in their "
            f"season, found {len(open_)}. Audit fewer dates, or ingest more games."
        )
    chance = random.Random(asked.seed)
    width = len(open_) / asked.dates
    return [open_[int(width * n) + chance.randrange(int(width))] for n in range(asked.dates)]


@lru_cache(maxsize=1)
def _frames(lake: Lake, season: str) -> dict[str, pl.DataFrame]:
    """Raw rows with the quotes of all markets: who is quoted on any is listed."""
    return raw_rows(lake, [season], list(MARKETS.values()))


def audit_date(lake: Lake, asked: Asked, day: date, has_refit: bool) -> dict[str, Any]:
    """Audit one game date; see ``audit_leaks``."""
    frames = _frames(lake, season_of(day))
    moment = _moment(frames, asked, day)
    clean = outputs(frames, asked, moment, has_refit=has_refit)
    compared, differences, changed = [], [], {}
    for mutation in MUTATIONS.values():
        other, counts = future_changed(frames, moment, mutation, asked.seed)
        again = outputs(other, asked, moment, has_refit=has_refit)
        changed[mutation.name] = counts
        for name, rows in clean.items():
            moved = _moved(rows, again.get(name))
            # That nothing stays nothing is no proof.
            if rows.height or moved is not None:
                compared.append((mutation.name, name, moved is not None))
            if moved is not None:
                differences.append(
                    {"game_date": day, "mutation": mutation.name, "output": name, **moved}
                )
    return {
        "game_date": day,
        "instant": moment.instant,
        "hashes": {name: frame_hash(rows, _key_of(rows)) for name, rows in clean.items()},
        "changed": changed,
        "compared": compared,
        "differences": differences,
        "dual": _dual(frames, asked, moment, clean),
    }


def _moment(frames: Frames, asked: Asked, day: date) -> Moment:
    """The decision on some of the date's games, drawn by chance from its moments."""
    games = frames["games"].filter(pl.col("game_date") == day)
    own = game_spine(merged_games(games), [day], asked.lead_minutes)
    instants = sorted(own["as_of"].unique().to_list())
    chosen = random.Random(f"{asked.seed} {day}").choice(instants)
    return Moment(chosen, tuple(sorted(own["game_id"])), day)


def _dual(
    frames: Frames, asked: Asked, moment: Moment, clean: Mapping[str, pl.DataFrame]
) -> list[tuple[str, str, bool]]:
    """Whether each processor's rows move where the past is changed."""
    found = []
    names = [processor.name for processor in processors_for(asked.markets)]
    kinds = [mutation for mutation in MUTATIONS.values() if not mutation.is_idle]
    if asked.dates >= _MANY_DATES:
        kinds = random.Random(f"{asked.seed} {moment.game_date}").sample(kinds, 2)
    for mutation in kinds:
        other = past_changed(frames, moment, mutation, asked.seed, _PAST)
        built = rebuilt(other, [moment.game_date], asked.lead_minutes, asked.markets, asked.plant)
        for name in names:
            moved = _moved(clean[name], built[name].filter(decided(moment))) is not None
            found.append((mutation.name, name, moved))
    return found


def _moved(rows: pl.DataFrame, again: pl.DataFrame | None) -> dict[str, Any] | None:
    """Say what differs, to the last bit; None where nothing does."""
    if again is None or again.height != rows.height or again.columns != rows.columns:
        return {"columns": [], "rows": abs(rows.height - (0 if again is None else again.height))}
    if rows.equals(again):
        return None
    differs = {c: int(rows[c].ne_missing(again[c]).sum()) for c in rows.columns}
    return {"columns": [c for c, n in differs.items() if n], "rows": max(differs.values())}


def _key_of(rows: pl.DataFrame) -> list[str]:
    return [c for c in ("game_date", "game_id", "team", "player_id") if c in rows.columns]


def _summed(found: Sequence[Mapping[str, Any]], asked: Asked) -> dict[str, Any]:
    """Put the dates together."""
    mutations: dict[str, Any] = {}
    for name, mutation in MUTATIONS.items():
        changed: dict[str, int] = {}
        for one in found:
            for table, n in one["changed"][name].items():
                changed[table] = changed.get(table, 0) + n
        outputs: dict[str, dict[str, int]] = {}
        for one in found:
            for kind, output, moved in one["compared"]:
                if kind == name:
                    own = outputs.setdefault(output, {"compared": 0, "moved": 0})
                    own["compared"] += 1
                    own["moved"] += moved
        mutations[name] = {"about": mutation.about, "changed": changed, "outputs": outputs}
    dual: dict[str, dict[str, dict[str, int]]] = {}
    for one in found:
        for kind, output, moved in one["dual"]:
            own = dual.setdefault(kind, {}).setdefault(output, {"compared": 0, "moved": 0})
            own["compared"] += 1
            own["moved"] += moved
    differences = [difference for one in found for difference in one["differences"]]
    blind = [
        f"{kind}: {output}"
        for kind, outputs in dual.items()
        for output, own in outputs.items()
        if not own["moved"]
    ]
    return {
        "dates": [
            {name: one[name] for name in ("game_date", "instant", "hashes")} for one in found
        ],
        "mutations": mutations,
        "dual": dual,
        "differences": differences,
        "blind": blind,
        "plant": asked.plant.name if asked.plant else None,
        "passed": not differences and not blind,
    }
