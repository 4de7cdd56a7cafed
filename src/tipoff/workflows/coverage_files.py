"""The files of a report on coverage: the rows, the document and the plot."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.coverage_plot import coverage_figure
from tipoff.errors import InputError


def plot_file(report: Mapping[str, Any], path: Path) -> str:
    """Write the plot of a report of ``coverage``.

    Raises:
        InputError: the file is not to be an SVG.
    """
    if path.suffix.lower() != ".svg":
        raise InputError(f"Expected a plot file that ends in .svg, got {path.name}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(coverage_figure(report), encoding="utf-8")
    return str(path)


def write(report: Mapping[str, Any], folder: Path) -> list[str]:
    """Write ``coverage.csv``, ``coverage.json`` and ``coverage.svg``; the folder is made.

    Returns:
        The paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table, document = folder / "coverage.csv", folder / "coverage.json"
    pl.DataFrame(report["rows"], infer_schema_length=None).write_csv(table)
    document.write_text(json.dumps(report, indent=1, default=str) + "\n", encoding="utf-8")
    return [str(table), str(document), plot_file(report, folder / "coverage.svg")]
