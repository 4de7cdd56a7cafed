"""What is said where a part of the API needs a library that is not installed."""

from tipoff.errors import InputError


class MissingExtraError(InputError, ImportError):
    """A name of the API needs an extra; the message says how to install it."""
