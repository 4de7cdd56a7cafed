"""Processor 1: how a team has defended its zones, over its last 15 games of the season."""

import polars as pl

from tipoff.processors.declare import SCHEDULE, Input, Processor, filled, first_reason, without_feed
from tipoff.store.door import SPINE_ID, World, history, league_history
from tipoff.store.exact import on_grid
from tipoff.store.versions import KNOWN_AT
from tipoff.tables.derived import Column, team_table

GAMES = 15
MIN_GAMES = 5
LEAGUE_DAYS = 30
LEAGUE_MIN_GAMES = 5
LEAGUE_MIN_TEAMS = 10
ZONES = ("paint", "mid_range", "three")

COLUMNS = (
    *(
        Column(f"{z}_made_share_allowed_last_15", "made / attempted, 0-1", low=0, high=1)
        for z in ZONES
    ),
    *(Column(f"{z}_attempts_allowed_last_15", "attempts a game", low=0) for z in ZONES),
    *(
        Column(
            f"{z}_defense_vs_league_avg", "percentage points above the league's; positive = worse"
        )
        for z in ZONES
    ),
    *(Column(f"{z}_league_share", "the league's made / attempted, 30 days before") for z in ZONES),
    *(Column(f"{z}_blocks_last_15", "blocks a game", feed="blocks by zone") for z in ZONES),
    Column("paint_points_allowed_last_15", "points a game from the paint", low=0),
    Column(
        "defensive_rating_last_15", "mean of points allowed per 100 possessions", low=60, high=180
    ),
    Column("opponent_points_last_15", "mean points allowed", low=50, high=200),
    Column(
        "opponent_pace_last_15", "opponents' possessions per 48 minutes, mean", low=60, high=150
    ),
    Column("games_in_sample", "games of the season among the last 15", pl.Int32, 0, GAMES),
    Column("games_with_shots", "of these, games whose shots are known", pl.Int32, 0, GAMES),
    Column("strongest_zone", "zone furthest below the league's share", pl.String),
    Column("weakest_zone", "zone furthest above the league's share", pl.String),
    Column("sample_tier", "high (15), medium (10 or more) or low", pl.String),
    Column("is_early_season", "fewer than 15 games of the season", pl.Boolean),
    Column("games_known_at", "when the newest of these games became known", pl.Datetime),
    Column("shots_known_at", "when the newest of their shots became known", pl.Datetime),
)

_ALWAYS = (
    "games_in_sample",
    "games_with_shots",
    "is_early_season",
    "games_known_at",
    "shots_known_at",
)
_SHOTS = [f"{z}_{what}" for z in ZONES for what in ("attempts", "makes")]


