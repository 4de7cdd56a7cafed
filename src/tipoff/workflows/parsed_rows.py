"""What parsers gave goes into the raw tables: players are told apart, rows appended, all counted.

Files and answers of providers come this way alike.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import polars as pl

from tipoff.sources.format import BOX_SECONDS, Parsed, Reference
from tipoff.sources.identity import boxed, resolved
from tipoff.sources.reference import reference
from tipoff.store.lake import Lake, append, read, scan
from tipoff.tables.raw import GAMES, PLAYER_BOXES, ROSTERS
from tipoff.tables.table import Table


class TableCounts(NamedTuple):
    """Rows of one table: added, there already, corrections among the added, rejected."""

    added: int = 0
    known: int = 0
    corrections: int = 0
    rejected: int = 0


@dataclass
class Stored:
    """What became of parsed rows, in all and by table."""

    tables: dict[str, TableCounts] = field(default_factory=dict)
    rejections: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    notes: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def total(self) -> TableCounts:
        """Return the counts over all tables."""
        return TableCounts(*map(sum, zip(*self.tables.values(), strict=True)))

    def count(self, table: str, counts: TableCounts) -> None:
        """Add counts to those of a table."""
        old = self.tables.get(table, TableCounts())
        self.tables[table] = TableCounts(*map(sum, zip(old, counts, strict=True)))


def lake_reference(lake: Lake) -> Reference:
    """Return what parsers may look up, as the lake knows it now."""
    boxes = scan(lake, PLAYER_BOXES)
    who = boxes.select("season", "team", "player_id", "name_key").unique().collect()
    lines = boxes.select(list(BOX_SECONDS)).collect()
    return reference(read(lake, GAMES), who, read(lake, ROSTERS), lines)


def identified(everything: Sequence[Parsed], known: Reference) -> list[Parsed]:
    """Return what was parsed, with the players looked up whom rows name.

    Rows of one table are looked up at once, however many answers they came in.
    """
    found = list(everything)
    by_table: dict[str, list[int]] = defaultdict(list)
    for number, parsed in enumerate(everything):
        if {"player_id", "name_key"} <= set(parsed.frame.columns) and not parsed.frame.is_empty():
            by_table[parsed.table.name].append(number)
    for numbers in by_table.values():
        frames = [everything[n].frame.with_columns(_part=pl.lit(n, pl.Int32)) for n in numbers]
        look_up = boxed if everything[numbers[0]].table is PLAYER_BOXES else resolved
        rows = look_up(pl.concat(frames, how="diagonal_relaxed"), known.players)
        for (number,), part in rows.group_by("_part", maintain_order=True):
            parsed = everything[int(str(number))]
            found[int(str(number))] = replace(parsed, frame=part.select(parsed.frame.columns))
    return found


def store_parsed(lake: Lake, everything: Sequence[Parsed], moment: datetime) -> Stored:
    """Append what was parsed, one commit a table as a rule, and count it.

    Args:
        lake: where the rows go.
        everything: of one file, or of several answers in the order in which they came; players
            looked up.
        moment: when corrections become known.
    """
    stored = Stored()
    by_table: dict[str, list[Parsed]] = defaultdict(list)
    for parsed in everything:
        by_table[parsed.table.name].append(parsed)
        _add(stored.rejections, parsed.rejected)
        _add(stored.notes, parsed.notes)
    for name, parts in by_table.items():
        rejected = sum(sum(part.rejected.values()) for part in parts)
        stored.count(name, TableCounts(rejected=rejected))
        table = parts[0].table
        turns, copies = _turns(table, [part.frame for part in parts])
        stored.count(name, TableCounts(known=copies))
        for turn in turns:
            added = append(lake, table, turn, now=moment)
            stored.count(name, TableCounts(added.added, added.known, added.corrections))
    return stored


def _add(total: dict[str, int], counts: Mapping[str, int]) -> None:
    for reason, number in counts.items():
        total[reason] += number


def _turns(table: Table, frames: Sequence[pl.DataFrame]) -> tuple[list[pl.DataFrame], int]:
    """Join frames into appends of which none holds two rows of one key out of several frames.

    The later of two different rows is a correction of the earlier, as if each frame had come by
    itself. Two within one frame are a fault of its parser and are left for the append to refuse.

    Returns:
        What to append, in order, and the number of rows that were left out as copies.
    """
    if len(frames) == 1:
        return list(frames), 0
    numbered = [f.with_columns(_part=pl.lit(n, pl.Int32)) for n, f in enumerate(frames)]
    rows = pl.concat(numbered, how="diagonal_relaxed")
    keys = [c for c in table.key if c in rows.columns]
    if not rows.select(keys).is_duplicated().any():
        return [rows.drop("_part")], 0
    values = [c for c in rows.columns if c not in ("_part", "observed_basis", "row_hash")]
    first = pl.col("_part").min().over(values) == pl.col("_part")
    once = rows.filter(first).with_columns(_turn=pl.col("_part").rank("dense").over(keys))
    turns = once.sort("_turn", maintain_order=True).partition_by("_turn", maintain_order=True)
    return [turn.drop("_turn", "_part") for turn in turns], rows.height - once.height
