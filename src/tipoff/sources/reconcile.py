"""Whom and what parsed rows name, laid beside what is known: the items that a load is judged by.

There are six kinds. ``players``: a name that is nobody's. ``listed``: the same, on a list of who is
out: without rosters, who has not played yet is not known. ``places``: a player at a team for which
nobody saw him. ``ids``: an id that belongs to somebody of another name. ``teams``: a team that is
no NBA team. ``games``: a game that is not known, or that a known one contradicts.

An item counts only where it can be known: a name where the players of each team that it may belong
to are known at that time, a game where one of its teams is known to play that day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from tipoff.sources.game_rows import NO_TEAM
from tipoff.sources.identity import canonical, has_no_player, team_columns
from tipoff.sources.line_rows import NO_GAME, with_name_key
from tipoff.sources.mapped_games import NO_TEAM_GAME
from tipoff.sources.refusals import Named
from tipoff.tables.raw import AVAILABILITY

KINDS = ("players", "listed", "places", "ids", "teams", "games")
TEAM_REASONS = (NO_TEAM,)
GAME_REASONS = (NO_GAME, NO_TEAM_GAME)
# So many players of a team are known once it has played a game, or its roster has been read.
KNOWN_TEAM = 8
# Who is at a team is known so long before and after the games that show it.
KNOWN_FOR = timedelta(days=4)


@dataclass(frozen=True)
class Known:
    """What rows are laid beside: of other loads than theirs.

    Attributes:
        players: ``season, team, player_id, name_key``, as sources show them that state ids.
        games: ``game_date, home_team, away_team``.
        teams: ``season, team, players, since, until``: how many players of a team are known, and
            from which date to which; null where a roster tells them for the whole season.
    """

    players: pl.DataFrame
    games: pl.DataFrame
    teams: pl.DataFrame


ITEMS = {
    "source": pl.String,
    "table": pl.String,
    "season": pl.String,
    "kind": pl.String,
    "item": pl.String,
    "what": pl.String,
    "teams": pl.String,
    "first_date": pl.Date,
    "last_date": pl.Date,
    "rows": pl.Int64,
    "is_checked": pl.Boolean,
    "is_bad": pl.Boolean,
}
"""Columns of items: one row per thing that rows of a source, table and season name.

``item`` tells items apart, ``what`` is it for people; ``teams`` names where it may belong.
"""
_GROUP = ["source", "table", "season", "kind", "item"]


def has_told_id(rows: pl.DataFrame) -> pl.Series:
    """Return which rows have the id of a player, not one made of his name."""
    return rows.select(~has_no_player()).to_series()


def rows_items(table: str, rows: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Return the items that rows of one table name, in the columns ``ITEMS``.

    Args:
        table: its name.
        rows: after players were looked up; ``_has_id`` says where the source stated the id itself.
        known: games and players of other loads than this one.
    """
    frames = []
    if "is_deleted" in rows.columns:
        rows = rows.filter(~pl.col("is_deleted"))
    # A stale row says itself that it is about another day: its player counts, his place does not.
    placed_rows = rows.filter(~pl.col("is_stale")) if "is_stale" in rows.columns else rows
    if "player_id" in rows.columns:
        if "name_key" not in rows.columns:
            rows = placed_rows = with_name_key(rows)
        frames.append(_ids(_who(rows), known))
        if "game_id" in rows.columns:
            kind = "listed" if table == AVAILABILITY.name else "players"
            frames.append(_players(_placed(_who(rows), known), kind))
            frames.append(_places(_placed(_who(placed_rows), known), known))
        else:
            frames.append(_listed_places(_who(rows), known))
    if "game_id" in rows.columns:
        frames.append(_games(placed_rows, known))
    items = pl.concat(
        [_as_items(frame, table) for frame in frames if not frame.is_empty()]
        or [pl.DataFrame(schema=ITEMS)]
    )
    return items.sort(_GROUP)


def refused_items(
    source: str, table: str, refused: Mapping[str, Mapping[Named, int]]
) -> pl.DataFrame:
    """Return the teams and games that refused rows named, as items without a season."""
    found: dict[tuple[str, str], dict[str, str | None]] = {}
    counts: dict[tuple[str, str], int] = {}
    for reason, named in refused.items():
        kind = "teams" if reason in TEAM_REASONS else "games" if reason in GAME_REASONS else None
        for (day, teams), rows in named.items() if kind else ():
            date = day if kind == "games" else None
            sides = " at ".join(reversed(teams)) or "?"
            key = (str(kind), " ".join(filter(None, (date, sides))))
            found[key] = {"first_date": date, "teams": " ".join(teams)}
            counts[key] = counts.get(key, 0) + rows
    told = {"source": source, "table": table, "is_checked": True, "is_bad": True}
    listed = [
        {**told, **row, "kind": kind, "item": what, "what": what, "rows": counts[kind, what]}
        for (kind, what), row in sorted(found.items())
    ]
    texts = {**ITEMS, "first_date": pl.String}
    dated = pl.col("first_date").str.to_date("%Y-%m-%d", strict=False)
    return pl.DataFrame(listed, schema=texts).with_columns(first_date=dated, last_date=dated)


