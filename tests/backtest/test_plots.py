"""Plots show the numbers that they are given."""

from typing import Any

import pytest
from matplotlib.figure import Figure
from tests.backtest.runs import run

from tipoff.backtest.plots import integral_plot, reliability_plot
from tipoff.backtest.statistics import wilson


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    report, _ = run()
    probabilities: dict[str, Any] = report["probabilities"]
    return probabilities


def _axes() -> Any:
    return Figure().subplots()


def test_reliability_stands_where_it_was_found_with_its_interval(found: dict[str, Any]) -> None:
    axes = _axes()
    reliability_plot(axes, found)
    bins = [b for b in found["reliability"] if b["n"] >= 10]
    assert len(bins) > 2
    points = next(line for line in axes.lines if line.get_label().startswith("model"))
    assert list(points.get_ydata()) == pytest.approx([100 * b["observed"] for b in bins])
    assert list(points.get_xdata()) == pytest.approx([100 * b["predicted"] - 0.6 for b in bins])
    strokes = [(segment[0][1], segment[1][1]) for segment in axes.collections[0].get_segments()]
    expected = [wilson(round(own["observed"] * own["n"]), own["n"]) for own in bins]
    for stroke, bounds in zip(strokes, expected, strict=True):
        assert bounds is not None
        assert stroke == pytest.approx([100 * bound for bound in bounds])
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels[0] == f"model, n {sum(b['n'] for b in bins):,}"
    assert labels[1].startswith("market, n ")


def test_the_integral_is_a_histogram_in_a_band_of_its_n(found: dict[str, Any]) -> None:
    axes = _axes()
    integral_plot(axes, found)
    heights = [bar.get_height() for bar in axes.patches if bar.get_width() < 0.5]
    assert heights == pytest.approx([100 * share for share in found["integral"]])
    n = found["coverage"]["all"][0]["n"]
    band = next(patch for patch in axes.patches if patch.get_width() == 1)
    assert band.get_height() == pytest.approx(200 * 1.959964 * (0.09 / n) ** 0.5, rel=1e-4)
    assert f"{n:,}" in axes.get_ylabel()


def test_what_was_not_stated_is_said_in_words() -> None:
    none = dict.fromkeys(("integral", "reliability", "market_reliability", "coverage"))
    for draw in (reliability_plot, integral_plot):
        axes = _axes()
        draw(axes, none)
        assert axes.texts[0].get_text().endswith("stated")
        assert not axes.lines
