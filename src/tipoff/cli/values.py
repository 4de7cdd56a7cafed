"""What the options of all commands share: the keys of ``tipoff.toml``, and completed values.

An option is governed by a key that has its name and its built-in value: its environment variable
is the key's, and its default the project's. Values are completed by the option's name.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from typer._click.shell_completion import CompletionItem
from typer.core import TyperCommand, TyperGroup

from tipoff.cli import names

KEYS = {
    "lake": "lake",
    "market": "points",
    "feature_set": "v12",
    "line_source": "draftkings",
    "threads": 2,
    "workers": 1,
}
CONFIGS = {
    ("daily",): "daily_config",
    ("replay",): "daily_config",
    ("services", "run"): "services_config",
    ("multiseason",): "multiseason_config",
    ("compare",): "comparison_config",
}


def commands_of(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give a command and all below it, each with its path."""
    yield path, command
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from commands_of(inner, (*path, name))


def key_of(path: tuple[str, ...], option: Any) -> str | None:
    """Return the key of ``tipoff.toml`` that governs an option of a command, or None."""
    if option.name == "config":
        return CONFIGS.get(path)
    is_own = option.name in KEYS and option.default == KEYS[option.name]
    return str(option.name) if is_own else None


def prepare(command: TyperCommand | TyperGroup, name: str) -> None:
    """Give a command's options the variables of their keys, and completions."""
    for path, one in commands_of(command, (name,)):
        for option in one.params:
            key = key_of(path, option)
            if key:
                option.envvar, option.show_envvar = f"TIPOFF_{key.upper()}", True
            values = names.values_of(path, option.name)
            if values:
                # Typer takes a completion where a parameter is declared only.
                setattr(option, "shell_complete", partial(_complete, values))  # noqa: B010


def stated() -> dict[str, Any]:
    """Return what the project's file states; nothing where there is none.

    Raises:
        InputError: the file is wrong.
    """
    if "TIPOFF_CONFIG" not in os.environ and not _is_near():
        return {}
    from tipoff.workflows.project_config import config_file, read_project

    path = config_file()
    return read_project(path) if path else {}


def _is_near() -> bool:
    """Whether a file may be there: most have none, and then nothing is imported to read it."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return False
    return any((folder / "tipoff.toml").is_file() for folder in (here, *here.parents))


def defaults(command: Any, name: str, stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return a command's defaults as ``tipoff.toml`` states them, nested by sub-command."""
    found: dict[str, Any] = {}
    for path, one in commands_of(command, (name,)):
        own = found
        for step in path[1:]:
            own = own.setdefault(step, {})
        keys = {option.name: key_of(path, option) for option in one.params}
        own |= {option: stated[key] for option, key in keys.items() if key and key in stated}
    return found


def _complete(
    values: Callable[[Any], Iterable[str]], ctx: Any, incomplete: str
) -> list[CompletionItem]:
    """Complete a name, or the last of several with commas."""
    before, comma, last = incomplete.rpartition(",")
    try:
        found = sorted(set(values(ctx)), key=str)
    except Exception:  # noqa: BLE001 -- a completion that fails completes nothing
        return []
    return [CompletionItem(before + comma + name) for name in found if name.startswith(last)]