def merged(items: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Join items of several loads into one row each; bad is what was bad in most of its rows."""
    bad = (pl.col("rows") * pl.col("is_bad")).sum() * 2 >= (
        pl.col("rows") * pl.col("is_checked")
    ).sum()
    return (
        pl.concat([pl.DataFrame(schema=ITEMS), *items])
        .group_by(_GROUP)
        .agg(
            pl.col("what", "teams").drop_nulls().first(),
            pl.col("first_date").min(),
            pl.col("last_date").max(),
            pl.col("rows").sum(),
            pl.col("is_checked").any(),
            is_bad=bad & pl.col("is_checked").any(),
        )
        .select(list(ITEMS))
        .sort(_GROUP)
    )


def _as_items(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    absent = {"teams": pl.String, "first_date": pl.Date, "last_date": pl.Date}
    missing = [pl.lit(None, dtype).alias(c) for c, dtype in absent.items() if c not in rows.columns]
    return rows.with_columns(*missing, table=pl.lit(table)).select(
        pl.col(name).cast(dtype) for name, dtype in ITEMS.items()
    )


def _who(rows: pl.DataFrame) -> pl.DataFrame:
    """Return whom rows name and where: one row per name, id, game and team."""
    told = [] if "_has_id" in rows.columns else [pl.lit(value=True).alias("_has_id")]
    place = [c for c in ("game_id", "game_date", "team") if c in rows.columns]
    return (
        rows.with_columns(*told)
        .group_by("source", "season", "name_key", "player_id", "_has_id", *place)
        .agg(pl.col("player_name").min(), rows=pl.len())
    )


def _placed(who: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Say at which teams each may be, and whether the players of those are known this season."""
    covered = known.teams.filter(pl.col("players") >= KNOWN_TEAM)
    placed = who.with_columns(team_columns(who.columns))
    for side in ("team_one", "team_two"):
        spans = covered.select("season", "since", "until", _known=True, **{side: pl.col("team")})
        after = pl.col("since").is_null() | (pl.col("game_date") >= pl.col("since") - KNOWN_FOR)
        before = pl.col("until").is_null() | (pl.col("game_date") <= pl.col("until") + KNOWN_FOR)
        placed = (
            placed.join(spans, on=["season", side], how="left")
            .with_columns((pl.col("_known") & after & before).alias(f"_{side}"))
            .drop("since", "until", "_known")
        )
    both = pl.all_horizontal(pl.col("_team_one", "_team_two").fill_null(value=False))
    return placed.with_columns(_is_covered=both, _is_open=has_no_player())


def _players(placed: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Names, of sources that state no id, or not of everybody."""
    covered, rows = pl.col("_is_covered"), pl.col("rows")
    by_name = ~pl.col("_has_id").all().over("source", "season")
    return (
        placed.filter(by_name)
        .group_by("source", "season", item="name_key")
        .agg(
            _teams(),
            what=pl.col("player_name").min(),
            first_date=pl.col("game_date").min(),
            last_date=pl.col("game_date").max(),
            rows=rows.sum(),
            is_checked=covered.any(),
            is_bad=covered.any()
            & ((rows * (covered & pl.col("_is_open"))).sum() * 2 >= (rows * covered).sum()),
        )
        .with_columns(kind=pl.lit(kind))
    )


def _teams() -> pl.Expr:
    sides = pl.concat_list(pl.col("team_one", "team_two").implode()).explode()
    return sides.unique().sort().str.join(" ").alias("teams")


def _places(placed: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Players in games, and whether anybody saw them at one of the teams, in any season."""
    seen = known.players.select("player_id", "team").unique()
    matched = placed.filter(~pl.col("_is_open"))
    at = [
        matched.join(seen, left_on=["player_id", side], right_on=["player_id", "team"], how="semi")
        for side in ("team_one", "team_two")
    ]
    here = pl.concat(at).select("player_id", "game_id").unique().with_columns(_here=True)
    joined = matched.join(here, on=["player_id", "game_id"], how="left")
    return joined.group_by("source", "season", "player_id", "game_id").agg(
        kind=pl.lit("places"),
        item=pl.concat_str("player_id", "game_id", separator=" at ").first(),
        what=pl.concat_str("player_name", "game_id", separator=" in ").min(),
        teams=pl.concat_str("team_one", "team_two", separator=" ").min(),
        first_date=pl.col("game_date").min(),
        last_date=pl.col("game_date").max(),
        rows=pl.col("rows").sum(),
        is_checked=pl.col("_is_covered").all(),
        is_bad=pl.col("_is_covered").all() & ~pl.col("_here").fill_null(value=False).any(),
    )


def _listed_places(who: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Players of rosters, and whether anybody saw those at the team whom games of it show."""
    shown = known.players.select("season", "player_id", "team").unique()
    teams = shown.group_by("season", "player_id").agg(_teams=pl.col("team"))
    joined = who.join(teams, on=["season", "player_id"], how="left")
    return (
        joined.group_by("source", "season", "player_id", "team")
        .agg(
            kind=pl.lit("places"),
            item=pl.concat_str("player_id", "team", separator=" at ").first(),
            what=pl.concat_str("player_name", "team", separator=" at ").min(),
            rows=pl.col("rows").sum(),
            is_checked=pl.col("_teams").is_not_null().any(),
            is_bad=~pl.col("_teams").list.contains(pl.col("team")).fill_null(value=True).any(),
        )
        .with_columns(teams=pl.col("team"))
    )


def _ids(who: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Ids that a source states with a name.

    A known id is bad with a name that shares no word with any of its own. An unknown one is bad
    with the name of somebody who is known by another id.
    """
    told = who.filter(pl.col("_has_id")).with_columns(_key=canonical("name_key"))
    bearers = known.players.select("player_id", _key=canonical("name_key")).unique()
    names = bearers.group_by("player_id").agg(
        _words=pl.col("_key").str.split(" ").explode().unique(), _name=pl.col("_key").min()
    )
    known_names = bearers.select("_key").unique().with_columns(_is_name=pl.lit(value=True))
    joined = told.join(names, on="player_id", how="left").join(known_names, on="_key", how="left")
    shared = pl.col("_key").str.split(" ").list.set_intersection("_words").list.len() > 0
    is_known = pl.col("_words").is_not_null()
    has_name = pl.col("_is_name").fill_null(value=False)
    dates = (
        {"first_date": pl.col("game_date").min(), "last_date": pl.col("game_date").max()}
        if "game_date" in who.columns
        else {}
    )
    whose = pl.when(is_known).then(pl.col("_name")).otherwise(pl.lit("nobody")).first()
    return joined.group_by("source", "season", "player_id", "name_key").agg(
        kind=pl.lit("ids"),
        item=pl.concat_str("player_id", "name_key", separator=" ").first(),
        what=pl.concat_str(
            pl.col("player_name").min(),
            pl.lit(" has the id "),
            pl.col("player_id").first(),
            pl.lit(" of "),
            whose,
        ),
        rows=pl.col("rows").sum(),
        is_checked=(is_known | has_name).any(),
        is_bad=pl.when(is_known).then(~shared.fill_null(value=False)).otherwise(has_name).any(),
        **dates,
    )


def _games(rows: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Games, and whether one of their teams is known to play another one that day."""
    games = rows.group_by("source", "season", "game_id", "game_date").agg(rows=pl.len())
    sides = known.games.select("game_date", "home_team", "away_team")
    both = pl.concat(
        [
            sides.select("game_date", team="home_team", _other="away_team"),
            sides.select("game_date", team="away_team", _other="home_team"),
        ]
    )
    days = both.group_by("game_date", "team").agg(_others=pl.col("_other").unique())
    placed = games.with_columns(
        _away=pl.col("game_id").str.slice(9, 3), _home=pl.col("game_id").str.slice(13, 3)
    )
    for side in ("_away", "_home"):
        placed = placed.join(
            days.rename({"team": side, "_others": f"{side}_plays"}),
            on=["game_date", side],
            how="left",
        )
    meets = pl.col("_away_plays").list.contains(pl.col("_home")).fill_null(value=False)
    plays = pl.any_horizontal(pl.col("_away_plays", "_home_plays").is_not_null())
    return placed.select(
        "source",
        "season",
        "rows",
        kind=pl.lit("games"),
        item="game_id",
        what="game_id",
        teams=pl.concat_str("_away", "_home", separator=" "),
        first_date="game_date",
        last_date="game_date",
        is_checked=plays,
        is_bad=plays & ~meets,
    )
