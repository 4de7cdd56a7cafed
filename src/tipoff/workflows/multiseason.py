"""The seasons x losses table: every row is backfilled, trained with every loss, and judged."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.family import judged_together
from tipoff.backtest.lines import line_choice
from tipoff.backtest.report import write_report
from tipoff.backtest.sections import sections
from tipoff.domain.guard import planted
from tipoff.domain.market import FEATURE_MARKETS, Market
from tipoff.domain.plant import Plant
from tipoff.errors import InputError
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import PROP_QUOTES
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.dataset import Dataset, dataset, lines_of
from tipoff.workflows.documents import changed, pooled, steady
from tipoff.workflows.experiments import tries
from tipoff.workflows.families import with_families
from tipoff.workflows.table_config import Row, TableConfig, planned_rows
from tipoff.workflows.train import Options, run_on, seasons_of

Step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class _Job:
    """What all rows of a table share."""

    lake: Lake
    config: TableConfig
    options: Options
    plant: Plant | None
    workers: int
    step: Step


@dataclass
class _Table:
    """What has been run so far."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    frames: list[pl.DataFrame] = field(default_factory=list)
    skipped: list[dict[str, str]] = field(default_factory=list)
    backfill_seconds: float = 0.0

    def skip(self, market: Market, row: Row, reason: str) -> None:
        """Note why a row is not run."""
        facts = {"market": market.name, "title": row.title, "season": row.season}
        self.skipped.append({**facts, "reason": reason})


