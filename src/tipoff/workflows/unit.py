"""One unit of work: one processor over some game dates, built and committed at once."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from tipoff.domain.guard import planted
from tipoff.domain.plant import Plant
from tipoff.domain.seasons import season_of
from tipoff.errors import TipoffError
from tipoff.processors.catalogue import processor_named
from tipoff.processors.declare import Processor, state_of
from tipoff.store.door import SPINE_ID
from tipoff.store.lake import Lake, scan
from tipoff.store.ledger import Prints, commit, left_to_do, note, refuse_newer_code
from tipoff.store.locks import held
from tipoff.store.spine import player_spine, team_spine
from tipoff.tables.derived import READY, out_of_bounds
from tipoff.tables.ledger import EMPTY
from tipoff.workflows.plan import cell_of
from tipoff.workflows.world import Loaded


@dataclass(frozen=True)
class Built:
    """What one unit did.

    Attributes:
        dates: game dates that were committed here.
        rows_written: rows that could be computed.
        rows_explained: rows that could not, with their reason.
        others: game dates that another runner has built meanwhile.
        is_locked: somebody else is building the unit; nothing was done.
    """

    dates: tuple[date, ...] = ()
    rows_written: int = 0
    rows_explained: int = 0
    others: tuple[date, ...] = ()
    is_locked: bool = False


@dataclass(frozen=True)
class Unit:
    """What to build.

    Attributes:
        processor: its name.
        dates: game dates of one cell.
        lead_minutes: minutes before tip-off of the decision instant.
        plant: the planted fault, if any.
    """

    processor: str
    dates: tuple[date, ...]
    lead_minutes: int
    plant: Plant | None = None

    @property
    def lock(self) -> str:
        """The name of its lock; units of one cell of a table have the same."""
        season, cell = cell_of(self.dates[0])
        return f"{self.processor}-{season}-{cell}"


def build_unit(
    lake: Lake, loaded: Loaded, unit: Unit, prints: Mapping[str, Prints], *, wait: bool = True
) -> Built:
    """Build and commit what is left of a unit, unless somebody else is at it.

    Args:
        lake: where derived rows are read from and written to.
        loaded: games and facts of the season.
        unit: what to build.
        prints: fingerprints of every processor, for the rows' ledger.
        wait: where somebody else is building the unit, wait until it is done.

    Raises:
        InputError: newer code was taken into use since the run began.
        TipoffError: an upstream processor has not been built for these dates.
    """
    processor = processor_named(unit.processor)
    own = prints[unit.processor]
    season = season_of(unit.dates[0])
    with held(lake, unit.lock, wait=wait) as is_held:
        if not is_held:
            return Built(is_locked=True)
        # What was planned may have been done by another runner, or by newer code.
        refuse_newer_code(lake, unit.processor, own.code)
        left = left_to_do(lake, processor.table, season, unit.dates, own)
        others = tuple(day for day in unit.dates if day not in left)
        if not left:
            return Built(others=others)
        rows = _rows(lake, loaded, processor, replace(unit, dates=tuple(left)), prints)
        mine = commit(lake, processor.table, rows, season, left, own)
        written = rows.filter(pl.col("game_date").is_in(mine))
        empty = sorted(set(mine) - set(written["game_date"].unique().to_list()))
        if empty:
            note(lake, unit.processor, EMPTY, empty, own)
        others += tuple(day for day in left if day not in mine)
        ready = int((written["state"] == READY).sum())
        return Built(tuple(mine), ready, written.height - ready, others)


def _rows(
    lake: Lake, loaded: Loaded, processor: Processor, unit: Unit, prints: Mapping[str, Prints]
) -> pl.DataFrame:
    with planted(unit.plant.name if unit.plant else None):
        spine = _spine(processor, loaded, unit.dates, unit.lead_minutes)
    listed = sorted(spine["game_date"].unique().to_list())
    world = loaded.world_of(processor.market).with_upstream(
        {name: _upstream(lake, name, listed, prints[name]) for name in processor.needs}
    )
    with unit.plant.within(processor.name) if unit.plant else nullcontext():
        computed = processor.build(spine, world)
    return _with_ledger(processor, spine, computed, prints[processor.name], unit.plant)


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
        {"game_date": list(prints.inputs), "input_fingerprint": list(prints.inputs.values())},
        schema={"game_date": pl.Date, "input_fingerprint": pl.String},
    )
    return rows.join(inputs, on="game_date", how="left").with_columns(
        state_of().alias("state"),
        code_fingerprint=pl.lit(prints.code),
        plant=pl.lit(plant.name if plant else ""),
    )
