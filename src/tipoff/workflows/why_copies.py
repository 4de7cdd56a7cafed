"""Build a player's row on many altered worlds at once: each world is a copy in seasons of its own.

Processors look into the row's season and the one before, and at the row's own game. So copies with
other seasons and other names of games do not see each other, and one build fills them all. What
looks at the league by date alone, a team's rows, is built for one copy after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from tipoff.processors.catalogue import feature_store, processors_for
from tipoff.processors.declare import Processor
from tipoff.store.door import SPINE_ID
from tipoff.workflows.why_trial import Trial

FACT = "_fact"
_COPY = "_copy"
_YEARS = 2


@dataclass(frozen=True)
class Question:
    """Facts that a value may come from.

    Attributes:
        table: the fact table that they are in.
        rows: all of its rows, with the number of the fact that each belongs to (``FACT``, or null).
    """

    table: str
    rows: pl.DataFrame


@dataclass(frozen=True)
class Change:
    """What differs in one world: some facts are left out or altered.

    Every figure of an altered fact is another one, each fact's by something else.

    Attributes:
        question: whose facts.
        start, end: the first fact, and the one after the last.
        is_left_out: whether they are left out.
    """

    question: int
    start: int
    end: int
    is_left_out: bool


def values(
    base: Trial, questions: Sequence[Question], changes: Sequence[Change]
) -> list[float | None]:
    """Return the player's value in each of some worlds.

    Args:
        base: his row, built on unchanged facts.
        questions: what the changes are about.
        changes: one per world.
    """
    if not changes:
        return []
    # The last copy is as it is: it must give the value that is known.
    as_is = Change(changes[0].question, 0, 0, is_left_out=True)
    found = _in_copies(base, questions, [*changes, as_is])
    if found.pop() == base.value:
        return found
    return [
        base.run(question.table, _changed(question, [(0, change)]).drop(_COPY)).value
        for change in changes
        for question in (questions[change.question],)
    ]


def _changed(question: Question, changes: Sequence[tuple[int, Change]]) -> pl.DataFrame:
    """Return a question's table as each change has it, with the number of its copy."""
    worlds = pl.DataFrame(
        [(number, c.start, c.end, c.is_left_out) for number, c in changes],
        {_COPY: pl.Int64, "_start": pl.Int64, "_end": pl.Int64, "_out": pl.Boolean},
        orient="row",
    )
    every = worlds.join(question.rows, how="cross", maintain_order="left_right")
    is_it = pl.col(FACT).is_between(pl.col("_start"), pl.col("_end") - 1).fill_null(value=False)
    kept = every.filter(~(is_it & pl.col("_out")))
    by = 7 + 2 * (pl.col(FACT) - pl.col("_start"))
    types = question.rows.schema
    figures = [c for c, dtype in types.items() if dtype.is_numeric() and c != FACT]
    # A nought stays: a game that he did not play must not become one that he did.
    return kept.with_columns(
        pl.when(is_it & (pl.col(c) != 0))
        .then((pl.col(c) + by).cast(types[c]))
        .otherwise(pl.col(c))
        .alias(c)
        for c in figures
    ).drop("_start", "_end", "_out", FACT)


def _in_copies(
    base: Trial, questions: Sequence[Question], changes: Sequence[Change]
) -> list[float | None]:
    numbers = range(len(changes))
    chain = processors_for([base.market])
    asked = {name for p in chain if p.spine == "player" for name in base.asked[p.name]}
    facts = {
        name: _apart(_table(name, rows, questions, changes))
        for name, rows in base.world.facts.items()
        if name in asked and "game_id" in rows.columns
    }
    world = replace(base.world, facts={**base.world.facts, **facts})
    players = _copied(base.players, numbers)
    altered, again = {questions[c.question].table for c in changes}, set[str]()
    built: dict[str, pl.DataFrame] = {}
    for processor in chain:
        name = processor.name
        if not altered & base.asked[name] and not again & set(processor.needs):
            built[name] = _apart(_copied(base.built[name], numbers))
            continue
        again.add(name)
        if processor.spine == "team":
            built[name] = _apart(_one_by_one(base, processor, questions, changes))
            continue
        upstream = world.with_upstream({n: built[n] for n in processor.needs})
        spine = _apart(players)
        built[name] = spine.join(processor.build(spine, upstream), on=SPINE_ID)
    rows = built[feature_store(base.market).name].filter(player_id=base.player_id)
    found: list[float | None] = rows.sort(SPINE_ID)[base.column].to_list()
    return found


def _table(
    name: str, rows: pl.DataFrame, questions: Sequence[Question], changes: Sequence[Change]
) -> pl.DataFrame:
    """A fact table in every world: as it is, but where a change is about it."""
    parts = [
        _changed(question, own)
        for number, question in enumerate(questions)
        if question.table == name
        and (own := [(n, c) for n, c in enumerate(changes) if c.question == number])
    ]
    others = [n for n, c in enumerate(changes) if questions[c.question].table != name]
    return pl.concat([_copied(rows, others), *parts])


def _one_by_one(
    base: Trial, processor: Processor, questions: Sequence[Question], changes: Sequence[Change]
) -> pl.DataFrame:
    """A team's rows in each world, with the number of its copy."""
    parts = []
    for number, change in enumerate(changes):
        question = questions[change.question]
        own = base.built[processor.name]
        if question.table in base.asked[processor.name]:
            rows = _changed(question, [(number, change)]).drop(_COPY)
            world = replace(base.world, facts={**base.world.facts, question.table: rows})
            own = base.teams.join(processor.build(base.teams, world), on=SPINE_ID)
        parts.append(_copied(own, [number]))
    return pl.concat(parts)


def _copied(rows: pl.DataFrame, numbers: Sequence[int]) -> pl.DataFrame:
    copies = pl.DataFrame({_COPY: numbers}, schema={_COPY: pl.Int64})
    return copies.join(rows, how="cross", maintain_order="left_right")


def _apart(rows: pl.DataFrame) -> pl.DataFrame:
    """Give every copy seasons of its own and its games other names."""
    copy = pl.col(_COPY)
    told = []
    if "season" in rows.columns:
        year = pl.col("season").str.slice(0, 4).cast(pl.Int64) + _YEARS * copy
        after = ((year + 1) % 100).cast(pl.String).str.zfill(2)
        told.append(pl.concat_str(year.cast(pl.String), pl.lit("-"), after).alias("season"))
    if "game_id" in rows.columns:
        told.append(pl.concat_str("game_id", pl.lit("#"), copy.cast(pl.String)).alias("game_id"))
    if SPINE_ID in rows.columns:
        most = int(rows[SPINE_ID].max() or 0) + 1  # type: ignore[arg-type]
        told.append((pl.col(SPINE_ID) + copy * most).cast(rows.schema[SPINE_ID]).alias(SPINE_ID))
    return rows.with_columns(told).drop(_COPY)
