"""The context: everything that feature expressions may name, assembled for one player spine.

Columns, besides the spine's and those of processors 3, 4 and 2 for the player, and of processor 1
for his opponent (prefixed ``opponent_``):

* lists over his last 10 games of the season, the most recent first: ``recent_values`` (of the
  market), ``recent_points``, ``recent_minutes``, ``recent_usage``, ``recent_free_throws_made``,
  ``recent_field_goals_made`` and ``_attempted``, ``recent_threes_made`` and ``_attempted``;
  ``recent_values`` and ``recent_usage`` leave out what no source states, the others keep nulls;
  ``recent_field_goal_shares`` is null for a game without an attempt;
* ``value_vs_opponent_avg``, ``games_vs_opponent``: the last 365 days against this opponent;
* ``team_games_season``, ``team_wins_season``, ``team_games_last_10``, ``team_blowouts_last_10``,
  ``opponent_days_rest``;
* ``team_games_since_first``, ``games_played_of_these``: of the team's last 10 games;
* ``games_since_change``: games since he changed team or was away for more than 14 days;
* of the market's lines: see ``tipoff.processors.lines``;
* ``game_total``, ``home_spread``;
* ``injury_status``, ``star_teammates_out``, ``teammate_usage_out``: null where no report on the
  team was known;
* ``age_<input>`` for every input of features: days from its newest row to the decision.
"""

import polars as pl

from tipoff.domain.market import Market
from tipoff.features.inputs import INPUTS
from tipoff.processors.availability import availability, stature
from tipoff.processors.declare import filled
from tipoff.processors.lines import game_lines, margins, player_lines
from tipoff.processors.windows import recounted
from tipoff.store.door import RECENCY, SPINE_ID, World, history
from tipoff.store.exact import over

RECENT_GAMES = 10
OPPONENT_DAYS = 365
AWAY_DAYS = 14
BLOWOUT_POINTS = 15

_LEDGER = ("state", "reason", "code_fingerprint", "input_fingerprint", "plant", SPINE_ID)
_COUNTED = (
    "points",
    "free_throws_made",
    "field_goals_made",
    "field_goals_attempted",
    "threes_made",
    "threes_attempted",
)


def context(spine: pl.DataFrame, world: World, market: Market) -> pl.DataFrame:
    """Return the spine with every context column for a market."""
    season = history(
        world,
        spine,
        "player_games",
        by=["player_id"],
        columns=[market.name, *_COUNTED, "seconds_played", "usage_rate", "team"],
        season_only=True,
    ).filter(pl.col("seconds_played") > 0)
    statures = stature(world.upstream["player_daily_cache"])
    out = availability(spine, world, statures)
    rows = filled(
        _with_upstream(spine, world),
        [
            _recent(season, spine, market),
            _change(spine, season),
            _versus_opponent(spine, world, market),
            _presence(spine, world, season),
            player_lines(spine, world),
            margins(spine, world),
            out.drop("star_teammates_out"),
        ],
    )
    rows = rows.join(_of_team(spine, world), on=["game_id", "team"], how="left").join(
        game_lines(spine, world), on="game_id", how="left"
    )
    return rows.with_columns(_ages())


def _ages() -> list[pl.Expr]:
    """Days from the newest row of each input that was known to the decision instant."""
    newest = {
        "player_games": "games_known_at",
        "team_games": "team_games_known_at",
        "opponent_games": "opponent_games_known_at",
        "player_shots": "shots_known_at",
        "play_by_play": "creation_known_at",
        "opponent_shots": "opponent_shots_known_at",
        "prop_quotes": "line_known_at",
        "lined_games": "lined_known_at",
        "game_lines": "game_line_known_at",
        "availability": "last_report_at",
    }
    ages = {
        name: over((pl.col("as_of") - pl.col(column)).dt.total_microseconds(), 86_400_000_000)
        for name, column in newest.items()
    }
    ages["schedule"] = pl.lit(0.0)
    return [ages[name].alias(f"age_{name}") for name in INPUTS]


