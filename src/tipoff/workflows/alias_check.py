"""What would be wrong with an alias file, in sentences, and which of its lines nothing needs."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.alias_file import Alias, own_aliases
from tipoff.sources.identity import resolved, shipped_aliases, team_columns
from tipoff.sources.named_sources import stating_sources
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import NAMED_TABLES, PLAYER_BOXES
from tipoff.workflows.alias_rows import names_only, stated_players

_SHOWN_GAMES = 3


def check(
    lake: Lake,
    own: Sequence[Alias],
    named: Collection[str] = (),
    *,
    may_be_unknown: bool = False,
) -> dict[str, Any]:
    """Look for faults of an alias file in what the lake knows.

    Args:
        lake: whose box scores and rosters tell who is who.
        own: the lines of the file.
        named: further sources that state no ids, such as mapped ones.
        may_be_unknown: whether an alias may be of a player who is still to come.

    Returns:
        ``aliases`` (how many), ``unused``: those whose name no stored row has where they count.

    Raises:
        InputError: with one sentence per fault. An unknown player, a chain, lines that contradict
            each other, a name that is another player's own or finds him without an alias, two
            players of one game made one.
    """
    key = pl.col("name_key").replace(shipped_aliases())
    known = stated_players(lake, named)
    players = known.select("season", "player_id", key=key).unique()
    faults = [
        *_chains(own),
        *_contradictions(own),
        *([] if may_be_unknown else _unknown(own, players)),
        *_taken(own, players, _found_without(own, known), _may_be_found(lake, own, named)),
        *_merged(lake, own, players),
    ]
    if faults:
        head = f"Expected an alias file without faults, found {len(faults)}:"
        raise InputError("\n".join([head, *dict.fromkeys(faults)]))
    return {"aliases": len(own), "unused": [str(a) for a in _unused(lake, own)]}


def refuse_faults(lake: Lake) -> None:
    """Refuse the alias file in force where it is wrong; its players may be still to come.

    Raises:
        InputError: with one sentence per fault.
    """
    if own := own_aliases():
        check(lake, own, may_be_unknown=True)


def _box_key(key: str) -> str:
    return shipped_aliases().get(key, key)


def _chains(own: Sequence[Alias]) -> list[str]:
    """An alias leads to a player, not to another alias."""
    names = {alias.key: alias for alias in own}
    found = []
    for alias in own:
        if alias.target == alias.key:
            found.append(f"{alias}: name and player are the same as compared; leave it out.")
        elif alias.target in names:
            found.append(
                f"{alias}: its player is itself an alias ({names[alias.target]}); state the "
                "player's own name or his player_id."
            )
    return found


def _contradictions(own: Sequence[Alias]) -> list[str]:
    """One name leads to one player within one scope."""
    said: dict[tuple[str, tuple[str | None, ...]], list[Alias]] = defaultdict(list)
    for alias in own:
        said[alias.key, alias.scope].append(alias)
    return [
        f"{lines[0]} and {other}: one name leads to two players; keep one, or give each a scope."
        for lines in said.values()
        for other in lines[1:]
        if (other.target, other.player_id) != (lines[0].target, lines[0].player_id)
    ]


def _unknown(own: Sequence[Alias], players: pl.DataFrame) -> list[str]:
    """The player stands in a box score or on a roster, of the season where one is stated."""
    found = []
    for alias in own:
        is_his = _is_target(alias)
        rows = players.filter(is_his)
        if rows.is_empty():
            found.append(
                f"{alias}: no box score or roster with ids knows {_target_words(alias)}; check "
                "the spelling, or take box scores in first."
            )
        elif alias.season and rows.filter(pl.col("season") == alias.season).is_empty():
            seasons = ", ".join(sorted(set(rows["season"])))
            found.append(
                f"{alias}: {_target_words(alias)} is known in {seasons} only, not in "
                f"{alias.season}."
            )
    return found


def _target_words(alias: Alias) -> str:
    return f"a player {alias.player!r}" if alias.player else f"the id {alias.player_id!r}"


def _is_target(alias: Alias) -> pl.Expr:
    if alias.target is None:
        return pl.col("player_id") == alias.player_id
    return pl.col("key") == _box_key(alias.target)


def _found_without(own: Sequence[Alias], known: pl.DataFrame) -> pl.DataFrame:
    """Return ``name_key, season, team, player_id``: who is found by the names, without an alias.

    Only players whom the season knows: an alias may be of a newcomer with the name of one of old.
    """
    names = pl.DataFrame(
        {"name_key": sorted({alias.key for alias in own})}, {"name_key": pl.String}
    )
    places = known.select("season", "team").unique()
    asked = names.join(places, how="cross").with_columns(player_id=pl.lit(None, pl.String))
    found = resolved(asked, known, ()).drop_nulls("player_id")
    return found.join(known.select("season", "player_id"), on=["season", "player_id"], how="semi")


def _may_be_found(lake: Lake, own: Sequence[Alias], named: Collection[str]) -> pl.DataFrame:
    """Return ``source, key``: names listed by sources that may state ids, or may not."""
    sources = {*names_only(PLAYER_BOXES, named), *stating_sources(PLAYER_BOXES.name)}
    rows = scan(lake, PLAYER_BOXES).filter(
        pl.col("name_key").is_in(sorted({alias.key for alias in own})),
        ~pl.col("source").is_in(sorted(sources)),
    )
    return rows.select("source", key="name_key").unique().sort("source").collect()


def _taken(
    own: Sequence[Alias], players: pl.DataFrame, found: pl.DataFrame, unsure: pl.DataFrame
) -> list[str]:
    """A name by which a known player is found is his; an alias may only choose among such."""
    faults = []
    for alias in own:
        bearers = players.filter(pl.col("key") == _box_key(alias.key))
        others = found.filter(pl.col("name_key") == alias.key)
        if alias.season:
            bearers, others = (
                f.filter(pl.col("season") == alias.season) for f in (bearers, others)
            )
        if alias.team:
            others = others.filter(pl.col("team") == alias.team)
        ids = {*bearers["player_id"], *others["player_id"]}
        # Box scores by name, read under this very alias, have its name with the player's own id.
        if not ids or ids & set(players.filter(_is_target(alias))["player_id"]):
            continue
        listed = ", ".join(sorted(ids))
        if bearers.is_empty():
            faults.append(
                f"{alias}: {alias.name!r} is found to be a known player ({listed}) as it is; leave "
                "it out, or state the season and the team where it is another's."
            )
            continue
        sources = unsure.filter(pl.col("key") == alias.key)["source"]
        hint = "".join(
            f" Where files of {source} state no ids: tipoff identity apply --named-source {source}."
            for source in sources
        )
        faults.append(
            f"{alias}: {alias.name!r} is itself the name of a known player ({listed}); an alias "
            f"would make two players one.{hint}"
        )
    return faults


def _merged(lake: Lake, own: Sequence[Alias], players: pl.DataFrame) -> list[str]:
    """Two names of one source's box score of one game are two players."""
    names = sorted({alias.key for alias in own})
    boxes = scan(lake, PLAYER_BOXES).filter(~pl.col("is_deleted"))
    named = boxes.filter(pl.col("name_key").is_in(names))
    rows = (
        boxes.join(named.select("game_id", "source"), on=["game_id", "source"], how="semi")
        .select(
            "game_id", "source", "season", "team", "name_key", "player_name", "player_id",
            key=pl.col("name_key").replace(shipped_aliases()),
        )
        .unique()
        .collect()
    )  # fmt: skip
    found = []
    for alias in own:
        ids = set(players.filter(_is_target(alias))["player_id"]) if len(rows) else set()
        same = [a.key for a in own if _same_player(a, alias, ids) and a.key != alias.key]
        is_named = (pl.col("name_key") == alias.key) & _in_scope(alias)
        is_player = _is_target(alias) | pl.col("name_key").is_in(same)
        if len(ids) == 1:
            is_player |= pl.col("player_id").is_in(list(ids))
        others = rows.filter(is_player.fill_null(value=False), pl.col("name_key") != alias.key)
        both = others.join(rows.filter(is_named), on=["game_id", "source"], suffix="_named")
        for other, games in (
            both.group_by("player_name").agg(pl.col("game_id").unique().sort()).sort("player_name")
        ).iter_rows():
            shown = ", ".join(games[:_SHOWN_GAMES])
            more = f" and {len(games) - _SHOWN_GAMES} more" if len(games) > _SHOWN_GAMES else ""
            found.append(
                f"{alias}: {alias.name!r} and {other!r} stand in the box score of the same game "
                f"({shown}{more}); an alias would make two players one."
            )
    return found


