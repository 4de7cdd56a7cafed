"""How recipes were doing as of each game date, as it was noted."""

import polars as pl

from tipoff.monitoring.rolling import WINDOWS
from tipoff.store.lake import Lake, scan
from tipoff.tables.watch import MODEL_STATES

_FLOATS = (
    *[f"{n}_{days}" for days in WINDOWS for n in ("hit_rate", "break_even", "low", "high")],
    "model_mae", "line_mae", "mae_gap", "mae_gap_low", "mae_gap_high", "bias", "e_value",
)  # fmt: skip
_COUNTS = (*[f"n_{days}" for days in WINDOWS], "played", "days_in_state")
_NUMBERS = {**dict.fromkeys(_FLOATS, pl.Float64), **dict.fromkeys(_COUNTS, pl.Int64)}


def noted_states(lake: Lake) -> pl.DataFrame:
    """Return what was noted last of each recipe and game date, in order of time.

    Returns:
        ``market, model_name, game_date, at, state, reason`` and the numbers that it was judged
        from: rolling hit rates over the last 7, 14 and 30 days with ``n_, low_, high_`` and
        ``break_even_``, errors over the longest.
    """
    key = ["market", "model_name", "game_date"]
    rows = scan(lake, MODEL_STATES).sort("at").unique(key, keep="last", maintain_order=True)
    told = rows.sort(key).collect()
    return told.with_columns(
        pl.col("numbers").str.json_decode(pl.Struct(_NUMBERS)).struct.unnest()
    ).drop("numbers")