def _with_upstream(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    rows = spine
    key = ["game_id", "player_id"]
    for name in ("player_composite_factors", "player_daily_cache", "player_shot_zone"):
        part = world.upstream[name]
        own = [c for c in part.columns if c not in rows.columns and c not in _LEDGER]
        rows = rows.join(
            part.select(*key, *own, pl.col("reason").alias(f"reason_{name}")), on=key, how="left"
        )
    defence = world.upstream["team_defense_zone"]
    own = [c for c in defence.columns if c not in spine.columns and c not in _LEDGER]
    renamed = defence.select(
        "game_id",
        pl.col("team").alias("opponent"),
        pl.col("reason").alias("reason_team_defense_zone"),
        *[pl.col(c).alias(f"opponent_{c}") for c in own],
    )
    return rows.join(renamed, on=["game_id", "opponent"], how="left")


def _recent(season: pl.DataFrame, spine: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Lists over the last games that he really played in."""
    latest = recounted(season, spine).filter(pl.col(RECENCY) <= RECENT_GAMES)

    def stated(column: str) -> pl.Expr:
        return pl.col(column).drop_nulls().implode().cast(pl.List(pl.Float64))

    made, tried = pl.col("field_goals_made"), pl.col("field_goals_attempted")
    return latest.group_by(SPINE_ID, maintain_order=True).agg(
        recent_values=stated(market.name),
        recent_minutes=over(pl.col("seconds_played"), 60).implode(),
        recent_usage=pl.col("usage_rate").drop_nulls().implode(),
        recent_field_goal_shares=pl.when(tried > 0).then(made / tried).implode(),
        **{f"recent_{column}": _whole(column) for column in _COUNTED},
    )


def _whole(column: str) -> pl.Expr:
    return pl.col(column).implode().cast(pl.List(pl.Float64))


def _change(spine: pl.DataFrame, season: pl.DataFrame) -> pl.DataFrame:
    """Count the games since the newest change: another team, or a long absence before a game."""
    older_date = pl.col("game_date").shift(-1)
    older_team = pl.col("team").shift(-1)
    is_change = (older_team != pl.col("team")) | (
        (pl.col("game_date") - older_date).dt.total_days() > AWAY_DAYS
    )
    counted = season.group_by(SPINE_ID, maintain_order=True).agg(
        _since=is_change.fill_null(value=False).arg_max(),
        _any=is_change.fill_null(value=False).any(),
        _games=pl.len(),
        _last=pl.col("game_date").first(),
        _team=pl.col("team").first(),
    )
    now = spine.select(SPINE_ID, "game_date", "team").join(counted, on=SPINE_ID)
    is_new = (pl.col("_team") != pl.col("team")) | (
        (pl.col("game_date") - pl.col("_last")).dt.total_days() > AWAY_DAYS
    )
    since = pl.when(pl.col("_any")).then(pl.col("_since") + 1).otherwise(pl.col("_games"))
    return now.select(
        SPINE_ID, games_since_change=pl.when(is_new).then(0).otherwise(since).cast(pl.Float64)
    )


def _versus_opponent(spine: pl.DataFrame, world: World, market: Market) -> pl.DataFrame:
    games = history(
        world,
        spine,
        "player_games",
        by=["player_id", "opponent"],
        columns=[market.name, "seconds_played"],
        within=OPPONENT_DAYS,
    ).filter(pl.col("seconds_played") > 0)
    return games.group_by(SPINE_ID, maintain_order=True).agg(
        value_vs_opponent_avg=pl.col(market.name).mean(),
        games_vs_opponent=pl.len().cast(pl.Float64),
    )


def _presence(spine: pl.DataFrame, world: World, season: pl.DataFrame) -> pl.DataFrame:
    """Of the team's last 10 games since his first of the season, how many he played in."""
    first = season.group_by(SPINE_ID, maintain_order=True).agg(_first=pl.col("game_date").min())
    team = history(
        world, spine, "team_games", by=["team"], columns=[], last=RECENT_GAMES, season_only=True
    ).join(first, on=SPINE_ID)
    played = season.select(SPINE_ID, "game_id", _played=pl.lit(value=True))
    both = team.filter(pl.col("game_date") >= pl.col("_first")).join(
        played, on=[SPINE_ID, "game_id"], how="left"
    )
    return both.group_by(SPINE_ID, maintain_order=True).agg(
        team_games_since_first=pl.len().cast(pl.Float64),
        games_played_of_these=pl.col("_played").is_not_null().sum().cast(pl.Float64),
    )


def _of_team(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Season record of the team and rest of the opponent, one row per (game, team)."""
    games = spine.unique(["game_id", "team"], maintain_order=True)
    record = history(
        world, games, "team_games", by=["team"], columns=["margin"], season_only=True
    ).drop_nulls("margin")
    latest = pl.int_range(pl.len()) < RECENT_GAMES
    wins = record.group_by(SPINE_ID, maintain_order=True).agg(
        team_games_season=pl.len().cast(pl.Float64),
        team_wins_season=(pl.col("margin") > 0).sum().cast(pl.Float64),
        team_games_last_10=latest.sum().cast(pl.Float64),
        team_blowouts_last_10=(latest & (pl.col("margin").abs() >= BLOWOUT_POINTS))
        .sum()
        .cast(pl.Float64),
    )
    rest = history(
        world, games, "team_games", by={"opponent": "team"}, columns=[], last=1, season_only=True
    ).select(SPINE_ID, _opponent_last="game_date")
    rows = filled(games.select(SPINE_ID, "game_id", "team", "game_date"), [wins, rest])
    return rows.select(
        "game_id",
        "team",
        "team_games_season",
        "team_wins_season",
        "team_games_last_10",
        "team_blowouts_last_10",
        opponent_days_rest=(pl.col("game_date") - pl.col("_opponent_last")).dt.total_days(),
    )
