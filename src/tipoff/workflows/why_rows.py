"""Which of the rows that the door gave a value comes from, found by trying without them.

Nothing here knows a feature: every row is altered, then left out, and the processors run again.
Rows that change the value neither way are no part of it. Rows are tried in groups first, so that
the many that do not matter cost little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from tipoff.domain.market import Market
from tipoff.processors.catalogue import feature_store, processors_for
from tipoff.store.door import SPINE_ID, Seen, World

GROUP = 8
_BY = "_by_"
# Facts that are asked for as the league's, in which no row belongs to anybody's game.
_WHOLE = ("team_zone_games",)


@dataclass(frozen=True)
class Part:
    """One row that a value comes from.

    Attributes:
        seen: the question at the door that gave it.
        row: the row as it was given.
        without: what the value would be without it; null where there would be none.
    """

    seen: Seen
    row: Mapping[str, Any]
    without: float | None


@dataclass(frozen=True)
class _Fact:
    row: Mapping[str, Any]
    is_it: pl.Expr


@dataclass(frozen=True)
class Trial:
    """A player's row, ready to be built again on altered facts.

    Attributes:
        world: the facts with the market's quotes.
        market: whose features.
        teams: the team spine of his game.
        players: his row of the player spine, and those of others where they matter to him.
        player_id: who he is.
        column: the feature store's column.
        built: rows of every processor on unaltered facts, where known.
        asked: the fact tables that each processor asked, where known.
    """

    world: World
    market: Market
    teams: pl.DataFrame
    players: pl.DataFrame
    player_id: str
    column: str
    built: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    asked: Mapping[str, set[str]] = field(default_factory=dict)

    def run(self, table: str | None = None, rows: pl.DataFrame | None = None) -> "Trial":
        """Build again with other rows of one fact table; what did not ask for it stays."""
        world = self.world
        if table is not None and rows is not None:
            world = replace(world, facts={**world.facts, table: rows})
        built, asked = dict(self.built), dict(self.asked)
        again: set[str] = set()
        for processor in processors_for([self.market]):
            name = processor.name
            if table in asked.get(name, {table}) or again & set(processor.needs):
                again.add(name)
                spine = self.teams if processor.spine == "team" else self.players
                trace: list[Seen] = []
                upstream = world.with_upstream({n: built[n] for n in processor.needs})
                rows_built = processor.build(spine, replace(upstream, trace=trace))
                built[name] = spine.join(rows_built, on=SPINE_ID)
                asked[name] = {one.table for one in trace}
        return replace(self, built=built, asked=asked)

    @property
    def value(self) -> float | None:
        """The value that was built."""
        rows = self.built[feature_store(self.market).name]
        found: float | None = rows.filter(player_id=self.player_id)[self.column].item()
        return found


def parts(trial: Trial, seen: Sequence[Seen], tried: Sequence[Seen]) -> list[Part]:
    """Return the rows that a player's value comes from, the newest known first in each question.

    Args:
        trial: his row, on all facts.
        seen: every question at the door when his row was built.
        tried: those whose rows to try.
    """
    small = replace(trial, world=replace(trial.world, facts=_asked_only(trial.world, seen)))
    base = small.run()
    whole = trial.run()
    if base.value != whole.value:
        base = whole
    return [part for one in tried for part in _parts_of(one, base)]


def _asked_only(world: World, seen: Sequence[Seen]) -> dict[str, pl.DataFrame]:
    """The facts of games that the questions gave rows of: little enough to build many times."""
    games: dict[str, set[str]] = {}
    for one in seen:
        games.setdefault(one.table, set()).update(one.used["game_id"].to_list())
    return {
        name: rows
        if name in _WHOLE or "game_id" not in rows.columns
        else rows.filter(pl.col("game_id").is_in(sorted(games.get(name, set()))))
        for name, rows in world.facts.items()
    }


def _parts_of(one: Seen, base: Trial) -> list[Part]:
    rows, as_is = base.world.facts[one.table], base.value

    def without(facts: Sequence[_Fact]) -> float | None:
        left = rows.filter(~pl.any_horizontal(f.is_it for f in facts))
        return base.run(one.table, left).value

    def moves(facts: Sequence[_Fact]) -> bool:
        return base.run(one.table, _altered(rows, facts)).value != as_is

    facts = _facts(one, rows)
    found = []
    for start in range(0, len(facts), GROUP):
        group = facts[start : start + GROUP]
        if not moves(group) and without(group) == as_is:
            continue
        for fact in group:
            left = without([fact])
            if left != as_is or moves([fact]):
                found.append(Part(one, fact.row, left))
    return found


def _facts(one: Seen, table: pl.DataFrame) -> list[_Fact]:
    """The rows of a question, once each: one a game or, of quotes and reports, one a statement."""
    asked_by = [c for c in one.used.columns if c.startswith(_BY)]
    named = ["game_id"] if asked_by else [c for c in one.used.columns if c in table.columns]
    once = one.used.unique(named, keep="first", maintain_order=True)
    return [
        _Fact(
            row,
            pl.all_horizontal(
                *[pl.col(c).eq_missing(pl.lit(row[c])) for c in named],
                *[
                    pl.col(fact) == pl.lit(row[own])
                    for fact, own in zip(one.equal_to, asked_by, strict=False)
                ],
            ),
        )
        for row in once.to_dicts()
    ]


def _altered(rows: pl.DataFrame, facts: Sequence[_Fact]) -> pl.DataFrame:
    """Every figure of some facts changed, each fact's by something else.

    A nought stays: a game that he did not play must not become one that he did.
    """
    figures = [c for c, dtype in rows.schema.items() if dtype.is_numeric()]
    for number, fact in enumerate(facts):
        rows = rows.with_columns(
            pl.when(fact.is_it & (pl.col(c) != 0))
            .then(pl.col(c) + 7 + 2 * number)
            .otherwise(pl.col(c))
            .alias(c)
            for c in figures
        )
    return rows
