"""Plans: lists of requests, made from what is known so far.

A provider's module fills a ``Planner`` where what to ask for depends on games or on earlier
answers, as on a list of events or on a first page. It is called again after every round until it
has nothing new, so that it can go on from what the round before has brought.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Request
from tipoff.sources.format import Reference


@dataclass(frozen=True)
class KnownSoFar:
    """What a planner may look at.

    Attributes:
        reference: the games and players of the lake.
        answers: gives the good answers that are kept of one of the provider's endpoints, in the
            order in which they came.
        now: the moment; nothing is asked of the future.
    """

    reference: Reference
    answers: Callable[[str], Iterable[Answer]]
    now: datetime


@dataclass(frozen=True)
class Planner:
    """Makes the requests of a download.

    Attributes:
        name: names it among the provider's endpoints.
        about: one line for the reference page.
        options: what it takes, by name, with one line on each; all are texts.
        later: gives the credits that requests cost at most which follow from answers to come;
            None where there are none such, or they are free.
        build: gives the requests, in the order in which they are to be asked; those whose
            answers are kept are left out by the caller. Raises InputError on wrong options.
    """

    name: str
    about: str
    build: Callable[[KnownSoFar, Mapping[str, str]], Iterable[Request]]
    options: Mapping[str, str] = field(default_factory=dict)
    later: Callable[[KnownSoFar, Mapping[str, str]], int] | None = None


def before_tip_off(
    tip_off_at: datetime, leads: Iterable[timedelta], now: datetime
) -> list[datetime]:
    """Return the instants that lie so long before a tip-off, the earliest first.

    None is at the tip-off or after it, and none is in the future.

    Raises:
        InputError: a lead is not before tip-off.
    """
    wanted = sorted(set(leads), reverse=True)
    if any(lead <= timedelta(0) for lead in wanted):
        raise InputError("Expected leads before tip-off, longer than none; got one at or after it.")
    return [tip_off_at - lead for lead in wanted if tip_off_at - lead <= now]
