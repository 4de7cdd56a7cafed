"""Which of the rows that the door gave a value comes from, found by trying without them.

Nothing here knows a feature: every row is altered, then left out, and the processors run again.
Rows that change the value neither way are no part of it. Rows are tried in groups first, so that
the many that do not matter cost little, and all groups at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from tipoff.store.door import Seen
from tipoff.workflows.why_copies import FACT, Change, Question, values
from tipoff.workflows.why_trial import Trial

GROUP = 8
_AT_ONCE = 80
_BY = "_by_"
# Facts that are asked for as the league's, in which no row belongs to anybody's game.
_WHOLE = ("team_zone_games",)


@dataclass(frozen=True)
class Part:
    """One row that a value comes from.

    Attributes:
        seen: the question at the door that gave it.
        row: the row as it was given.
        without: what the value would be without it; null where there would be none.
    """

    seen: Seen
    row: Mapping[str, Any]
    without: float | None


def parts(
    trial: Trial, value: float | None, seen: Sequence[Seen], tried: Sequence[Seen]
) -> list[Part]:
    """Return the rows that a player's value comes from, the newest known first in each question.

    Args:
        trial: his row, on all facts.
        value: as it is on all facts.
        seen: every question at the door when his row was built.
        tried: those whose rows to try.
    """
    if not tried:
        return []
    base = replace(trial, world=replace(trial.world, facts=_asked_only(trial, seen))).run()
    if base.value != value:
        base = trial.run()
    return _parts_of(tried, base)


def _asked_only(trial: Trial, seen: Sequence[Seen]) -> dict[str, pl.DataFrame]:
    """The facts that the questions are about: little enough to build many times.

    They are those of games that the questions gave rows of, of the players and teams of the spines.
    """
    games: dict[str, set[str]] = {}
    whose: dict[str, list[pl.Expr]] = {}
    for one in seen:
        games.setdefault(one.table, set()).update(one.used["game_id"].to_list())
        whose.setdefault(one.table, []).append(_is_about(trial, one))
    return {
        name: rows
        if name in _WHOLE or "game_id" not in rows.columns
        else rows.filter(
            pl.col("game_id").is_in(sorted(games.get(name, set()))),
            pl.any_horizontal(whose.get(name, [pl.lit(value=False)])),
        )
        for name, rows in trial.world.facts.items()
    }


def _is_about(trial: Trial, one: Seen) -> pl.Expr:
    """Whether a fact is about what somebody of the spines may ask for by a question's columns."""
    spines = (trial.players, trial.teams)
    asked = {
        fact: sorted({v for s in spines if own in s.columns for v in s[own].to_list()})
        for own, fact in zip(one.by, one.equal_to, strict=True)
    }
    return pl.all_horizontal(pl.col(fact).is_in(held) for fact, held in asked.items())


def _parts_of(tried: Sequence[Seen], base: Trial) -> list[Part]:
    """Try the rows of all questions in groups, then each one of the groups that matter."""
    facts, questions = [], []
    for one in tried:
        own, rows = _facts(one, base.world.facts[one.table])
        facts.append(own)
        questions.append(Question(one.table, rows))
    groups = [
        (number, start, min(start + GROUP, len(own)))
        for number, own in enumerate(facts)
        for start in range(0, len(own), GROUP)
    ]
    moved = _moved(base, questions, groups)
    each = [
        (number, n, n + 1)
        for (number, start, end), found in zip(groups, moved, strict=True)
        if any(value != base.value for value in found)
        for n in range(start, end)
    ]
    return [
        Part(tried[number], facts[number][n], without)
        for (number, n, _), (altered, without) in zip(
            each, _moved(base, questions, each), strict=True
        )
        if without != base.value or altered != base.value
    ]


def _moved(
    base: Trial, questions: Sequence[Question], groups: Sequence[tuple[int, int, int]]
) -> list[tuple[float | None, float | None]]:
    """Return the value with each group of facts altered, and without it."""
    changes = [Change(*group, is_left_out=out) for group in groups for out in (False, True)]
    found = [
        value
        for start in range(0, len(changes), _AT_ONCE)
        for value in values(base, questions, changes[start : start + _AT_ONCE])
    ]
    return list(zip(found[::2], found[1::2], strict=True))


def _facts(one: Seen, table: pl.DataFrame) -> tuple[list[dict[str, Any]], pl.DataFrame]:
    """The rows of a question, once each: one a game or, of quotes and reports, one a statement.

    Returns:
        The rows, and those of the fact table with the number of the row that each belongs to.
    """
    asked_by = [c for c in one.used.columns if c.startswith(_BY)]
    named = ["game_id"] if asked_by else [c for c in one.used.columns if c in table.columns]
    once = one.used.unique(named, keep="first", maintain_order=True)
    key = once.select(
        *named,
        *[pl.col(own).alias(fact) for fact, own in zip(one.equal_to, asked_by, strict=False)],
    ).with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(FACT))
    on = [c for c in key.columns if c != FACT]
    numbered = table.join(key, on=on, how="left", nulls_equal=True, maintain_order="left")
    return once.to_dicts(), numbered
