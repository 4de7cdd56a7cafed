"""Two runs side by side: their measures, and their difference on the rows that both graded."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tipoff.errors import InputError
from tipoff.store.lake import Lake
from tipoff.web.site.blocks import Block, Column, Grid, Row, Words
from tipoff.workflows.paired import VERSUS, paired
from tipoff.workflows.runs import compared_numbers, report_of

_SIDES = ("run", "other")
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
    "difference": Column("difference", "number", "Run minus other.", 4,
                         why=lambda row: row["id"]),
    "low": Column("from", "number", "Low end of the 95 % interval, clustered by game date.", 4),
    "high": Column("to", "number", "High end of the 95 % interval.", 4),
    "n": Column("n", "integer", "Rows: player-games of both; of hit rates the picks of either."),
    "unit": Column("unit"),
    "said": Column("in words"),
}  # fmt: skip


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
        _on_same_rows(lake, (run["run_id"], other["run_id"]), mine, theirs, about),
        Grid(
            "beside", "All measures beside each other", beside,
            f"{about} Each on its own rows; only the table above is of the same ones.",
            f"tipoff why {run['run_id']}/all/mae", columns=_BESIDE,
        ),
    ]  # fmt: skip


def _named(row: Row) -> str:
    planted = f", planted: {row['plant']}" if row["plant"] else ""
    return f"{row['name']} ({row['run_id'][:8]}{planted}, {row['verdict']})"


def _on_same_rows(
    lake: Lake, ids: tuple[str, str], mine: dict[str, Any], theirs: dict[str, Any], about: str
) -> Block:
    title = "On the same lines"
    try:
        found = paired(lake, mine, theirs)
    except InputError:
        said = "They share no player-game with the same line: only their own numbers are shown."
        return Words("pair", title, about=about, text=(said,))
    rows = [
        {**row, "said": _said(row), "id": f"{ids[0]}/{VERSUS}{ids[1]}/{row['measure']}"}
        for row in found
    ]
    numbers = dict.fromkeys((*_SIDES, "difference", "low", "high"), pl.Float64)
    texts = dict.fromkeys(("unit", "said", "id"), pl.String)
    schema = {"measure": pl.String, **numbers, "n": pl.Int64, **texts}
    return Grid(
        "pair", title, pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema),
        f"{about} Only player-games that both were graded on, at the same line.",
        f"tipoff why {rows[0]['id']}", columns=_PAIRED,
    )  # fmt: skip


def _said(row: Row) -> str:
    if row["low"] is None or row["high"] is None:
        return "too little to tell"
    if row["low"] <= 0 <= row["high"]:
        return "no difference that chance would not give"
    is_better = (row["high"] < 0) == row["less_is_better"]
    return "the run is better" if is_better else "the other is better"
