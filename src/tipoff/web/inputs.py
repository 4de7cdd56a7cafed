"""What may be stated in a request, checked where it comes in and described where it is served."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from tipoff.monitoring.declare import SCHEDULES
from tipoff.workflows.freshness import DAYS

AUTO = "auto"
# No game was played before; nothing is planned for later.
_YEARS = r"^(19|20|21)\d\d-\d\d-\d\d$"
_SCHEDULES = (AUTO, *SCHEDULES)
_ISO = {"type": "string", "format": "date", "pattern": _YEARS}


def _calendar_date(text: str) -> str:
    try:
        if not re.fullmatch(_YEARS, text, re.ASCII):
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("expected an ISO date such as 2024-10-22, from 1900 to 2199") from None


def _game_date(text: str) -> str:
    if text in DAYS:
        return text
    try:
        return _calendar_date(text)
    except ValueError as error:
        raise ValueError(f"{error}, or {', '.join(DAYS)}") from None


def _schedule(text: str) -> str:
    if text not in _SCHEDULES:
        raise ValueError(f"expected a schedule out of {', '.join(_SCHEDULES)}")
    return text


CalendarDate = Annotated[str, AfterValidator(_calendar_date), WithJsonSchema(_ISO)]
GameDate = Annotated[
    str,
    AfterValidator(_game_date),
    WithJsonSchema({"anyOf": [{"type": "string", "enum": list(DAYS)}, _ISO]}),
]
"""A game date: ISO, or a word for one of now (US Eastern)."""

Schedule = Annotated[
    str,
    AfterValidator(_schedule),
    WithJsonSchema({"type": "string", "enum": list(_SCHEDULES)}),
]
"""The schedule of a validation; auto: the last one that was due."""
