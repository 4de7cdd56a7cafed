"""The ``tipoff`` command and its global options; its commands are listed in ``commands``."""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import typer

from tipoff.cli.commands import COMMANDS
from tipoff.cli.contract import Verbosity, fail, speak
from tipoff.cli.lazy import Entry, LazyGroup
from tipoff.cli.values import defaults, stated
from tipoff.errors import InputError

# These tell what is wrong with the project's file, or make it: they work where it is wrong.
_WITHOUT_FILE = ("config", "doctor", "init")
_STATED = "tipoff.stated"


class _Tipoff(LazyGroup):
    """The commands, with the defaults that the project's file states."""

    entries: ClassVar[Sequence[Entry]] = COMMANDS

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and name is not None and name not in _WITHOUT_FILE:
            try:
                ctx.meta[_STATED] = stated()
            except InputError as error:
                if not ctx.resilient_parsing:
                    fail(error, as_json="--json" in rest)
            ctx.default_map = {name: defaults(command, name, ctx.meta.get(_STATED, {}))}
        return name, command, rest


app = typer.Typer(
    name="tipoff",
    cls=_Tipoff,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(asked: bool) -> None:
    if asked:
        from tipoff import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def tipoff(
    context: typer.Context,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Draw no progress; errors and verdicts stay.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell every step on stderr, with its time.")
    ] = False,
    _: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """An honest laboratory and daily pipeline for NBA player props."""
    if quiet and verbose:
        raise typer.BadParameter("--quiet and --verbose do not go together")
    if quiet or verbose:
        speak(Verbosity.QUIET if quiet else Verbosity.VERBOSE)
    else:
        speak(_usual(context.meta.get(_STATED, {})))


def _usual(stated_keys: Mapping[str, Any]) -> Verbosity:
    """How much is told where no option says so: as the environment, else the file, says."""
    text = os.environ.get("TIPOFF_VERBOSITY") or stated_keys.get("verbosity") or Verbosity.NORMAL
    if text not in list(Verbosity):
        raise typer.BadParameter(f"TIPOFF_VERBOSITY is none of {', '.join(Verbosity)}: {text!r}")
    return Verbosity(text)


def main() -> None:
    """Run the command line."""
    app()
