"""Build all processors of some dates from raw frames, without a lake."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from tipoff.domain.market import FEATURE_MARKETS, Market
from tipoff.processors.catalogue import processors_for
from tipoff.store.door import SPINE_ID
from tipoff.store.spine import player_spine, team_spine
from tipoff.workflows.world import assemble

LEAD = 30


def build_all(
    frames: Mapping[str, pl.DataFrame],
    dates: Sequence[date],
    *,
    planted: Sequence[str] = (),
    markets: Sequence[Market] = FEATURE_MARKETS,
) -> dict[str, pl.DataFrame]:
    """Return every processor's rows of the dates, in order of the key."""
    loaded = assemble(frames, LEAD)
    teams = team_spine(loaded.games, dates, LEAD)
    players = player_spine(
        teams, loaded.world.facts["player_games"], loaded.world.facts["quoted_players"]
    )
    built: dict[str, pl.DataFrame] = {}
    for processor in processors_for(markets):
        spine = teams if processor.spine == "team" else players
        world = loaded.world_of(processor.market).with_upstream(
            {name: built[name] for name in processor.needs}
        )
        world = replace(world, counts_own_date=processor.name in planted)
        rows = processor.build(spine, world)
        assert rows.height == spine.height
        built[processor.name] = spine.join(rows, on=SPINE_ID, validate="1:1").sort(
            [c for c in ("game_date", "game_id", "team", "player_id") if c in spine.columns]
        )
    return {name: rows.drop(SPINE_ID) for name, rows in built.items()}
