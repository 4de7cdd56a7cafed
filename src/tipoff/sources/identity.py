"""The one place where a provider's name becomes a player.

A name is compared by its key (accents, case, punctuation and suffixes aside), under what the
user's own alias file and the shipped alias table say, then by its letters alone, turned round,
and by initials. Players of one name are told apart by the team, then by the season. What stays
unknown or ambiguous has no player id, and is reported.
"""

import tomllib
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files

import polars as pl

from tipoff.sources.alias_file import SCOPES, Alias, own_aliases

# Ids of players whom only name-carrying sources know begin so.
NAME_ONLY = "name:"
_PLACE = ["name_key", "season", "team_one", "team_two"]
_OWN = {
    "name_key": pl.String,
    "_id": pl.String,
    "_to": pl.String,
    **{f"_{scope}": pl.String for scope in SCOPES},
    "_scopes": pl.Int64,
}
_REST, _LAST = r"^\S+ (.+)$", r" (\S+)$"
_DIRECT, _LETTERS, _TURNED, _INITIAL, _TURNED_INITIAL = range(5)


@cache
def shipped_aliases() -> dict[str, str]:
    """Return the shipped alias table: name key to the name key that box scores use."""
    text = files("tipoff.sources").joinpath("aliases.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["aliases"])


def aliases(own: Sequence[Alias] | None = None) -> dict[str, str]:
    """Return the shipped aliases and the user's own that count everywhere, by name key."""
    shipped = shipped_aliases()
    said = {
        alias.key: shipped.get(alias.target, alias.target)
        for alias in (own_aliases() if own is None else own)
        if alias.target is not None and not any(alias.scope)
    }
    return {**shipped, **said} if said else shipped


def canonical(column: str, own: Sequence[Alias] | None = None) -> pl.Expr:
    """Return a column of name keys under the name that box scores use."""
    return pl.col(column).replace(aliases(own))


def has_no_player() -> pl.Expr:
    """Whether a row's player is unknown, or known by his name only."""
    return pl.col("player_id").is_null() | pl.col("player_id").str.starts_with(NAME_ONLY)


def team_columns(columns: Collection[str]) -> list[pl.Expr]:
    """Return ``team_one`` and ``team_two``: where the player of a row with these columns may be."""
    if "team" in columns:
        return [pl.col("team").alias("team_one"), pl.col("team").alias("team_two")]
    away, home = pl.col("game_id").str.slice(9, 3), pl.col("game_id").str.slice(13, 3)
    return [away.alias("team_one"), home.alias("team_two")]


def resolved(
    rows: pl.DataFrame, players: pl.DataFrame, own: Sequence[Alias] | None = None
) -> pl.DataFrame:
    """Fill ``player_id`` where it is null or known by name only.

    Args:
        rows: ``name_key, season, game_id, player_id`` and, where the row is about one team,
            ``team``; else the two teams of the game are where the player may be. Aliases of one
            source count in rows with ``source``.
        players: ``season, team, player_id, name_key``, as id-carrying box scores show them.
        own: the user's aliases; those of the alias file in force by default.

    Returns:
        The rows in their order, with ``player_id``; null where unknown or ambiguous.
    """
    said = own_aliases() if own is None else own
    by_source = "source" in rows.columns and any(alias.source for alias in said)
    place = [*_PLACE, "source"] if by_source else _PLACE
    placed = rows.with_columns(team_columns(rows.columns))
    is_open = has_no_player()
    wanted = placed.filter(is_open).select(place).unique()
    if wanted.is_empty() or players.is_empty():
        return rows
    found = _found(_asked(wanted, players, said), players, place)
    joined = placed.join(found, on=place, how="left", maintain_order="left", nulls_equal=True)
    player_id = pl.when(is_open).then(pl.coalesce("_id", "player_id")).otherwise("player_id")
    return joined.with_columns(player_id=player_id).select(rows.columns)


def named_only(rows: pl.DataFrame, own: Sequence[Alias] | None = None) -> pl.DataFrame:
    """Give players whom no id-carrying source knows an id made of their name."""
    made = pl.concat_str(pl.lit(NAME_ONLY), canonical("name_key", own))
    return rows.with_columns(player_id=pl.coalesce("player_id", made))


def boxed(
    rows: pl.DataFrame, players: pl.DataFrame, own: Sequence[Alias] | None = None
) -> pl.DataFrame:
    """Fill ``player_id`` in rows of box scores, of nobody known with an id made of his name.

    Two names in one source's box score of one game are two people: where an alias would give both
    one id, it does not count.

    Args:
        rows: as ``resolved`` takes them, with ``source``.
        players: as ``resolved`` takes them.
        own: the user's aliases; those of the alias file in force by default.
    """
    said = own_aliases() if own is None else own
    told = named_only(resolved(rows, players, said), said)
    if not said:
        return told
    is_alias = pl.col("name_key").is_in(sorted({alias.key for alias in said}))
    names = pl.col("name_key").n_unique().over("game_id", "source", "player_id")
    merged = told.select(is_alias & (names > 1)).to_series()
    if not merged.any():
        return told
    # Box scores of other games may list him under the alias: that rests on the alias as well.
    plain = named_only(resolved(rows, players.filter(~is_alias), ()), ())["player_id"]
    return told.with_columns(player_id=pl.when(merged).then(plain).otherwise("player_id"))


def _shipped(key: pl.Expr) -> pl.Expr:
    return key.replace(shipped_aliases())


def _letters(key: pl.Expr) -> pl.Expr:
    return key.str.replace_all(" ", "", literal=True)


def _asked(wanted: pl.DataFrame, players: pl.DataFrame, own: Sequence[Alias]) -> pl.DataFrame:
    """Say under which name, ``_key``, or id, ``_own``, each name and place is looked for."""
    key = _shipped(pl.col("name_key"))
    if not own:
        return wanted.with_columns(_key=key, _own=pl.lit(None, pl.String))
    said = _said(wanted, players, own)
    return wanted.join(said, on=wanted.columns, how="left", nulls_equal=True).select(
        *wanted.columns, _key=pl.coalesce(_shipped(pl.col("_to")), key), _own="_id"
    )


def _said(wanted: pl.DataFrame, players: pl.DataFrame, own: Sequence[Alias]) -> pl.DataFrame:
    """Return what the user's aliases say of names and places: ``_id`` or ``_to``, another name.

    The alias with the most scopes counts; where several with as many differ, none does. A name
    that box scores or rosters of the season know is its bearers' own and is not taken from them,
    nor is a spelling by which one of their players is found without an alias.
    """
    place = wanted.columns
    stated = [
        (a.key, a.player_id, a.target, *a.scope, sum(map(bool, a.scope)))
        for a in own
        if a.source is None or "source" in place
    ]
    entries = pl.DataFrame(stated, schema=_OWN, orient="row").unique()
    fits = wanted.join(entries, on="name_key").filter(
        _fits("_season", "season"),
        _fits("_team", "team_one", "team_two"),
        _fits("_source", "source") if "source" in place else pl.lit(value=True),
    )
    most = fits.filter(pl.col("_scopes") == pl.col("_scopes").max().over(place))
    once = most.select(*place, "_id", "_to").unique().filter(pl.len().over(place) == 1)
    bearers = players.group_by("season", _key=_shipped(pl.col("name_key"))).agg(
        _bearers=pl.col("player_id").unique()
    )
    known = once.with_columns(_key=_shipped(pl.col("name_key"))).join(
        bearers, on=["season", "_key"], how="left"
    )
    is_free = pl.col("_bearers").is_null() | pl.col("_bearers").list.contains(pl.col("_id"))
    free = known.filter(is_free.fill_null(value=False))
    if free.is_empty():
        return free.select(*place, "_id", "_to")
    found = _without_alias(free.select(*place, "_key"), players, place)
    return free.join(found, on=place, how="anti", nulls_equal=True).select(*place, "_id", "_to")


def _without_alias(
    asked: pl.DataFrame, players: pl.DataFrame, place: Sequence[str]
) -> pl.DataFrame:
    """Return the names and places that point, by themselves, to a player whom the season knows."""
    found = _found(asked.with_columns(_own=pl.lit(None, pl.String)), players, place)
    known = players.select("season", _id="player_id").unique()
    return found.join(known, on=["season", "_id"], how="semi")


def _fits(scope: str, *columns: str) -> pl.Expr:
    """Whether an alias does not state a scope, or one that is the row's."""
    same = pl.any_horizontal(pl.col(scope) == pl.col(column) for column in columns)
    return pl.col(scope).is_null() | same


def _found(asked: pl.DataFrame, players: pl.DataFrame, place: Sequence[str]) -> pl.DataFrame:
    """Return ``_id`` for each name and place that points to exactly one player."""
    known = players.select("season", "team", "player_id", _key=_shipped(pl.col("name_key")))
    known = known.unique().with_columns(_letters=_letters(pl.col("_key")))
    open_ = asked.filter(pl.col("_own").is_null())
    named = open_.with_columns(_letters=_letters(pl.col("_key")))
    turned = _turned(open_)
    short, short_turned = _short(open_), _short(turned)
    abbreviated = pl.concat([short["season"], short_turned["season"]]).unique()
    forms = _forms(players.filter(pl.col("season").is_in(abbreviated.implode())))
    ways = [
        named.join(known, on="_letters", suffix="_known").with_columns(
            _way=pl.when(pl.col("_key") == pl.col("_key_known")).then(_DIRECT).otherwise(_LETTERS)
        ),
        turned.join(known, on="_letters", suffix="_known").with_columns(_way=pl.lit(_TURNED)),
        _by_initial(short, forms).with_columns(_way=pl.lit(_INITIAL)),
        _by_initial(short_turned, forms).with_columns(_way=pl.lit(_TURNED_INITIAL)),
    ]
    columns = [*place, "season_known", "team", "player_id", "_way"]
    candidates = pl.concat([frame.select(columns) for frame in ways], how="vertical_relaxed")
    own = asked.filter(pl.col("_own").is_not_null()).select(*place, _id="_own")
    return pl.concat([_only(candidates, place), own])


def _turned(asked: pl.DataFrame) -> pl.DataFrame:
    """Turn "last first" and "last last first" round, and "last first first" as well."""
    suffix = r" (?:jr|sr|ii|iii|iv|v)$"
    ways = [
        asked.with_columns(
            _key=_shipped(pl.col("_key").str.replace(pattern, "${2} ${1}").str.replace(suffix, ""))
        )
        for pattern in (r"^(.*) (\S+)$", r"^(\S+) (.*)$")
    ]
    spaced = pl.concat(ways).filter(pl.col("_key").str.contains(" ", literal=True))
    return spaced.unique().with_columns(_letters=_letters(pl.col("_key")))


def _forms(players: pl.DataFrame) -> pl.DataFrame:
    """Return known players under every name they are listed by, in first word and ``_rest``.

    "i joe" is isaiah joe, but where joe ingles is about, it might be "ingles joe" made short: so
    turned names are listed as well, of nobody.
    """
    known = players.select("season", "team", "player_id", "name_key").unique()
    listed = known.with_columns(_key=_shipped(pl.col("name_key")))
    pairs = pl.DataFrame(list(shipped_aliases().items()), ["_other", "_key"], orient="row")
    columns = ["season", "team", "player_id"]
    forms = pl.concat(
        [
            known.select(*columns, form="name_key"),
            listed.select(*columns, form="_key"),
            listed.join(pairs, on="_key").select(*columns, form="_other"),
        ]
    ).unique()
    turned = forms.with_columns(
        player_id=pl.lit(None, pl.String),
        form=pl.col("form").str.replace(r"^(\S+) (.*)$", "${2} ${1}"),
    )
    forms = pl.concat([forms, turned.join(forms, on=["season", "team", "form"], how="anti")])
    # "k towns" is karl anthony towns, and "s gilgeous alexander" is shai.
    rests = [forms.with_columns(_rest=pl.col("form").str.extract(p)) for p in (_REST, _LAST)]
    return (
        pl.concat(rests)
        .drop_nulls("_rest")
        .with_columns(
            _first=pl.col("form").str.extract(r"^(\S+) "), _rest=_letters(pl.col("_rest"))
        )
        .unique()
    )


def _short(asked: pl.DataFrame) -> pl.DataFrame:
    """Return names such as "j green" and "ja green", in ``_short`` and ``_rest``."""
    return asked.with_columns(
        _short=pl.col("_key").str.extract(r"^(\S{1,2}) "),
        _rest=_letters(pl.col("_key").str.extract(_REST)),
    ).drop_nulls(["_short", "_rest"])


def _by_initial(short: pl.DataFrame, forms: pl.DataFrame) -> pl.DataFrame:
    """Match "j green" and "ja green" with the greens of that team whose first name begins so."""
    joined = short.join(forms, on="_rest", suffix="_known")
    begins = pl.col("_first").str.starts_with(pl.col("_short"))
    return joined.filter(begins & _at_team() & (pl.col("season") == pl.col("season_known")))


def _at_team() -> pl.Expr:
    return (pl.col("team") == pl.col("team_one")) | (pl.col("team") == pl.col("team_two"))


def _only(candidates: pl.DataFrame, place: Sequence[str]) -> pl.DataFrame:
    """Take the best kind of match of a name that points to one player; none if it points to more.

    Best is: by name, then by its letters alone, then turned round, then by initial; within each,
    at the team this season, then this season, then at the team in any season, then at all.
    """
    at_team = _at_team()
    now = pl.col("season") == pl.col("season_known")
    closeness = pl.when(at_team & now).then(0).when(now).then(1).when(at_team).then(2).otherwise(3)
    ranked = candidates.with_columns(_rank=pl.col("_way") * 4 + closeness)
    best = ranked.filter(pl.col("_rank") == pl.col("_rank").min().over(place))
    ids = best.group_by(place).agg(_ids=pl.col("player_id").unique())
    return ids.filter(pl.col("_ids").list.len() == 1).select(*place, _id=pl.col("_ids").list[0])
