"""The list of commands: told without an import, and in the commands' own words."""

import inspect
import os
import subprocess
import sys
from typing import Any, cast

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from tipoff.cli import lazy
from tipoff.cli.app import app
from tipoff.cli.commands import COMMANDS
from tipoff.cli.lazy import Entry

RUN = CliRunner()

# What a help or a completion must not wait for.
HEAVY = (
    "polars", "deltalake", "dataframely", "catboost", "fastapi", "matplotlib", "scipy", "httpx",
    "jinja2",
)  # fmt: skip

PROBE = f"""
import sys
from tipoff.cli.app import main
sys.argv = ["tipoff", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
finally:
    own = [m for m in sys.modules if m.startswith("tipoff.")]
    sys.stderr.write(" ".join([*own, *(m for m in {HEAVY!r} if m in sys.modules)]))
"""


def _run(*arguments: str, **variables: str) -> tuple[str, set[str]]:
    """Run the command line in a process of its own; (stdout, what it imported)."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        env={**os.environ, **variables}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout, set(done.stderr.split())


def _of_commands(imported: set[str]) -> set[str]:
    return imported & {f"tipoff.cli.{entry.place.partition(':')[0]}" for entry in COMMANDS}


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_the_help_lists_every_command_and_imports_none(arguments: list[str]) -> None:
    shown = RUN.invoke(app, ["--help"], env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"}).stdout
    for entry in COMMANDS:
        line = next((s for s in shown.splitlines() if s.startswith(f"│ {entry.name} ")), None)
        assert (line is None) == entry.is_hidden, entry.name
        assert line is None or entry.help[:40] in line
    said, imported = _run("--help")
    assert "validate" in said
    assert not imported & set(HEAVY)
    assert not _of_commands(imported)


def test_a_command_imports_no_other() -> None:
    _, imported = _run("lake", "--help")
    assert _of_commands(imported) == {"tipoff.cli.lake"}
    assert not imported & set(HEAVY)


def test_completing_a_command_imports_none() -> None:
    said, imported = _run(COMP_WORDS="tipoff fre", COMP_CWORD="1", _TIPOFF_COMPLETE="complete_bash")
    assert said.split() == ["freshness"]
    assert not imported & set(HEAVY)
    assert not _of_commands(imported)


def _first_sentence(command: Any) -> str:
    return inspect.cleandoc(command.help).partition("\n\n")[0].replace("\n", " ")


def _group() -> TyperGroup:
    return cast(TyperGroup, get_command(app))


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda e: e.name)
def test_a_line_says_what_the_command_says_of_itself(entry: Entry) -> None:
    command = _group().commands[entry.name]
    assert command.name == entry.name
    assert entry.help == _first_sentence(command)
    assert entry.is_hidden == command.hidden


def test_a_line_of_other_words_is_found() -> None:
    wrong = COMMANDS[0]._replace(help="Something else.")
    assert _first_sentence(lazy.loaded(wrong)) != wrong.help


def test_every_name_is_there_once() -> None:
    names = [entry.name for entry in COMMANDS]
    assert len(set(names)) == len(names)
    assert list(_group().commands) == names


def test_a_mistyped_command_is_guessed_without_an_import() -> None:
    result = RUN.invoke(app, ["freshnes"])
    assert result.exit_code == 2
    assert "Did you mean 'freshness'" in result.stderr


def test_the_package_runs_as_a_module_and_says_its_version() -> None:
    from tipoff import __version__  # noqa: PLC0415

    done = subprocess.run(
        [sys.executable, "-m", "tipoff", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == __version__


def test_quiet_and_verbose_do_not_go_together() -> None:
    result = RUN.invoke(app, ["-q", "-v", "features", "list"])
    assert result.exit_code == 2
    assert "do not go together" in result.stderr


def test_verbose_tells_each_step_on_stderr_and_quiet_none(tmp_path: Any) -> None:
    told = {}
    for how in ("-q", "-v"):
        made = ["league", "generate", "--lake", str(tmp_path / how)]
        small = [f"--knob={knob}" for knob in ("seasons=1", "teams=4", "games_per_team=4")]
        result = RUN.invoke(app, [how, *made, *small, "--json"])
        assert result.exit_code == 0, result.output
        assert len(result.stdout.splitlines()) == 1
        told[how] = result.stderr.splitlines()
    assert told["-q"] == []
    assert told["-v"]
    assert all(line[8:14] == " UTC  " for line in told["-v"])
