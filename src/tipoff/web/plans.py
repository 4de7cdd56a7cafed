"""When jobs run: US Eastern times of the day, or every so often; each moment comes exactly once.

A time that a day does not have (the clock goes forward) is the moment at which it would have been;
of a time that a day has twice (the clock goes back) the first one counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from tipoff.domain.clock import EASTERN, eastern_date, eastern_moment
from tipoff.errors import InputError
from tipoff.monitoring.declare import SCHEDULES
from tipoff.web.work import WORKS, Asked, Work

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Plan:
    """A planned job.

    Attributes:
        name: of the plan.
        work: what is done.
        at: US Eastern times of the day; or
        every: so often, counted from midnight UTC.
        asked: what the job is asked for.
        grace: a moment that was missed by more is not made up for.
        game_days: on dates with games only.
    """

    name: str
    work: Work
    at: tuple[time, ...] = ()
    every: timedelta | None = None
    asked: Asked = field(default_factory=Asked)
    grace: timedelta = timedelta(hours=1)
    game_days: bool = False

    def words(self) -> str:
        """When it runs, for people."""
        if self.every is not None:
            often = f"every {int(self.every.total_seconds() // 60)} minutes"
        else:
            often = f"at {', '.join(f'{clock:%H:%M}' for clock in self.at)} US Eastern"
        return f"{often}, on game days" if self.game_days else often


def _minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


PLANS: Sequence[Plan] = (
    Plan("daily", WORKS["daily"], (time(9),), grace=timedelta(hours=6)),
    Plan("predict-due", WORKS["predict"], every=_minutes(5), asked=Asked(due=True),
         grace=_minutes(5), game_days=True),
    Plan("publish", WORKS["publish"], every=_minutes(15), grace=_minutes(15)),
    Plan("grade", WORKS["grade"], (time(1, 30), time(4, 30)), asked=Asked("YESTERDAY"),
         grace=timedelta(hours=3)),
    Plan("freshness", WORKS["freshness"], (time(10, 30), time(17, 30))),
    Plan("reconcile", WORKS["reconcile"], (time(7),), asked=Asked("YESTERDAY"),
         grace=timedelta(hours=6)),
    Plan("reconcile-evening", WORKS["reconcile"], (time(20, 30),), game_days=True),
    Plan("outputs", WORKS["outputs"], every=_minutes(30), grace=_minutes(30)),
    Plan("outputs-yesterday", WORKS["outputs"], (time(5, 10), time(12, 10)),
         asked=Asked("YESTERDAY"), grace=timedelta(hours=3)),
    Plan("model-drift", WORKS["model-drift"], (time(11),), grace=timedelta(hours=6)),
    Plan("drift", WORKS["drift"], every=timedelta(hours=2), grace=timedelta(hours=1)),
    *(
        Plan(f"validate-{name.replace('_', '-')}", WORKS["validate"], (schedule.clock,),
             asked=Asked(schedule=name))
        for name, schedule in SCHEDULES.items()
    ),
)  # fmt: skip


def plans_of(services: Sequence[str], off: Sequence[str] = ()) -> list[Plan]:
    """Return the plans of some declared services.

    Raises:
        InputError: a plan that is to be off is not there.
    """
    names = [plan.name for plan in PLANS]
    unknown = sorted(set(off) - set(names))
    if unknown:
        raise InputError(
            f"Expected planned jobs out of {', '.join(names)} to be off; got {', '.join(unknown)}."
        )
    return [p for p in PLANS if p.work.service in services and p.name not in off]


def newest_due(plan: Plan, since: datetime, now: datetime) -> tuple[datetime, int] | None:
    """Return the last moment of a plan after an instant and up to another, and how many there are.

    Returns:
        None where there is none, also where the clock went back.
    """
    if plan.every is not None:
        newest = (now - _EPOCH) // plan.every
        number = newest - (since - _EPOCH) // plan.every
        return (_EPOCH + newest * plan.every, number) if number > 0 else None
    found = [m for m in _moments(plan, since, now) if since < m <= now]
    return (found[-1], len(found)) if found else None


def next_due(plan: Plan, now: datetime) -> datetime:
    """Return the first moment of a plan after an instant."""
    if plan.every is not None:
        return _EPOCH + ((now - _EPOCH) // plan.every + 1) * plan.every
    return next(m for m in _moments(plan, now, now + timedelta(days=2)) if m > now)


def _moments(plan: Plan, start: datetime, end: datetime) -> list[datetime]:
    """Moments of the Eastern dates that touch a span, in order."""
    first, last = eastern_date(start), eastern_date(end)
    dates = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return sorted(eastern_moment(day, clock) for day in dates for clock in plan.at)


def local(moment: datetime) -> datetime:
    """Return a moment by the US Eastern clock."""
    return moment.astimezone(EASTERN)
