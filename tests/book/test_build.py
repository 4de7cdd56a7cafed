"""The book is built without a warning, and needs no network to be read."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.book.pages import DOCS, ROOT

PARTS = (
    "Tour", "Tutorials", "How-to", "Reference", "Method", "Story of the 85 %", "Limits", "Glossary",
    "Decisions", "Changelog",
)  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    words = [
        "-W",
        "--keep-going",
        "-q",
        "-d",
        str(folder / "cache"),
        str(DOCS),
        str(folder / "html"),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_it_has_its_parts_and_every_page(book: Path) -> None:
    index = (book / "index.html").read_text("utf-8")
    captions = re.findall(r'class="caption-text">([^<]+)<', index)
    assert captions == list(PARTS)
    pages = {page.relative_to(DOCS).with_suffix(".html") for page in DOCS.rglob("*.md")}
    assert all((book / page).exists() for page in pages)


def test_nothing_in_it_is_loaded_from_elsewhere(book: Path) -> None:
    loaded = re.compile(
        r'<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)="((?:https?:)?//[^"]+)'
    )
    styled = re.compile(r"""(?:@import|url\()\s*["']?((?:https?:)?//[^"')]+)""")
    for page in book.rglob("*.html"):
        assert not loaded.findall(page.read_text("utf-8")), page.name
    for style in book.rglob("*.css"):
        assert not styled.findall(style.read_text("utf-8")), style.name


def test_it_can_be_searched(book: Path) -> None:
    index = (book / "searchindex.js").read_text("utf-8")
    assert "thermomet" in index
    assert "searchtools.js" in (book / "search.html").read_text("utf-8")
