"""Two runs on the rows that both graded: how much one differs from the other."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from tipoff.backtest.comparison import compared
from tipoff.backtest.edges import USUAL
from tipoff.backtest.statistics import difference_interval
from tipoff.store.lake import Lake
from tipoff.workflows.graded import kept

# A segment of an id: ``vs=`` and the other run's id.
VERSUS = "vs="
_KEY = ["game_date", "game_id", "player_id", "line"]
_RUN, _OTHER = "run", "other"


def paired(lake: Lake, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return measures of two runs on the player-games that both graded at the same line.

    Args:
        lake: the lake that keeps their graded rows.
        mine: the run's report; theirs: the other's.

    Returns:
        Of hit rate at the usual edge (picks of either), error and log loss, as far as both have
        them: ``measure``, ``unit``, ``run``, ``other``, ``difference`` (run minus other) with its
        95 % interval ``low`` to ``high``, clustered by game date, ``n`` and ``less_is_better``.

    Raises:
        InputError: they share no player-game with the same line.
    """
    frames = {_RUN: kept(lake, mine["rows_hash"]), _OTHER: kept(lake, theirs["rows_hash"])}
    told = {row["name"]: row for row in compared(frames, _OTHER)}
    found = [_hit_rates(frames, mine["lines"]["edges"][USUAL])]
    for measure, unit in (("mae", mine["unit"]), ("log_loss", "nats")):
        own, held = told[_RUN][measure], told[_OTHER][measure]
        between = told[_RUN][f"{measure}_minus_reference"]
        if own is not None and held is not None and between is not None:
            found.append(_row(measure, unit, (own["value"], held["value"]), between))
    return found


def _hit_rates(frames: Mapping[str, pl.DataFrame], edge: str) -> dict[str, Any]:
    """Hit rates at an edge on the shared lines; a pick may be of one of them only."""
    decided = pl.col("outcome").is_in(["win", "loss"]) & (pl.col("edge").abs() >= float(edge))
    won = pl.when(decided).then(pl.col("outcome") == "win")
    mine, theirs = (frames[name].select(*_KEY, won.alias(name)) for name in (_RUN, _OTHER))
    both = mine.join(theirs, on=_KEY, validate="1:1")
    found = difference_interval(both, _RUN, _OTHER)
    means = both.select(pl.col(_RUN, _OTHER).cast(pl.Float64).mean()).row(0)
    told = {"value": found.value, "low": found.low, "high": found.high, "n": found.n}
    return _row(f"hit_rate@{edge}", "share", means, told)


def _row(
    measure: str,
    unit: str,
    values: tuple[float | None, float | None],
    found: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "measure": measure,
        "unit": unit,
        _RUN: values[0],
        _OTHER: values[1],
        "difference": found["value"],
        **{name: found[name] for name in ("low", "high", "n")},
        "less_is_better": unit != "share",
    }
