"""Why a served value is not the backfilled one: found by building it again, never guessed.

First the rows are built again from the very versions that they were served from: what does not
come out as it was served is told by other code, or is unexplained. Then what came in between and
was known by a value's own decision is put in: that must give what is there now, for rows that
became known later must never move it (where it does not, each part is tried for itself, and the
later ones that move it are a leak). Last it is put in by table and kind (each alone; where that
does not settle a value, everything but each); what moves a value is its cause.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from tipoff.workflows.parity_cells import CELL, cells, differs
from tipoff.workflows.parity_parts import REWRITTEN, Part, with_parts

LEAK, CODE, UNEXPLAINED, UNREADABLE = "leak", "code", "unexplained", "not checkable"
NOT_AS_SERVED = f"{UNEXPLAINED}: the versions served from do not give it"
NOT_AS_BACKFILLED = f"{UNEXPLAINED}: the rows of today do not give the backfilled one"
NOT_BY_ROWS = f"{UNEXPLAINED}: no row that came in between moves it"

Frames = Mapping[str, pl.DataFrame]
Build = Callable[[Frames], pl.DataFrame]


@dataclass(frozen=True)
class Case:
    """One serving whose values differ from the backfill.

    Attributes:
        values: the differing cells, with ``number`` and ``text`` as ``_served`` and
            ``_backfilled``, and ``instant``: how many of the serving's instants come before the
            value's own.
        then: raw rows that it was served from.
        parts: what came in between.
        now: feature rows that the rows of today give.
        instants: how many instants the serving's games are decided at.
        has_other_code: it was served by other code than today's.
        tolerance: numbers may differ by so much.
    """

    values: pl.DataFrame
    then: Frames
    parts: Sequence[Part]
    now: pl.DataFrame
    instants: int
    has_other_code: bool
    tolerance: float


def with_causes(case: Case, build: Build) -> pl.DataFrame:
    """Return the differing cells with ``causes``, a list of words.

    Args:
        case: what differs, and what from.
        build: gives the serving's feature rows from raw rows.
    """
    values = case.values.select(*CELL, "instant", *_sides("_served"), *_sides("_backfilled"))
    values = _beside(_beside(values, build(case.then), "_then"), case.now, "_now")
    trials = _Trials(case, values, build, {})
    groups = trials.groups()
    named = [
        pl.when(moves).then(_words(own[0]))
        for own, moves in zip(groups, trials.moved(groups), strict=True)
    ]
    return values.with_columns(causes=_told(case, named).list.sort()).select(*CELL, "causes")


def _told(case: Case, named: Sequence[pl.Expr]) -> pl.Expr:
    """The causes of each value: what moved it, unless one of the ends can not be built again."""
    none = pl.concat_list(pl.lit(None, pl.String)).list.drop_nulls()
    rows = pl.concat_list([*named, pl.lit(None, pl.String)]).list.drop_nulls().list.unique()
    rest = differs("_then", "_now", case.tolerance)
    told = pl.when(rest & (rows.list.len() == 0)).then(_one(NOT_BY_ROWS)).otherwise(rows)
    is_other = differs("_served", "_then", case.tolerance)
    code = pl.when(is_other).then(_one(CODE)).otherwise(none)
    return (
        pl.when(differs("_backfilled", "_now", case.tolerance))
        .then(_one(NOT_AS_BACKFILLED))
        .when(is_other & pl.lit(not case.has_other_code))
        .then(_one(NOT_AS_SERVED))
        .otherwise(pl.concat_list(code, told))
    )


def _one(cause: str) -> pl.Expr:
    return pl.concat_list(pl.lit(cause))


def _sides(suffix: str) -> list[str]:
    return [f"number{suffix}", f"text{suffix}"]


def _beside(values: pl.DataFrame, rows: pl.DataFrame, suffix: str) -> pl.DataFrame:
    """Lay the cells of another build beside the differing ones."""
    return _with(values, cells(rows), suffix)


def _with(values: pl.DataFrame, told: pl.DataFrame, suffix: str) -> pl.DataFrame:
    own = told.rename({"number": f"number{suffix}", "text": f"text{suffix}"})
    return values.join(own, on=list(CELL), how="left", maintain_order="left")


@dataclass(frozen=True)
class _Trials:
    """Builds with some of what came in between, each made once."""

    case: Case
    values: pl.DataFrame
    build: Build
    made: dict[tuple[tuple[str, str, int], ...], pl.DataFrame]

    def groups(self) -> list[list[Part]]:
        """Return the parts to be tried: those of one table and kind together, where they may be.

        What became known after a decision is left out where no value needs it; where one does,
        every part stands for itself.
        """
        instant = self.values["instant"]
        for place in instant.unique().sort().to_list():
            in_time = [part for part in self.case.parts if part.band <= place]
            if (self._apart("_now", in_time) & (instant == place)).any():
                return [[part] for part in self.case.parts]
        groups: dict[tuple[str, str], list[Part]] = {}
        for part in self.case.parts:
            if part.band < self.case.instants:
                groups.setdefault((part.table, part.kind), []).append(part)
        return list(groups.values())

    def moved(self, groups: Sequence[Sequence[Part]]) -> list[pl.Series]:
        """Say of each group which values it moves: alone, or by its absence where that is needed.

        A value is settled where one group alone moves it, and to what is there now.
        """
        alone = [self._apart("_then", group) for group in groups]
        reaches = [~self._apart("_now", group) for group in groups]
        count = sum((s.cast(pl.Int32) for s in alone), self._none().cast(pl.Int32))
        by_one = self._none()
        for moves, reached in zip(alone, reaches, strict=True):
            by_one = by_one | (moves & reached)
        is_same = ~self._differs(self.values, "_then", "_now")
        settled = ((count == 1) & by_one) | ((count == 0) & is_same)
        if settled.all() or len(groups) < 2:
            return alone
        found = []
        for place, moves in enumerate(alone):
            others = [part for n, own in enumerate(groups) if n != place for part in own]
            found.append(moves | (self._apart("_now", others) & ~settled))
        return found

    def _apart(self, side: str, parts: Sequence[Part]) -> pl.Series:
        """Say which values differ from a side's where these parts have come in, and no others."""
        key = tuple(sorted(part.name for part in parts))
        if key not in self.made:
            self.made[key] = cells(self.build(with_parts(self.case.then, parts)))
        return self._differs(_with(self.values, self.made[key], "_tried"), side, "_tried")

    def _differs(self, values: pl.DataFrame, one: str, other: str) -> pl.Series:
        return values.select(differs(one, other, self.case.tolerance)).to_series()

    def _none(self) -> pl.Series:
        return pl.repeat(value=False, n=self.values.height, dtype=pl.Boolean, eager=True)


def _words(part: Part) -> pl.Expr:
    """A part's name, or a leak where it was known after the value's own decision."""
    name = f"{part.table}: {part.kind}"
    if part.kind == REWRITTEN:
        name = f"{UNEXPLAINED}: a stored row of {part.table} reads otherwise"
    in_time = pl.col("instant") >= part.band
    return pl.when(in_time).then(pl.lit(name)).otherwise(pl.lit(f"{LEAK}: {part.table}"))
