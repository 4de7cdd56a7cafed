"""The declaration of a page: its name, what may be asked of it, the tables that it looks at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from tipoff.domain.dates import iso_date
from tipoff.errors import InputError
from tipoff.store.location import Lake
from tipoff.store.watched import Watched
from tipoff.tables.table import Table
from tipoff.web.site.blocks import Block

Options = Callable[[Watched], Sequence[str]]
_MOST_CHARACTERS = 200


@dataclass(frozen=True)
class Choice:
    """Something that may be asked of a page, by its address and by a form.

    Attributes:
        name: in the address.
        label: beside the field.
        options: what there is to choose from in a lake, cheap to tell; free text where None.
        kind: of the field: ``select``, ``text``, ``date`` or ``hidden``.
        block: the part in which its form stands; above all of them where empty.
    """

    name: str
    label: str
    options: Options | None = None
    kind: str = "select"
    block: str = ""


@dataclass(frozen=True)
class Asked:
    """What is asked of a page.

    Attributes:
        lake: the lake.
        now: the moment of the request (UTC).
        values: by the name of the choice; those that are not stated are not there.
    """

    lake: Lake
    now: datetime
    values: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str, default: str) -> str:
        """Return what was stated, or a default."""
        return self.values.get(name) or default

    def day(self, name: str) -> date | None:
        """Return a stated date, or None.

        Raises:
            InputError: it is no ISO date.
        """
        text = self.values.get(name)
        return iso_date(text, name) if text else None


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        name: in the address and in the menu.
        title: its heading.
        about: one sentence under it.
        view: what it shows.
        tables: what it looks at; while none of them changes, it shows the same.
        choices: what may be asked of it.
        keeps_seconds: how long it may show the same besides, for what depends on the clock or on
            files; None where only the tables count.
    """

    name: str
    title: str
    about: str
    view: Callable[[Asked], Sequence[Block]]
    tables: Sequence[Table]
    choices: Sequence[Choice] = ()
    keeps_seconds: float | None = None


def stated(page: Page, watched: Watched, params: Mapping[str, str]) -> dict[str, str]:
    """Return what an address states of a page's choices.

    Raises:
        InputError: a name or an option that there is not.
    """
    known = {choice.name: choice for choice in page.choices}
    found = {}
    for name, value in params.items():
        if name not in known:
            names = ", ".join(known) or "none"
            raise InputError(f"Expected parameters of {page.name} out of {names}; got {name!r}.")
        if not value:
            continue
        if len(value) > _MOST_CHARACTERS:
            raise InputError(f"Expected at most {_MOST_CHARACTERS} characters for {name}.")
        options = known[name].options
        if options is not None and value not in (allowed := options(watched)):
            some = ", ".join(allowed[:20]) or "nothing yet"
            raise InputError(f"Expected {name} out of {some}; got {value!r}.")
        found[name] = value
    return found
