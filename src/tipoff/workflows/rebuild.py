"""Build the processors' rows of some dates from raw frames, without a lake to write to."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date

import polars as pl

from tipoff.domain.guard import planted
from tipoff.domain.market import Market
from tipoff.domain.plant import Plant
from tipoff.processors.catalogue import processors_for
from tipoff.processors.declare import state_of
from tipoff.store.door import SPINE_ID
from tipoff.store.spine import player_spine, team_spine
from tipoff.workflows.world import assemble

_KEY = ("game_date", "game_id", "team", "player_id")


def rebuilt(
    frames: Mapping[str, pl.DataFrame],
    dates: Sequence[date],
    lead_minutes: int,
    markets: Sequence[Market],
    plant: Plant | None = None,
) -> dict[str, pl.DataFrame]:
    """Return every processor's rows of the dates, in order of the key, by its name.

    It is what the backfill computes, but for the rows' ledger.

    Args:
        frames: rows of every raw table, by its name.
        dates: game dates.
        lead_minutes: minutes before tip-off of the decision instant.
        markets: whose feature stores to build.
        plant: a planted fault.
    """
    with planted(plant.name if plant else None):
        loaded = assemble(frames, lead_minutes)
        teams = team_spine(loaded.games, dates, lead_minutes)
        facts = loaded.world.facts
        players = player_spine(teams, facts["player_games"], facts["quoted_players"])
    built: dict[str, pl.DataFrame] = {}
    for processor in processors_for(markets):
        spine = teams if processor.spine == "team" else players
        world = loaded.world_of(processor.market).with_upstream(
            {name: built[name] for name in processor.needs}
        )
        with plant.within(processor.name) if plant else nullcontext():
            rows = spine.join(processor.build(spine, world), on=SPINE_ID, validate="1:1")
        built[processor.name] = rows.with_columns(state_of().alias("state")).sort(
            [c for c in _KEY if c in spine.columns]
        )
    return {name: rows.drop(SPINE_ID) for name, rows in built.items()}
