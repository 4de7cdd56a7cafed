"""Runs beside each other, one run in detail, two runs on the same rows, and every try."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from tipoff.backtest.gates import LEAK_SUSPECTED
from tipoff.backtest.published import published
from tipoff.backtest.thermometer import QUARANTINED
from tipoff.domain.market import market_named
from tipoff.tables.experiments import EXPERIMENTS
from tipoff.tables.graded import GRADED_ROWS
from tipoff.web.site import charts, options
from tipoff.web.site.blocks import Block, Column, Grid, Kind, Plot, Row
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.web.site.pages import backtest_pair, backtest_run
from tipoff.workflows.experiments import finished, listed
from tipoff.workflows.runs import finished_runs, report_of

_MOST_DRAWN = 24
_ABOVE, _AROUND, _BELOW = "above break-even", "around break-even", "below break-even"
_LEAK = "leak"
_STANDS = {_ABOVE: charts.GOOD, _AROUND: charts.QUIET, _BELOW: charts.SECOND, _LEAK: charts.BAD}


def _measured(measure: str, *, at_edge: bool = False) -> Column:
    """A number of a run with the id that computes it again."""
    labels = {"hit_rate": "hit rate", "break_even": "break-even", "mae": "MAE"}
    docs = {
        "hit_rate": "Wins among wins and losses of picks at the usual edge, pushes left out.",
        "break_even": "Mean hit rate that the prices of those picks ask for.",
        "mae": "Mean absolute error of the prediction on rows with a line, in the market's unit.",
        "line_mae": "Mean absolute error of the line on the same rows.",
        "mae_difference": "MAE of the model minus the one of the line; below nought is better.",
    }
    labels |= {"line_mae": "MAE of the line", "mae_difference": "MAE minus the one of the line"}

    def why(row: Row) -> str:
        edge = f"@{row['edge']}" if at_edge else ""
        return f"{row['run_id']}/all/{measure}{edge}"

    kind: Kind = "share" if at_edge else "number"
    return Column(labels[measure], kind, docs[measure], 1 if at_edge else 2, why=why)


def _run(row: Row) -> str:
    return f"/backtests?run={row['run_id']}"


_RUNS = {
    "name": Column("run", link=_run),
    "verdict": Column("verdict", "state"),
    "plant": Column("planted fault", doc="A leak that was built in on purpose; a dash for none."),
    "market": Column("market"),
    "season": Column("season", doc="That it was graded on."),
    "line_source": Column("lines", doc="Whose lines it was graded on."),
    "loss": Column("loss"),
    "hit_rate": _measured("hit_rate", at_edge=True),
    "low": Column("from", "share", "Low end of the 95 % interval, clustered by game date."),
    "high": Column("to", "share", "High end of the 95 % interval."),
    "n": Column("picks", "integer", "Wins and losses that the hit rate counts."),
    "break_even": _measured("break_even", at_edge=True),
    "mae": _measured("mae"),
    "line_mae": _measured("line_mae"),
    "mae_difference": _measured("mae_difference"),
    "failed": Column("failed", doc="Gates that failed and alarms that were raised."),
    "at": Column("ended", "moment"),
}
_COMPARE = Column("compare", doc="Both runs on the same rows.", link=lambda row: row["compare_to"])
_TRIES = {
    "number": Column("try", "integer", "Which try of this lake it was, the first is 1."),
    "name": Column("name", link=lambda row: _run(row) if row["state"] == "finished" else None),
    "run_id": Column("run", "code"),
    "market": Column("market"),
    "state": Column("state", "state"),
    "verdict": Column("verdict", "state"),
    "plant": Column("planted fault"),
    "forced": Column("run before", "yes", "The same experiment again; it can only give the same."),
    "started_at": Column("started", "moment"),
    "ended_at": Column("ended", "moment"),
}
_PUBLISHED = {
    "label": Column("row"),
    "season": Column("season"),
    "loss_called": Column("loss, as published"),
    "loss_really": Column("loss, as optimised"),
    "hit_rate": Column("hit rate", "share", "As published, at an edge of at least 3 points."),
    "n": Column("picks", "integer"),
    "mae_lines": Column("MAE", "number", "On rows with a line, as published.", 2),
    "lines": Column("lines"),
    "gates": Column("gates, as published"),
}


def _view(asked: Asked) -> Sequence[Block]:
    # Those that count first, so that the seasons and losses of a market stand together.
    runs = finished_runs(asked.lake).sort(
        "plant", "market", "season", "line_source", "loss", "at",
        descending=[False, False, True, False, False, True], nulls_last=False,
    )  # fmt: skip
    market = asked.values.get("market")
    if market is not None:
        runs = runs.filter(pl.col("market") == market)
    blocks = list[Block]()
    run, other = asked.values.get("run"), asked.values.get("other")
    columns = dict(_RUNS)
    if run is not None:
        row = finished(asked.lake, run)
        if other is not None:
            blocks += backtest_pair.blocks(asked.lake, row, finished(asked.lake, other))
        else:
            blocks += backtest_run.blocks(asked.lake, row, report_of(row))
        beside = pl.lit(f"/backtests?run={row['run_id']}&other=") + pl.col("run_id")
        is_own = pl.col("run_id") == row["run_id"]
        runs = runs.with_columns(
            compare=pl.when(is_own).then(pl.lit("this run")).otherwise(pl.lit("compare")),
            compare_to=pl.when(~is_own).then(beside),
        )
        columns = {"name": _RUNS["name"], "compare": _COMPARE, **_RUNS}
    table = Grid(
        "runs", "Runs", runs, _counted(runs), "tipoff multiseason", columns=columns,
        empty="No run is finished. 'tipoff multiseason' runs the seasons × losses table, "
        "'tipoff train' a single experiment.",
    )  # fmt: skip
    if blocks:
        return [*blocks, replace(table, title="Other runs", about="Compare any two of them.")]
    return [_by_loss(runs), table, _hit_rates(runs), _ledger(asked, market), _predecessor()]


def _predecessor() -> Grid:
    return Grid(
        "published", "What the predecessor published", pl.DataFrame(published()),
        "Its recent averages counted the game that they were to predict. Runs with a planted "
        "fault show the same numbers again: hit rates of 80 to 90 % are a leak.",
        "tipoff multiseason --plant inclusive-date", columns=_PUBLISHED,
    )  # fmt: skip


def _counted(runs: pl.DataFrame) -> str:
    planted = runs["plant"].is_not_null().sum()
    told = f"{runs.height} finished runs, {planted} of them with a planted fault"
    return f"{told}. Hit rates are of picks at each market's usual edge; compare them with n."


def _cells(runs: pl.DataFrame) -> pl.DataFrame:
    """The newest run of each season and loss, those with a planted fault apart."""
    key = ["plant", "season", "market", "line_source", "loss"]
    newest = runs.drop_nulls("hit_rate").sort("at").unique(key, keep="last")
    is_leak = pl.col("plant").is_not_null() | pl.col("verdict").is_in([LEAK_SUSPECTED, QUARANTINED])
    return newest.sort(key, descending=[False, True, False, False, False]).select(
        "run_id", "edge", "name", "loss",
        *("hit_rate", "low", "high", "n", "break_even", "mae", "line_mae"),
        row=pl.concat_str("season", "market", "line_source", "plant", separator=" · ",
                          ignore_nulls=True),
        stands=pl.when(is_leak).then(pl.lit(_LEAK))
        .when(pl.col("low") > pl.col("break_even")).then(pl.lit(_ABOVE))
        .when(pl.col("high") < pl.col("break_even")).then(pl.lit(_BELOW))
        .otherwise(pl.lit(_AROUND)),
        rate=pl.format("{} %", (100 * pl.col("hit_rate")).round(1)),
        picks=pl.format("n {}", "n"),
    )  # fmt: skip


def _by_loss(runs: pl.DataFrame) -> Plot:
    cells = _cells(runs)
    rows, losses = (cells[name].unique(maintain_order=True).to_list() for name in ("row", "loss"))
    across = {"field": "loss", "type": "ordinal", "title": None,
              "axis": {"labelAngle": 0, "orient": "top"}}  # fmt: skip
    down = {"field": "row", "type": "nominal", "sort": rows, "title": None,
            "axis": {"labelLimit": 300}}  # fmt: skip
    colour = {"field": "stands", "type": "nominal", "title": None,
              "scale": {"domain": list(_STANDS), "range": list(_STANDS.values())}}  # fmt: skip
    text = {"type": "text", "color": charts.INK}
    above = (cells["stands"] == _ABOVE).sum()
    return Plot(
        "table", "Seasons × losses", cells,
        "Hit rate of the newest run of each season and loss at the usual edge, with its picks; the "
        "colour says where its 95 % interval lies.",
        "tipoff multiseason",
        spec={
            "width": 130 * max(len(losses), 2), "height": 40 * max(len(rows), 1),
            "encoding": {"x": across, "y": down},
            "layer": [
                {"mark": {"type": "rect", "opacity": 0.3}, "encoding": {"color": colour}},
                {"mark": {**text, "fontSize": 13, "dy": -7},
                 "encoding": {"text": {"field": "rate", "type": "nominal"}}},
                {"mark": {**text, "fontSize": 10, "dy": 9},
                 "encoding": {"text": {"field": "picks", "type": "nominal"}}},
            ],
        },
        alt=f"Hit rates of {len(rows)} seasons by {len(losses)} losses; {above} of {cells.height} "
        "are surely above break-even.",
        columns={
            "row": Column("season"), "loss": _RUNS["loss"], "name": _RUNS["name"],
            "stands": Column("interval", "state"),
            **{name: _RUNS[name] for name in
               ("hit_rate", "low", "high", "n", "break_even", "mae", "line_mae")},
        },
    )  # fmt: skip


def _hit_rates(runs: pl.DataFrame) -> Plot:
    """The hit rate of the newest runs with intervals, planted ones apart."""
    drawn = (
        runs.drop_nulls("hit_rate")
        .sort("at", descending=True)
        .head(_MOST_DRAWN)
        .sort("plant", "market", "season", "loss", nulls_last=False)
        .select(
            "run_id", "edge", "n", "hit_rate", "low", "high", "break_even", "verdict",
            run=pl.concat_str("name", "market", "plant", separator=" · ", ignore_nulls=True),
            kind=pl.coalesce("planted: " + pl.col("plant"), pl.lit("clean")),
        )
    )  # fmt: skip
    clean = drawn.filter(pl.col("kind") == "clean")["hit_rate"]
    best = "no clean run" if clean.is_empty() else f"the best clean run hits {max(clean):.1%}"
    across = {"type": "quantitative", "axis": {"format": ".0%", "title": "hit rate"},
              "scale": {"zero": False}}  # fmt: skip
    down = {"field": "run", "type": "nominal", "sort": None, "title": None,
            "axis": {"labelLimit": 300}}  # fmt: skip
    colour = {"field": "kind", "type": "nominal"}
    return Plot(
        "hit_rates", "Hit rates", drawn,
        "With 95 % intervals. The tick is the break-even of the prices taken.",
        "tipoff multiseason",
        spec={
            "height": {"step": 18},
            "layer": [
                {"mark": {"type": "rule"},
                 "encoding": {"y": down, "color": colour, "x": {"field": "low", **across},
                              "x2": {"field": "high"}}},
                {"mark": {"type": "point"},
                 "encoding": {"y": down, "color": colour, "x": {"field": "hit_rate", **across}}},
                {"mark": {"type": "tick", "color": charts.INK, "thickness": 2, "size": 12},
                 "encoding": {"y": down, "x": {"field": "break_even", **across}}},
            ],
        },
        alt=f"Hit rates of {drawn.height} runs with intervals; {best}.",
        columns={"run": Column("run", link=_run), "kind": Column("kind"),
                 **{name: _RUNS[name] for name in
                    ("hit_rate", "low", "high", "n", "break_even", "verdict")}},
    )  # fmt: skip


def _ledger(asked: Asked, market: str | None) -> Grid:
    tries = listed(asked.lake)["experiments"][::-1]
    if market is not None:
        tries = [one for one in tries if one["market"] == market_named(market).name]
    ended = sum(one["state"] != "finished" for one in tries)
    return Grid(
        "ledger", "Experiment ledger", pl.DataFrame(tries, infer_schema_length=None),
        f"{len(tries)} tries, {ended} of them failed or aborted. Verdicts are corrected for every "
        "one.",
        "tipoff experiments list", columns=_TRIES,
        empty="Nothing was tried yet. 'tipoff train' and 'tipoff multiseason' note every try.",
    )  # fmt: skip


PAGE = Page(
    "backtests",
    "Backtests",
    "What models would have hit on lines of the past, with n, intervals, placebos and every try.",
    _view,
    tables=(EXPERIMENTS, GRADED_ROWS),
    choices=(
        Choice("market", "Market", options.markets),
        Choice("run", "Run (beginning of its id)", kind="text"),
        Choice("other", "Compare with", kind="text"),
    ),
)
