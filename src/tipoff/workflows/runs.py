"""Finished runs side by side: what each was, and its main numbers, without reading it whole."""

import json
from typing import Any

import polars as pl

from tipoff.domain.market import MARKETS
from tipoff.domain.seasons import seasons_between
from tipoff.errors import InputError
from tipoff.store.lake import Lake, scan
from tipoff.tables.experiments import EXPERIMENTS, FINISHED

_KEYS = sorted({f"{edge:g}" for market in MARKETS.values() for edge in market.edges}, key=float)
_SHARE = pl.Struct({
    "rate": pl.Float64, "n": pl.Int64, "low": pl.Float64, "high": pl.Float64,
    "break_even": pl.Float64, "break_even_basis": pl.String,
})  # fmt: skip
_GATE = pl.List(pl.Struct({"name": pl.String, "passed": pl.Boolean}))
# The part of a report that the table of runs shows; the rest is not read.
_REPORT = pl.Struct({
    "market": pl.String, "unit": pl.String, "train_rows": pl.Int64,
    "windows": pl.Struct({"eval_start": pl.Date, "eval_end": pl.Date}),
    "lines": pl.Struct({
        "n": pl.Int64, "mae": pl.Float64, "line_mae": pl.Float64,
        "mae_difference": pl.Struct(
            {"difference": pl.Float64, "low": pl.Float64, "high": pl.Float64}
        ),
        "hr": pl.Struct(dict.fromkeys(_KEYS, _SHARE)),
        "edges": pl.Struct({"usual": pl.String}),
    }),
    "gates": _GATE, "alarm": _GATE, "rows_hash": pl.String,
})  # fmt: skip
_SPEC = pl.Struct({
    "line_source": pl.String,
    "spec": pl.Struct({"loss": pl.String, "learner": pl.String, "feature_set": pl.String}),
    "plan": pl.Struct({"start": pl.Date}),
})  # fmt: skip


def finished_runs(lake: Lake) -> pl.DataFrame:
    """Return the last attempt of every finished run, the newest first.

    Returns:
        ``run_id, at, name, market, unit, season, line_source, learner, loss, feature_set,
        is_walk_forward, edge`` (the usual one, as its ids have it), ``hit_rate, low, high, n,
        break_even, break_even_basis`` at that edge, ``lines, mae, line_mae, mae_difference,
        mae_low, mae_high, train_rows, verdict, plant`` (null without one), ``failed`` (its failed
        gates and raised alarms, in words) and ``rows_hash``.
    """
    rows = (
        scan(lake, EXPERIMENTS)
        .filter(pl.col("event") == FINISHED)
        .sort("at", descending=True)
        .unique("run_id", keep="first", maintain_order=True)
        .select("run_id", "at", "name", "plant", "verdict", "spec", "report")
        .collect()
    )
    read = rows.with_columns(
        asked=pl.col("spec").str.json_decode(_SPEC), told=pl.col("report").str.json_decode(_REPORT)
    )
    told, lines = pl.col("told").struct, pl.col("told").struct.field("lines").struct
    usual = pl.col("edge")
    shown = read.with_columns(edge=lines.field("edges").struct.field("usual")).with_columns(
        at_edge=pl.coalesce(
            pl.when(usual == key).then(lines.field("hr").struct.field(key)) for key in _KEYS
        )
    )
    windows, rate = told.field("windows").struct, pl.col("at_edge").struct
    asked = pl.col("asked").struct
    recipe, difference = asked.field("spec").struct, lines.field("mae_difference").struct
    return shown.select(
        "run_id", "at", "name", told.field("market"), told.field("unit"),
        _season(windows.field("eval_start"), windows.field("eval_end")).alias("season"),
        asked.field("line_source"), recipe.field("learner"), recipe.field("loss"),
        recipe.field("feature_set"),
        asked.field("plan").struct.field("start").is_not_null().alias("is_walk_forward"),
        "edge", rate.field("rate").alias("hit_rate"), rate.field("low"), rate.field("high"),
        rate.field("n").fill_null(0), rate.field("break_even"), rate.field("break_even_basis"),
        lines.field("n").alias("lines"), lines.field("mae"), lines.field("line_mae"),
        difference.field("difference").alias("mae_difference"),
        difference.field("low").alias("mae_low"), difference.field("high").alias("mae_high"),
        told.field("train_rows"), "verdict", pl.col("plant").replace("", None),
        pl.concat_list(_failed("alarm"), _failed("gates")).list.join(", ").alias("failed"),
        told.field("rows_hash"),
    )  # fmt: skip


def _season(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """The season that a run was graded on, or the first and last of several."""
    return pl.struct(start.alias("start"), end.alias("end")).map_elements(
        _named, return_dtype=pl.String
    )


def _named(window: dict[str, Any]) -> str | None:
    if window["start"] is None or window["end"] is None:
        return None
    names = seasons_between(window["start"], window["end"])
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _failed(what: str) -> pl.Expr:
    own = pl.col("told").struct.field(what).list
    element = pl.element().struct
    return (
        own.eval(pl.when(~element.field("passed")).then(element.field("name")))
        .list.drop_nulls()
        .fill_null([])
    )


def compared_numbers(mine: dict[str, Any], theirs: dict[str, Any]) -> pl.DataFrame:
    """Return the measures of all lines of two reports beside each other.

    Returns:
        ``measure, unit, value, low, high, n, other, other_low, other_high, other_n, difference``
        (mine minus theirs, without an interval: they may be of other rows).
    """
    rows = []
    for key, own in mine["numbers"].items():
        segment, _, measure = key.rpartition("/")
        if segment != "all":
            continue
        other = theirs["numbers"].get(key)
        held = {"value": None, "low": None, "high": None, "n": None} if other is None else other
        values = own["value"], held["value"]
        known = None not in values
        rows.append({
            "measure": measure, "unit": own["unit"],
            "value": own["value"], "low": own["low"], "high": own["high"], "n": own["n"],
            "other": held["value"], "other_low": held["low"], "other_high": held["high"],
            "other_n": held["n"], "difference": values[0] - values[1] if known else None,
        })  # fmt: skip
    figures = ("value", "low", "high", "other", "other_low", "other_high", "difference")
    return pl.DataFrame(rows, {
        "measure": pl.String, "unit": pl.String, **dict.fromkeys(figures, pl.Float64),
        "n": pl.Int64, "other_n": pl.Int64,
    })  # fmt: skip


def report_of(run: dict[str, Any]) -> dict[str, Any]:
    """Return the report of a ledger's row of a finished run.

    Raises:
        InputError: it does not say which rows it graded.
    """
    report: dict[str, Any] = json.loads(run["report"] or "{}")
    if "rows_hash" not in report:
        raise InputError(
            f"Expected run {run['run_id']} to say which rows it graded; it is older than that. "
            "Run it again with --force."
        )
    return report
