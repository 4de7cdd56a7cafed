"""What a page is made of: grids, plots and words, each with its data.

A block is the data that it shows. How it looks, its exports and its reasons derive from it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

import polars as pl

Row = Mapping[str, Any]
Link = Callable[[Row], str | None]
Kind = Literal[
    "text", "code", "sentence", "integer", "number", "percent", "share", "odds", "day", "moment",
    "state", "yes",
]  # fmt: skip
NUMBERS = frozenset({"integer", "number", "percent", "share", "odds"})
GOOD = frozenset({
    "done", "pass", "passed", "complete", "ok", "healthy", "champion", "win", "predicted",
    "takeable", "fresh", "clean", "plausible", "settled", "predictable", "found", "runs", "known",
    "empty_ok",
})  # fmt: skip
BAD = frozenset({
    "fail", "failed", "error", "blocked", "loss", "stale", "leak suspected", "quarantined",
    "broken", "missing", "leak", "forced", "impossible", "gates failed", "implausible",
    "leaked", "blind", "halted", "late", "degraded", "degrading", "killed", "overdue",
})  # fmt: skip


@dataclass(frozen=True)
class Column:
    """How a column is shown, and what it means.

    Attributes:
        label: its heading.
        kind: how its values are written; ``percent`` is 0 to 100, ``share`` 0 to 1, ``sentence``
            runs over several lines.
        doc: what it means, with its unit, in one sentence.
        digits: after the point, of numbers.
        link: where a value leads.
        why: the id of ``tipoff why`` that a value has, if any.
    """

    label: str
    kind: Kind = "text"
    doc: str = ""
    digits: int = 1
    link: Link | None = None
    why: Link | None = None


@dataclass(frozen=True)
class Block:
    """A part of a page.

    Attributes:
        name: in addresses, unique within the page.
        title: its heading.
        frame: what it shows.
        about: one or two sentences on what is seen, and of how many.
        command: the command that prints the same.
        is_live: whether it is asked for again while the page is open.
    """

    name: str
    title: str
    frame: pl.DataFrame = field(default_factory=pl.DataFrame)
    about: str = ""
    command: str = ""
    is_live: bool = False

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits of what it shows: the same data give the same."""
        return sha256(f"{self.frame.schema}{self.frame.write_json()}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Grid(Block):
    """Rows and columns; columns of the frame that are not declared are exported only.

    Attributes:
        columns: those that are shown, in order; the first one names the row.
        empty: the sentence that stands where there are no rows: what to do to have some.
        is_card: a single row, shown as names and values.
        most: rows shown at most.
    """

    columns: Mapping[str, Column] = field(default_factory=dict)
    empty: str = "Nothing here yet."
    is_card: bool = False
    most: int = 200


@dataclass(frozen=True)
class Plot(Block):
    """A chart of the frame.

    Attributes:
        spec: Vega-Lite without data; colours by ``tipoff.web.site.charts``.
        alt: what is seen, for those who can not see it.
        columns: what the fields mean.
        marks: what is drawn, where that is less than the frame.
    """

    spec: Mapping[str, Any] = field(default_factory=dict)
    alt: str = ""
    columns: Mapping[str, Column] = field(default_factory=dict)
    marks: pl.DataFrame | None = None


@dataclass(frozen=True)
class Words(Block):
    """Paragraphs; a state colours them."""

    text: Sequence[str] = ()
    state: str = ""


def tone(state: object) -> str:
    """Return how a state is coloured: good, bad or plain; its words say the same."""
    word = str(state).lower()
    return "good" if word in GOOD else "bad" if word in BAD else "plain"
