"""A player's row, built again and again on facts that differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from tipoff.domain.market import Market
from tipoff.processors.catalogue import feature_store, processors_for
from tipoff.store.door import SPINE_ID, Seen, World


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
