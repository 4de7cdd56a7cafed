"""The gate that every load passes: what it names is laid beside what is known before it is stored.

A load is a file, or an answer of a provider. Above a limit it stops: nothing of it is stored. So
does a load that names somebody unknown and with which all that its source has given, stored before
or in this command, is above a limit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tipoff.sources.format import Parsed
from tipoff.sources.reconcile import ITEMS, has_told_id, merged, refused_items, rows_items
from tipoff.sources.refusals import Named
from tipoff.store.lake import Lake
from tipoff.workflows.identity_known import added, seen_in
from tipoff.workflows.identity_limits import STOPPED, UNCHECKED, verdicts
from tipoff.workflows.identity_list import listed, sentence
from tipoff.workflows.identity_stored import rates, stored_items

_Kept = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Load:
    """What one file or answer gave.

    Attributes:
        name: its path, or the provider and endpoint.
        source: what its rows are called where it gave none.
        stated: as parsed.
        found: the same, after players were looked up.
        refused: what refused rows named, by reason.
    """

    name: str
    source: str
    stated: Sequence[Parsed]
    found: Sequence[Parsed]
    refused: Mapping[str, Mapping[Named, int]] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """Its first table, of which the refused rows would have been."""
        return self.stated[0].table.name if self.stated else ""


class Gate:
    """Judges the loads of one command, one after the other."""

    def __init__(self, lake: Lake, limits: Mapping[str, float]) -> None:
        self._lake = lake
        self._limits = dict(limits)
        self._seen = seen_in(lake)
        self._known = self._seen.known()
        # By source: what came through with this command, and what was stored before.
        self._items: dict[str, pl.DataFrame] = {}
        self._stored: dict[tuple[str, str], pl.DataFrame] = {}
        self._kept: _Kept = defaultdict(int)
        self.stopped: list[dict[str, Any]] = []

    def passed(self, loads: Sequence[Load]) -> dict[int, str]:
        """Judge loads; return why each stopped one is, by its place among them.

        Loads without anything bad pass first; each of the others is judged by itself, and with
        all that its source has given so far.
        """
        items = self._of(loads)
        if not items["is_bad"].any():
            self._take(items, loads)
            self._learn(loads)
            return {}
        own = {number: self._of([load]) for number, load in enumerate(loads)}
        bad = [number for number, mine in own.items() if mine["is_bad"].any()]
        for number in sorted(set(own) - set(bad)):
            self._take(own[number], [loads[number]])
        reasons: dict[int, str] = {}
        for number in bad:
            load, mine = loads[number], own[number]
            reason = self._why(mine, _kept([load]), load.name) or self._too_much(load, mine)
            if reason is None:
                self._take(mine, [load])
            else:
                reasons[number] = reason
        self._learn(load for number, load in enumerate(loads) if number not in reasons)
        return reasons

    @property
    def seasons(self) -> list[str]:
        """The seasons of the rows that were let through."""
        frames = self._items.values()
        return sorted({s for items in frames for s in items["season"].drop_nulls().unique()})

    def report(self) -> dict[str, Any]:
        """Return the block ``identity`` of a report, once everything is stored.

        Returns:
            ``limits``; ``checks`` (what came in with this command and was stored, by source,
            table, season and kind); ``stopped`` (each with ``load``, ``sentence`` and ``list``);
            ``stored`` (what is stored of the same seasons and above a limit now); ``unchecked``
            (items of this command's rows that nobody can know yet).
        """
        checks = verdicts(merged([*self._items.values()]), dict(self._kept), self._limits)
        return {
            "limits": self._limits,
            "checks": checks,
            "stopped": self.stopped,
            "stored": rates(self._lake, self._limits, self.seasons)["above"]
            if self.seasons
            else [],
            "unchecked": sum(c["unchecked"] for c in checks if c["verdict"] == UNCHECKED),
        }

    def _of(self, loads: Sequence[Load]) -> pl.DataFrame:
        """Return the items of loads together."""
        by_table: dict[str, list[pl.DataFrame]] = defaultdict(list)
        frames = []
        for load in loads:
            for stated, found in zip(load.stated, load.found, strict=True):
                by_table[stated.table.name].append(_with_told(stated.frame, found.frame))
            frames.append(refused_items(load.source, load.table, load.refused))
        for table, parts in by_table.items():
            rows = pl.concat(parts, how="diagonal_relaxed")
            if not rows.is_empty():
                frames.append(rows_items(table, rows, self._known))
        return merged(frames)

    def _why(
        self, items: pl.DataFrame, kept: _Kept, load: str, *, together: bool = False
    ) -> str | None:
        """Judge items; note down and return what is above its limit."""
        said = []
        for verdict in verdicts(items, kept, self._limits):
            if verdict["verdict"] == STOPPED:
                named = listed(items, verdict, self._known)
                text = sentence(verdict, named, together=together)
                self.stopped.append({"load": load, **verdict, "sentence": text, "list": named})
                said.append(text)
        return " ".join(said) or None

    def _too_much(self, load: Load, items: pl.DataFrame) -> str | None:
        """Judge a load with all that its sources have given before, of what is bad in it."""
        sources = items.drop_nulls("season").select("source", "season").unique().sort(pl.all())
        before = [
            self._before(str(source), mine["season"].to_list())
            for (source,), mine in sources.group_by("source", maintain_order=True)
        ]
        bad = items.filter("is_bad").select("source", "table", "season", "kind").unique()
        every = merged([*before, items])
        same = every.join(bad, on=bad.columns, how="semi", nulls_equal=True)
        kept = _kept([load])
        for key, rows in self._kept.items():
            kept[key] = kept.get(key, 0) + rows
        return self._why(same, kept, load.name, together=True)

    def _before(self, source: str, seasons: Sequence[str]) -> pl.DataFrame:
        """Return the items of a source: of this command, and stored when it was first asked."""
        for season in seasons:
            if (source, season) not in self._stored:
                held = stored_items(self._lake, self._seen, [season], source)
                self._stored[source, season] = held
        mine = [items for (name, _), items in self._stored.items() if name == source]
        return merged([self._items.get(source, pl.DataFrame(schema=ITEMS)), *mine])

    def _take(self, items: pl.DataFrame, loads: Sequence[Load]) -> None:
        """Remember what was let through: it is judged with what is to come."""
        for (source,), mine in items.group_by("source"):
            before = self._items.get(str(source), pl.DataFrame(schema=ITEMS))
            self._items[str(source)] = merged([before, mine])
        for key, rows in _kept(loads).items():
            self._kept[key] += rows

    def _learn(self, loads: Iterable[Load]) -> None:
        """Count what loads tell of players and games among what is known."""
        seen = added(self._seen, [part for load in loads for part in load.stated])
        if seen is not self._seen:
            self._seen, self._known = seen, seen.known()


def _with_told(stated: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    return found.with_columns(_has_id=has_told_id(stated)) if "player_id" in found else found


def _kept(loads: Sequence[Load]) -> _Kept:
    """Count rows that were not refused, by source and the first table of its loads."""
    kept: _Kept = defaultdict(int)
    for load in loads:
        kept[load.source, load.table] += sum(
            part.frame.height for part in load.stated if part.table.name == load.table
        )
    return kept
