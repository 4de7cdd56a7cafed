"""Where units of work run: in this process, in several, or on a distributed engine.

An executor takes calls that do not depend on each other and gives their results as they are
asked for. It knows nothing of processors; a unit commits what it built to the lake by itself, so
an executor that loses a worker only has to run the call again.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Protocol, TypeVar

from tipoff.errors import InputError

Result = TypeVar("Result")
Job = tuple[object, ...]


class Executor(Protocol):
    """Runs calls of one function with several arguments."""

    def map(self, call: Callable[..., Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """Give the results of ``call(*job)`` in the order of the jobs."""


class _Here:
    """Runs every call in this process, one after the other."""

    def map(self, call: Callable[..., Result], jobs: Sequence[Job]) -> Iterator[Result]:
        for job in jobs:
            yield call(*job)


class _Processes:
    """Runs calls in processes of this machine."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def map(self, call: Callable[..., Result], jobs: Sequence[Job]) -> Iterator[Result]:
        futures = [self._pool.submit(call, *job) for job in jobs]
        for future in futures:
            yield future.result()


EXECUTORS = ("local",)


@contextmanager
def open_executor(name: str, workers: int) -> Iterator[Executor]:
    """Open an executor by name for as long as it is used.

    Args:
        name: ``local``.
        workers: how many calls may run at a time.

    Raises:
        InputError: there is no such executor.
    """
    if name not in EXECUTORS:
        raise InputError(f"Expected an executor out of {', '.join(EXECUTORS)}; got {name!r}.")
    if workers <= 1:
        yield _Here()
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield _Processes(pool)
