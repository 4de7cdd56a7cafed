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
from tipoff.backtest.statistics import wilson

_INK = "#1b2a41"
_MODEL = "#0b6e4f"
_REFERENCE = "#b3541e"
# Bins of fewer rows say nothing; the normal quantile of a 95 % band.
_LEAST_BIN = 10
_QUANTILE = 1.959963984540054
STYLE: Any = {
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
    """Draw two rows of plots per run.

    Hit rate by week, by size of the edge and prediction against line; below them how reliable its
    probabilities are beside the market's, and its probability integral.

    Args:
        runs: reports of runs of one market with ``weekly, edge_buckets`` and ``probabilities``.
        frames: the graded player-games of each.

    Returns:
        One SVG element.
    """
    with mpl.rc_context(STYLE):
        width, height = 9.6, 5.4 * len(runs)
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        # Margins in inches: to have them found would draw everything twice.
        figure.subplots_adjust(
            left=0.6 / width,
            right=1 - 0.2 / width,
            bottom=0.5 / height,
            top=1 - 0.3 / height,
            wspace=0.26,
            hspace=0.5,
        )
        axes = figure.subplots(2 * len(runs), 3, squeeze=False)
        for place, (run, frame) in enumerate(zip(runs, frames, strict=True)):
            upper, lower = axes[2 * place], axes[2 * place + 1]
            _by_week(upper[0], run)
            _by_edge(upper[1], run)
            _against_line(upper[2], frame, str(run["unit"]))
            reliability_plot(lower[0], run["probabilities"])
            integral_plot(lower[1], run["probabilities"])
            lower[2].set_axis_off()
        return as_svg(figure)


def as_svg(figure: Figure) -> str:
    """Return a figure as one SVG element; the same figure gives the same bytes."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": "tipoff"})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def _shares(axes: Axes, break_even: float) -> None:
    axes.axhline(100 * break_even, color=_REFERENCE, lw=1, ls="--")
    axes.set_ylim(0, 100)


def _points(axes: Axes, places: Sequence[float], rates: Sequence[Mapping[str, Any]]) -> None:
    """Hit rates in per cent with their intervals; a rate without n is left out."""
    shown = [(x, r) for x, r in zip(places, rates, strict=True) if r["rate"] is not None]
    axes.plot([x for x, _ in shown], [100 * r["rate"] for _, r in shown], "o", color=_MODEL, ms=4)
    sure = [(x, r) for x, r in shown if r["low"] is not None]
    axes.vlines(
        [x for x, _ in sure],
        [100 * r["low"] for _, r in sure],
        [100 * r["high"] for _, r in sure],
        color=_MODEL,
        lw=1,
    )


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


def reliability_plot(axes: Axes, found: Mapping[str, Any]) -> None:
    """Draw the share that went over against the probability stated, of the model and the market.

    Args:
        axes: where to draw.
        found: as of ``probabilities.calibration``.
    """
    axes.set_title("over: happened against stated, %", fontsize=8)
    if found["reliability"] is None:
        _nothing(axes, "no probabilities were stated")
        return
    axes.plot([0, 100], [0, 100], color=_INK, lw=0.8, ls=":")
    series = (
        ("model", found["reliability"], _MODEL, "o", -0.6),
        ("market", found["market_reliability"] or [], _REFERENCE, "s", 0.6),
    )
    for label, bins, colour, marker, aside in series:
        shown = [b for b in bins if b["n"] >= _LEAST_BIN]
        if not shown:
            continue
        places = [100 * b["predicted"] + aside for b in shown]
        axes.plot(
            places,
            [100 * b["observed"] for b in shown],
            marker,
            color=colour,
            ms=4,
            label=f"{label}, n {sum(b['n'] for b in shown):,}",
        )
        bounds = [wilson(round(b["observed"] * b["n"]), b["n"]) or (0.0, 1.0) for b in shown]
        low, high = ([100 * bound[side] for bound in bounds] for side in (0, 1))
        axes.vlines(places, low, high, color=colour, lw=1)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xlabel("stated")
    axes.set_ylabel("went over")
    axes.legend(frameon=False, fontsize=6, loc="upper left")


def integral_plot(axes: Axes, found: Mapping[str, Any]) -> None:
    """Draw the histogram of the probability integral, flat if calibrated.

    Args:
        axes: where to draw.
        found: as of ``probabilities.calibration``.
    """
    axes.set_title("probability integral of what happened", fontsize=8)
    shares = found["integral"]
    if shares is None:
        _nothing(axes, "no distribution was stated")
        return
    n, flat = found["coverage"]["all"][0]["n"], 1 / len(shares)
    half = _QUANTILE * (flat * (1 - flat) / n) ** 0.5
    axes.axhspan(100 * (flat - half), 100 * (flat + half), color=_REFERENCE, alpha=0.2, lw=0)
    axes.axhline(100 * flat, color=_REFERENCE, lw=1, ls="--")
    left = [place * flat for place in range(len(shares))]
    axes.bar(
        left, [100 * s for s in shares], width=0.9 * flat, align="edge", color=_MODEL, alpha=0.7
    )
    axes.set_xlim(0, 1)
    axes.set_ylabel(f"share of {n:,}, %")


def _nothing(axes: Axes, words: str) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes)
