"""How values are written: what is not known is a dash, never a nought."""

import json
from datetime import date, datetime, timedelta
from math import isfinite, isnan
from typing import Any

from tipoff.domain.clock import EASTERN
from tipoff.web.site.blocks import NUMBERS, Column

NULL = "–"
MINUS = "\u2212"


def written(value: Any, column: Column) -> str:
    """Return a value as the page writes it."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return NULL
    if column.kind in NUMBERS and isinstance(value, int | float):
        return _number(value, column).replace("-", MINUS)
    if column.kind == "yes":
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or NULL
    if column.kind == "moment" and isinstance(value, datetime):
        return value.astimezone(EASTERN).strftime("%Y-%m-%d %H:%M ET")
    return exact(value)


def _number(value: float, column: Column) -> str:
    match column.kind:
        case "integer":
            return f"{value:,.0f}"
        case "percent":
            return f"{value:.{column.digits}f} %"
        case "share":
            return f"{100 * value:.{column.digits}f} %"
        case "odds":
            return f"{value:+.0f}"
        case _:
            return f"{value:,.{column.digits}f}"


def exact(value: Any) -> str:
    """Return a value with all of its digits, and moments in UTC."""
    if value is None:
        return "null"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def as_json(data: object) -> bytes:
    """Return JSON; what is no number is null."""
    return json.dumps(_finite(data), default=_plain, ensure_ascii=False).encode()


def _finite(data: object) -> object:
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not isfinite(data) else data


def _plain(value: object) -> str | float:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
