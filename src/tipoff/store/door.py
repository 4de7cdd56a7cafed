"""The one door in time.

``history`` gives, for every row of a spine, the rows of a fact table about *other* games that
were known at the row's ``as_of``; ``known`` gives what was known about the row's *own* game
(lines, availability); ``born`` gives what no time changes. Processors and features have no other
reader, no clock and no ``today``. All are set-based: one join for all dates of a span.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from tipoff.domain.guard import guard
from tipoff.errors import TipoffError
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT, counts_at

SPINE_ID = "spine_id"
RECENCY = "recency"
_SPINE_COLUMNS = ("game_id", "game_date", "season", "as_of")


@dataclass(frozen=True)
class Seen:
    """What one question at the door gave, and what it held back because it came later.

    Attributes:
        table: the fact table that was asked.
        by: the spine's columns that had to be equal.
        equal_to: the fact's columns that they had to be equal to, in the same order.
        used: the rows that were given, with ``known_at``.
        held_back: rows of the same facts that were not known yet, or about the game itself.
    """

    table: str
    by: tuple[str, ...]
    equal_to: tuple[str, ...]
    used: pl.DataFrame
    held_back: pl.DataFrame


@dataclass(frozen=True)
class World:
    """What may be asked for through the door.

    Attributes:
        facts: fact tables with ``known_at``, one row per fact and version.
        upstream: rows of the processors that this one builds on, for the spine's dates.
        trace: where every question at the door is written down, if anywhere.
    """

    facts: Mapping[str, pl.DataFrame]
    upstream: Mapping[str, pl.DataFrame]
    trace: list[Seen] | None = None

    def with_upstream(self, upstream: Mapping[str, pl.DataFrame]) -> "World":
        """Return this world with other upstream rows."""
        return replace(self, upstream=upstream)


def history(
    world: World,
    spine: pl.DataFrame,
    table: str,
    *,
    by: Sequence[str] | Mapping[str, str],
    columns: Sequence[str],
    last: int | None = None,
    within: int | None = None,
    season_only: bool = False,
) -> pl.DataFrame:
    """Return the rows of a fact table about earlier games that were known at each ``as_of``.

    Args:
        world: what there is.
        spine: rows to be filled: ``spine_id, game_id, game_date, season, as_of`` and ``by``.
        table: the fact table's name.
        by: columns that must be equal in both; a mapping gives spine column -> fact column.
        columns: fact columns to return.
        last: keep the most recent rows only, so many per spine row.
        within: keep games of the last so many days before the spine's game date only.
        season_only: keep games of the spine's season only; otherwise this and the last season.

    Returns:
        ``spine_id``, ``recency`` (1 is the most recent game), ``game_date``, ``game_id`` and the
        columns, ordered by (spine_id, recency). Spine rows without history have no row.
    """
    facts = _facts(world, table)
    pairs = dict(by) if isinstance(by, Mapping) else {c: c for c in by}
    keep = list(dict.fromkeys(["game_id", "game_date", KNOWN_AT, SUPERSEDED_AT, *columns]))
    right = facts.select(
        *keep,
        *[pl.col(fact).alias(f"_by_{own}") for own, fact in pairs.items()],
        _order=pl.col("tip_off_at").fill_null(pl.col("game_date").cast(pl.Datetime("us", "UTC"))),
        _season=pl.col("season"),
    )
    left = _with_seasons(spine, list(pairs), season_only=season_only)
    equal = [*[f"_by_{own}" for own in pairs], "_season"]
    paired = left.join(_latest_first(right), on=equal, maintain_order="left_right")
    joined = paired.filter(_is_known(table))
    if within is not None:
        joined = joined.filter(_days_before() <= within)
    ranked = _with_recency(joined)
    if last is not None:
        ranked = ranked.filter(pl.col(RECENCY) <= last)
    if world.trace is not None:
        later = paired.filter(~_is_known(table))
        world.trace.append(Seen(table, tuple(pairs), tuple(pairs.values()), ranked, later))
    return ranked.select(list(dict.fromkeys([SPINE_ID, RECENCY, "game_date", "game_id", *columns])))


def league_history(
    world: World, spine: pl.DataFrame, table: str, *, within: int, columns: Sequence[str]
) -> pl.DataFrame:
    """Return the known rows of a fact table about all games of the last days.

    Args:
        world: what there is.
        spine: as for ``history``.
        table: the fact table's name.
        within: how many days before the spine's game date to look back.
        columns: fact columns to return.

    Returns:
        ``spine_id``, ``game_date``, ``game_id`` and the columns, in no stated order.
    """
    facts = _facts(world, table)
    left = (
        spine.select(SPINE_ID, _spine_game="game_id", _spine_date="game_date", _as_of="as_of")
        .with_columns(
            game_date=pl.date_ranges(
                pl.col("_spine_date").dt.offset_by(f"-{within}d"), pl.col("_spine_date")
            )
        )
        .explode("game_date")
    )
    keep = list(dict.fromkeys(["game_id", "game_date", KNOWN_AT, SUPERSEDED_AT, *columns]))
    joined = left.join(facts.select(keep), on="game_date").filter(_is_known_of_league())
    return joined.select(list(dict.fromkeys([SPINE_ID, "game_date", "game_id", *columns])))


def _days_before() -> pl.Expr:
    return (pl.col("_spine_date") - pl.col("game_date")).dt.total_days()


@guard
def _latest_first(facts: pl.DataFrame) -> pl.DataFrame:
    """Order facts so that games come from the most recent; equal starts by the game's id."""
    return facts.sort("_order", "game_id", descending=True)


