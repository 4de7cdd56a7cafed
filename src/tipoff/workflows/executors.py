"""Where units of work run: in this process, in several, or on a cluster.

An executor takes calls that do not depend on each other and gives their results as they are
asked for. It knows nothing of processors; a unit commits what it built to the lake by itself, so
an executor that loses a worker only has to run the call again.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from tipoff.errors import InputError, TipoffError, not_among

Result = TypeVar("Result")
Job = tuple[object, ...]

LOCAL = "local"
DASK = "dask"
EXECUTORS = (LOCAL, DASK, f"{DASK}:ADDRESS")
# A call is given up after so many workers died while they ran it.
DEATHS = 3


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
    """Runs calls in processes of this machine; those of a process that dies are run again."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool = self._opened()

    def _opened(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._workers, mp_context=get_context("spawn"))

    def map(self, call: Callable[..., Result], jobs: Sequence[Job]) -> Iterator[Result]:
        left = list(jobs)
        for _ in range(DEATHS):
            futures = [self._pool.submit(call, *job) for job in left]
            try:
                for future in futures:
                    result = future.result()
                    left.pop(0)
                    yield result
                return
            except BrokenProcessPool:
                self.close()
                self._pool = self._opened()
        raise TipoffError(
            f"Expected worker processes to live, but {DEATHS} died, the last with {len(left)} "
            "units left; is there memory enough? Run the same command again, with fewer --workers."
        )

    def close(self) -> None:
        """Let the processes end."""
        self._pool.shutdown(cancel_futures=True)


class _Dask:
    """Runs calls on a Dask cluster; those of a worker that dies are run on another one."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def map(self, call: Callable[..., Result], jobs: Sequence[Job]) -> Iterator[Result]:
        futures = [self._client.submit(call, *job, pure=False) for job in jobs]
        for future in futures:
            yield self._client.gather(future)
            future.release()


@contextmanager
def open_executor(name: str, workers: int) -> Iterator[Executor]:
    """Open an executor by name for as long as it is used.

    Args:
        name: ``local``; ``dask`` for a cluster of this machine's own; ``dask:ADDRESS`` for a
            running one, such as ``dask:tcp://scheduler:8786``.
        workers: how many calls may run at a time; a running cluster has its own number.

    Raises:
        InputError: there is no such executor, or it is not installed.
        TipoffError: the cluster can not be reached.
    """
    kind, _, address = name.partition(":")
    if kind == DASK:
        with _dask(address, workers) as executor:
            yield executor
        return
    if name != LOCAL:
        raise not_among("an executor", EXECUTORS, name)
    if workers <= 1:
        yield _Here()
        return
    processes = _Processes(workers)
    try:
        yield processes
    finally:
        processes.close()


@contextmanager
def _dask(address: str, workers: int) -> Iterator[_Dask]:
    try:
        import dask  # noqa: PLC0415 -- an optional extra, imported where it is asked for
        import distributed  # noqa: PLC0415
    except ModuleNotFoundError:
        raise InputError(
            "Expected the executor's libraries to be installed; add them with "
            "pip install 'tipoff[dask]'."
        ) from None
    with dask.config.set({"distributed.scheduler.allowed-failures": DEATHS}):
        if address:
            with _connected(distributed, address) as client:
                yield _Dask(client)
            return
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
        with cluster, distributed.Client(cluster) as client:
            yield _Dask(client)


def _connected(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise TipoffError(
            f"Expected a Dask scheduler at {address}, but {error}. Start one with "
            "'dask scheduler', or leave the address out."
        ) from None
