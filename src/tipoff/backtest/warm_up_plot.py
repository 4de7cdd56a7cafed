"""The warm-up map as a plot: features by weeks of the season."""

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
_ROW, _WEEK, _LEFT, _RIGHT, _TOP, _BOTTOM = 0.16, 0.17, 2.2, 0.2, 0.4, 0.5
_PANELS = (
    ("share", "played rows with less history than needed, %"),
    ("off", "error as share of the variance, % (100 and more are one colour)"),
)
_STEP = 4


def warm_up_figure(report: Mapping[str, Any]) -> str:
    """Draw two maps of features by weeks: rows with too little history, and how far off they are.

    Features stand in order of their index, with the games that they need. Cells without rows, and
    features that were not measured, are left blank.

    Args:
        report: ``map``, ``features``, ``market`` and ``feature_set`` as of the workflow.

    Returns:
        One SVG element.
    """
    names = [row["name"] for row in report["features"]]
    weeks = sorted({cell["week"] for cell in report["map"]})
    width = _LEFT + len(_PANELS) * max(_WEEK * len(weeks), 2.5) + _RIGHT
    height = _TOP + _ROW * len(names) + _BOTTOM
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        figure.subplots_adjust(
            left=_LEFT / width,
            right=1 - _RIGHT / width,
            bottom=_BOTTOM / height,
            top=1 - _TOP / height,
            wspace=0.03,
        )
        panels = figure.subplots(1, len(_PANELS), sharey=True)
        for axes, (what, title) in zip(panels, _PANELS, strict=True):
            _panel(axes, _matrix(report["map"], what, names, weeks), weeks)
            axes.set_title(title, fontsize=8)
        labels = [f"{row['name']}  {_games(row)}" for row in report["features"]]
        panels[0].set_yticks(range(len(names)), labels, fontsize=6)
        return as_svg(figure)


def _matrix(
    cells: Sequence[Mapping[str, Any]], what: str, names: Sequence[str], weeks: Sequence[int]
) -> Floats:
    """Per cents of ``features x weeks``; not a number where nothing is known."""
    values = np.full((len(names), len(weeks)), np.nan)
    rows, columns = ({key: i for i, key in enumerate(keys)} for keys in (names, weeks))
    for cell in cells:
        if cell[what] is not None:
            values[rows[cell["feature"]], columns[cell["week"]]] = 100 * cell[what]
    return values


def _panel(axes: Axes, values: Floats, weeks: Sequence[int]) -> None:
    axes.imshow(values, aspect="auto", cmap="YlOrBr", vmin=0, vmax=100)
    places = range(0, len(weeks), _STEP)
    axes.set_xticks(places, [str(weeks[place]) for place in places], fontsize=6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("week of the season")


def _games(row: Mapping[str, Any]) -> str:
    return "–" if row["games"] is None else str(row["games"])
