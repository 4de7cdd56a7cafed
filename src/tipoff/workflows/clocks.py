"""Whether this machine's clock can be believed.

A clock that is behind makes a prediction look as if it had come before the tip-off that it came
after. What providers were seen to say cannot lie in the future: where it does, the clock is wrong.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from tipoff.domain.clock import RECORDED
from tipoff.errors import InputError
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import AVAILABILITY, GAME_LINES, GAMES, PLAYER_BOXES, PROP_QUOTES
from tipoff.tables.table import Table

# Clocks of machines that are well kept differ by less.
TOLERANCE = timedelta(minutes=5)
_SEEN = (GAMES, PLAYER_BOXES, PROP_QUOTES, GAME_LINES, AVAILABILITY)


def refuse_clock_behind(lake: Lake, seasons: Sequence[str], now: datetime) -> None:
    """Refuse a moment that comes before what was observed already.

    Args:
        lake: the lake; moments that are assumed rather than recorded say nothing of clocks.
        seasons: whose rows to look at.
        now: what this machine's clock says.

    Raises:
        InputError: the clock is behind.
    """
    newest = [(table.name, _newest(lake, table, seasons)) for table in _SEEN]
    ahead = [(at, name) for name, at in newest if at is not None and at > now + TOLERANCE]
    if ahead:
        at, name = max(ahead)
        raise InputError(
            f"Expected a clock that is not behind: it says {now:%Y-%m-%d %H:%M} UTC, but a row of "
            f"{name} was observed at {at:%Y-%m-%d %H:%M} UTC. Set the clock; nothing was predicted."
        )


def _newest(lake: Lake, table: Table, seasons: Sequence[str]) -> datetime | None:
    rows = scan(lake, table).filter(
        pl.col("season").is_in(list(seasons)), pl.col("observed_basis") == RECORDED
    )
    found: datetime | None = rows.select(pl.col("observed_at").max()).collect().item()
    return found
