import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.backtest.runs import run

from tipoff.backtest.report import write_report
from tipoff.domain.market import FEATURE_MARKETS, MARKETS, Market

SKIPPED = [{"market": "points", "title": "1999-00 <old>", "reason": "the lake holds no such lines"}]


def _as_run(report: dict[str, Any], loss: str) -> dict[str, Any]:
    return {
        **report,
        "season": "2022-23",
        "title": "2022-23, a book",
        "line_source": "draftkings",
        "spec": {"loss": loss},
        "windows": dict.fromkeys(
            ("train_start", "train_end", "eval_start", "eval_end"), "2022-11-01"
        ),
        "trees": 100,
        "train_rows": 700,
        "fingerprint": "f" * 16,
        "artifact": {"sha256": "a" * 64},
        "run_id": "b" * 16,
    }


@pytest.fixture(scope="module")
def honest() -> tuple[dict[str, Any], pl.DataFrame]:
    return run()


@pytest.fixture(scope="module")
def leaked() -> tuple[dict[str, Any], pl.DataFrame]:
    return run(leak=True)


def _write(folder: Path, *runs: tuple[dict[str, Any], pl.DataFrame]) -> tuple[str, str]:
    losses = ["Huber:delta=5", "MAE", "RMSE"]
    reports = [_as_run(report, losses[i]) for i, (report, _) in enumerate(runs)]
    paths = write_report(folder, "table", reports, [frame for _, frame in runs], SKIPPED)
    return Path(paths["markdown"]).read_text(), Path(paths["html"]).read_text()


def test_the_same_runs_give_the_same_bytes(
    tmp_path: Path, honest: tuple[dict[str, Any], pl.DataFrame]
) -> None:
    first = _write(tmp_path / "a", honest, honest)
    assert _write(tmp_path / "b", honest, honest) == first


def test_the_table_shows_the_runs_numbers(
    tmp_path: Path, honest: tuple[dict[str, Any], pl.DataFrame]
) -> None:
    markdown, html = _write(tmp_path, honest)
    report, _ = honest
    three = report["lines"]["hr"]["3"]
    for text in (
        f"{100 * three['rate']:.1f} %",
        f"{100 * three['low']:.1f} %–{100 * three['high']:.1f} %",
        f"{100 * three['break_even']:.1f} %",
        f"{report['lines']['mae']:.2f}",
        f"{report['lines']['line_mae']:.2f}",
        f"{report['all']['mae']:.2f}",
        "gates failed",
        "Huber:delta=5",
    ):
        assert text in markdown
        assert text in html
    assert "LEAK SUSPECTED" not in markdown


def test_the_published_numbers_stand_beside_ours_with_the_losses_as_optimised(
    tmp_path: Path, honest: tuple[dict[str, Any], pl.DataFrame]
) -> None:
    markdown, _ = _write(tmp_path, honest)
    assert "| FEB24 | MAE | RMSE | 91.0 % | 832 | 3.13 | 10.03 | DraftKings | passed |" in markdown
    assert "inclusive-date" in markdown


def test_a_suspected_leak_is_the_title(
    tmp_path: Path,
    honest: tuple[dict[str, Any], pl.DataFrame],
    leaked: tuple[dict[str, Any], pl.DataFrame],
) -> None:
    markdown, html = _write(tmp_path, honest, leaked)
    assert markdown.startswith("# LEAK SUSPECTED")
    assert "<title>LEAK SUSPECTED" in html
    assert "### LEAK SUSPECTED: Points: 2022-23, a book, MAE" in markdown
    assert "| leak suspected, quarantined |" in markdown
    assert '<td class="leak">leak suspected, quarantined</td>' in html
    for text in (markdown, html):
        assert text.count("have been seen to know: quarantined.") == 1
        assert text.count("no more than honest predictions know.") == 1
    assert "### Points: 2022-23, a book, Huber:delta=5" in markdown


def test_rows_that_were_not_run_are_listed_and_escaped(
    tmp_path: Path, honest: tuple[dict[str, Any], pl.DataFrame]
) -> None:
    markdown, html = _write(tmp_path, honest)
    assert "- 1999-00 <old>, points: the lake holds no such lines" in markdown
    assert "1999-00 &lt;old&gt;, points: the lake holds no such lines" in html


class _Links(HTMLParser):
    """Collects whatever a browser would fetch, and the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href") and value and not value.startswith("#"):
                self.fetched.append(value)


def test_the_page_needs_nothing_else(
    tmp_path: Path, honest: tuple[dict[str, Any], pl.DataFrame]
) -> None:
    _, html = _write(tmp_path, honest)
    page = _Links()
    page.feed(html)
    assert [link for link in page.fetched if not link.startswith("data:")] == []
    assert "script" not in page.tags
    assert page.tags.count("svg") == 1
    assert not re.search(r"@import|url\((?!#|\"data:|data:)", html)
    assert "prefers-color-scheme: dark" in html


@pytest.mark.parametrize("market", FEATURE_MARKETS, ids=lambda m: m.name)
def test_the_document_says_the_market_its_unit_and_its_edge(tmp_path: Path, market: Market) -> None:
    name, usual = market.name, f"{market.edges[1]:g}"
    report, frame = run(market=market)
    markdown, html = _write(tmp_path, (report, frame))
    heading = name.replace("_", " ").capitalize()
    rate = report["lines"]["hr"][usual]
    for text in (markdown, html):
        assert f"a point edge of at least {usual} {market.unit}, without pushes" in text
        assert f"hit rate at {usual} {market.unit}" in text
        assert f"{heading}: 2022-23, a book" in text
        assert f"{100 * rate['rate']:.1f} %" in text
        assert ("What the predecessor published" in text) == (name == "points")
    assert f"| {heading} | 2022-23, a book |" in markdown
    assert f"by week, edge ≥ {usual}<" in html
    assert f"line, {market.unit}<" in html


def test_one_title_of_two_markets_is_two_sections(
    tmp_path: Path, honest: tuple[dict[str, Any], pl.DataFrame]
) -> None:
    threes = run(market=MARKETS["threes"])
    markdown, html = _write(tmp_path, honest, threes)
    assert "at least 3 points; 0.5 threes, without" in markdown
    assert "What the predecessor published" in markdown
    assert html.count("<svg") == 2
    assert "<h2>Points: 2022-23, a book</h2>" in html
    assert "<h2>Threes: 2022-23, a book</h2>" in html
