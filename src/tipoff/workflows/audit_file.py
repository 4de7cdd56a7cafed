"""Audit anybody's predictions: grade a file or frame against lines and results, without a lake."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.audit_card import write_card
from tipoff.backtest.file_duplicates import settled_rows
from tipoff.backtest.file_history import averages
from tipoff.backtest.file_lines import main_lines, tip_offs, with_lines
from tipoff.backtest.file_numbers import file_numbers, graded_rows, prices, stated
from tipoff.backtest.file_timing import AFTER, timing, when, with_tip_off
from tipoff.backtest.file_verdict import conditions, in_words, verdict
from tipoff.backtest.leak_signs import leak_signs, months
from tipoff.backtest.thermometer import temperature
from tipoff.errors import InputError
from tipoff.sources.loose_files import File, Loose, boxes, called, lines, predictions
from tipoff.sources.loose_players import WHO, Match, matched, player
from tipoff.workflows.audit_joins import join_report, shifted, with_results


@dataclass(frozen=True)
class Files:
    """The files of an audit, each a path or its rows, and what is said of their columns.

    Attributes:
        predictions: what is audited.
        lines, box: posted lines and what happened; None where the first file holds them.
        market: name or spelling; None where the file tells it.
        mapped: role = column of the predictions.
        lines_mapped, box_mapped: the same of the other files.
    """

    predictions: File
    lines: File | None = None
    box: File | None = None
    market: str | None = None
    mapped: Mapping[str, str] = field(default_factory=dict)
    lines_mapped: Mapping[str, str] = field(default_factory=dict)
    box_mapped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Read:
    """The files as read, with the player-games of the first found in the others."""

    own: Loose
    lines: Loose | None
    box: Loose | None
    lines_match: Match | None
    box_match: Match | None


def audit_file(files: Files, out: Path | None = None) -> dict[str, Any]:
    """Grade a file of predictions and say what to think of it.

    Args:
        files: the files.
        out: folder of the verdict card; none is written where None.

    Returns:
        ``file`` and, where given, ``line_file`` and ``box_file`` (what was recognised), ``joins,
        duplicates, timing, prices, stated``, the numbers of ``file_numbers``, ``thermometer`` (with
        ``months``), ``signs, conditions, verdict, sentences, card`` (paths) and ``seconds``.

    Raises:
        InputError: a file can not be read, or no prediction has both a line and a result.
    """
    started = time.perf_counter()
    found = _read(files)
    rows, results, parts = _joined(found)
    report: dict[str, Any] = {
        "file": _described(files.predictions, found.own),
        "line_file": _described(files.lines, found.lines),
        "box_file": _described(files.box, found.box),
        **parts,
        **_graded(rows, results, found.own, parts["timing"]),
    }
    judged = conditions(report)
    report["conditions"] = [asdict(condition) for condition in judged]
    report["verdict"] = verdict(report, judged)
    report["sentences"] = in_words(report)
    report["card"] = None if out is None else write_card(out, _stem(files.predictions), report)
    return {**report, "seconds": round(time.perf_counter() - started, 3)}


def _stem(file: File) -> str:
    return "predictions" if isinstance(file, pl.DataFrame) else file.name.split(".")[0]


def _read(files: Files) -> _Read:
    own = predictions(files.predictions, files.market, files.mapped)
    line_file = None if files.lines is None else lines(files.lines, own.market, files.lines_mapped)
    box_file = None if files.box is None else boxes(files.box, own.market, files.box_mapped)
    box_match = None if box_file is None else matched(own.rows, box_file.rows)
    if box_file is not None and box_match is not None and box_match.slip:
        # The results say what day it was: the predictions' dates are the ones that are off.
        own = shifted(own, box_match)
        box_match = matched(own.rows, box_file.rows)
    line_match = None if line_file is None else matched(own.rows, line_file.rows)
    return _Read(own, line_file, box_file, line_match, box_match)


def _joined(found: _Read) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, Any]]:
    """Return one row per player-game with line and result, all results, and how it came to it."""
    timed = with_tip_off(found.own.rows, _stated_tip_offs(found))
    timed = timed.with_columns(predicted_when=when("predicted"))
    rows, duplicates = settled_rows(timed)
    told: dict[str, Any] = {}
    if found.lines is not None and found.lines_match is not None:
        posted, quotes = main_lines(found.lines.rows)
        rows, taken = with_lines(rows, found.lines_match.found, posted)
        told["lines"] = {**quotes, **taken}
    rows, results, told["results"] = with_results(rows, found.box, found.box_match)
    rows = rows.with_columns(quoted_when=when("quoted"))
    times = {"predictions": timing(rows, "predicted"), "lines": _line_times(rows)}
    joins = join_report(
        rows, found.own, (found.lines, found.lines_match), (found.box, found.box_match), told
    )
    return rows, results, {"joins": joins, "duplicates": duplicates, "timing": times}


def _line_times(rows: pl.DataFrame) -> dict[str, Any]:
    return timing(rows.filter(pl.col("line").is_not_null()), "quoted")


def _stated_tip_offs(found: _Read) -> pl.DataFrame | None:
    """Return tip-offs as the other files state them, by the predictions' own player-games."""
    parts = []
    for file, match in ((found.lines, found.lines_match), (found.box, found.box_match)):
        if file is not None and match is not None:
            stated = tip_offs(file.rows).rename({"game_date": "known_date"})
            parts.append(match.found.join(stated, on=["player", "known_date"]))
    if not parts:
        return None
    both = pl.concat(parts).group_by(WHO)
    return both.agg(pl.col("stated_from").min(), pl.col("stated_to").min())


