"""The examples of the documents run, from top to bottom, on a small made-up league."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tipoff as tp
from tipoff.api.given import frame
from tipoff.store.lake import Lake

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page: str) -> list[str]:
    """The examples of a page that are meant to run."""
    return _BLOCK.findall((DOCS / page).read_text("utf-8"))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


def _run(page: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks(page)):
        exec(compile(block, f"{page}, example {number}", "exec"), names)
    return names


@pytest.mark.filterwarnings("ignore")
def test_the_python_api_by_its_examples(here: Path) -> None:
    assert len(blocks("python-api.md")) > 10
    names = _run("python-api.md")
    assert names["run"].verdict in ("gates failed", "underpowered")
    assert names["found"].verdict == "quarantined"
    assert set(names["told"]) >= {"stated", "again", "query"}


def test_every_engine_by_its_example(here: Path, built_lake: Lake) -> None:
    (here / "lake").symlink_to(built_lake.url)
    height = tp.scan(built_lake, "player_boxes").collect().height
    first, *engines = blocks("open-tables.md")
    assert len(engines) == 4
    for example in engines:
        names: dict[str, Any] = {}
        exec(first + example, names)
        rows = frame(names["rows"], "what the example gives")
        assert rows.height == height > 1000
        assert "2022-23" in rows["season"].unique()


def test_the_page_names_every_public_name() -> None:
    page = (DOCS / "python-api.md").read_text("utf-8")
    missing = [
        name for name in tp.__all__ if f"`{name}`" not in page and f"`tp.{name}`" not in page
    ]
    assert missing == ["Lake"]
