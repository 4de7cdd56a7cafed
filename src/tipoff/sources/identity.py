"""The one place where a provider's name becomes a player.

A name is compared by its key (accents, case, punctuation and suffixes aside), then through the
alias table, turned round, and by initials. Players of one name are told apart by the team, then
by the season. What stays unknown or ambiguous has no player id, and is reported.
"""

import tomllib
from functools import cache
from importlib.resources import files

import polars as pl

# Ids of players whom only name-carrying sources know begin so.
NAME_ONLY = "name:"
_PLACE = ["name_key", "season", "team_one", "team_two"]


@cache
def aliases() -> dict[str, str]:
    """Return the alias table: name key to the name key that box scores use."""
    text = files("tipoff.sources").joinpath("aliases.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["aliases"])


def canonical(column: str) -> pl.Expr:
    """Return a column of name keys under the name that box scores use."""
    return pl.col(column).replace(aliases())


def resolved(rows: pl.DataFrame, players: pl.DataFrame) -> pl.DataFrame:
    """Fill ``player_id`` where it is null or known by name only.

    Args:
        rows: ``name_key, season, game_id, player_id`` and, where the row is about one team,
            ``team``; else the two teams of the game are where the player may be.
        players: ``season, team, player_id, name_key``, as id-carrying box scores show them.

    Returns:
        The rows in their order, with ``player_id``; null where unknown or ambiguous.
    """
    placed = _placed(rows)
    is_open = pl.col("player_id").is_null() | pl.col("player_id").str.starts_with(NAME_ONLY)
    wanted = placed.filter(is_open).select(_PLACE).unique()
    if wanted.is_empty() or players.is_empty():
        return rows
    found = _found(wanted, players)
    joined = placed.join(found, on=_PLACE, how="left", maintain_order="left", nulls_equal=True)
    player_id = pl.when(is_open).then(pl.coalesce("_id", "player_id")).otherwise("player_id")
    return joined.with_columns(player_id=player_id).select(rows.columns)


def named_only(rows: pl.DataFrame) -> pl.DataFrame:
    """Give players whom no id-carrying source knows an id made of their name."""
    made = pl.concat_str(pl.lit(NAME_ONLY), canonical("name_key"))
    return rows.with_columns(player_id=pl.coalesce("player_id", made))


def _placed(rows: pl.DataFrame) -> pl.DataFrame:
    """Say at which one or two teams a row's player may be."""
    if "team" in rows.columns:
        return rows.with_columns(team_one=pl.col("team"), team_two=pl.col("team"))
    return rows.with_columns(
        team_one=pl.col("game_id").str.slice(9, 3), team_two=pl.col("game_id").str.slice(13, 3)
    )


def _found(wanted: pl.DataFrame, players: pl.DataFrame) -> pl.DataFrame:
    """Return ``_id`` for each name and place that points to exactly one player."""
    known = players.select("season", "team", "player_id", _key=canonical("name_key")).unique()
    asked = wanted.with_columns(_key=canonical("name_key"))
    # The last space of a name is where "last first" would be turned round.
    turned = asked.with_columns(
        _key=pl.col("_key").str.replace(r"^(.*) (\S+)$", "${2} ${1}").replace(aliases())
    )
    direct = asked.join(known, on="_key", suffix="_known")
    reversed_ = turned.join(known, on="_key", suffix="_known")
    by_initial = _by_initial(asked, known)
    candidates = pl.concat(
        [
            frame.select(*_PLACE, "season_known", "team", "player_id", _way=pl.lit(way))
            for way, frame in enumerate((direct, reversed_, by_initial))
        ]
    )
    return _only(candidates)


def _by_initial(asked: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Match "j green" with the green of that team whose first name begins with j."""
    pattern = r"^\S{1,2} (?:.* )?(\S+)$"
    short = asked.with_columns(
        _initial=pl.col("_key").str.slice(0, 1), _rest=pl.col("_key").str.extract(pattern, 1)
    ).drop_nulls("_rest")
    full = known.with_columns(
        _initial=pl.col("_key").str.slice(0, 1), _rest=pl.col("_key").str.extract(r" (\S+)$", 1)
    )
    joined = short.join(full, on=["_initial", "_rest"], suffix="_known")
    return joined.filter(_at_team() & (pl.col("season") == pl.col("season_known")))


def _at_team() -> pl.Expr:
    return (pl.col("team") == pl.col("team_one")) | (pl.col("team") == pl.col("team_two"))


def _only(candidates: pl.DataFrame) -> pl.DataFrame:
    """Take the best kind of match of a name that points to one player; none if it points to more.

    Best is: by name, then turned round, then by initial; within each, at the team this season,
    then this season, then at the team in any season, then at all.
    """
    at_team = _at_team()
    now = pl.col("season") == pl.col("season_known")
    closeness = pl.when(at_team & now).then(0).when(now).then(1).when(at_team).then(2).otherwise(3)
    ranked = candidates.with_columns(_rank=pl.col("_way") * 4 + closeness)
    best = ranked.filter(pl.col("_rank") == pl.col("_rank").min().over(_PLACE))
    ids = best.group_by(_PLACE).agg(_ids=pl.col("player_id").unique())
    return ids.filter(pl.col("_ids").list.len() == 1).select(*_PLACE, _id=pl.col("_ids").list[0])