def _same_player(one: Alias, other: Alias, ids: set[str]) -> bool:
    if one.target is not None and other.target is not None:
        return _box_key(one.target) == _box_key(other.target)
    return one.player_id in ids or (one.player_id is not None and one.player_id == other.player_id)


def _in_scope(alias: Alias) -> pl.Expr:
    columns = zip(("season", "team", "source"), alias.scope, strict=True)
    fits = [pl.col(column) == value for column, value in columns if value]
    return pl.all_horizontal(fits) if fits else pl.lit(value=True)


def _unused(lake: Lake, own: Sequence[Alias]) -> list[Alias]:
    names = sorted({alias.key for alias in own})
    parts = [
        scan(lake, table)
        .filter(pl.col("name_key").is_in(names))
        .select("name_key", "season", "source", *team_columns(table.columns))
        .unique()
        for table in NAMED_TABLES
    ]
    stored = pl.concat(parts).collect()
    return [alias for alias in own if not _is_used(alias, stored)]


def _is_used(alias: Alias, stored: pl.DataFrame) -> bool:
    rows = stored.filter(pl.col("name_key") == alias.key)
    for column, value in (("season", alias.season), ("source", alias.source)):
        rows = rows.filter(pl.col(column) == value) if value else rows
    if alias.team:
        rows = rows.filter((pl.col("team_one") == alias.team) | (pl.col("team_two") == alias.team))
    return not rows.is_empty()
