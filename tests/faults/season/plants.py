"""Faults to plant into the command that downloads, and the process that it then runs in.

Each must be caught by the comparison of downloads.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tipoff.cli.app import app
from tipoff.sources import http
from tipoff.sources.budget import Budget
from tipoff.tables.answers import Verdict
from tipoff.workflows import answers, fetch_runner


def _keep_what_is_spoilt() -> None:
    """Whatever comes with status 200 is good; only lists, from which plans go on, are looked at."""
    judged = vars(http)["judged"]

    def credulous(provider: Any, endpoint: Any, answer: Any, now: Any) -> Any:
        if answer.status == 200 and endpoint.name != "historical_events":
            return Verdict.GOOD, None
        return judged(provider, endpoint, answer, now)

    vars(http)["judged"] = credulous


def _pay_twice() -> None:
    """What a run before has kept is asked for again."""
    vars(fetch_runner)["newest_held"] = lambda *_: {}
    vars(answers)["newest_held"] = lambda *_: {}


def _forget_what_was_lost() -> None:
    """What a killed run has paid and not written down is nobody's."""
    found_out = vars(Budget)["_found_out"]

    def forgetful(self: Any, spent: int, used: int) -> Any:
        self._at_risk = 0
        return found_out(self, spent, used)

    setattr(Budget, "_found_out", forgetful)  # noqa: B010


PLANTS: dict[str, Callable[[], None]] = {
    "keep what is spoilt": _keep_what_is_spoilt,
    "pay twice": _pay_twice,
    "forget what was lost": _forget_what_was_lost,
}


def run(words: Sequence[str], environment: Mapping[str, str], plant: str, printed: Path) -> None:
    """Run ``tipoff`` in this process, with a planted fault or without, and exit as it does.

    Args:
        words: after ``tipoff``.
        environment: that it sees besides this process's.
        plant: a fault, or empty.
        printed: folder of what goes to ``stdout`` and ``stderr``.
    """
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(printed / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.update(environment)
    if plant:
        PLANTS[plant]()
    app(list(words))
