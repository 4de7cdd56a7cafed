"""Exactly one layout fits a file."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tipoff.errors import InputError
from tipoff.sources import bigdataball
from tipoff.sources.containers import open_content
from tipoff.sources.format import Content
from tipoff.sources.recognise import FORMATS, recognise


def test_layouts_have_names_of_their_own() -> None:
    assert len({layout.name for layout in FORMATS}) == len(FORMATS)


def test_a_table_of_something_else_is_not_recognised(as_content: Callable[..., Content]) -> None:
    assert recognise(as_content(pl.DataFrame({"height": [1], "weight": [2]}))) is None


@pytest.mark.real
def test_every_real_file_fits_exactly_one_layout(real_data: Path) -> None:
    seen = set()
    for path in sorted(real_data.rglob("*")):
        inside = path.relative_to(real_data).parts[0]
        if not path.is_file() or inside == "payloads" or path.suffix in (".md", ".txt"):
            continue
        content = open_content(path)
        fits = [layout.name for layout in FORMATS if layout.recognises(content)]
        assert len(fits) == 1, (path.name, fits)
        seen.add(fits[0])
    # Of BigDataBall's there is one file, among the answers of providers.
    assert seen == {layout.name for layout in FORMATS} - {bigdataball.SOURCE}


@pytest.mark.real
def test_answers_of_interfaces_are_no_layout_of_files(real_data: Path) -> None:
    """They are opened as tables, or refused in a sentence, and no layout of files takes them."""
    refused = 0
    for path in sorted((real_data / "payloads").rglob("*.json")):
        try:
            content = open_content(path)
        except InputError:
            refused += 1
            continue
        assert recognise(content) is None, path.name
    assert refused
