"""Two runs side by side: their measures, and their difference on the rows that both graded."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tipoff.backtest.comparison import compared
from tipoff.backtest.edges import USUAL
from tipoff.backtest.statistics import difference_interval
from tipoff.errors import InputError
from tipoff.store.lake import Lake
from tipoff.web.site.blocks import Block, Column, Grid, Row, Words
from tipoff.workflows.graded import kept
from tipoff.workflows.runs import compared_numbers, report_of

_KEY = ["game_date", "game_id", "player_id", "line"]
_BESIDE = {
    "measure": Column("measure"),
    "value": Column("run", "number", "Of the run, in its unit; shares are 0 to 1.", 4,
                    why=lambda row: row["id"]),
    "n": Column("n", "integer", "Rows that it counts."),
    "low": Column("from", "number", "Low end of its 95 % interval by game date.", 4),
    "high": Column("to", "number", "High end of its 95 % interval.", 4),
    "other": Column("other", "number", "Of the other run.", 4, why=lambda row: row["other_id"]),
    "other_n": Column("n of the other", "integer", "Rows that the other counts."),
    "other_low": Column("other from", "number", "Low end of its 95 % interval by game date.", 4),
    "other_high": Column("other to", "number", "High end of its 95 % interval.", 4),
    "difference": Column("difference", "number", "Run minus other, of whatever rows each has.", 4),
    "unit": Column("unit"),
}  # fmt: skip
_PAIRED = {
    "measure": Column("measure"),
    "run": Column("run", "number", "Of the run, on the rows that both were graded on.", 4),
    "other": Column("other", "number", "Of the other run on the same rows.", 4),
    "difference": Column("difference", "number", "Run minus other.", 4),
    "low": Column("from", "number", "Low end of the 95 % interval, clustered by game date.", 4),
    "high": Column("to", "number", "High end of the 95 % interval.", 4),
    "n": Column("n", "integer", "Rows: player-games of both; of hit rates the picks of either."),
    "said": Column("in words"),
}


def blocks(lake: Lake, run: Row, other: Row) -> Sequence[Block]:
    """Return what is shown of two runs, as rows of the ledger."""
    mine, theirs = report_of(dict(run)), report_of(dict(other))
    about = f"Run: {_named(run)}. Other: {_named(other)}."
    if mine["market"] != theirs["market"]:
        said = f"One is of {mine['market']}, the other of {theirs['market']}."
        return [Words("pair", "Not comparable", about=about, text=(said,))]
    beside = compared_numbers(mine, theirs).with_columns(
        id=pl.lit(f"{run['run_id']}/all/") + pl.col("measure"),
        other_id=pl.lit(f"{other['run_id']}/all/") + pl.col("measure"),
    )
    return [
        _on_same_rows(lake, mine, theirs, about),
        Grid(
            "beside", "All measures beside each other", beside,
            f"{about} Each on its own rows; only the table above is of the same ones.",
            f"tipoff why {run['run_id']}/all/mae", columns=_BESIDE,
        ),
    ]  # fmt: skip


def _named(row: Row) -> str:
    planted = f", planted: {row['plant']}" if row["plant"] else ""
    return f"{row['name']} ({row['run_id'][:8]}{planted}, {row['verdict']})"


def _on_same_rows(lake: Lake, mine: dict[str, Any], theirs: dict[str, Any], about: str) -> Block:
    title = "On the same lines"
    frames = {"run": kept(lake, mine["rows_hash"]), "other": kept(lake, theirs["rows_hash"])}
    try:
        told = {row["name"]: row for row in compared(frames, "other")}
    except InputError:
        said = "They share no player-game with the same line: only their own numbers are shown."
        return Words("pair", title, about=about, text=(said,))
    rows = [_hit_rates(frames, mine["lines"]["edges"][USUAL])]
    for measure, unit in (("mae", mine["unit"]), ("log_loss", "nats")):
        own, held = told["run"][measure], told["other"][measure]
        found = told["run"][f"{measure}_minus_reference"]
        if own is None or held is None or found is None:
            continue
        rows.append(_row(f"{measure.replace('_', ' ')}, {unit}", own["value"], held["value"],
                         found, less_is_better=True))  # fmt: skip
    numbers = dict.fromkeys(("run", "other", "difference", "low", "high"), pl.Float64)
    schema = {"measure": pl.String, **numbers, "n": pl.Int64, "said": pl.String}
    return Grid(
        "pair", title, pl.DataFrame(rows, schema),
        f"{about} Only player-games that both were graded on, at the same line.",
        columns=_PAIRED,
    )  # fmt: skip


def _hit_rates(frames: dict[str, pl.DataFrame], edge: str) -> dict[str, Any]:
    """Hit rates at the usual edge on the shared lines; a pick may be of one of them only."""
    decided = pl.col("outcome").is_in(["win", "loss"]) & (pl.col("edge").abs() >= float(edge))
    won = pl.when(decided).then(pl.col("outcome") == "win")
    run, other = (frames[name].select(*_KEY, won.alias(name)) for name in ("run", "other"))
    both = run.join(other, on=_KEY, validate="1:1")
    found = difference_interval(both, "run", "other")
    mean = both.select(pl.col("run", "other").cast(pl.Float64).mean()).row(0, named=True)
    told = {"value": found.value, "low": found.low, "high": found.high, "n": found.n}
    return _row(f"hit rate at edge {edge}", mean["run"], mean["other"], told, less_is_better=False)


def _row(
    measure: str, own: float | None, held: float | None, found: Row, *, less_is_better: bool
) -> dict[str, Any]:
    numbers = {name: found[name] for name in ("low", "high", "n")}
    return {"measure": measure, "run": own, "other": held, "difference": found["value"], **numbers,
            "said": _said(found, less_is_better=less_is_better)}  # fmt: skip


def _said(found: Row, *, less_is_better: bool) -> str:
    if found["low"] is None or found["high"] is None:
        return "too little to tell"
    if found["low"] <= 0 <= found["high"]:
        return "no difference that chance would not give"
    return "the run is better" if (found["high"] < 0) == less_is_better else "the other is better"
