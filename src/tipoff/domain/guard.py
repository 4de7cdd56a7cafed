"""Guards: functions in which a fault can be planted, each with what it guards against beside it.

A guard is called like any function. Where a plant is switched on (``planted``) and the guard has a
fault of that name, the fault runs instead, so that what the fault does can be seen, and that it is
caught can be proved, on the real code path.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_planted: ContextVar[str] = ContextVar("planted", default="")
# The guards that have a fault, by the plant's name, as far as their modules are imported.
GUARDS: dict[str, list["Guard[..., Any]"]] = {}


class Guard(Generic[P, R]):
    """A function, and the faults that may run in its place.

    Attributes:
        honest: the function as it should be.
        faults: what runs instead, by the plant's name.
    """

    def __init__(self, honest: Callable[P, R]) -> None:
        self.honest = honest
        self.faults: dict[str, Callable[P, R]] = {}
        update_wrapper(self, honest)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the fault that is planted, else the honest function."""
        name = _planted.get()
        chosen = self.faults.get(name, self.honest) if name else self.honest
        return chosen(*args, **kwargs)

    def fault(self, name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Register what runs instead while the plant of that name is switched on."""

        def register(faulty: Callable[P, R]) -> Callable[P, R]:
            self.faults[name] = faulty
            GUARDS.setdefault(name, []).append(self)
            return faulty

        return register


def guard(honest: Callable[P, R]) -> Guard[P, R]:
    """Make a function one that faults can be planted in."""
    return Guard(honest)


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """Switch a plant on within a block, or all of them off (None)."""
    token = _planted.set(name or "")
    try:
        yield
    finally:
        _planted.reset(token)
