"""The seasons x losses table: every row is backfilled, trained with every loss, and judged."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.lines import line_choice, takeable_lines
from tipoff.backtest.report import write_report
from tipoff.domain.market import market_named
from tipoff.domain.plant import Plant
from tipoff.errors import InputError
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import PROP_QUOTES
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.dataset import Dataset, dataset
from tipoff.workflows.table_config import Row, TableConfig, automatic_rows
from tipoff.workflows.train import Options, run_on, seasons_of

Step = Callable[[str, int, int], None]


@dataclass
class _Table:
    """What has been run so far."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    frames: list[pl.DataFrame] = field(default_factory=list)
    skipped: list[dict[str, str]] = field(default_factory=list)
    backfill_seconds: float = 0.0


def multiseason(
    lake: Lake,
    config: TableConfig,
    out: Path,
    options: Options,
    *,
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
        plant: plant this fault, in a marked view of the lake.
        workers: processes of the backfill.
        step: called with what is being done and how far it is.

    Returns:
        ``runs`` (each as of ``train``, with ``season, title, line_source``), ``skipped``,
        ``report`` (paths) and ``seconds`` (total, backfill, fit).

    Raises:
        InputError: no row could be run.
    """
    began = time.perf_counter()
    market = market_named(str(config.model.get("market", "points"))).name
    rows = [*config.row, *automatic_rows(config, _lined_dates(lake, market))]
    table = _Table()
    total = len(rows) * len(config.losses)
    for number, row in enumerate(rows):
        step(row.title, number * len(config.losses), total)
        data = _prepared(lake, row, config, options, plant, workers, table, market)
        if data is not None:
            _run_losses(lake, data, row, config, options, table, step, total)
    if not table.runs:
        reasons = "; ".join(f"{s['title']}: {s['reason']}" for s in table.skipped)
        raise InputError(f"Expected lines for at least one row of the table, found none. {reasons}")
    step("writing the document", total, total)
    return {
        "runs": table.runs,
        "skipped": table.skipped,
        "report": _documents(out, table, plant),
        "plant": plant.name if plant else None,
        "seconds": _seconds(table, began),
    }


def _seconds(table: _Table, began: float) -> dict[str, float]:
    return {
        "total": round(time.perf_counter() - began, 2),
        "backfill": round(table.backfill_seconds, 2),
        "fit": round(sum(run["seconds"]["fit"] for run in table.runs), 2),
    }


def _lined_dates(lake: Lake, market: str) -> pl.DataFrame:
    quotes = scan(lake, PROP_QUOTES).filter(
        pl.col("market") == market, ~pl.col("is_stale"), pl.col("player_id").is_not_null()
    )
    return quotes.select("season", "game_date").unique().collect()


def _prepared(
    lake: Lake,
    row: Row,
    config: TableConfig,
    options: Options,
    plant: Plant | None,
    workers: int,
    table: _Table,
    market: str,
) -> Dataset | None:
    """Backfill and load what a row needs; None, with the reason noted, where it has no lines."""
    if not _has_lines(lake, row, market):
        table.skipped.append(_skip(row, "the lake holds no such lines in the evaluation window"))
        return None
    began = time.perf_counter()
    try:
        for start, end in _spans(row):
            request = Request(start, end, workers=workers, plant=plant)
            report = backfill(lake, request, lambda *_: None)
            if report["failed"]:
                table.skipped.append(_skip(row, report["failures"][0]["error"]))
                return None
    except InputError as error:
        table.skipped.append(_skip(row, str(error)))
        return None
    finally:
        table.backfill_seconds += time.perf_counter() - began
    spec = config.spec("table", config.losses[0])
    data = dataset(
        lake,
        seasons_of(row.windows()),
        market=market,
        feature_set_name=spec.feature_set,
        with_market=not spec.no_vegas,
        plant=plant,
    )
    lines = takeable_lines(data.quotes, line_choice(row.line_source))
    testing = data.rows.filter(pl.col("game_date").is_between(row.eval_start, row.eval_end))
    lined = testing.join(lines, on=["game_id", "player_id"], how="semi").height
    if lined < options.min_eval_rows:
        reason = f"{lined} player-games with a takeable line, fewer than {options.min_eval_rows}"
        table.skipped.append(_skip(row, reason))
        return None
    return data


def _has_lines(lake: Lake, row: Row, market: str) -> bool:
    choice = line_choice(row.line_source)
    quotes = scan(lake, PROP_QUOTES).filter(
        pl.col("market") == market,
        pl.col("game_date").is_between(row.eval_start, row.eval_end),
        pl.lit(value=True) if choice.source is None else pl.col("source") == choice.source,
    )
    return bool(quotes.select(pl.len()).collect().item())


def _spans(row: Row) -> list[tuple[date, date]]:
    return [(row.train_start, row.train_end), (row.eval_start, row.eval_end)]


def _skip(row: Row, reason: str) -> dict[str, str]:
    return {"title": row.title, "season": row.season, "reason": reason}


def _run_losses(
    lake: Lake,
    data: Dataset,
    row: Row,
    config: TableConfig,
    options: Options,
    table: _Table,
    step: Step,
    total: int,
) -> None:
    choice = line_choice(row.line_source)
    always = replace(options, walkforward=True, force=True)
    for loss in config.losses:
        step(f"{row.title}: {loss}", len(table.runs), total)
        spec = config.spec(_name(row, loss), loss)
        try:
            outcome = run_on(lake, data, spec, row.windows(), choice, always)
        except InputError as error:
            table.skipped.append(_skip(row, str(error)))
            return
        facts = {"season": row.season, "title": row.title, "line_source": row.line_source}
        table.runs.append({**facts, **outcome.report})
        table.frames.append(outcome.on_lines)


def _name(row: Row, loss: str) -> str:
    words = f"{row.title} {loss}".lower().replace("=", "").replace(":", "-")
    return "-".join("".join(c if c.isalnum() else " " for c in words).split())


def _documents(out: Path, table: _Table, plant: Plant | None) -> dict[str, str]:
    name = "multiseason" + (f"-{plant.name}" if plant else "")
    report = write_report(out, name, table.runs, table.frames, table.skipped)
    path = out / f"{name}.json"
    content = {"runs": table.runs, "skipped": table.skipped}
    path.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")
    return {**report, "json": str(path)}
