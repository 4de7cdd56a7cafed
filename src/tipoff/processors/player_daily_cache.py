"""Processor 4: a player's recent form, load and team context, from games before the date.

This is where the predecessor read ``game_date <= D``: the door plants that fault on demand.
"""

import polars as pl

from tipoff.domain.guard import guard
from tipoff.domain.market import FEATURE_MARKETS
from tipoff.processors.declare import (
    BIRTHS,
    LISTED,
    Input,
    Processor,
    filled,
    first_reason,
    ratio,
)
from tipoff.processors.windows import Window, expected_games, of_team, recounted, window_loads
from tipoff.store.door import RECENCY, SPINE_ID, World, born, history
from tipoff.store.exact import over, sample_std
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT
from tipoff.tables.derived import Column, player_table

MIN_GAMES = 3
EARLY_GAMES = 10
TEAM_GAMES = 10
FOURTH_GAMES = 7
_DAYS_A_YEAR = 365.25

_STATISTICS = tuple(market.name for market in FEATURE_MARKETS)
_WINDOWS = (Window(7), Window(14))


def _of_statistic(name: str) -> tuple[Column, ...]:
    return (
        Column(f"{name}_avg_last_5", f"mean {name}, last 5 games of the season", low=0),
        Column(f"{name}_avg_last_10", f"mean {name}, last 10 games of the season", low=0),
        Column(f"{name}_avg_season", f"mean {name}, season to date", low=0),
        Column(f"{name}_std_last_10", f"sample standard deviation of {name}, last 10", low=0),
    )


COLUMNS = (
    *(column for name in _STATISTICS for column in _of_statistic(name)),
    Column("minutes_avg_last_10", "mean minutes, last 10 games", low=0, high=70),
    Column("minutes_avg_season", "mean minutes, season to date", low=0, high=70),
    Column("minutes_std_last_10", "sample standard deviation of minutes, last 10", low=0),
    Column("usage_rate_last_10", "mean usage, last 10 games, 0-100", low=0, high=100),
    Column("usage_rate_last_7_days", "mean usage, last 7 days, 0-100", low=0, high=100),
    Column("usage_rate_season", "mean usage, season to date, 0-100", low=0, high=100),
    Column("true_shooting_share_last_10", "mean true shooting, last 10 games", low=0),
    Column("field_goal_share_season", "made / attempted, season to date", low=0, high=1),
    Column("free_throw_rate_season", "free throws / field goals attempted, season", low=0),
    Column("starter_share_season", "share of his games that he started", low=0, high=1),
    Column("games_played_season", "games of the season before the date", pl.Int32, 0, 120),
    Column("games_in_last_7_days", "games", pl.Int32, 0, 8),
    Column("games_in_last_14_days", "games", pl.Int32, 0, 15),
    Column("minutes_in_last_7_days", "minutes", low=0, high=500),
    Column("minutes_in_last_14_days", "minutes", low=0, high=1000),
    Column("minutes_avg_last_7_days", "mean minutes a game, last 7 days", low=0, high=70),
    Column("back_to_backs_last_14_days", "pairs of games on consecutive days", pl.Int32, 0, 14),
    Column("days_since_last_game", "days from his last game to this one", pl.Int32, 0, 400),
    Column(
        "fourth_quarter_minutes_last_7",
        "mean minutes in the fourth period, last 7 games that tell",
        low=0,
        high=12,
    ),
    Column("player_age", "years on the game date, to a tenth", low=15, high=60),
    Column("team_pace_last_10", "his team's possessions per 48 minutes, mean", low=60, high=150),
    Column(
        "team_offensive_rating_last_10", "his team's points per 100 possessions", low=60, high=180
    ),
    Column("team_games_expected", "games of the team this season, by the schedule", pl.Int32, 0),
    Column("team_games_known", "of these, box scores that were known", pl.Int32, 0),
    Column("team_games_expected_last_14_days", "the same, last 14 days", pl.Int32, 0),
    Column("team_games_known_last_14_days", "the same, last 14 days", pl.Int32, 0),
    Column("primary_scoring_zone", "as processor 2 says", pl.String),
    Column("paint_share_last_10", "as processor 2 says", low=0, high=1),
    Column("three_share_last_10", "as processor 2 says", low=0, high=1),
    Column("assisted_share_last_10", "as processor 2 says", low=0, high=1),
    Column("is_early_season", "fewer than 10 games of his this season", pl.Boolean),
    Column("games_known_at", "when the newest of his games became known", pl.Datetime),
    Column("team_games_known_at", "when the newest of its 10 games became known", pl.Datetime),
)