def _graded(
    rows: pl.DataFrame, results: pl.DataFrame, own: Loose, times: Mapping[str, Any]
) -> dict[str, Any]:
    market = own.market
    is_sided = rows["prediction"].is_not_null().sum() == 0
    in_time = rows.filter((pl.col("predicted_when") != AFTER) & (pl.col("quoted_when") != AFTER))
    # Where nothing was made in time the numbers of what came late are shown, under an alarm.
    counting = rows if in_time.is_empty() else in_time
    # In an order of its own, so that sums do not depend on that of the file.
    counting = counting.sort("game_date", "name_key", "player_id", nulls_last=True)
    on_lines = graded_rows(counting, market, is_sided=is_sided)
    if on_lines.drop_nulls("actual").is_empty():
        raise InputError(
            "Expected predictions with a line and a result, found none: "
            f"{rows['line'].count():,} of {rows.height:,} player-games have a line and "
            f"{rows['actual'].count():,} a result; give --lines and --box, or check the names and "
            "dates."
        )
    known = _with_averages(on_lines, averages(results))
    heat = temperature(known, market, is_sided=is_sided)
    return {
        **file_numbers(known, counting, market, is_sided=is_sided),
        "late_left_out": rows.height - counting.height,
        "prices": prices(known, market),
        "stated": stated(known),
        "thermometer": {**asdict(heat), "months": months(known, market, is_sided=is_sided)},
        "signs": leak_signs(known, market, heat, times["predictions"], is_sided=is_sided),
    }


def _with_averages(rows: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    return rows.join(
        history,
        left_on=["history_player", "game_date"],
        right_on=["player", "game_date"],
        how="left",
        maintain_order="left",
    ).with_columns(player_id=player())


def _described(path: File | None, file: Loose | None) -> dict[str, Any] | None:
    if path is None or file is None:
        return None
    return {
        "path": called(path),
        "rows": file.read,
        "kept": file.rows.height,
        "refused": dict(file.refused),
        "columns": dict(file.columns),
        "unused": list(file.unused),
        "market": file.market.name,
        "market_basis": file.market_basis,
        "other_markets": dict(file.other_markets),
    }
