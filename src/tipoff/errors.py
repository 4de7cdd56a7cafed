"""The errors that tipoff raises on purpose: each is a sentence and maps to an exit code."""

from collections.abc import Iterable
from difflib import get_close_matches


class TipoffError(Exception):
    """Something failed; the message says what was expected, what came and what to do."""

    exit_code = 1


class StoreError(TipoffError):
    """The lake could not be written: a full disk, missing rights, a store out of reach."""


class InputError(TipoffError):
    """The user's input or usage is wrong; nothing stored was touched."""

    exit_code = 2


class NegativeVerdictError(TipoffError):
    """The command did its job and its verdict is negative (leak suspected, gate failed)."""

    exit_code = 3


def not_among(what: str, choices: Iterable[str], got: str) -> InputError:
    """Return the error that a name is none of those that there are, with the nearest of them.

    Args:
        what: was expected, such as ``a market``.
        choices: the names that there are.
        got: the name that came.
    """
    names = list(choices)
    listed = ", ".join(names) or "none yet"
    return InputError(f"Expected {what} out of {listed}; got {got!r}.{nearest(names, got)}")


def nearest(choices: Iterable[str], got: str) -> str:
    """Return `` Did you mean 'points'?`` with the names that are like it, or nothing."""
    small = {name.lower(): name for name in choices}
    like = [small[name] for name in get_close_matches(got.strip().lower(), small, cutoff=0.7)]
    return f" Did you mean {' or '.join(map(repr, like))}?" if like else ""
