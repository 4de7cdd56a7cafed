"""The ``tipoff`` command and its global options; its commands are listed in ``commands``."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import typer

from tipoff.cli.commands import COMMANDS
from tipoff.cli.contract import Verbosity, speak
from tipoff.cli.lazy import Entry, LazyGroup


class _Tipoff(LazyGroup):
    entries: ClassVar[Sequence[Entry]] = COMMANDS


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
    speak(Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else Verbosity.NORMAL)


def main() -> None:
    """Run the command line."""
    app()
