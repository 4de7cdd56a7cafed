"""Dates as people write them."""

from datetime import date

from tipoff.errors import InputError


def iso_date(text: str, name: str) -> date:
    """Return the date that a text says.

    Args:
        text: an ISO date.
        name: what the error calls it, such as ``--date``.

    Raises:
        InputError: it is no ISO date.
    """
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise InputError(
            f"Expected an ISO date such as 2024-10-22 for {name}, got {text!r}."
        ) from None
