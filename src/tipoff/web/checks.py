"""Checks over HTTP: 200 only for a good verdict, 409 for a negative one, 503 where there is none.

A reporter that always answers 200 can not fail, and whoever asks it learns nothing.
"""

import asyncio
import threading
from typing import Annotated, Any

import anyio
import anyio.to_thread
from fastapi import APIRouter, Query, Response, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import BaseModel, Field

from tipoff.errors import TipoffError
from tipoff.web.inputs import AUTO, GameDate, Schedule
from tipoff.web.problems import ProblemError, as_json, documented
from tipoff.web.state import State
from tipoff.web.work import CHECKS, Asked, Work

GOOD, NEGATIVE = 200, 409
MOST_AT_ONCE = 2
# They say how a key is stated; whether it opens anything was decided before (guard.py).
KEYED = [
    Security(HTTPBearer(auto_error=False, description="an API key")),
    Security(APIKeyHeader(name="X-API-Key", auto_error=False, description="an API key")),
]
DateQuery = Annotated[GameDate, Query(description="game date; words are of now (US Eastern)")]
ScheduleQuery = Annotated[Schedule, Query(description="of a validation; auto: the last one due")]


class Verdict(BaseModel):
    """What a check found."""

    check: str
    is_good: bool
    sentence: str | None = Field(description="what is wrong; null where nothing is")
    report: dict[str, Any] = Field(description="the whole report, as the command's --json")


_RESPONSES: dict[int | str, dict[str, Any]] = {
    GOOD: {"model": Verdict, "description": "The check was made, and all is well."},
    NEGATIVE: {"model": Verdict, "description": "The check was made, and something is wrong."},
    **documented(401, 403, 422, 429, 503),
}


class _Turns:
    """One check by each name at a time, also where nobody waits for it any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self.limiter = anyio.CapacityLimiter(MOST_AT_ONCE)

    def take(self, name: str) -> None:
        with self._lock:
            if name in self._busy:
                raise ProblemError(
                    503,
                    f"The check {name} is being made for somebody else. Ask again later.",
                    {"retry-after": "5"},
                )
            self._busy.add(name)

    def give_back(self, name: str) -> None:
        with self._lock:
            self._busy.discard(name)


def checks(state: State) -> APIRouter:
    """Return the addresses of checks."""
    router = APIRouter(prefix="/checks", tags=["checks"], dependencies=KEYED)
    turns = _Turns()

    def add(work: Work) -> None:
        @router.get(
            f"/{work.name}", name=work.name, summary=work.about, responses=_RESPONSES,
            response_class=Response,
        )  # fmt: skip
        async def check(date: DateQuery = "TODAY", schedule: ScheduleQuery = AUTO) -> Response:
            return await _made(state, turns, work, Asked(date, schedule))

    for name in CHECKS:
        add(state.works[name])
    return router


async def _made(state: State, turns: _Turns, work: Work, asked: Asked) -> Response:
    turns.take(work.name)

    def make() -> Response:
        try:
            return verdict(state, work, asked)
        finally:
            turns.give_back(work.name)

    seconds = state.settings.check_seconds
    try:
        # The thread goes on where it is too slow, and keeps its turn until it ends.
        thread = anyio.to_thread.run_sync(make, abandon_on_cancel=True, limiter=turns.limiter)
        return await asyncio.wait_for(thread, seconds)
    except TimeoutError:
        raise ProblemError(503, f"The check was not made within {seconds:g} s.") from None


def verdict(state: State, work: Work, asked: Asked) -> Response:
    """Make a check and answer by what it found.

    Raises:
        ProblemError: it could not be made: what was asked for makes sense by now.
    """
    try:
        report = work.run(state.context, asked)
        sentence = work.negative(report)
    except TipoffError as error:
        raise ProblemError(503, f"The check could not be made. {error}") from None
    told = {
        "check": work.name,
        "is_good": sentence is None,
        "sentence": sentence,
        "report": report,
    }
    status = GOOD if sentence is None else NEGATIVE
    return Response(as_json(told), status, media_type="application/json")
