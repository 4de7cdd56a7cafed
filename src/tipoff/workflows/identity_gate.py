"""The gate that every load passes: what it names is laid beside what is known before it is stored.

A load is a file, or an answer of a provider. Above a limit it stops: nothing of it is stored. So
does a load with which all that its source gave in this command is above a limit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from tipoff.sources.format import Parsed, Reference
from tipoff.sources.line_rows import with_name_key
from tipoff.sources.reconcile import has_told_id, merged, refused_items, rows_items
from tipoff.sources.refusals import Named
from tipoff.tables.raw import GAMES, PLAYER_BOXES, ROSTERS
from tipoff.workflows.identity_limits import STOPPED, UNCHECKED, verdicts
from tipoff.workflows.identity_list import listed, sentence

_PLAYERS = ["season", "team", "player_id", "name_key"]
_GAMES = ["game_date", "home_team", "away_team"]


@dataclass(frozen=True)
class Load:
    """What one file or answer gave.

    Attributes:
        name: its path, or the provider and endpoint.
        source: what rows are called that it gave none of.
        stated: as parsed.
        found: the same, after players were looked up.
        refused: what refused rows named, by reason.
    """

    name: str
    source: str
    stated: Sequence[Parsed]
    found: Sequence[Parsed]
    refused: Mapping[str, Mapping[Named, int]] = field(default_factory=dict)


class Gate:
    """Judges the loads of one command, one after the other."""

    def __init__(self, known: Reference, limits: Mapping[str, float]) -> None:
        self._known = Reference(known.games.select(_GAMES), known.players.select(_PLAYERS))
        self._limits = dict(limits)
        self._items: list[pl.DataFrame] = []
        self._kept: dict[tuple[str, str], int] = defaultdict(int)
        self.stopped: list[dict[str, Any]] = []

    def passed(self, loads: Sequence[Load]) -> dict[int, str]:
        """Judge loads; return why each stopped one is, by its place among them.

        All are judged at once; where anything is bad, each source by itself and each load too.
        """
        items = self._of(loads)
        if not items["is_bad"].any():
            self._take(items, loads, range(len(loads)))
            return {}
        reasons: dict[int, str] = {}
        sound = set(items["source"]) - set(items.filter("is_bad")["source"])
        for number, load in enumerate(loads):
            if load.source in sound:
                continue
            if (reason := self._why(self._of([load]), _kept([load]), load.name)) is not None:
                reasons[number] = reason
        for source in sorted({load.source for load in loads} - sound):
            left = [n for n, load in enumerate(loads) if load.source == source and n not in reasons]
            if len(left) + len(self._items) > 1 and (reason := self._too_much(loads, left, source)):
                reasons |= dict.fromkeys(left, reason)
        left = [n for n in range(len(loads)) if n not in reasons]
        self._take(self._of([loads[n] for n in left]), loads, left)
        return reasons

    @property
    def seasons(self) -> list[str]:
        """The seasons of the rows that were let through."""
        return sorted({s for items in self._items for s in items["season"].drop_nulls().unique()})

    def report(self, stored: pl.DataFrame) -> dict[str, Any]:
        """Return the block ``identity`` of a report.

        Args:
            stored: items of stored rows, as ``stored_items`` gives them.

        Returns:
            ``limits``; ``checks`` (what came in with this command and was stored, by source,
            table, season and kind); ``stopped`` (each with ``load``, ``sentence`` and ``list``);
            ``stored`` (what is stored and above a limit now); ``unchecked`` (items of this
            command's rows that nobody can know yet).
        """
        checks = verdicts(merged(self._items), dict(self._kept), self._limits)
        above = [v for v in verdicts(stored, {}, self._limits) if v["verdict"] == STOPPED]
        judged = []
        for verdict in above:
            named = listed(stored, verdict, self._known)
            judged.append(
                {**verdict, "sentence": sentence(verdict, named, remedy=False), "list": named}
            )
        return {
            "limits": self._limits,
            "checks": checks,
            "stopped": self.stopped,
            "stored": judged,
            "unchecked": sum(c["unchecked"] for c in checks if c["verdict"] == UNCHECKED),
        }

    def _of(self, loads: Sequence[Load]) -> pl.DataFrame:
        """Return the items of loads together."""
        by_table: dict[str, list[pl.DataFrame]] = defaultdict(list)
        frames = []
        for load in loads:
            for stated, found in zip(load.stated, load.found, strict=True):
                by_table[stated.table.name].append(_with_told(stated.frame, found.frame))
            table = load.stated[0].table.name if load.stated else ""
            frames.append(refused_items(load.source, table, load.refused))
        for table, parts in by_table.items():
            rows = pl.concat(parts, how="diagonal_relaxed")
            if not rows.is_empty():
                frames.append(rows_items(table, rows, self._known))
        return merged(frames)

    def _why(self, items: pl.DataFrame, kept: dict[tuple[str, str], int], load: str) -> str | None:
        """Judge items; note down and return what is above its limit."""
        said = []
        for verdict in verdicts(items, kept, self._limits):
            if verdict["verdict"] == STOPPED:
                named = listed(items, verdict, self._known)
                text = sentence(verdict, named)
                self.stopped.append({"load": load, **verdict, "sentence": text, "list": named})
                said.append(text)
        return " ".join(said) or None

    def _too_much(self, loads: Sequence[Load], left: Sequence[int], source: str) -> str | None:
        """Judge what a source gave in the whole command so far, with these loads."""
        mine = [loads[n] for n in left]
        if not mine:
            return None
        new = self._of(mine)
        names = new["source"].unique().implode()
        before = [items.filter(pl.col("source").is_in(names)) for items in self._items]
        kept = _kept(mine)
        for key, rows in self._kept.items():
            kept[key] = kept.get(key, 0) + rows
        return self._why(merged([*before, new]), kept, f"all of {source}")

    def _take(self, items: pl.DataFrame, loads: Sequence[Load], which: Iterable[int]) -> None:
        """Remember what was let through: it is judged with what is to come, and is known now."""
        self._items.append(items)
        taken = [loads[n] for n in which]
        for key, rows in _kept(taken).items():
            self._kept[key] += rows
        self._known = _learnt(self._known, [part for load in taken for part in load.found])


def _with_told(stated: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    return found.with_columns(_has_id=has_told_id(stated)) if "player_id" in found else found


def _kept(loads: Sequence[Load]) -> dict[tuple[str, str], int]:
    """Count rows that were not refused, by source and the first table of its loads."""
    kept: dict[tuple[str, str], int] = defaultdict(int)
    for load in loads:
        table = load.stated[0].table.name if load.stated else ""
        kept[load.source, table] += sum(part.frame.height for part in load.stated)
    return kept


def _learnt(known: Reference, parts: Sequence[Parsed]) -> Reference:
    """Add the games and players that rows tell of themselves."""
    players, games = [known.players], [known.games]
    for part in parts:
        if part.table.name == GAMES.name:
            games.append(part.frame.filter(~pl.col("is_deleted")).select(_GAMES))
        elif part.table.name in (PLAYER_BOXES.name, ROSTERS.name):
            rows = part.frame if "name_key" in part.frame.columns else with_name_key(part.frame)
            told = rows.filter(has_told_id(rows))
            players.append(told.select(_PLAYERS))
    if len(players) == len(games) == 1:
        return known
    return replace(known, games=pl.concat(games).unique(), players=pl.concat(players).unique())
