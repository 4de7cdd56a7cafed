"""The errors that tipoff raises on purpose: each is a sentence and maps to an exit code."""


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
