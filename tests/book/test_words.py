"""What documents point to is there: files, headings, commands and options."""

import re
import shlex
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from tests.book.pages import DOCS, ROOT
from tipoff.cli.app import app

PAGES = [
    *(page for page in sorted(DOCS.rglob("*.md")) if page.parent.name != "reference"),
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
]
_FENCED = re.compile(r"^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
_SHELL_LANGUAGES = ("sh", "console", "bash", "")
# Of programs that are not tipoff, and of all that answer --help.
OTHERS = {"--help", "--nthreads"}
# What a group does whose next word is none of its commands.
BY_DEFAULT = "from"
# Commands that are being built beside these pages; whatever is there is checked.
COMING: set[str] = set()


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return _FENCED.sub("", text)


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub and the book make it."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
    return re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")


@cache
def anchors(page: Path) -> frozenset[str]:
    headings = re.findall(r"^#+ +(.+)$", prose(page.read_text("utf-8")), re.MULTILINE)
    return frozenset(slug(heading) for heading in headings)


def broken(page: Path, text: str, written: set[str]) -> Iterator[str]:
    """Yield links whose file or heading is not there."""
    for target in _LINK.findall(prose(text)):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if file.parent == DOCS / "reference":
            if file.name not in written:
                yield target
        elif not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The generated reference."""
    spec = spec_from_file_location("generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    generate = module_from_spec(spec)
    spec.loader.exec_module(generate)
    folder = tmp_path_factory.mktemp("reference")
    generate.write(folder)
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_every_link_leads_somewhere(written: dict[str, str]) -> None:
    found = {
        str(page.relative_to(ROOT)): wrong
        for page in PAGES
        if (wrong := list(broken(page, page.read_text("utf-8"), set(written))))
    }
    assert not found


def test_a_broken_link_is_found() -> None:
    text = "[a](no-such.md) [b](tour.md#no-such) [c](tour.md) [d](#no-such)\n```\n[e](f.md)\n```\n"
    wrong = list(broken(DOCS / "index.md", text, set()))
    assert wrong == ["no-such.md", "tour.md#no-such", "#no-such"]


def mentions(text: str) -> Iterator[str]:
    """Yield what a page says of ``tipoff``: lines of shell blocks, and code within sentences."""
    for indent, _, language, body in _FENCED.findall(text):
        if language.strip() not in _SHELL_LANGUAGES:
            continue
        whole = re.sub(r"\\\n\s*", " ", re.sub(f"^{indent}", "", body, flags=re.MULTILINE))
        for line in whole.splitlines():
            plain = line.removeprefix("$ ").strip()
            plain = re.sub(r"^(?:[A-Z_]+=\S+ +)+", "", plain)
            if plain.startswith("tipoff "):
                yield plain
    for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose(text)):
        plain = " ".join(code.split())
        if plain.startswith(("tipoff ", "--")):
            yield plain


def unknown(mention: str) -> str | None:
    """Return what of a mention is no command or option, or None."""
    mention = re.split(r" [|>&#;(]|…|\$\(", mention.replace("\\|", "|"))[0]
    try:
        words = shlex.split(mention)
    except ValueError:
        words = mention.split()
    if words[:1] != ["tipoff"]:
        return None if words[0].partition("=")[0] in every_option() | OTHERS else words[0]
    command = program()
    rest = words[1:]
    while rest and (children := getattr(command, "commands", None)):
        if rest[0].startswith("-"):
            break
        if rest[0] not in children and BY_DEFAULT in children:
            command = children[BY_DEFAULT]
        elif rest[0] not in children:
            return None if rest[0] in COMING else rest[0]
        else:
            command, rest = children[rest[0]], rest[1:]
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    known |= OTHERS
    asked = [word.partition("=")[0] for word in rest if re.match(r"--[a-z]", word)]
    return next((option for option in asked if option not in known), None)


@cache
def program() -> Any:
    return get_command(app)


@cache
def every_option() -> frozenset[str]:
    def options(command: Any) -> Iterator[str]:
        for param in command.params:
            yield from (*param.opts, *param.secondary_opts)
        for child in getattr(command, "commands", {}).values():
            yield from options(child)

    return frozenset(options(program()))


def test_documents_name_commands_and_options_that_are_there() -> None:
    found: dict[str, list[str]] = {}
    count = 0
    for page in PAGES:
        for mention in mentions(page.read_text("utf-8")):
            count += 1
            if wrong := unknown(mention):
                found.setdefault(str(page.relative_to(ROOT)), []).append(f"{wrong} in {mention!r}")
    assert count > 300
    assert not found


def test_what_is_no_command_or_option_is_found() -> None:
    assert unknown("tipoff trane --name x") == "trane"
    assert unknown("tipoff models promot x") == "promot"
    assert unknown("tipoff train --name x --no-such 3") == "--no-such"
    assert unknown("--no-such FILE") == "--no-such"
    assert unknown("tipoff train --name=x | head --lines 3") is None


def test_the_reference_tells_all(written: dict[str, str]) -> None:
    """Every command, stored table, public name and configuration field is in it."""
    import tipoff  # noqa: PLC0415
    from tipoff.models.spec import ModelSpec  # noqa: PLC0415
    from tipoff.processors.catalogue import PROCESSORS  # noqa: PLC0415
    from tipoff.workflows.daily_config import Daily  # noqa: PLC0415
    from tipoff.workflows.project_config import ProjectConfig  # noqa: PLC0415

    def leaves(command: Any, words: str) -> Iterator[str]:
        children = getattr(command, "commands", {})
        if not children:
            yield words
        for name, child in children.items():
            if not child.hidden:
                yield from leaves(child, f"{words} {name}")

    headings = set(re.findall(r"^## (tipoff .*)$", written["cli.md"], re.MULTILINE))
    assert len(headings) > 50
    assert set(leaves(program(), "tipoff")) <= headings
    for table in ("prop_quotes", "predictions", *(p.table.name for p in PROCESSORS)):
        assert f"### {table}\n" in written["tables.md"]
    for name in getattr(tipoff, "__all__", ()):
        assert f"## {name}\n" in written["python.md"]
    for model in (Daily, ProjectConfig):
        assert all(f"| `{name}` |" in written["config.md"] for name in model.model_fields)
    assert "bare_type" not in written["cli.md"]
    assert ModelSpec.__name__ in written["config.md"]


AVOIDED = {"accuracy", "hr", "util", "utils", "helper", "helpers", "v2"}


def avoided(names: Iterable[str]) -> list[str]:
    """Return names that hold a word which the glossary does without."""
    parts = {name: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_") for name in names}
    return [name for name, words in parts.items() if AVOIDED & set(words)]


def test_code_does_without_the_words_that_the_glossary_does_without() -> None:
    names: set[str] = set()
    for module in (ROOT / "src" / "tipoff").rglob("*.py"):
        names.add(module.stem)
        text = module.read_text("utf-8")
        names |= set(re.findall(r"^ *(?:def|class) (\w+)", text, re.MULTILINE))
    assert len(names) > 2000
    assert not avoided(names)
    assert avoided(["hit_rate", "accuracy_of", "HrTable", "utils"]) == [
        "accuracy_of",
        "HrTable",
        "utils",
    ]