@_latest_first.fault("unsorted-shift")
def _as_they_lie(facts: pl.DataFrame) -> pl.DataFrame:
    return facts


@guard
def _with_recency(joined: pl.DataFrame) -> pl.DataFrame:
    """Count each spine row's games from the most recent; rows come ordered that way."""
    index = pl.int_range(pl.len(), dtype=pl.Int64)
    starts = pl.col(SPINE_ID).ne_missing(pl.col(SPINE_ID).shift(1))
    first = pl.when(starts).then(index).forward_fill()
    return joined.with_columns((index - first + 1).cast(pl.Int32).alias(RECENCY))


@_with_recency.fault("lags-across-players")
def _over_the_whole_table(joined: pl.DataFrame) -> pl.DataFrame:
    """A lag that nobody cut at the player: his oldest game is the next one's latest."""
    shifted = pl.col(SPINE_ID).shift(-1).fill_null(pl.col(SPINE_ID))
    return _with_recency.honest(joined.with_columns(shifted))


@guard
def _is_known(table: str) -> pl.Expr:  # noqa: ARG001 -- faults are of single tables
    """The guard: known at the decision instant, not superseded by then, and about another game."""
    return counts_at(pl.col("_as_of")) & (pl.col("game_id") != pl.col("_spine_game"))


@_is_known.fault("inclusive-date")
def _up_to_the_date(table: str) -> pl.Expr:  # noqa: ARG001
    return (pl.col("game_date") <= pl.col("_spine_date")) & pl.col(SUPERSEDED_AT).is_null()


@_is_known.fault("same-day-team-totals")
def _team_games_up_to_the_date(table: str) -> pl.Expr:
    return _up_to_the_date(table) if table == "team_games" else _is_known.honest(table)


@guard
def _is_known_of_league() -> pl.Expr:
    """The same for games of the whole league."""
    return _is_known.honest("")


@_is_known_of_league.fault("league-average-with-the-day")
def _between_inclusive() -> pl.Expr:
    return _up_to_the_date("")


@guard
def _is_said(table: str) -> pl.Expr:  # noqa: ARG001 -- faults are of single tables
    """The guard for the own game's lines and reports: known at the decision and not withdrawn."""
    return counts_at(pl.col("_as_of"))


