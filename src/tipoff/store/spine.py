"""Spines: the rows to be filled, known before the games were played.

A player spine lists who could have been known to play, never who turned out to have played: the
players whose latest known game was for one of the two teams, at most ``ROSTER_DAYS`` before that
team's own latest game, and the players of those teams on whom a line was quoted. ``spine_basis``
says which.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from tipoff.domain.guard import guard
from tipoff.store.door import SPINE_ID
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT
from tipoff.tables.raw import COUNTED_SEASON_TYPES

ROSTER_DAYS = 30
TEAM_KEY = ("game_date", "game_id", "team")
PLAYER_KEY = ("game_date", "game_id", "player_id")


def game_spine(games: pl.DataFrame, dates: Sequence[date], lead_minutes: int) -> pl.DataFrame:
    """Return one row per game of the dates with its decision instant.

    A game without a stated tip-off is taken to start at 19:00 Eastern (``tip_off_basis`` is then
    ``assumed``). ``as_of`` is the tip-off minus the lead.
    """
    assumed = (
        pl.col("game_date")
        .dt.combine(pl.time(19, 0))
        .dt.replace_time_zone("America/New_York")
        .dt.convert_time_zone("UTC")
        .dt.cast_time_unit("us")
    )
    return (
        games.filter(
            pl.col("game_date").is_in(list(dates)),
            pl.col("season_type").is_in(COUNTED_SEASON_TYPES) | pl.col("season_type").is_null(),
        )
        .with_columns(
            tip_off_basis=pl.when(pl.col("tip_off_at").is_null())
            .then(pl.lit("assumed"))
            .otherwise(pl.lit("recorded")),
            tip_off_at=pl.coalesce("tip_off_at", assumed),
        )
        .with_columns(as_of=pl.col("tip_off_at") - timedelta(minutes=lead_minutes))
    )


def team_spine(games: pl.DataFrame, dates: Sequence[date], lead_minutes: int) -> pl.DataFrame:
    """Return two rows per game, one per team, ordered by the key, with ``spine_id``."""
    spine = game_spine(games, dates, lead_minutes)
    sides = [
        spine.with_columns(
            team=pl.col(f"{own}_team"),
            opponent=pl.col(f"{other}_team"),
            is_home=pl.lit(own == "home"),
        )
        for own, other in (("home", "away"), ("away", "home"))
    ]
    return _numbered(pl.concat(sides).drop("home_team", "away_team", "nba_game_id"), TEAM_KEY)


@guard
def player_spine(
    teams: pl.DataFrame, player_games: pl.DataFrame, quoted_players: pl.DataFrame
) -> pl.DataFrame:
    """Return one row per (game, player who could have been known to play), with ``spine_id``.

    Args:
        teams: a team spine.
        player_games: the fact table.
        quoted_players: who was quoted on any market, with ``known_at``.
    """
    current = _current_players(teams, _stints(player_games))
    quoted = (
        quoted_players.join(teams.select("game_id", "as_of").unique(), on="game_id")
        .filter(pl.col(KNOWN_AT) <= pl.col("as_of"))
        .select("game_id", "player_id")
        .unique()
        .with_columns(has_quote=pl.lit(value=True))
    )
    candidates = (
        current.join(quoted, on=["game_id", "player_id"], how="left")
        .join(_latest_team_games(teams, player_games), on=["game_id", "team"], how="left")
        .with_columns(
            is_recent=(pl.col("_team_last") - pl.col("_last_date")).dt.total_days() <= ROSTER_DAYS
        )
    )
    basis = (
        pl.when(pl.col("is_recent") & pl.col("has_quote"))
        .then(pl.lit("recent_box+line"))
        .when(pl.col("is_recent"))
        .then(pl.lit("recent_box"))
        .otherwise(pl.lit("line"))
    )
    rows = candidates.filter(pl.col("is_recent") | pl.col("has_quote")).with_columns(
        spine_basis=basis
    )
    return _numbered(rows.drop("is_recent", "has_quote", "_last_date", "_team_last"), PLAYER_KEY)


@player_spine.fault("roster-of-those-who-played")
def _those_who_played(
    teams: pl.DataFrame,
    player_games: pl.DataFrame,
    quoted_players: pl.DataFrame,  # noqa: ARG001
) -> pl.DataFrame:
    """The players of the game's own box score."""
    played = player_games.filter(pl.col(SUPERSEDED_AT).is_null(), pl.col("seconds_played") > 0)
    rows = teams.drop(SPINE_ID).join(
        played.select("game_id", "team", "player_id", "player_name").unique(),
        on=["game_id", "team"],
    )
    return _numbered(rows.with_columns(spine_basis=pl.lit("recent_box")), PLAYER_KEY)


LONGEST_ABSENCE_DAYS = 365


def _stints(player_games: pl.DataFrame) -> pl.DataFrame:
    """Intervals of time in which a game was the player's latest known one.

    A box score that comes after that of a later game opens none.
    """
    first_known = (
        player_games.select(
            "player_id", "player_name", "team", "season", "game_date", KNOWN_AT, "game_id"
        )
        .sort("game_date", "game_id", "player_id", KNOWN_AT)
        .unique(["player_id", "game_id"], keep="first", maintain_order=True)
        .with_row_index("_order")
    )
    own = pl.col("_order")
    latest = first_known.sort("player_id", KNOWN_AT, "_order").filter(
        own == own.cum_max().over("player_id")
    )
    return latest.drop("_order").with_columns(_until=pl.col(KNOWN_AT).shift(-1).over("player_id"))


def _latest_team_games(teams: pl.DataFrame, player_games: pl.DataFrame) -> pl.DataFrame:
    """The date of each team's latest game known at the spine row's ``as_of``."""
    games = player_games.select("team", "game_date", KNOWN_AT).unique().sort(KNOWN_AT, "game_date")
    latest = games.with_columns(_team_last=pl.col("game_date").cum_max().over("team"))
    return (
        teams.select("game_id", "team", "as_of")
        .sort("as_of")
        .join_asof(
            latest.select("team", KNOWN_AT, "_team_last"),
            left_on="as_of",
            right_on=KNOWN_AT,
            by="team",
            check_sortedness=False,
        )
        .select("game_id", "team", "_team_last")
    )


def _current_players(teams: pl.DataFrame, stints: pl.DataFrame) -> pl.DataFrame:
    """Players of each team spine row whose latest known game was for that team."""
    own_and_last = teams.with_columns(_season=pl.concat_list("season", _previous_season())).explode(
        "_season"
    )
    candidates = own_and_last.join(
        stints.select(
            "player_id",
            "player_name",
            "team",
            "_until",
            _season="season",
            _from=KNOWN_AT,
            _last_date="game_date",
            _last_game="game_id",
        ),
        on=["team", "_season"],
    )
    days = (pl.col("game_date") - pl.col("_last_date")).dt.total_days()
    return candidates.filter(
        pl.col("_from") <= pl.col("as_of"),
        pl.col("_until").is_null() | (pl.col("_until") > pl.col("as_of")),
        pl.col("_last_game") != pl.col("game_id"),
        days <= LONGEST_ABSENCE_DAYS,
    ).select(*[c for c in teams.columns if c != SPINE_ID], "player_id", "player_name", "_last_date")


def _previous_season() -> pl.Expr:
    start = pl.col("season").str.slice(0, 4).cast(pl.Int32) - 1
    end = ((start + 1) % 100).cast(pl.String).str.zfill(2)
    return start.cast(pl.String) + "-" + end


def _numbered(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    return rows.sort(key).with_row_index(SPINE_ID)
