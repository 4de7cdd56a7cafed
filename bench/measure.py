"""Time two ways of doing the same job in one run, and say how many times faster ours is."""

import time
from collections.abc import Callable
from dataclasses import dataclass

REPEATS = 3


@dataclass(frozen=True)
class Result:
    """One benchmark: seconds of ours and of the stated baseline, best of several runs each.

    Attributes:
        name: the job.
        ours: seconds.
        baseline: the other way.
        theirs: its seconds.
        rows: how many rows came out; None where that says nothing.
        is_limit: the baseline is bare reading or fitting: nothing that does the job is faster.
        repeats: runs of each that the best was taken of.
    """

    name: str
    ours: float
    baseline: str
    theirs: float
    rows: int | None = None
    is_limit: bool = False
    repeats: int = 1

    @property
    def ratio(self) -> float:
        """How many times as long the baseline takes."""
        return self.theirs / self.ours


def compared(
    name: str,
    ours: Callable[[], object],
    baseline: str,
    theirs: Callable[[], object],
    *,
    repeats: int = REPEATS,
    rows: int | None = None,
    is_limit: bool = False,
) -> Result:
    """Time both by turns, so that a busy moment of the machine hits both."""
    best_ours = best_theirs = float("inf")
    for _ in range(repeats):
        best_ours = min(best_ours, _seconds(ours))
        best_theirs = min(best_theirs, _seconds(theirs))
    return Result(name, best_ours, baseline, best_theirs, rows, is_limit, repeats)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
