"""The context: everything that feature expressions may name, assembled for one player spine.

Columns, besides the spine's and those of processors 3, 4 and 2 for the player, and of processor 1
for his opponent (prefixed ``opponent_``):

* ``recent_points``, ``recent_minutes``, ``recent_free_throws``, ``recent_usage``: lists over his
  last 10 games of the season, the most recent first;
* ``points_vs_opponent_avg``, ``games_vs_opponent``: the last 365 days against this opponent;
* ``team_games_season``, ``team_wins_season``, ``opponent_days_rest``;
* ``team_games_since_first``, ``games_played_of_these``: of the team's last 10 games;
* ``games_since_change``: games since he changed team or was away for more than 14 days;
* ``line_last``, ``line_open``, ``line_std``, ``recent_margins`` (results less lines);
* ``game_total``, ``home_spread``;
* ``injury_status``, ``star_teammates_out``, ``teammate_usage_out``: null where no report on the
  team was known.
"""

import polars as pl

from tipoff.processors.availability import availability
from tipoff.processors.declare import filled
from tipoff.store.door import RECENCY, SPINE_ID, World, history, known
from tipoff.store.quotes import QUOTE_COLUMNS, line_summary, main_quotes
from tipoff.store.versions import KNOWN_AT

RECENT_GAMES = 10
OPPONENT_DAYS = 365
AWAY_DAYS = 14

_MARKS = ("is_alternate", "is_stale", "is_after_tip_off", "is_odd_date")


def context(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Return the spine with every context column."""
    season = history(
        world,
        spine,
        "player_games",
        by=["player_id"],
        columns=["points", "seconds_played", "free_throws_made", "usage_rate", "team"],
        season_only=True,
    ).filter(pl.col("seconds_played") > 0)
    rows = filled(
        _with_upstream(spine, world),
        [
            _recent(season),
            _change(spine, season),
            _versus_opponent(spine, world),
            _presence(spine, world, season),
            _lines(spine, world),
            _margins(spine, world),
            availability(spine, world),
        ],
    )
    return rows.join(_of_team(spine, world), on=["game_id", "team"], how="left").join(
        _game_lines(spine, world), on="game_id", how="left"
    )


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


_LEDGER = ("state", "reason", "code_fingerprint", "input_fingerprint", "plant", SPINE_ID)


def _recent(season: pl.DataFrame) -> pl.DataFrame:
    """Lists over the last games that he really played in."""
    latest = season.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(SPINE_ID).alias(RECENCY)
    ).filter(pl.col(RECENCY) <= RECENT_GAMES)
    return latest.group_by(SPINE_ID, maintain_order=True).agg(
        recent_points=pl.col("points").drop_nulls().implode().cast(pl.List(pl.Float64)),
        recent_minutes=(pl.col("seconds_played") / 60).implode(),
        recent_free_throws=pl.col("free_throws_made")
        .drop_nulls()
        .implode()
        .cast(pl.List(pl.Float64)),
        recent_usage=pl.col("usage_rate").drop_nulls().implode(),
    )


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


def _versus_opponent(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    games = history(
        world,
        spine,
        "player_games",
        by=["player_id", "opponent"],
        columns=["points", "seconds_played"],
        within=OPPONENT_DAYS,
    ).filter(pl.col("seconds_played") > 0)
    return games.group_by(SPINE_ID, maintain_order=True).agg(
        points_vs_opponent_avg=pl.col("points").mean(),
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
    wins = record.group_by(SPINE_ID, maintain_order=True).agg(
        team_games_season=pl.len().cast(pl.Float64),
        team_wins_season=(pl.col("margin") > 0).sum().cast(pl.Float64),
    )
    rest = history(
        world, games, "team_games", by={"opponent": "team"}, columns=[], last=1, season_only=True
    ).select(SPINE_ID, _opponent_last="game_date")
    return filled(games.select(SPINE_ID, "game_id", "team", "game_date"), [wins, rest]).select(
        "game_id",
        "team",
        "team_games_season",
        "team_wins_season",
        opponent_days_rest=(pl.col("game_date") - pl.col("_opponent_last")).dt.total_days(),
    )


def _lines(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    quotes = known(
        world,
        spine,
        "prop_quotes",
        by=["game_id", "player_id"],
        columns=[*QUOTE_COLUMNS, *_MARKS],
    ).filter(pl.col("market") == "points")
    return line_summary(main_quotes(quotes), [SPINE_ID])


def _margins(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    lined = history(
        world,
        spine,
        "lined_games",
        by=["player_id"],
        columns=["line", "result"],
        last=RECENT_GAMES,
        season_only=True,
    )
    return lined.group_by(SPINE_ID, maintain_order=True).agg(
        recent_margins=(pl.col("result") - pl.col("line")).implode()
    )


def _game_lines(spine: pl.DataFrame, world: World) -> pl.DataFrame:
    """Median over books of the last main total and spread of each game."""
    games = spine.unique("game_id", maintain_order=True)
    quotes = known(
        world,
        games,
        "game_lines",
        by=["game_id"],
        columns=["game_id", "market", "book", "source", "line", "quote_number", *_MARKS[:3]],
    ).filter(~pl.any_horizontal(_MARKS[:3]), pl.col("market") != "moneyline")
    last = (
        quotes.sort("game_id", "market", "book", KNOWN_AT, "source", "line", "quote_number")
        .group_by("game_id", "market", "book", maintain_order=True)
        .agg(pl.col("line").last())
    )
    return last.group_by("game_id", maintain_order=True).agg(
        game_total=pl.col("line").filter(pl.col("market") == "total").median(),
        home_spread=pl.col("line").filter(pl.col("market") == "spread").median(),
    )