@_is_said.fault("quote-after-tip-off")
def _newest_of_all(table: str) -> pl.Expr:
    return pl.lit(value=True) if table == "prop_quotes" else _is_said.honest(table)


@_is_said.fault("closing-line-as-feature")
def _up_to_tip_off(table: str) -> pl.Expr:
    close = counts_at(pl.col("_as_of") + pl.duration(minutes=DEFAULT_LEAD_MINUTES))
    return _is_said.honest(table) if table.startswith("availability") else close


def known(
    world: World,
    spine: pl.DataFrame,
    table: str,
    *,
    by: Sequence[str],
    columns: Sequence[str],
) -> pl.DataFrame:
    """Return the rows about each spine row's own game that were known at its ``as_of``.

    Only for tables that do not tell an outcome (lines, availability): asking for an outcome
    through here is refused.

    Args:
        world: what there is.
        spine: as for ``history``.
        table: the table's name.
        by: columns that must be equal in both, ``game_id`` among them.
        columns: columns to return.

    Returns:
        ``spine_id``, ``known_at`` and the columns, in no stated order.
    """
    if table not in ("prop_quotes", "game_lines", "availability", "availability_reports"):
        raise TipoffError(f"Expected a table that holds no outcome, got {table}.")
    facts = _facts(world, table)
    left = spine.select(SPINE_ID, *by, _as_of="as_of")
    keep = [c for c in dict.fromkeys([KNOWN_AT, SUPERSEDED_AT, *columns]) if c not in by]
    right = facts.select(*by, *keep)
    paired = left.join(right, on=list(by))
    joined = paired.filter(_is_said(table))
    if world.trace is not None:
        later = paired.filter(~_is_said(table))
        world.trace.append(Seen(table, tuple(by), tuple(by), joined, later))
    return joined.select(list(dict.fromkeys([SPINE_ID, KNOWN_AT, *columns])))


def born(world: World, spine: pl.DataFrame) -> pl.DataFrame:
    """Return the birth date of each spine row's player.

    A birth date does not change and was no secret before his first game, so a list that came after
    ``as_of`` tells it where none before did. What was said by ``as_of`` comes first, the newest of
    it: nothing that is said later changes it.

    Args:
        world: what there is.
        spine: ``spine_id, player_id, as_of``.

    Returns:
        ``spine_id``, ``birth_date``; null where no list states it.
    """
    said = _facts(world, "birth_dates").sort(KNOWN_AT, maintain_order=True)
    first = said.unique("player_id", keep="first", maintain_order=True)
    asked = spine.select(SPINE_ID, "player_id", "as_of").sort("as_of")
    known = asked.join_asof(
        said, left_on="as_of", right_on=KNOWN_AT, by="player_id", check_sortedness=False
    ).join(first.select("player_id", _first="birth_date"), on="player_id", how="left")
    return known.select(SPINE_ID, birth_date=pl.coalesce("birth_date", "_first")).sort(SPINE_ID)


def _facts(world: World, table: str) -> pl.DataFrame:
    if table not in world.facts:
        raise TipoffError(f"Expected one of {sorted(world.facts)} to be asked for, got {table}.")
    return world.facts[table]


def _with_seasons(spine: pl.DataFrame, by: list[str], *, season_only: bool) -> pl.DataFrame:
    """Give each spine row the seasons that it may look into: its own, then the one before."""
    base = spine.sort(SPINE_ID).select(
        SPINE_ID,
        *[pl.col(c).alias(f"_by_{c}") for c in by],
        _spine_game="game_id",
        _spine_date="game_date",
        _as_of="as_of",
        _season="season",
    )
    if season_only:
        return base
    return base.with_columns(
        _season=pl.concat_list("_season", _previous(pl.col("_season")))
    ).explode("_season")


def _previous(season: pl.Expr) -> pl.Expr:
    start = season.str.slice(0, 4).cast(pl.Int32) - 1
    end = ((start + 1) % 100).cast(pl.String).str.zfill(2)
    return start.cast(pl.String) + "-" + end
