"""Processor 4: a player's recent form, load and team context, from games before the date.

This is where the predecessor read ``game_date <= D``: the door plants that fault on demand.
"""

import polars as pl

from tipoff.processors.declare import Processor, filled, first_reason
from tipoff.store.door import RECENCY, SPINE_ID, World, history
from tipoff.store.exact import sample_std
from tipoff.tables.derived import Column, player_table

MIN_GAMES = 3
TEAM_GAMES = 10

COLUMNS = (
    Column("points_avg_last_5", "mean points, last 5 games of the season", low=0, high=100),
    Column("points_avg_last_10", "mean points, last 10 games of the season", low=0, high=100),
    Column("points_avg_season", "mean points, season to date", low=0, high=100),
    Column("points_std_last_10", "sample standard deviation of points, last 10", low=0, high=60),
    Column("minutes_avg_last_10", "mean minutes, last 10 games", low=0, high=70),
    Column("minutes_avg_season", "mean minutes, season to date", low=0, high=70),
    Column("usage_rate_last_10", "mean usage, last 10 games, 0-100", low=0, high=100),
    Column("usage_rate_last_7_days", "mean usage, last 7 days, 0-100", low=0, high=100),
    Column("usage_rate_season", "mean usage, season to date, 0-100", low=0, high=100),
    Column("true_shooting_share_last_10", "mean true shooting, last 10 games", low=0),
    Column("games_played_season", "games of the season before the date", pl.Int32, 0, 120),
    Column("games_in_last_7_days", "games", pl.Int32, 0, 8),
    Column("games_in_last_14_days", "games", pl.Int32, 0, 15),
    Column("minutes_in_last_7_days", "minutes", low=0, high=500),
    Column("minutes_in_last_14_days", "minutes", low=0, high=1000),
    Column("minutes_avg_last_7_days", "mean minutes a game, last 7 days", low=0, high=70),
    Column("back_to_backs_last_14_days", "pairs of games on consecutive days", pl.Int32, 0, 14),
    Column("days_since_last_game", "days from his last game to this one", pl.Int32, 0, 400),
    Column("team_pace_last_10", "his team's possessions per 48 minutes, mean", low=60, high=150),
    Column(
        "team_offensive_rating_last_10", "his team's points per 100 possessions", low=60, high=180
    ),
)

_GAME = ["points", "seconds_played", "usage_rate", "true_shooting_share"]


def build(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Build processor 4 for a player spine."""
    games = history(
        world, spine, "player_games", by=["player_id"], columns=_GAME, season_only=True
    ).filter(pl.col("seconds_played") > 0)
    games = _recounted(games)
    played = spine.select(SPINE_ID, _spine_date="game_date")
    dated = games.join(played, on=SPINE_ID, maintain_order="left").with_columns(
        _days=(pl.col("_spine_date") - pl.col("game_date")).dt.total_days()
    )
    own = dated.group_by(SPINE_ID, maintain_order=True).agg(*_form(), *_load())
    rows = filled(spine, [own, _team(spine, world)]).with_columns(
        [pl.col(c).fill_null(0) for c in _COUNTS]
    )
    reason = first_reason(
        no_game_this_season=pl.col("games_played_season") == 0,
        fewer_than_3_games_this_season=pl.col("games_played_season") < MIN_GAMES,
    )
    return rows.select(SPINE_ID, reason, *[_stated(c.name) for c in COLUMNS])


# Known to be zero, not unknown, for a player without games.
_COUNTS = (
    "games_played_season",
    "games_in_last_7_days",
    "games_in_last_14_days",
    "back_to_backs_last_14_days",
)
_NEEDS_NO_HISTORY = {*_COUNTS, "team_pace_last_10", "team_offensive_rating_last_10"}


def _stated(name: str) -> pl.Expr:
    if name in _NEEDS_NO_HISTORY or name == "days_since_last_game":
        return pl.col(name)
    return pl.when(pl.col("games_played_season") >= MIN_GAMES).then(pl.col(name)).alias(name)


def _recounted(games: pl.DataFrame) -> pl.DataFrame:
    """Count recency again over the games that he really played in."""
    return games.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(SPINE_ID).alias(RECENCY)
    )


def _last(column: str, games: int) -> pl.Expr:
    return pl.col(column).filter(pl.col(RECENCY) <= games)


def _form() -> list[pl.Expr]:
    return [
        _last("points", 5).mean().alias("points_avg_last_5"),
        _last("points", 10).mean().alias("points_avg_last_10"),
        pl.col("points").mean().alias("points_avg_season"),
        sample_std(_last("points", 10)).alias("points_std_last_10"),
        (_last("seconds_played", 10).mean() / 60).alias("minutes_avg_last_10"),
        (pl.col("seconds_played").mean() / 60).alias("minutes_avg_season"),
        _last("usage_rate", 10).mean().alias("usage_rate_last_10"),
        pl.col("usage_rate").filter(pl.col("_days") <= 7).mean().alias("usage_rate_last_7_days"),
        pl.col("usage_rate").mean().alias("usage_rate_season"),
        _last("true_shooting_share", 10).mean().alias("true_shooting_share_last_10"),
        pl.len().cast(pl.Int32).alias("games_played_season"),
    ]


def _load() -> list[pl.Expr]:
    def within(days: int) -> pl.Expr:
        return pl.col("_days") <= days

    seconds = pl.col("seconds_played")
    # Games come from the most recent; a back-to-back is a gap of one day to the next older.
    gap = pl.col("game_date") - pl.col("game_date").shift(-1)
    is_pair = (gap.dt.total_days() == 1) & (pl.col("_days") + 1 <= 14)
    return [
        within(7).sum().cast(pl.Int32).alias("games_in_last_7_days"),
        within(14).sum().cast(pl.Int32).alias("games_in_last_14_days"),
        (seconds.filter(within(7)).sum() / 60).alias("minutes_in_last_7_days"),
        (seconds.filter(within(14)).sum() / 60).alias("minutes_in_last_14_days"),
        (seconds.filter(within(7)).mean() / 60).alias("minutes_avg_last_7_days"),
        is_pair.sum().cast(pl.Int32).alias("back_to_backs_last_14_days"),
        pl.col("_days").min().cast(pl.Int32).alias("days_since_last_game"),
    ]


def _team(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """The team's last 10 games of this season; the predecessor ran on into the last one."""
    teams = spine.unique(["game_id", "team"], maintain_order=True)
    games = history(
        world,
        teams,
        "team_games",
        by=["team"],
        columns=["pace", "offensive_rating"],
        last=TEAM_GAMES,
        season_only=True,
    )
    means = games.group_by(SPINE_ID, maintain_order=True).agg(
        team_pace_last_10=pl.col("pace").mean(),
        team_offensive_rating_last_10=pl.col("offensive_rating").mean(),
    )
    of_team = teams.select(SPINE_ID, "game_id", "team").join(means, on=SPINE_ID)
    return (
        spine.select(SPINE_ID, "game_id", "team")
        .join(of_team.drop(SPINE_ID), on=["game_id", "team"])
        .drop("game_id", "team")
    )


PROCESSOR = Processor(
    number=4,
    table=player_table("player_daily_cache", COLUMNS),
    columns=COLUMNS,
    spine="player",
    inputs=("games", "player_boxes", "team_boxes", "prop_quotes"),
    needs=(),
    build=build,
)
