"""How values are written: what is not known is a dash, never a nought."""

from datetime import date, datetime
from math import isnan
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
