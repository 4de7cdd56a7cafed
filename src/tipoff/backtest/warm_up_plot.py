"""The warm-up map as a plot: features by weeks of the season."""

import io
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from tipoff.backtest.plots import STYLE

# Inches.
_ROW, _WEEK, _LEFT, _TOP, _BOTTOM = 0.16, 0.24, 2.3, 0.5, 0.6


def warm_up_figure(report: Mapping[str, Any]) -> str:
    """Draw the share of rows that have too little history, per feature and week.

    Features stand in order of their index, with the games that they need; cells without rows, and
    features that were not measured, are left blank.

    Args:
        report: ``map`` and ``features`` as of the workflow.

    Returns:
        One SVG element.
    """
    names = [row["name"] for row in report["features"]]
    weeks = sorted({cell["week"] for cell in report["map"]})
    shares = np.full((len(names), len(weeks)), np.nan)
    rows, columns = ({key: i for i, key in enumerate(keys)} for keys in (names, weeks))
    for cell in report["map"]:
        if cell["share"] is not None:
            shares[rows[cell["feature"]], columns[cell["week"]]] = 100 * cell["share"]
    width, height = _LEFT + _WEEK * len(weeks) + 0.9, _TOP + _ROW * len(names) + _BOTTOM
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        figure.subplots_adjust(
            left=_LEFT / width,
            right=1 - 0.2 / width,
            bottom=_BOTTOM / height,
            top=1 - _TOP / height,
        )
        axes = figure.add_subplot()
        image = axes.imshow(shares, aspect="auto", cmap="YlOrBr", vmin=0, vmax=100)
        labels = [f"{row['name']}  {_games(row)}" for row in report["features"]]
        axes.set_yticks(range(len(names)), labels, fontsize=6)
        axes.set_xticks(range(len(weeks)), [str(week) for week in weeks], fontsize=6)
        axes.set_xlabel("week of the season")
        axes.set_title(
            f"share of played rows with less history than needed, %: {report['market']}, "
            f"{report['feature_set']}",
            fontsize=8,
        )
        figure.colorbar(image, ax=axes, fraction=0.03, pad=0.02)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": "tipoff"})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def _games(row: Mapping[str, Any]) -> str:
    return "–" if row["games"] is None else str(row["games"])