def multiseason(
    lake: Lake,
    config: TableConfig,
    out: Path,
    options: Options,
    *,
    market: str | None = None,
    plant: Plant | None = None,
    workers: int = 1,
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Run the table and write its document.

    Args:
        lake: a lake with box scores and lines; what feature rows are missing is built.
        config: the rows and losses.
        out: folder of the document.
        options: how the runs are done.
        market: markets to run, comma-separated, or ``all``; those of the configuration if None.
        plant: plant this fault, in a marked view of the lake.
        workers: processes of the backfill.
        step: called with what is being done and how far it is.

    Returns:
        ``runs`` (each as of ``train``, with ``season, title, line_source``), ``skipped``,
        ``report`` (paths) and ``seconds`` (total, backfill, fit).

    Raises:
        InputError: a market is unknown, or no row could be run.
    """
    began = time.perf_counter()
    job = _Job(lake, config, options, plant, workers, step)
    rows = planned_rows(config, _lined_dates(lake), market)
    total = sum(len(config.losses_for(of.name)) for of, _ in rows)
    table = _Table()
    for of, row in rows:
        step(f"{row.title}: {of.name}", len(table.runs), total)
        data = _prepared(job, row, of, table)
        if data is not None:
            _run_losses(job, data, row, of, table, total)
    _refuse_empty(table)
    step("writing the document", total, total)
    table.runs = with_families(lake, judged_together(table.runs, _tried(lake, table.runs)))
    return {
        "runs": table.runs,
        "skipped": table.skipped,
        "report": _documents(lake, out, table, plant),
        "plant": plant.name if plant else None,
        "seconds": _seconds(table, began),
    }


def _refuse_empty(table: _Table) -> None:
    if not table.runs:
        reasons = "; ".join(f"{s['title']}: {s['reason']}" for s in table.skipped)
        raise InputError(f"Expected lines for at least one row of the table, found none. {reasons}")


def _seconds(table: _Table, began: float) -> dict[str, float]:
    return {
        "total": round(time.perf_counter() - began, 2),
        "backfill": round(table.backfill_seconds, 2),
        "fit": round(sum(run["seconds"]["fit"] for run in table.runs), 2),
    }


def _lined_dates(lake: Lake) -> pl.DataFrame:
    quotes = scan(lake, PROP_QUOTES).filter(
        pl.col("market").is_in([market.name for market in FEATURE_MARKETS]),
        ~pl.col("is_stale"),
        pl.col("player_id").is_not_null(),
    )
    return quotes.select("market", "season", "game_date").unique().collect()


def _prepared(job: _Job, row: Row, market: Market, table: _Table) -> Dataset | None:
    """Backfill and load what a row needs; None, with the reason noted, where it has no lines."""
    if not _has_lines(job.lake, row, market):
        table.skip(market, row, "the lake holds no such lines in the evaluation window")
        return None
    began = time.perf_counter()
    fault = _backfill(job, row, market)
    table.backfill_seconds += time.perf_counter() - began
    if fault is not None:
        table.skip(market, row, fault)
        return None
    spec = job.config.spec("table", job.config.losses_for(market.name)[0], market.name)
    data = dataset(
        job.lake,
        seasons_of(row.windows()),
        market=market.name,
        feature_set_name=spec.feature_set,
        with_market=not spec.no_vegas,
        plant=job.plant,
    )
    with planted(data.plant):
        lines = lines_of(data, line_choice(row.line_source), market)
    testing = data.rows.filter(pl.col("game_date").is_between(row.eval_start, row.eval_end))
    lined = testing.join(lines, on=["game_id", "player_id"], how="semi").height
    least = job.options.min_eval_rows
    if lined < least:
        table.skip(market, row, f"{lined} player-games with a takeable line, fewer than {least}")
        return None
    return data


def _backfill(job: _Job, row: Row, market: Market) -> str | None:
    """Build the rows of both windows; return what went wrong, or None."""
    windows = ((row.train_start, row.train_end), (row.eval_start, row.eval_end))
    try:
        for start, end in windows:
            plant = job.plant if job.plant and job.plant.has_view else None
            request = Request(start, end, workers=job.workers, plant=plant, markets=(market,))
            report = backfill(job.lake, request, lambda *_: None)
            if report["failed"]:
                return str(report["failures"][0]["error"])
    except InputError as error:
        return str(error)
    return None


def _has_lines(lake: Lake, row: Row, market: Market) -> bool:
    choice = line_choice(row.line_source)
    quotes = scan(lake, PROP_QUOTES).filter(
        pl.col("market") == market.name,
        pl.col("game_date").is_between(row.eval_start, row.eval_end),
        pl.lit(value=True) if choice.source is None else pl.col("source") == choice.source,
    )
    return bool(quotes.select(pl.len()).collect().item())


def _run_losses(
    job: _Job, data: Dataset, row: Row, market: Market, table: _Table, total: int
) -> None:
    choice = line_choice(row.line_source)
    always = replace(job.options, walkforward=True, force=True)
    for loss in job.config.losses_for(market.name):
        job.step(f"{row.title}: {market.name}, {loss}", len(table.runs), total)
        spec = job.config.spec(_name(row, market, loss), loss, market.name)
        try:
            outcome = run_on(job.lake, data, spec, row.windows(), choice, always)
        except InputError as error:
            table.skip(market, row, str(error))
            return
        facts = {"season": row.season, "title": row.title, "line_source": row.line_source}
        table.runs.append({**facts, **outcome.report})
        table.frames.append(outcome.on_lines)


def _name(row: Row, market: Market, loss: str) -> str:
    of = "" if market.name == "points" else market.name.replace("_", " ")
    words = f"{row.title} {of} {loss}".lower().replace("=", "").replace(":", "-")
    return "-".join("".join(c if c.isalnum() else " " for c in words).split())


def _tried(lake: Lake, runs: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {market: tries(lake, market) for market in dict.fromkeys(r["market"] for r in runs)}


def _documents(lake: Lake, out: Path, table: _Table, plant: Plant | None) -> dict[str, str]:
    name = "multiseason" + (f"-{plant.name}" if plant else "")
    with planted(plant.name if plant else None):
        below = sections(table.runs, pooled(lake, table.runs, table.frames))
    moved = changed(lake, name, table.runs)
    report = write_report(out, name, table.runs, table.frames, table.skipped, below, moved)
    path = out / f"{name}.json"
    content = {"runs": [steady(run) for run in table.runs], "skipped": table.skipped}
    path.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")
    return {**report, "json": str(path)}
