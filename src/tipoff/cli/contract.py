"""The contract of every command: ``--lake``, ``--json``, one document on stdout, exit codes.

Exit codes: 0 done, 1 failed, 2 bad input or usage, 3 done with a negative verdict. With
``--json`` exactly one JSON document goes to stdout, also when the command fails; progress and
messages go to stderr.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from tipoff.errors import InputError, TipoffError

LakeOption = Annotated[
    str,
    typer.Option("--lake", envvar="TIPOFF_LAKE", help="Folder or URL of the lake.", metavar="PATH"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
LeadOption = Annotated[int, typer.Option(min=0, help="Decide so many minutes before tip-off.")]


class Verbosity(StrEnum):
    """How much of what a command does is told on stderr."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


_verbosity: ContextVar[Verbosity] = ContextVar("verbosity", default=Verbosity.NORMAL)


def speak(verbosity: Verbosity) -> None:
    """Set how much the commands of this run tell of their progress."""
    _verbosity.set(verbosity)


Report = Mapping[str, Any]
Step = Callable[[str, int, int], None]
"""Progress callback: (what is being done, units done, units in all)."""


def run(
    work: Callable[[], Report],
    show: Callable[[Report, Console], None],
    *,
    as_json: bool,
    negative: Callable[[Report], str | None] = lambda _: None,
) -> None:
    """Run a command's work, print its report and leave with the right exit code.

    Args:
        work: does the job and returns the report (JSON-serialisable but for dates).
        show: prints the report for people, on stdout.
        as_json: print the report as one JSON document instead.
        negative: returns the sentence of a negative verdict, or None; it makes the exit code 3.
    """
    try:
        report = work()
    except TipoffError as error:
        fail(error, as_json=as_json)
    if as_json:
        sys.stdout.write(json.dumps(report, default=_plain, allow_nan=False) + "\n")
    else:
        show(report, Console())
    verdict = negative(report)
    if verdict is not None:
        Console(stderr=True, soft_wrap=True, highlight=False).print(verdict, markup=False)
        raise typer.Exit(3)


def fail(error: TipoffError, *, as_json: bool) -> NoReturn:
    """Tell of an error and leave with its exit code."""
    if as_json:
        sys.stdout.write(json.dumps({"error": str(error), "exit_code": error.exit_code}) + "\n")
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"tipoff: {error}", markup=False)
    raise typer.Exit(error.exit_code) from None


def _plain(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "__fspath__"):
        return str(value)
    raise TypeError(f"{type(value).__name__} can not be written as JSON")


def instant(text: str, option: str) -> datetime:
    """Parse an instant with its zone to UTC, or raise an InputError that names the option."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InputError(
            f"Expected an instant with its zone such as 2024-10-22T12:00-04:00 for {option}, got "
            f"{text!r}."
        )
    return moment.astimezone(UTC)


def _silent(what: str, done: int, total: int) -> None:
    """Draw nothing."""


class _Told:
    """Writes a line on stderr whenever another step begins, and when one is through."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        if what == self._last and done < total:
            return
        self._last = what
        count = f"  {done:,} of {total:,}" if total else ""
        sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} UTC  {what}{count}\n")


@contextmanager
def progress() -> Iterator[Step]:
    """Give a callback that tells of steps on stderr, as much as ``speak`` said.

    Usually it draws a bar where stderr is a terminal, and nothing elsewhere.
    """
    if _verbosity.get() is Verbosity.VERBOSE:
        yield _Told()
        return
    console = Console(stderr=True)
    if _verbosity.get() is Verbosity.QUIET or not console.is_terminal:
        yield _silent
        return
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task("starting", total=None)

        def step(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield step
