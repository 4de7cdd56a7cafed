"""The tour and the tutorials do what they say."""

from pathlib import Path

import pytest

from tests.book.__main__ import rewritten
from tests.book.pages import DOCS, Reader, blocks, front, matches, patched

PAGES = {
    page.relative_to(DOCS).as_posix(): said
    for page in sorted(DOCS.rglob("*.md"))
    if (said := front(page.read_text("utf-8"))).get("runs") == "true"
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_what_it_says(name: str, tmp_path: Path) -> None:
    Reader(tmp_path, is_copy=PAGES[name].get("package") == "copy").read(DOCS / name)


def test_the_tour_and_every_tutorial_are_run() -> None:
    tutorials = {f"tutorials/{page.name}" for page in (DOCS / "tutorials").glob("*.md")}
    assert {"tour.md", *tutorials} <= set(PAGES)


WRONG = {
    "another number": ("```console\n$ echo 3\n4\n```", "shows"),
    "another line": ("```console\n$ printf 'a\\nb\\n'\na\n```", "shows"),
    "an untold exit code": ("```console\n$ tipoff train\n```\n", "exit code"),
    "an option that is not": ("```console\n$ tipoff train --no-such\n$ echo $?\n0\n```", "code 2"),
    "another result": ("```python\nprint(1)\n```\n\n```text\n2\n```", "shows"),
    "a change to nothing": ("```{code-block} diff\n:caption: a\n\n-b\n+c\n```", "0 times"),
    "about another number": ("<!-- about -->\n```console\n$ echo n 30\nn 20\n```", "20"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_page_that_says_something_else_fails(case: str, tmp_path: Path) -> None:
    text, sentence = WRONG[case]
    page = tmp_path / "page.md"
    page.write_text(text)
    (tmp_path / "a").write_text("a\n")
    with pytest.raises(AssertionError, match=sentence):
        Reader(tmp_path).read(page)


def test_what_may_differ_is_marked() -> None:
    assert matches("took … s\n…\nend", "took 3.1 s\n\na  b\nend\n") is None
    assert matches("n 1,000, 95 %", "n 1,020, 96 %", about=True) is None
    assert matches("n 1,000", "n 1,001") is not None
    assert patched("a\nb\nc\n", " a\n-b\n+d\n") == "a\nd\nc\n"


def test_blocks_know_their_language_and_file() -> None:
    text = "```console\n$ a\n```\n\n```{code-block} toml\n:caption: `x.toml`\n\nb = 1\n```\n"
    console, file = blocks(text)
    assert (console.language, file.language, file.caption) == ("console", "toml", "x.toml")
    assert (file.text, file.follows) == ("b = 1\n", True)


def test_what_no_longer_fits_is_shown_as_it_is(tmp_path: Path) -> None:
    text = (
        "```console\n$ printf 'took 3 s\\n'\ntook … s\n$ printf \\\n>   b\na\n```\n\n"
        "```python\nprint(2)\n```\n\n```text\n1\n```\nend\n"
    )
    now = rewritten(text, Reader(tmp_path))
    assert now == text.replace("\na\n```", "\nb\n```").replace("\n1\n```", "\n2\n```")
