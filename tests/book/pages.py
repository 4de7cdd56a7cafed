"""Pages of the book, read and run.

A page whose front matter says ``runs: true`` is run from top to bottom in an empty folder:

* ``console``: lines after ``$`` are commands, the lines below them are what they print. ``…``
  stands for anything within a line, and alone for any lines. A command that ends with another
  exit code than 0 is followed by ``$ echo $?``. After ``<!-- about -->`` numbers may be off by a
  little, for what a learner says may differ between machines.
  ``RUN`` is the id of the last run that was printed.
* ``python``: run; a ``text`` block right after it is what it prints.
* a block with a caption is a file, and is written; a ``diff`` changes the file of its caption.

With ``package: copy`` the folder holds a copy of ``src`` and ``tests``, which everything runs on.
"""

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typer.testing import CliRunner

from tipoff.cli.app import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
COLUMNS = "100"
ANYTHING = "…"
_NUMBER = r"[-+−]?\d[\d,]*(?:\.\d+)?"
FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)\s*$", re.MULTILINE | re.DOTALL
)
# What the shell is needed for, and options that start processes, which must not begin as this one.
_SHELL = re.compile(r"[|<>;&$*]|--workers|--executor")
_LARGEST = 0.15
_FEW = 3.0


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the name of its file, its text, where it stands."""

    language: str
    caption: str
    text: str
    line: int
    is_about: bool
    follows: bool


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    end = 0
    for found in FENCE.finditer(text):
        info, body = found["info"].strip(), found["body"]
        directive = re.fullmatch(r"\{code-block\}\s*(\w+)", info)
        caption = ""
        if directive:
            info = directive[1]
            options = re.match(r"((?::\w+:.*\n)+)\n?", body)
            if options:
                body = body[options.end() :]
                said = re.search(r":caption:\s*(.+)", options[1])
                caption = said[1].strip().strip("`") if said else ""
        between = text[end : found.start()].strip()
        line = text.count("\n", 0, found.start()) + 1
        about = between.endswith("<!-- about -->")
        yield Block(info, caption, body, line, about, follows=end > 0 and not between)
        end = found.end()


def front(text: str) -> dict[str, str]:
    """Return what a page's front matter says."""
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    lines = found[1].splitlines() if found else []
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def matches(expected: str, got: str, *, about: bool = False) -> str | None:
    """Return what does not fit between the text that a page shows and what was printed, or None."""
    pattern, numbers = "", []
    for line in expected.strip().splitlines():
        words = " ".join(line.split())
        if words == ANYTHING:
            pattern += r"(?:.*\n)*?"
            continue
        for part in re.split(rf"({_NUMBER})" if about else r"(?!)", words):
            if about and re.fullmatch(_NUMBER, part):
                numbers.append(_value(part))
                pattern += f"({_NUMBER})"
            else:
                pattern += re.escape(part).replace(re.escape(ANYTHING), ".*?")
        pattern += r"\n"
    said = "\n".join(" ".join(line.split()) for line in got.splitlines() if line.strip()) + "\n"
    found = re.fullmatch(pattern, said)
    if not found:
        return f"the page shows\n{expected}\nbut this was printed\n{got}"
    for wanted, text in zip(numbers, found.groups(), strict=True):
        if abs(_value(text) - wanted) > max(_FEW, _LARGEST * abs(wanted)):
            return f"the page says {wanted:g}, {text} was printed:\n{got}"
    return None