def build(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Build processor 1 for a team spine."""
    games = history(
        world,
        spine,
        "team_games",
        by=["team"],
        columns=["defensive_rating", "opponent_points", "opponent_pace", KNOWN_AT],
        last=GAMES,
        season_only=True,
    )
    box = games.group_by(SPINE_ID, maintain_order=True).agg(
        defensive_rating_last_15=pl.col("defensive_rating").mean(),
        opponent_points_last_15=pl.col("opponent_points").mean(),
        opponent_pace_last_15=pl.col("opponent_pace").mean(),
        games_in_sample=pl.len().cast(pl.Int32),
        games_known_at=pl.col(KNOWN_AT).max(),
    )
    rows = filled(spine, [box, _zones(spine, world, games), _league(spine, world)])
    differences = {
        f"{z}_defense_vs_league_avg": (
            pl.col(f"{z}_made_share_allowed_last_15") - pl.col(f"{z}_league_share")
        )
        * 100
        for z in ZONES
    }
    rows = rows.with_columns(
        pl.col("games_in_sample").fill_null(0), pl.col("games_with_shots").fill_null(0)
    ).with_columns(**differences)
    rows = rows.with_columns(
        *without_feed(COLUMNS),
        is_early_season=pl.col("games_in_sample") < GAMES,
        strongest_zone=_extreme(lowest=True),
        weakest_zone=_extreme(lowest=False),
        sample_tier=pl.when(pl.col("games_in_sample") >= GAMES)
        .then(pl.lit("high"))
        .when(pl.col("games_in_sample") >= 10)
        .then(pl.lit("medium"))
        .otherwise(pl.lit("low")),
    )
    enough = pl.col("games_in_sample") >= MIN_GAMES
    measured = [c.name for c in COLUMNS if c.name not in _ALWAYS]
    return rows.select(
        SPINE_ID,
        first_reason(fewer_than_5_games_this_season=~enough),
        *_ALWAYS,
        *[pl.when(enough).then(pl.col(c)).alias(c) for c in measured],
    )


def _zones(spine: pl.DataFrame, world: World, games: pl.DataFrame) -> pl.DataFrame:
    """Shots allowed by zone, over those of the last 15 games whose shots are known."""
    shots = history(
        world,
        spine,
        "team_zone_games",
        by={"team": "opponent"},
        columns=[*_SHOTS, KNOWN_AT],
        season_only=True,
    ).join(games.select(SPINE_ID, "game_id"), on=[SPINE_ID, "game_id"], how="semi")
    return shots.group_by(SPINE_ID, maintain_order=True).agg(
        *[_share(z).alias(f"{z}_made_share_allowed_last_15") for z in ZONES],
        *[pl.col(f"{z}_attempts").mean().alias(f"{z}_attempts_allowed_last_15") for z in ZONES],
        paint_points_allowed_last_15=2 * pl.col("paint_makes").mean(),
        games_with_shots=pl.len().cast(pl.Int32),
        shots_known_at=pl.col(KNOWN_AT).max(),
    )


def _share(zone: str) -> pl.Expr:
    attempts = pl.col(f"{zone}_attempts").sum()
    return pl.when(attempts > 0).then(pl.col(f"{zone}_makes").sum() / attempts)


def _league(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """The league's share by zone: the mean of team shares over the 30 days strictly before."""
    moments = spine.unique(["game_date", "as_of"], maintain_order=True)
    known = league_history(
        world, moments, "team_zone_games", within=LEAGUE_DAYS, columns=["opponent", *_SHOTS]
    )
    teams = (
        known.group_by(SPINE_ID, "opponent")
        .agg(*[_share(z).alias(z) for z in ZONES], games=pl.len())
        .filter(pl.col("games") >= LEAGUE_MIN_GAMES)
        .sort(SPINE_ID, "opponent")
    )
    enough = pl.len() >= LEAGUE_MIN_TEAMS
    league = teams.group_by(SPINE_ID, maintain_order=True).agg(
        [
            pl.when(enough).then(on_grid(pl.col(z), 30).mean()).alias(f"{z}_league_share")
            for z in ZONES
        ]
    )
    of_moment = moments.select(SPINE_ID, "game_date", "as_of").join(league, on=SPINE_ID, how="left")
    return (
        spine.select(SPINE_ID, "game_date", "as_of")
        .join(of_moment.drop(SPINE_ID), on=["game_date", "as_of"], how="left")
        .drop("game_date", "as_of")
    )


def _extreme(*, lowest: bool) -> pl.Expr:
    """The zone with the lowest or highest difference; ties go to the first in the list."""
    values = [pl.col(f"{z}_defense_vs_league_avg") for z in ZONES]
    best = pl.min_horizontal(values) if lowest else pl.max_horizontal(values)
    chosen = pl.lit(None, dtype=pl.String)
    for zone, value in reversed(list(zip(ZONES, values, strict=True))):
        chosen = pl.when(value == best).then(pl.lit(zone)).otherwise(chosen)
    complete = pl.all_horizontal(v.is_not_null() for v in values)
    return pl.when(complete).then(chosen)


PROCESSOR = Processor(
    number=1,
    table=team_table("team_defense_zone", COLUMNS),
    columns=COLUMNS,
    spine="team",
    inputs=(SCHEDULE, Input("player_boxes"), Input("team_boxes"), Input("shots")),
    needs=(),
    build=build,
)
