"""How a check is declared, run and summed up.

A check is a function over a scene; its docstring says what it looks at. It fails closed: what could
not be looked at is an error, and an error is as bad as the worst finding.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from tipoff.domain.clock import EASTERN
from tipoff.errors import TipoffError, not_among
from tipoff.monitoring.scene import Need, Scene
from tipoff.tables.watch import ERROR, FAIL, PASS, WARN

P1, P2, P3 = "P1", "P2", "P3"
HEALTHY, WARNING, CRITICAL = "HEALTHY", "WARNING", "CRITICAL"


@dataclass(frozen=True)
class Schedule:
    """A time of the day (US Eastern) at which some checks run."""

    name: str
    clock: time


POST_OVERNIGHT = Schedule("post_overnight", time(6))
PRE_GAME_PREP = Schedule("pre_game_prep", time(8))
MIDDAY = Schedule("midday", time(12))
PRE_GAME_FINAL = Schedule("pre_game_final", time(18))
POST_GAME = Schedule("post_game", time(23))
OVERNIGHT = Schedule("overnight", time(2))
SCHEDULES: dict[str, Schedule] = {
    s.name: s for s in (OVERNIGHT, POST_OVERNIGHT, PRE_GAME_PREP, MIDDAY, PRE_GAME_FINAL, POST_GAME)
}


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        state: PASS, WARN or FAIL.
        observed: the numbers that it was judged by.
        sentence: what was found, for people.
    """

    state: str
    observed: Mapping[str, Any]
    sentence: str


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: the function's name.
        severity: P1 (the day's picks are in doubt), P2 or P3.
        schedules: when it runs.
        needs: the frames that it looks at.
        required: what must hold for PASS.
        look: the function.
    """

    name: str
    severity: str
    schedules: tuple[Schedule, ...]
    needs: tuple[Need, ...]
    required: str
    look: Callable[[Scene], Finding]

    @property
    def doc(self) -> str:
        """What it looks at, in one line."""
        return (self.look.__doc__ or "").strip().splitlines()[0]


CHECKS: dict[str, Check] = {}


def check(
    severity: str, schedules: tuple[Schedule, ...], needs: tuple[Need, ...], required: str
) -> Callable[[Callable[[Scene], Finding]], Check]:
    """Declare a check; it is then among ``CHECKS`` under its function's name."""

    def register(look: Callable[[Scene], Finding]) -> Check:
        made = Check(look.__name__, severity, schedules, needs, required, look)
        CHECKS[made.name] = made
        return made

    return register


@dataclass(frozen=True)
class Result:
    """What became of one check."""

    check: Check
    finding: Finding


def run(checks: Iterable[Check], scene: Scene) -> list[Result]:
    """Run checks; one that can not look is an ERROR, and the others go on.

    Only errors that are raised on purpose, and those of the frames' engine, count as such;
    anything else is a fault of the program and fails the run.
    """
    results = []
    for one in checks:
        try:
            finding = one.look(scene.only(one.needs))
        except (TipoffError, pl.exceptions.PolarsError) as error:
            kind = type(error).__name__
            said = f"The check could not look: {kind}: {error}"
            finding = Finding(ERROR, {"error": kind}, said)
        results.append(Result(one, finding))
    return results


def overall(results: Iterable[Result]) -> str:
    """Sum up: an ERROR or a failed P1 is CRITICAL, anything else than PASS is a WARNING.

    No results at all are CRITICAL: nothing was looked at.
    """
    found = list(results)
    states = {r.finding.state for r in found}
    is_critical = any(r.check.severity == P1 and r.finding.state == FAIL for r in found)
    if not found or ERROR in states or is_critical:
        return CRITICAL
    return HEALTHY if states == {PASS} else WARNING


def of_schedule(schedule: Schedule) -> list[Check]:
    """Return the checks of a schedule, the most severe first."""
    own = [c for c in CHECKS.values() if schedule in c.schedules]
    return sorted(own, key=lambda c: (c.severity, c.name))


def schedule_named(name: str, now: datetime) -> tuple[Schedule, date]:
    """Return a schedule and the game date that it is about at an instant.

    ``auto`` is the last one that was due. After midnight the one of the evening is still about the
    date before.

    Raises:
        InputError: there is no such schedule.
    """
    local = now.astimezone(EASTERN)
    due = [s for s in SCHEDULES.values() if s.clock <= local.time()]
    if name == "auto":
        chosen = due[-1] if due else POST_GAME
    elif name in SCHEDULES:
        chosen = SCHEDULES[name]
    else:
        raise not_among("a schedule", ["auto", *SCHEDULES], name)
    before = chosen is POST_GAME and local.time() < OVERNIGHT.clock
    return chosen, local.date() - timedelta(days=int(before))


def graded(bad: float, warn: float, fail: float) -> str:
    """Return PASS below ``warn``, WARN from there, FAIL from ``fail`` on."""
    return FAIL if bad >= fail else WARN if bad >= warn else PASS


def passed(sentence: str, **observed: Any) -> Finding:
    """Nothing is wrong."""
    return Finding(PASS, observed, sentence)


def failed(sentence: str, **observed: Any) -> Finding:
    """Something is wrong."""
    return Finding(FAIL, observed, sentence)
