"""A check of ``tipoff doctor``."""

from typing import NamedTuple

OK = "ok"
ABSENT = "absent"
WARNING = "warning"
WRONG = "wrong"


class Row(NamedTuple):
    """One check.

    Attributes:
        state: ``ok``; ``absent``, where nothing needs it yet; ``warning``, where it works but may
            not for long; ``wrong``.
        found: what there is.
        advice: what to do; empty where all is well.
    """

    check: str
    state: str
    found: str
    advice: str = ""
