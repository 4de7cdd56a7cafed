"""One unit of work: one processor over some game dates, built and committed at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from tipoff.domain.plant import Plant
from tipoff.domain.seasons import season_of
from tipoff.errors import TipoffError
from tipoff.processors.catalogue import processor_named
from tipoff.processors.declare import Processor, state_of
from tipoff.store.door import SPINE_ID
from tipoff.store.lake import Lake, scan
from tipoff.store.ledger import commit
from tipoff.store.spine import player_spine, team_spine
from tipoff.tables.derived import READY, out_of_bounds
from tipoff.workflows.plan import Prints
from tipoff.workflows.world import Loaded


@dataclass(frozen=True)
class Built:
    """What one unit wrote.

    Attributes:
        rows_written: rows that could be computed.
        rows_explained: rows that could not, with their reason.
        empty: game dates on which nobody could have been known to play.
    """

    rows_written: int
    rows_explained: int
    empty: tuple[date, ...]


def build_unit(
    lake: Lake,
    loaded: Loaded,
    processor_name: str,
    dates: Sequence[date],
    prints: Mapping[str, Prints],
    *,
    lead_minutes: int,
    plant: Plant | None,
) -> Built:
    """Build a processor over some dates of one season and commit the rows.

    Args:
        lake: where derived rows are read from and written to.
        loaded: games and facts of the season.
        processor_name: which processor.
        dates: game dates of one season.
        prints: fingerprints of every processor, for the rows' ledger.
        lead_minutes: minutes before tip-off of the decision instant.
        plant: the planted fault, if any.

    Raises:
        TipoffError: an upstream processor has not been built for these dates.
    """
    processor = processor_named(processor_name)
    spine = _spine(processor, loaded, dates, lead_minutes)
    listed = sorted(spine["game_date"].unique().to_list())
    world = loaded.world_of(processor.market).with_upstream(
        {name: _upstream(lake, name, listed, prints[name]) for name in processor.needs}
    )
    if plant is not None and processor.name in plant.processors:
        world = replace(world, counts_own_date=True)
    computed = processor.build(spine, world)
    rows = _with_ledger(processor, spine, computed, prints[processor.name], plant)
    commit(lake, processor.table, rows, season_of(dates[0]), dates)
    ready = int((rows["state"] == READY).sum())
    empty = tuple(sorted(set(dates) - set(listed)))
    return Built(ready, rows.height - ready, empty)


def _spine(
    processor: Processor, loaded: Loaded, dates: Sequence[date], lead_minutes: int
) -> pl.DataFrame:
    key = (processor.spine, tuple(dates), lead_minutes)
    if key not in loaded.spines:
        teams = team_spine(loaded.games, dates, lead_minutes)
        facts = loaded.world.facts
        loaded.spines[key] = (
            teams
            if processor.spine == "team"
            else player_spine(teams, facts["player_games"], facts["quoted_players"])
        )
    return loaded.spines[key]


def _upstream(lake: Lake, name: str, dates: Sequence[date], prints: Prints) -> pl.DataFrame:
    table = processor_named(name).table
    if not dates:
        return table.empty()
    rows = (
        scan(lake, table)
        .filter(pl.col("season") == season_of(dates[0]), pl.col("game_date").is_in(list(dates)))
        .collect()
    )
    expected = pl.DataFrame(
        {"game_date": list(dates), "_inputs": [prints.inputs[day] for day in dates]},
        schema={"game_date": pl.Date, "_inputs": pl.String},
    )
    current = rows.join(expected, on="game_date").filter(
        pl.col("code_fingerprint") == prints.code,
        pl.col("input_fingerprint") == pl.col("_inputs"),
    )
    missing = sorted(set(dates) - set(current["game_date"].unique().to_list()))
    if missing:
        raise TipoffError(
            f"Expected {name} to be built and current for {missing[0]}"
            f"{f' and {len(missing) - 1} more dates' if missing[1:] else ''}; build it first "
            f"(leave out --start-from or --only)."
        )
    return current.drop("_inputs")


def _with_ledger(
    processor: Processor,
    spine: pl.DataFrame,
    computed: pl.DataFrame,
    prints: Prints,
    plant: Plant | None,
) -> pl.DataFrame:
    """Join the computed columns to the spine; every spine row is there exactly once."""
    rows = spine.join(computed, on=SPINE_ID, how="left", validate="1:1")
    if computed.height != spine.height:
        raise TipoffError(
            f"Expected {processor.name} to account for {spine.height} rows, got {computed.height}."
        )
    broken = out_of_bounds(processor.columns, computed)
    if broken:
        raise TipoffError(
            f"Expected {processor.name} to keep the bounds of its columns; values lie outside in "
            f"{', '.join(f'{name} ({count})' for name, count in broken.items())}. Check the raw "
            "rows of these dates."
        )
    inputs = pl.DataFrame(
        {"game_date": list(prints.inputs), "input_fingerprint": list(prints.inputs.values())}
    )
    return rows.join(inputs, on="game_date", how="left").with_columns(
        state_of().alias("state"),
        code_fingerprint=pl.lit(prints.code),
        plant=pl.lit(plant.name if plant else ""),
    )
