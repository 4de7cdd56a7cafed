"""Ways to change what is known of games, by what a table's schema says and nothing else.

Each takes the rows of one raw table that may be changed and gives what is to stand in their place.
A figure is what a row says beside its key: a count, a line, a price, a mark, a status.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from tipoff.tables.raw import RAW_TABLES, STATUSES
from tipoff.tables.table import Table

Change = Callable[[pl.DataFrame, Table, int], pl.DataFrame]
_NUMBERS = (pl.Int32, pl.Int64, pl.Float64)
# What tells rows apart or orders them is no figure, though it is a number.
_STRUCTURE = {"shot_number", "quote_number", "period", "is_deleted", "row_hash"}
# A quote's line is part of its key and is what it says.
_SAID = {"line"}
_MORE = 17
# How far back what was said is said anew, and how long after the decision.
RECENT_DAYS = 45
_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Mutation:
    """One way to change rows.

    Attributes:
        name, about: of it.
        change: gives what stands for some rows; the third argument is a seed.
        invents: besides, rows of other games are told again about the game itself, or anew.
        is_idle: changing the past in this way says nothing new, so nothing may change.
    """

    name: str
    about: str
    change: Change
    invents: bool = False
    is_idle: bool = False


def figures(table: Table) -> list[str]:
    """Return the columns of a table that hold what its rows say, but for words."""
    return [
        name
        for name, kind in table.columns.items()
        if (kind in _NUMBERS or kind == pl.Boolean)
        and name not in _STRUCTURE
        and (name not in table.key or name in _SAID)
    ]


def _deleted(rows: pl.DataFrame, table: Table, seed: int) -> pl.DataFrame:  # noqa: ARG001
    return rows.clear()


def _shuffled(rows: pl.DataFrame, table: Table, seed: int) -> pl.DataFrame:
    words = [c for c in ("status",) if c in rows.columns]
    return rows.with_columns(pl.col([*figures(table), *words]).shuffle(seed=seed))


def _scaled(rows: pl.DataFrame, table: Table, seed: int) -> pl.DataFrame:  # noqa: ARG001
    numbers = [c for c in figures(table) if rows.schema[c] in _NUMBERS]
    return rows.with_columns((pl.col(c) * 3 + 1).cast(rows.schema[c]) for c in numbers)


def _duplicated(rows: pl.DataFrame, table: Table, seed: int) -> pl.DataFrame:  # noqa: ARG001
    return pl.concat([rows, rows])


def forged(rows: pl.DataFrame, table: Table, seed: int) -> pl.DataFrame:
    """Change every figure by chance, so that no order or ratio of them survives."""
    chance = pl.struct(c for c in table.key if c in rows.columns).hash(seed=seed)
    changed = []
    for place, name in enumerate(figures(table)):
        kind = rows.schema[name]
        if kind == pl.Boolean:
            changed.append((pl.col(name) ^ ((chance // (place + 1)) % 3 == 0)).alias(name))
        else:
            more = ((chance // (place + 1)) % _MORE + 1).cast(pl.Int32)
            step = 60 if name.startswith("seconds") else 1
            # American odds move away from what lies between -100 and +100.
            sign = pl.col(name).sign() if name.endswith("_price") else 1
            changed.append((pl.col(name) + more * step * sign).cast(kind).alias(name))
    if "status" in rows.columns:
        turned = dict(zip(STATUSES, [*STATUSES[1:], STATUSES[0]], strict=True))
        changed.append(pl.col("status").replace(turned))
    if "tip_off_at" in rows.columns:
        changed.append(pl.col("tip_off_at").dt.offset_by("3h"))
    return rows.with_columns(changed)


MUTATIONS: Mapping[str, Mutation] = {
    mutation.name: mutation
    for mutation in (
        Mutation("delete", "rows are not there", _deleted),
        Mutation("shuffle", "what rows say is dealt out anew among them", _shuffled),
        Mutation("scale", "numbers are tripled and one added", _scaled),
        Mutation("duplicate", "rows are there twice", _duplicated, is_idle=True),
        Mutation("restate", "rows of earlier games are told again otherwise", forged, invents=True),
        Mutation(
            "forge", "every figure is another, and the game itself is told", forged, invents=True
        ),
    )
}


@dataclass(frozen=True)
class Moment:
    """When something is decided, and about which games.

    Attributes:
        instant: the decision; what is known later is the future.
        games: ids of the games of the date; those decided upon at the instant and others.
        game_date: their date.
    """

    instant: datetime
    games: tuple[str, ...]
    game_date: date


def later(rows: pl.DataFrame, moment: Moment) -> pl.Series:
    """Say of each row whether it became known after the decision.

    The schedule of the date itself and of earlier games is taken as it was in the end, for it says
    when a decision is made; that of later games may be anything.
    """
    if "home_team" in rows.columns:
        return rows["game_date"] > moment.game_date
    return rows["observed_at"] > moment.instant


def future_changed(
    frames: Mapping[str, pl.DataFrame], moment: Moment, mutation: Mutation, seed: int
) -> tuple[dict[str, pl.DataFrame], dict[str, int]]:
    """Change everything that became known after a decision.

    Args:
        frames: rows of every raw table, by its name.
        moment: the decision.
        mutation: how to change it.
        seed: of chance.

    Returns:
        The frames, and how many rows of each table were changed, taken away or added.
    """
    # Lists that tell birth dates count whenever they came: a birth date does not change.
    changed = {name: rows for name, rows in frames.items() if name not in RAW_TABLES}
    counts: dict[str, int] = {}
    for name, table in RAW_TABLES.items():
        rows = frames[name]
        is_later = later(rows, moment)
        future, past = rows.filter(is_later), rows.filter(~is_later)
        parts = [past, mutation.change(future, table, seed)]
        if mutation.invents:
            parts += [own for own in _invented(past, table, moment, mutation, seed) if own.height]
        changed[name] = pl.concat(parts)
        counts[name] = future.height + sum(part.height for part in parts[2:])
    return changed, counts


def _invented(
    past: pl.DataFrame, table: Table, moment: Moment, mutation: Mutation, seed: int
) -> list[pl.DataFrame]:
    """Rows that come after the decision: what was said is said otherwise, or the games are told."""
    if "home_team" in past.columns:
        return []
    lately = past.filter(pl.col("observed_at") > moment.instant - timedelta(days=RECENT_DAYS))
    if not table.is_outcome:
        # Quotes and reports on the date's own games, once more and otherwise.
        own = lately.filter(pl.col("game_id").is_in(moment.games))
        return [forged(_observed(own, moment), table, seed)]
    again = _observed(lately, moment)
    if mutation.name == "restate":
        return [forged(again, table, seed)]
    return [forged(_about_the_games(again, moment), table, seed)]


def _observed(rows: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    after = pl.lit(moment.instant + _AFTER, rows.schema["observed_at"])
    return rows.with_columns(observed_at=after)


def _about_the_games(rows: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """The newest rows of each team as if they were about its game of the date."""
    sides = [(game_id, team) for game_id in moment.games for team in game_id.split("_")[1:]]
    games = pl.DataFrame(sides, schema=["game_id", "team"], orient="row")
    once = [c for c in ("team", "name_key", "shot_number", "period") if c in rows.columns]
    newest = rows.sort("game_date", "game_id", descending=True).unique(
        once, keep="first", maintain_order=True
    )
    told = newest.drop("game_id", "game_date").join(games, on="team", maintain_order="left")
    return told.with_columns(game_date=pl.lit(moment.game_date, pl.Date)).select(rows.columns)


def past_changed(
    frames: Mapping[str, pl.DataFrame],
    moment: Moment,
    mutation: Mutation,
    seed: int,
    tables: Sequence[str],
) -> dict[str, pl.DataFrame]:
    """Change what was known of the last weeks before the decision.

    Args:
        frames, moment, mutation, seed: as of ``future_changed``.
        tables: names of the tables that are changed.
    """
    changed = dict(frames)
    for name in tables:
        rows, table = frames[name], RAW_TABLES[name]
        recent = (pl.col("observed_at") <= moment.instant) & (
            pl.col("game_date") > moment.game_date - timedelta(days=RECENT_DAYS)
        )
        if mutation.name == "restate":
            # A correction that came before the decision.
            again = forged(rows.filter(recent), table, seed)
            soon = pl.col("observed_at") + timedelta(seconds=1)
            changed[name] = pl.concat([rows, again.with_columns(observed_at=soon)])
        else:
            own = mutation.change(rows.filter(recent), table, seed)
            changed[name] = pl.concat([rows.filter(~recent), own])
    return changed
