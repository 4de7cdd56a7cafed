"""What lines there are as a plot: sources and books by months."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from tipoff.backtest.plots import STYLE, as_svg
from tipoff.backtest.resampling import Floats

# Inches.
_ROW, _PERIOD, _LEFT, _RIGHT, _TOP, _BOTTOM, _BETWEEN = 0.17, 0.34, 3.0, 0.3, 0.5, 0.7, 0.5
# What is drawn, from which counts, and what it is called.
_PANELS = (
    ("games", "games_scheduled", "scheduled games with a line, %"),
    ("regulars_covered", "regulars", "players of 15 minutes or more with a line, %"),
    ("usable_for_evaluation", "player_games", "player-games with a line usable for evaluation, %"),
)


def coverage_figure(report: Mapping[str, Any]) -> str:
    """Draw maps of sources and books by seasons or months, one below the other.

    Seasons and months that have games and no line at all stand as columns too; what has no row is
    left blank.

    Args:
        report: ``rows``, ``schedule``, ``market`` and ``window`` as of the workflow.

    Returns:
        One SVG element.
    """
    rows = report["rows"]
    names = sorted({_name(row) for row in rows})
    periods = sorted({_period(row) for row in (*rows, *report["schedule"])})
    width = _LEFT + max(_PERIOD * len(periods), 3.0) + _RIGHT
    tall = max(_ROW * len(names), 0.3)
    height = _TOP + len(_PANELS) * tall + (len(_PANELS) - 1) * _BETWEEN + _BOTTOM
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        figure.subplots_adjust(
            left=_LEFT / width,
            right=1 - _RIGHT / width,
            bottom=_BOTTOM / height,
            top=1 - _TOP / height,
            hspace=_BETWEEN / tall,
        )
        panels = figure.subplots(len(_PANELS), 1, sharex=True, squeeze=False)[:, 0]
        for axes, (part, whole, title) in zip(panels, _PANELS, strict=True):
            _panel(axes, _matrix(rows, (part, whole), names, periods), names)
            axes.set_title(title, fontsize=8)
        panels[-1].set_xticks(range(len(periods)), periods, rotation=90, fontsize=6)
        window = report["window"]
        figure.suptitle(
            f"lines on {report['market']}, {window['start_date']} to {window['end_date']}",
            fontsize=9,
        )
        return as_svg(figure)


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['source']}  {row['book']}  {row['market']}"


def _period(row: Mapping[str, Any]) -> str:
    return str(row["month"] or row["season"])


def _matrix(
    rows: Sequence[Mapping[str, Any]],
    counts: tuple[str, str],
    names: Sequence[str],
    periods: Sequence[str],
) -> Floats:
    """Per cents of ``names x periods``; not a number where there is nothing to have a share of."""
    part, whole = counts
    values = np.full((len(names), len(periods)), np.nan)
    down, across = ({key: i for i, key in enumerate(keys)} for keys in (names, periods))
    for row in rows:
        if row[whole]:
            values[down[_name(row)], across[_period(row)]] = 100 * row[part] / row[whole]
    return values


def _panel(axes: Axes, values: Floats, names: Sequence[str]) -> None:
    if values.size:
        axes.imshow(values, aspect="auto", cmap="YlGn", vmin=0, vmax=100)
    for (down, across), value in np.ndenumerate(values):
        if not np.isnan(value):
            colour = "white" if value > 60 else "black"
            axes.text(
                across, down, f"{value:.0f}", ha="center", va="center", fontsize=5, color=colour
            )
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.tick_params(axis="both", length=0)
