"""A challenger beside the champion, on the player-games that both were graded on."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from tipoff.backtest.comparison import compared
from tipoff.backtest.current import current_grades, current_predictions
from tipoff.backtest.fair import USUAL, with_fair
from tipoff.errors import InputError
from tipoff.registry.conditions import FEWEST_SHARED
from tipoff.store.lake import Lake, scan
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.workflows.graded import kept

_COLUMNS = (
    "game_date",
    "game_id",
    "player_id",
    "line",
    "prediction",
    "actual",
    "over_probability",
    "under_probability",
    "fair_over",
)


def against(
    lake: Lake, challenger: Mapping[str, Any], champion: Mapping[str, Any]
) -> dict[str, Any]:
    """Compare two registered models.

    What both predicted live counts, where that is enough; else the graded rows of their runs.

    Args:
        lake: the lake.
        challenger, champion: records of the registry.

    Returns:
        ``champion`` (its id), ``basis`` (live, backtest or none), ``n``, ``champion_mae``, and
        ``mae`` and ``log_loss``: challenger minus champion, each ``value, n, low, high`` (95 %,
        clustered by game date) or None. Negative is better.
    """
    told: dict[str, Any] = {"champion": champion["model_id"], "basis": "none", "n": 0}
    told |= {"champion_mae": None, "mae": None, "log_loss": None}
    for basis, rows_of in (("live", _live_rows), ("backtest", _run_rows)):
        frames = {
            name: rows
            for name, record in (("champion", champion), ("challenger", challenger))
            if (rows := rows_of(lake, record)) is not None
        }
        if len(frames) < 2:
            continue
        found = _told(frames, champion["model_id"], basis)
        if found is not None and found["n"] > told["n"]:
            told = found
        if told["n"] >= FEWEST_SHARED:
            break
    return told


def _told(frames: Mapping[str, pl.DataFrame], champion: str, basis: str) -> dict[str, Any] | None:
    try:
        rows = {row["name"]: row for row in compared(frames, "champion")}
    except InputError:
        # They share no player-game: there is nothing to tell.
        return None
    own, held = rows["challenger"], rows["champion"]
    return {
        "champion": champion,
        "basis": basis,
        "n": own["mae"]["n"],
        "champion_mae": held["mae"]["value"],
        "mae": own["mae_minus_reference"],
        "log_loss": own["log_loss_minus_reference"],
    }


def _live_rows(lake: Lake, record: Mapping[str, Any]) -> pl.DataFrame | None:
    own = pl.col("model_id") == record["model_id"]
    made = current_predictions(scan(lake, PREDICTIONS).filter(own).collect())
    grades = current_grades(scan(lake, GRADES).filter(own).collect())
    key = ["slate", "game_id", "player_id"]
    rows = made.drop_nulls(["line", "prediction"]).join(
        grades.select(*key, "actual").drop_nulls("actual"), on=key
    )
    return None if rows.is_empty() else _shaped(rows)


def _run_rows(lake: Lake, record: Mapping[str, Any]) -> pl.DataFrame | None:
    rows_hash = (record["report"] or {}).get("rows_hash")
    return None if rows_hash is None else _shaped(kept(lake, rows_hash))


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    priced = rows if "fair_over" in rows.columns else with_fair(rows, USUAL)
    return priced.select(*_COLUMNS, crps=pl.lit(None, pl.Float64))
