"""Where each game date of each processor stands, what a backfill would do, and how far one is."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tipoff.domain.market import market_named
from tipoff.errors import InputError
from tipoff.processors.catalogue import ALL_PROCESSORS, processors_for
from tipoff.store.lake import scan
from tipoff.store.ledger import seconds_a_date
from tipoff.tables.ledger import CODE_USES, FAILED, LEDGER_NOTES, TIMINGS
from tipoff.tables.raw import GAMES, SOURCE_TABLES
from tipoff.web.site import charts, options
from tipoff.web.site.blocks import Block, Column, Grid, Plot
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.workflows.backfill import STALE, states
from tipoff.workflows.plan import DONE, MISSING
from tipoff.workflows.under_way import under_way

_STATES = (DONE, "stale", FAILED, MISSING)
_SUMMARY = {
    "processor": Column("processor"),
    "done": Column("done", "integer", "Game dates whose rows are of the code and inputs of now."),
    "stale": Column("stale", "integer", "Game dates with rows of other code or other inputs."),
    "failed": Column("failed", "integer", "Game dates that failed, tried again by the next run."),
    "missing": Column("missing", "integer", "Game dates without rows."),
    "done_share": Column("done", "share", "Game dates that are done, of all of the season.", 0),
    "seconds": Column("s a date", "number", "Seconds per game date in the runs so far.", 2),
    "left": Column("s left", "number", "Seconds that the rest will take by that.", 0),
}
_CELLS = {
    "game_date": Column("game date"),
    "processor": Column("processor"),
    "state": Column("state", "state"),
}
_UNDONE = {
    **_CELLS,
    "reason": Column("why"),
    "error": Column("error"),
}
_RUNNING = {
    "processor": Column("processor"),
    "done": Column("dates done", "integer", "Game dates that the run is through with."),
    "left": Column("dates left", "integer", "Game dates that the run has still to build."),
    "failed": Column("failed", "integer", "Of the dates done, those that failed."),
    "rows": Column("rows", "integer", "Rows that the run has committed."),
    "dates_a_second": Column("dates a s", "number", "Game dates a second in this run."),
    "rows_a_second": Column("rows a s", "number", "Rows a second in this run.", 0),
    "seconds_left": Column("s left", "number",
                           "Seconds that the dates left take at this run's pace; where it has none "
                           "yet, at that of the runs before.", 0),
}  # fmt: skip
_RUNS = {
    "finished_at": Column("finished", "moment"),
    "processor": Column("processor"),
    "dates": Column("game dates", "integer", "Built in the run."),
    "seconds_a_date": Column("s a date", "number", "Seconds per game date in the run.", 3),
}


def _view(asked: Asked) -> Sequence[Block]:
    season = asked.values.get("season") or options.newest_season(asked.lake, GAMES)
    if season is None:
        raise InputError("The lake knows no games yet. Fill it with 'tipoff ingest files PATH'.")
    market = market_named(asked.get("market", "points"))
    processors = processors_for((market,))
    items, days = states(
        asked.lake, *options.season_dates(asked.lake, season), processors=processors
    )
    cells = pl.DataFrame(
        [(i.game_date, i.processor, i.reason) for i in items],
        schema={"game_date": pl.Date, "processor": pl.String, "reason": pl.String},
        orient="row",
    ).with_columns(
        state=pl.when(pl.col("reason").is_in(STALE))
        .then(pl.lit("stale"))
        .otherwise(pl.col("reason"))
    )
    names = [processor.name for processor in processors]
    command = f"tipoff backfill --start-date {days[0]} --end-date {days[-1]}"
    return [
        *_running(asked),
        _summary(asked, cells, names, season, command),
        _map(cells, names, season, command),
        _undone(asked, cells, command),
        _runs(asked, names),
    ]


def _running(asked: Asked) -> list[Block]:
    """What the backfills that run now have done and what is left to them, by processor."""
    usual = seconds_a_date(asked.lake)
    runs = under_way(asked.lake)
    return [
        _run(run, usual, "running" if number == 1 else f"running_{number}")
        for number, run in enumerate(runs, start=1)
    ] or [_grid("running", "Running now", pl.DataFrame(schema=_RUN_SCHEMA), "")]


def _run(run: Mapping[str, Any], usual: Mapping[str, float], name: str) -> Grid:
    rows = []
    for processor, own in run["processors"].items():
        pace = own.seconds / own.done if own.done else usual.get(processor)
        left, has_pace = own.planned - own.done, own.seconds > 0
        rows.append({
            "processor": processor, "done": own.done, "left": left,
            "failed": own.failed, "rows": own.rows,
            "dates_a_second": own.done / own.seconds if has_pace else None,
            "rows_a_second": own.rows / own.seconds if has_pace else None,
            "seconds_left": 0.0 if not left else None if pace is None else left * pace,
        })  # fmt: skip
    frame = pl.DataFrame(rows, schema=_RUN_SCHEMA)
    done, left = int(frame["done"].sum()), int(frame["left"].sum())
    seconds = None if frame["seconds_left"].has_nulls() else frame["seconds_left"].sum()
    ends = "nothing tells yet how long they take" if seconds is None else f"about {seconds:.0f} s"
    return _grid(
        name, f"Running now: {run['start']} to {run['end']}", frame,
        f"{done} of {done + left} processor dates are done, {left} are left: {ends}. It began at "
        f"{run['began_at']:%H:%M:%S} UTC; its newest unit was done at {run['told_at']:%H:%M:%S}.",
    )  # fmt: skip


def _grid(name: str, title: str, frame: pl.DataFrame, about: str) -> Grid:
    return Grid(
        name, title, frame, about, "tipoff backfill status", is_live=True, columns=_RUNNING,
        empty="No backfill runs on this lake. 'tipoff backfill --start-date D --end-date D' begins "
        "one; runs on object stores are not told of.",
    )  # fmt: skip


_RUN_SCHEMA: dict[str, Any] = {
    "processor": pl.String,
    **dict.fromkeys(("done", "left", "failed", "rows"), pl.Int64),
    **dict.fromkeys(("dates_a_second", "rows_a_second", "seconds_left"), pl.Float64),
}


def _summary(
    asked: Asked, cells: pl.DataFrame, names: Sequence[str], season: str, command: str
) -> Grid:
    seconds = seconds_a_date(asked.lake)
    counts = cells.group_by("processor").agg(
        *[(pl.col("state") == state).sum().alias(state) for state in _STATES], n=pl.len()
    )
    ordered = pl.DataFrame({"processor": names}).join(counts, on="processor", how="left")
    a_date = pl.col("processor").replace_strict(seconds, default=None, return_dtype=pl.Float64)
    frame = ordered.with_columns(done_share=pl.col(DONE) / pl.col("n"), seconds=a_date)
    frame = frame.with_columns(left=(pl.col("n") - pl.col(DONE)) * pl.col("seconds")).drop("n")
    dates = cells["game_date"].n_unique()
    return Grid(
        "processors", "Processors", frame,
        f"{dates} game dates of {season}. While a backfill runs, these numbers follow it.",
        f"{command} --plan", is_live=True, columns=_SUMMARY,
    )  # fmt: skip


def _map(cells: pl.DataFrame, names: Sequence[str], season: str, command: str) -> Plot:
    frame = cells.select("game_date", "processor", "state")
    done = (frame["state"] == DONE).sum()
    colours = [charts.GOOD, charts.SECOND, charts.BAD, charts.RULE]
    return Plot(
        "map", "Game dates", frame,
        "One cell per processor and game date; days on end in one state are drawn as one.",
        f"{command} --plan",
        marks=_stretches(frame),
        spec={
            "width": 760, "height": 26 * len(names),
            "mark": {"type": "rect"},
            "encoding": {
                "x": {"field": "first", "type": "temporal", "title": None},
                "x2": {"field": "after"},
                "y": {"field": "processor", "type": "nominal", "sort": list(names), "title": None,
                      "axis": {"labelLimit": 260}},
                "color": {"field": "state", "type": "nominal",
                          "scale": {"domain": list(_STATES), "range": colours}},
            },
        },
        alt=f"{done} of {frame.height} cells of {season} are done.",
        columns=_CELLS,
    )  # fmt: skip


def _stretches(cells: pl.DataFrame) -> pl.DataFrame:
    """Days one after the other in one state: their first, and the one after the last.

    A thousand cells take a chart a fifth of a second, a few dozen stretches do not.
    """
    day = pl.col("game_date")
    begins = (
        (day != day.shift(1).dt.offset_by("1d")) | (pl.col("state") != pl.col("state").shift(1))
    ).fill_null(value=True)
    return (
        cells.sort("processor", "game_date")
        .with_columns(_stretch=begins.cum_sum().over("processor"))
        .group_by("processor", "state", "_stretch", maintain_order=True)
        .agg(first=day.min(), after=day.max().dt.offset_by("1d"))
        .drop("_stretch")
        # Moments without a zone are the drawing's own days.
        .with_columns(pl.col("first", "after").dt.strftime("%Y-%m-%dT00:00:00"))
    )


def _undone(asked: Asked, cells: pl.DataFrame, command: str) -> Grid:
    errors = (
        scan(asked.lake, LEDGER_NOTES)
        .filter(pl.col("state") == FAILED)
        .sort("noted_at")
        .group_by("processor", "game_date")
        .agg(pl.col("error").last())
        .collect()
    )
    undone = cells.filter(pl.col("state") != DONE).join(
        errors, on=["processor", "game_date"], how="left"
    )
    error = pl.when(pl.col("state") == FAILED).then("error")
    return Grid(
        "plan", "What a backfill would do", undone.with_columns(error=error).sort("game_date"),
        "Each is built by the next run, with what depends on it.", command, columns=_UNDONE,
        empty=f"Nothing is left to do. '{command}' would write nothing.",
    )  # fmt: skip


def _runs(asked: Asked, names: Sequence[str]) -> Plot:
    runs = (
        scan(asked.lake, TIMINGS)
        .filter(pl.col("processor").is_in(list(names)))
        .with_columns(seconds_a_date=pl.col("seconds") / pl.col("dates"))
        .sort("finished_at")
        .tail(500)
        .select(list(_RUNS))
        .collect()
    )
    return Plot(
        "runs", "How long runs took", runs,
        "Seconds per game date, by run; longer spans take less a date.",
        spec={
            "mark": {"type": "point"},
            "encoding": {
                "x": {"field": "finished_at", "type": "temporal", "title": None},
                "y": {"field": "seconds_a_date", "type": "quantitative", "title": "s a date"},
                "color": {"field": "processor", "type": "nominal", "sort": list(names)},
            },
        },
        alt=f"Seconds per game date of {runs.height} runs of processors.",
        columns=_RUNS,
    )  # fmt: skip


PAGE = Page(
    "backfill",
    "Backfill",
    "Where each game date of each processor stands, and what is left to do.",
    _view,
    tables=(
        *SOURCE_TABLES.values(),
        *[processor.table for processor in ALL_PROCESSORS],
        *(LEDGER_NOTES, CODE_USES, TIMINGS),
    ),
    choices=(
        Choice("season", "Season", options.seasons),
        Choice("market", "Market", options.feature_markets),
    ),
    # Runs are told of by files.
    keeps_seconds=1,
)