def _value(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


@dataclass
class Reader:
    """Does what a page says, in a folder of its own."""

    folder: Path
    is_copy: bool = False
    env: dict[str, str] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    code: int = 0
    run: str = ""

    def __post_init__(self) -> None:
        """Set the folder up: a copy of the package where it is asked for, and a ``tipoff``."""
        sources = self.folder if self.is_copy else ROOT
        if self.is_copy:
            for name in ("src", "tests", "configs"):
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, self.folder / name, ignore=ignored)
            for name in ("pyproject.toml", "docs/features.md"):
                (self.folder / name).parent.mkdir(exist_ok=True)
                shutil.copy(ROOT / name, self.folder / name)
        bin_ = self.folder / ".bin"
        bin_.mkdir()
        for name, words in (("tipoff", '-m tipoff "$@"'), ("python", '"$@"')):
            (bin_ / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}\n')
            (bin_ / name).chmod(0o755)
        self.env = {
            "COLUMNS": COLUMNS,
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{sources / 'src'}{os.pathsep}{sources}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def read(self, page: Path) -> None:
        """Run a page; an AssertionError says where it does not do what it says."""
        printed = ""
        for block in blocks(page.read_text("utf-8")):
            where = f"{page.name}:{block.line}"
            try:
                if block.caption:
                    self.file(block)
                elif block.language == "console":
                    self._console(block)
                elif block.language == "python":
                    printed = self.python(block.text)
                elif block.language == "text" and block.follows:
                    wrong = matches(block.text, printed, about=block.is_about)
                    assert not wrong, wrong
            except AssertionError as error:
                meant = f"if that is meant, run 'python -m tests.book {page}'"
                raise AssertionError(f"{where}: {error}\n{meant}") from None

    def file(self, block: Block) -> None:
        """Write or change the file of a block."""
        path = self.folder / block.caption
        path.parent.mkdir(parents=True, exist_ok=True)
        text = block.text
        if block.language == "diff":
            text = patched(path.read_text("utf-8"), block.text)
        path.write_text(text, "utf-8")

    def _console(self, block: Block) -> None:
        said = ""
        for command, shown in commands(block.text):
            if command == "echo $?":
                assert shown.strip() == str(self.code), f"exit code {self.code}, not {shown}{said}"
                self.code = 0
                continue
            assert self.code == 0, f"exit code {self.code} is not told: {said}"
            said = self.run_command(command)
            wrong = matches(shown, said, about=block.is_about) if shown.strip() else None
            assert not wrong, f"{command}\n{wrong}"
        assert self.code == 0, f"exit code {self.code} is not told: {said}"

    def run_command(self, command: str) -> str:
        """Run a command; return what it prints, and keep its exit code."""
        said = self._ran(command.replace("RUN/", f"{self.run}/"))
        found = re.findall(r"tipoff why (\w{16})/", said)
        self.run = found[-1] if found else self.run
        return said

    def _ran(self, command: str) -> str:
        words = shlex.split(command)
        if words[0] == "export":
            self.env |= dict([words[1].split("=", 1)])
            return ""
        if words[0] == "tipoff" and not self.is_copy and not _SHELL.search(command):
            return self._in_process(words[1:])
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.folder,
            env=os.environ | self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.code = done.returncode
        return done.stdout

    def _in_process(self, words: list[str]) -> str:
        with patch.dict(os.environ, self.env), contextlib.chdir(self.folder):
            result = CliRunner().invoke(app, words, prog_name="tipoff")
        self.code = result.exit_code
        if result.exception and not isinstance(result.exception, SystemExit):
            raise AssertionError(f"{words}: {result.exception!r}")
        return result.output

    def python(self, text: str) -> str:
        """Run Python; return what it prints."""
        if self.is_copy:
            script = self.folder / ".block.py"
            script.write_text(text, "utf-8")
            said = self.run_command(f"python {script.name}")
            assert self.code == 0, said
            return said
        printed = io.StringIO()
        with (
            patch.dict(os.environ, self.env),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(printed),
        ):
            exec(compile(text, "<page>", "exec"), self.names)
        return printed.getvalue()


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a console block, each with the lines below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        while command.endswith("\\"):
            more, _, shown = shown.partition("\n")
            command = f"{command[:-1].rstrip()} {more.strip().removeprefix('> ')}"
        yield command.strip(), shown


def patched(text: str, change: str) -> str:
    """Apply a diff whose every hunk stands once in the text, wherever it stands."""
    for hunk in re.split(r"^@@.*\n", change, flags=re.MULTILINE):
        lines = [line for line in hunk.splitlines() if not line.startswith(("---", "+++"))]
        if not lines:
            continue
        old = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
        new = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
        text = text.replace(old, new)
    return text