_GAME = [
    "seconds_played",
    "usage_rate",
    "true_shooting_share",
    "field_goals_made",
    "field_goals_attempted",
    "free_throws_attempted",
    "is_starter",
    KNOWN_AT,
]
_COPIED = (
    "primary_scoring_zone",
    "paint_share_last_10",
    "three_share_last_10",
    "assisted_share_last_10",
)
# Known to be zero, not unknown, for a player without games.
_COUNTS = (
    "games_played_season",
    "games_in_last_7_days",
    "games_in_last_14_days",
    "back_to_backs_last_14_days",
)
_NEEDS_NO_HISTORY = {
    *_COUNTS,
    *_COPIED,
    "days_since_last_game",
    "team_pace_last_10",
    "team_offensive_rating_last_10",
    "team_games_expected",
    "team_games_known",
    "team_games_expected_last_14_days",
    "team_games_known_last_14_days",
    "is_early_season",
    "games_known_at",
    "team_games_known_at",
}


def build(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Build processor 4 for a player spine; reads processor 2 of the same dates."""
    games = history(
        world,
        spine,
        "player_games",
        by=["player_id"],
        columns=[*_STATISTICS, *_GAME],
        season_only=True,
    )
    games = recounted(games.filter(pl.col("seconds_played") > 0), spine)
    own = games.group_by(SPINE_ID, maintain_order=True).agg(
        *[e for name in _STATISTICS for e in _averages(name)], *_form(), *window_loads(_WINDOWS)
    )
    own = _of_earlier_games(own, spine, world)
    rows = filled(
        spine,
        [
            own,
            _fourth_periods(spine, world),
            _age(spine, world),
            _team(spine, world),
            expected_games(spine, world, days=14),
        ],
    )
    zones = world.upstream["player_shot_zone"].select("game_id", "player_id", *_COPIED)
    rows = rows.join(
        zones, on=["game_id", "player_id"], how="left", maintain_order="left"
    ).with_columns([pl.col(c).fill_null(0) for c in _COUNTS])
    rows = rows.with_columns(is_early_season=pl.col("games_played_season") < EARLY_GAMES)
    reason = first_reason(
        no_game_this_season=pl.col("games_played_season") == 0,
        fewer_than_3_games_this_season=pl.col("games_played_season") < MIN_GAMES,
    )
    return rows.select(SPINE_ID, reason, *[_stated(c.name) for c in COLUMNS])


@guard
def _of_earlier_games(own: pl.DataFrame, spine: pl.DataFrame, world: World) -> pl.DataFrame:  # noqa: ARG001
    """Return what a player's earlier games say: nothing is added from the game or later ones."""
    return own


@_of_earlier_games.fault("season-final-averages")
def _of_the_whole_season(own: pl.DataFrame, spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """The season's averages as a table of season totals gives them when it is over."""
    names = [f"{name}_avg_season" for name in _STATISTICS]
    told = world.facts["player_games"].filter(
        pl.col(SUPERSEDED_AT).is_null(), pl.col("seconds_played") > 0
    )
    totals = told.group_by("player_id", "season").agg(
        pl.col(name).mean().alias(f"{name}_avg_season") for name in _STATISTICS
    )
    whole = spine.select(SPINE_ID, "player_id", "season").join(totals, on=["player_id", "season"])
    return own.drop(names).join(
        whole.select(SPINE_ID, *names), on=SPINE_ID, how="left", maintain_order="left"
    )


@_of_earlier_games.fault("post-game-starters")
def _with_starts_of_the_game(own: pl.DataFrame, spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """The flag of the game's own box score."""
    told = world.facts["player_games"].select("game_id", "player_id", _starts="is_starter")
    flags = spine.select(SPINE_ID, "game_id", "player_id").join(
        told.unique(["game_id", "player_id"]), on=["game_id", "player_id"]
    )
    starts = pl.coalesce(pl.col("_starts").cast(pl.Float64), "starter_share_season")
    told_of = flags.select(SPINE_ID, "_starts")
    both = own.join(told_of, on=SPINE_ID, how="left", maintain_order="left")
    return both.with_columns(starter_share_season=starts).drop("_starts")


def _stated(name: str) -> pl.Expr:
    if name in _NEEDS_NO_HISTORY:
        return pl.col(name)
    return pl.when(pl.col("games_played_season") >= MIN_GAMES).then(pl.col(name)).alias(name)


def _last(column: str, games: int) -> pl.Expr:
    return pl.col(column).filter(pl.col(RECENCY) <= games)


def _averages(name: str) -> list[pl.Expr]:
    return [
        _last(name, 5).mean().alias(f"{name}_avg_last_5"),
        _last(name, 10).mean().alias(f"{name}_avg_last_10"),
        pl.col(name).mean().alias(f"{name}_avg_season"),
        sample_std(_last(name, 10)).alias(f"{name}_std_last_10"),
    ]


def _form() -> list[pl.Expr]:
    starts = pl.col("is_starter")
    return [
        over(_last("seconds_played", 10).mean(), 60).alias("minutes_avg_last_10"),
        over(pl.col("seconds_played").mean(), 60).alias("minutes_avg_season"),
        over(sample_std(_last("seconds_played", 10)), 60).alias("minutes_std_last_10"),
        _last("usage_rate", 10).mean().alias("usage_rate_last_10"),
        pl.col("usage_rate").filter(pl.col("days") <= 7).mean().alias("usage_rate_last_7_days"),
        pl.col("usage_rate").mean().alias("usage_rate_season"),
        _last("true_shooting_share", 10).mean().alias("true_shooting_share_last_10"),
        ratio("field_goals_made", "field_goals_attempted").alias("field_goal_share_season"),
        ratio("free_throws_attempted", "field_goals_attempted").alias("free_throw_rate_season"),
        starts.cast(pl.Float64).mean().alias("starter_share_season"),
        pl.len().cast(pl.Int32).alias("games_played_season"),
        pl.col("days").min().cast(pl.Int32).alias("days_since_last_game"),
        pl.col(KNOWN_AT).max().alias("games_known_at"),
    ]


def _fourth_periods(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Minutes in the fourth period, over his last games of the season whose periods are told."""
    games = history(
        world,
        spine,
        "fourth_periods",
        by=["player_id"],
        columns=["seconds"],
        last=FOURTH_GAMES,
        season_only=True,
    )
    return games.group_by(SPINE_ID, maintain_order=True).agg(
        fourth_quarter_minutes_last_7=over(pl.col("seconds").mean(), 60)
    )


def _age(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    dated = spine.select(SPINE_ID, "game_date").join(born(world, spine), on=SPINE_ID)
    days = (pl.col("game_date") - pl.col("birth_date")).dt.total_days()
    return dated.select(SPINE_ID, player_age=(days / _DAYS_A_YEAR).round(1))


def _team(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """The team's last 10 games of this season; the predecessor ran on into the last one."""

    def means(teams: pl.DataFrame) -> pl.DataFrame:
        games = history(
            world,
            teams,
            "team_games",
            by=["team"],
            columns=["pace", "offensive_rating", KNOWN_AT],
            last=TEAM_GAMES,
            season_only=True,
        )
        return games.group_by(SPINE_ID, maintain_order=True).agg(
            team_pace_last_10=pl.col("pace").mean(),
            team_offensive_rating_last_10=pl.col("offensive_rating").mean(),
            team_games_known_at=pl.col(KNOWN_AT).max(),
        )

    return of_team(spine, means)


PROCESSOR = Processor(
    number=4,
    table=player_table("player_daily_cache", COLUMNS),
    columns=COLUMNS,
    spine="player",
    inputs=(*LISTED, Input("team_boxes"), Input("player_periods"), BIRTHS),
    needs=("player_shot_zone",),
    build=build,
)
