"""Commands that are imported when they are asked for, so that ``tipoff --help`` is quick."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from copy import copy
from importlib import import_module
from typing import Any, ClassVar, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from tipoff.cli.values import prepare


class Entry(NamedTuple):
    """A command as ``tipoff --help`` lists it.

    Attributes:
        name: what the user types.
        place: module in ``tipoff.cli`` and name in it, such as ``lake:lake_app``: a function, or
            a ``typer.Typer`` with commands of its own.
        help: first sentence of its help, said here so that no module is imported to list it.
        panel: heading that it is listed under.
        is_hidden: works, but is not listed.
    """

    name: str
    place: str
    help: str
    panel: str
    is_hidden: bool = False


def loaded(entry: Entry) -> TyperCommand | TyperGroup:
    """Import a command's module and return the command."""
    module, _, name = entry.place.partition(":")
    found = getattr(import_module(f"tipoff.cli.{module}"), name)
    outer = typer.Typer(add_completion=False, rich_markup_mode="rich")
    outer.callback()(lambda: None)
    if isinstance(found, typer.Typer):
        outer.add_typer(found, name=entry.name)
    else:
        outer.command(entry.name, hidden=entry.is_hidden)(found)
    group = cast(TyperGroup, get_command(outer))
    command = cast(TyperCommand | TyperGroup, group.commands[entry.name])
    prepare(command, entry.name)
    return command


class _Commands(MutableMapping[str, Any]):
    """Commands by name, each imported once, when it is looked at."""

    def __init__(self, entries: Sequence[Entry], eager: Mapping[str, Any]) -> None:
        self._entries = {entry.name: entry for entry in entries}
        self._loaded = dict(eager)

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = loaded(self._entries[name])
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries or name in self._loaded

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._entries, *self._loaded]))

    def __len__(self) -> int:
        return len({*self._entries, *self._loaded})

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        self._entries.pop(name, None)
        self._loaded.pop(name, None)


class LazyGroup(TyperGroup):
    """A group that lists its commands from a table and imports the one that is called.

    ``commands`` looks like any group's: whoever walks it gets the commands themselves.
    """

    entries: ClassVar[Sequence[Entry]] = ()

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands(self.entries, self.commands)

    def list_commands(self, _: Any) -> list[str]:
        """Return the names in the order of the table."""
        return list(self.commands)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help without importing a command."""
        TyperGroup.format_help(self._as_listed(), ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete the names of commands and global options without importing a command."""
        ctx.command = self._as_listed()
        try:
            return TyperGroup.shell_complete(ctx.command, ctx, incomplete)
        finally:
            ctx.command = self

    def _as_listed(self) -> TyperGroup:
        """The same group, whose commands have no more than a name and a help."""
        listed = copy(self)
        entries = {
            entry.name: TyperCommand(
                name=entry.name,
                help=entry.help,
                short_help=entry.help,
                hidden=entry.is_hidden,
                rich_help_panel=entry.panel,
            )
            for entry in self.entries
        }
        listed.commands = {
            name: entries[name] if name in entries else self.commands[name]
            for name in self.commands
        }
        return listed
