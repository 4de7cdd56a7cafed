"""Plots of runs as SVG text: the same numbers give the same bytes."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from tipoff.backtest.edges import SMALL, USUAL, at_edge

_INK = "#1b2a41"
_MODEL = "#0b6e4f"
_REFERENCE = "#b3541e"
_STYLE: Any = {
    "svg.hashsalt": "tipoff",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 8,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def runs_figure(runs: Sequence[Mapping[str, Any]], frames: Sequence[pl.DataFrame]) -> str:
    """Draw one row of plots per run: hit rate by week, edge against hit rate, prediction, line.

    Args:
        runs: reports of runs of one market with ``weekly`` and ``edge_buckets``.
        frames: the graded player-games of each.

    Returns:
        One SVG element.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9.6, 2.6 * len(runs)), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(len(runs), 3, squeeze=False)
        for row, run, frame in zip(axes, runs, frames, strict=True):
            _by_week(row[0], run)
            _by_edge(row[1], run)
            _against_line(row[2], frame, str(run["unit"]))
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": "tipoff"})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def _shares(axes: Axes, break_even: float) -> None:
    axes.axhline(100 * break_even, color=_REFERENCE, lw=1, ls="--")
    axes.set_ylim(0, 100)


def _points(axes: Axes, places: Sequence[float], rates: Sequence[Mapping[str, Any]]) -> None:
    """Hit rates in per cent with their intervals; a rate without n is left out."""
    for place, rate in zip(places, rates, strict=True):
        if rate["rate"] is None:
            continue
        axes.plot([place], [100 * rate["rate"]], "o", color=_MODEL, ms=4)
        if rate["low"] is not None:
            axes.plot([place] * 2, [100 * rate["low"], 100 * rate["high"]], color=_MODEL, lw=1)


def _by_week(axes: Axes, run: Mapping[str, Any]) -> None:
    weeks = run["weekly"]
    rates = [at_edge(run, USUAL, week) for week in weeks]
    _shares(axes, at_edge(run)["break_even"])
    _points(axes, range(len(weeks)), rates)
    axes.set_xticks(range(len(weeks)), [f"{w['week']:%d %b}" for w in weeks], rotation=60)
    axes.set_ylabel("hit rate, %")
    usual = run["lines"]["edges"][USUAL]
    axes.set_title(f"{run['spec']['loss']}: by week, edge ≥ {usual}", fontsize=8)


def _by_edge(axes: Axes, run: Mapping[str, Any]) -> None:
    buckets = run["edge_buckets"]
    _shares(axes, at_edge(run, SMALL)["break_even"])
    _points(axes, range(len(buckets)), buckets)
    labels = [f"{b['from']:g}–{b['to']:g}" if b["to"] else f"{b['from']:g}+" for b in buckets]
    axes.set_xticks(
        range(len(buckets)),
        [f"{t}\nn {b['n']}" for t, b in zip(labels, buckets, strict=True)],
        fontsize=6,
    )
    axes.set_title(f"by size of the edge, {run['unit']}", fontsize=8)


def _against_line(axes: Axes, frame: pl.DataFrame, unit: str) -> None:
    lines, predictions = frame["line"].to_numpy(), frame["prediction"].to_numpy()
    axes.hexbin(
        lines, predictions, gridsize=24, mincnt=1, bins="log", cmap="Greens", linewidths=0.2
    )
    top = float(max(lines.max(), predictions.max())) if len(lines) else 1.0
    axes.plot([0, top], [0, top], color=_REFERENCE, lw=1, ls="--")
    axes.set_xlabel(f"line, {unit}")
    axes.set_ylabel(f"prediction, {unit}")
    axes.set_title("prediction against line", fontsize=8)
