"""Charts: one Vega-Lite description gives the page's SVG, a PNG and the data behind them.

Colours are variables of the style sheet, so that one SVG does for dark and light.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import polars as pl
import vl_convert

from tipoff.web.site.blocks import Plot
from tipoff.web.site.cells import as_json

INK, QUIET, RULE = "var(--ink)", "var(--quiet)", "var(--rule)"
FIRST, SECOND, THIRD, GOOD, BAD = (
    "var(--first)", "var(--second)", "var(--third)", "var(--good)", "var(--bad)",
)  # fmt: skip
# What the variables are on paper.
LIGHT = {
    "paper": "#ffffff", "ink": "#1b2530", "quiet": "#54616e", "rule": "#d5dbe1",
    "first": "#0b62a4", "second": "#b3541e", "third": "#6b4ea0", "good": "#1c7a4a",
    "bad": "#b3261e",
}  # fmt: skip
_FONT = "system-ui, sans-serif"
_CONFIG: dict[str, Any] = {
    "background": None,
    "font": _FONT,
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET, "titleColor": QUIET, "gridColor": RULE, "domainColor": RULE,
        "tickColor": RULE, "titleFontWeight": "normal", "labelFontSize": 11, "titleFontSize": 11,
        # A browser's letters may be wider than those that the drawing is measured with.
        "labelSeparation": 12, "titlePadding": 10,
    },
    "legend": {"labelColor": QUIET, "titleColor": QUIET, "orient": "top", "title": None,
               "labelFontSize": 11, "columnPadding": 34},
    "header": {"labelColor": QUIET, "titleColor": QUIET},
    "point": {"filled": True, "size": 36},
    "text": {"color": INK},
    "range": {"category": [FIRST, SECOND, THIRD, QUIET, GOOD, BAD]},
}  # fmt: skip


def described(plot: Plot) -> dict[str, Any]:
    """Return the whole Vega-Lite description of a chart, with its data."""
    return {
        "width": 640,
        "height": 220,
        "padding": {"left": 40, "right": 24, "top": 6, "bottom": 6},
        **plot.spec,
        "config": {**_CONFIG, **plot.spec.get("config", {})},
        "data": {"values": json.loads(as_json(_drawn(plot).to_dicts()))},
    }


def _drawn(plot: Plot) -> pl.DataFrame:
    return plot.frame if plot.marks is None else plot.marks


def svg(plot: Plot) -> str:
    """Return the chart as an SVG element; the style sheet says how wide it is shown."""
    drawn: str = vl_convert.vegalite_to_svg(described(plot))
    width, height = (int(float(n)) for n in re.findall(r'(?:width|height)="([\d.]+)"', drawn)[:2])
    return re.sub(
        r"<svg [^>]*>",
        f'<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" class="chart" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        drawn,
        count=1,
    )


def png(plot: Plot) -> bytes:
    """Return the chart as PNG on white, twice as large as on the page."""
    text = json.dumps(described(plot))
    for name, colour in LIGHT.items():
        text = text.replace(f"var(--{name})", colour)
    spec = json.loads(text)
    spec["background"] = LIGHT["paper"]
    drawn: bytes = vl_convert.vegalite_to_png(spec, scale=2)
    return drawn


def line_with_band(x: str, y: str, low: str, high: str, **more: Any) -> Mapping[str, Any]:
    """Describe points with their intervals over time, and what they must beat if ``mark`` is given.

    Args:
        x: a temporal field.
        y: the value.
        low, high: its interval.
        more: ``mark`` (a field), ``y_title``, ``format`` (d3), ``x_type`` and ``x_title``.
    """
    title, form = more.get("y_title", y), more.get("format", ".0%")
    across = {"field": x, "type": more.get("x_type", "temporal"), "title": more.get("x_title")}
    if across["type"] == "ordinal":
        # As the rows come, and labels that can be read.
        across |= {"sort": None, "axis": {"labelAngle": 0}}
    else:
        # The first and the last interval stand beside the axes, not on them.
        across["scale"] = {"padding": 8}
    axis = {"format": form, "title": title}
    scale = {"zero": False}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "rule", "color": QUIET},
         "encoding": {"x": across, "y": {"field": low, "type": "quantitative", "axis": axis,
                                         "scale": scale}, "y2": {"field": high}}},
        {"mark": {"type": "point", "color": FIRST},
         "encoding": {"x": across, "y": {"field": y, "type": "quantitative", "axis": axis}}},
    ]  # fmt: skip
    if "mark" in more:
        layers.append({
            "mark": {"type": "line", "color": SECOND, "strokeDash": [4, 3]},
            "encoding": {"x": across, "y": {"field": more["mark"], "type": "quantitative"}},
        })  # fmt: skip
    return {"layer": layers}
