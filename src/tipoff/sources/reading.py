"""Read a file in its layout: what it can not hold costs a sentence, rows a counted refusal."""

import polars as pl
from polars.exceptions import PolarsError

from tipoff.errors import InputError
from tipoff.sources.answer_rows import allowed
from tipoff.sources.format import Content, Format, Parsed, Reference


def read_layout(layout: Format, content: Content, reference: Reference) -> list[Parsed]:
    """Return what a file of a layout holds, in rows that their tables allow.

    Raises:
        InputError: a column that the layout needs is missing or holds another kind of value.
    """
    try:
        found = layout.parse(content, reference)
    except PolarsError as error:
        first = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise InputError(
            f"Expected {content.path} to hold the columns of the layout {layout.name}, each in its "
            f"kind; {first}. State them as text, or bring the file in with --map FILE."
        ) from None
    return [_lawful(parsed) for parsed in found]


def _lawful(parsed: Parsed) -> Parsed:
    """Refuse rows with values that the table does not allow."""
    if parsed.table.schema.is_valid(pl.DataFrame(parsed.frame)):
        return parsed
    return allowed(parsed)
