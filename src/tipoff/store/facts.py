"""Facts of single games, computed from raw rows with their versions.

A fact row is about one (game, player) or (game, team) and carries ``known_at``: the instant from
which it reads like this. Nothing here looks at another game, so nothing here can leak.
"""

from collections.abc import Sequence

import polars as pl

from tipoff.domain.market import FEATURE_MARKETS
from tipoff.store.exact import on_grid, over
from tipoff.store.quotes import line_summary, main_quotes
from tipoff.store.versions import (
    KNOWN_AT,
    SUPERSEDED_AT,
    at_each_instant,
    by_precedence,
    counts_at,
    with_ends,
)
from tipoff.tables.raw import COUNTED_SEASON_TYPES

# Sources that state the NBA's own figures come first; unlisted ones follow by name.
BOX_SOURCES: tuple[str, ...] = (
    "nba_box_score",
    "nba_box_score_v2",
    "nba_box_score_live",
    "nba_log_attempts",
    "nba_log",
    "nba_game_log_players",
    "nba_game_log_teams",
    "league",
    "realgm_log",
)
SHOT_SOURCES: tuple[str, ...] = ("nba_play_by_play", "shot_detail", "shot_chart")

REGULATION_MINUTES = 48
OVERTIME_MINUTES = 5
PAINT_FEET = 8

COUNTS: tuple[str, ...] = (
    "points",
    "field_goals_made",
    "field_goals_attempted",
    "threes_made",
    "threes_attempted",
    "free_throws_made",
    "free_throws_attempted",
    "offensive_rebounds",
    "defensive_rebounds",
    "rebounds",
    "assists",
    "steals",
    "blocks",
    "turnovers",
    "fouls",
)
ZONES: tuple[str, ...] = ("paint", "mid_range", "three")
_GAME = ("game_id", "game_date", "season", "season_type", "tip_off_at")


def with_game(rows: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Give rows the game's own facts; rows of preseason and all-star games are left out."""
    return (
        rows.drop(["season_type", "game_date", "season"], strict=False)
        .join(games.select(_GAME), on="game_id")
        .filter(pl.col("season_type").is_in(COUNTED_SEASON_TYPES) | pl.col("season_type").is_null())
    )


def player_games(boxes: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Return one row per (game, player) and version: counts, seconds, team and opponent.

    Args:
        boxes: rows of ``player_boxes``; rows of unresolved players are left out.
        games: one row per game with ``game_id, season_type, tip_off_at, home_team``.
    """
    rows = boxes.filter(pl.col("player_id").is_not_null()).drop(
        "name_key", "observed_basis", "nba_game_id"
    )
    versions = at_each_instant(rows, ["game_id"], ["game_id", "player_id", "source"])
    merged = by_precedence(versions, ["game_id", "player_id", KNOWN_AT], BOX_SOURCES)
    played = with_game(merged, games).join(games.select("game_id", "home_team"), on="game_id")
    placed = played.with_columns(is_home=pl.col("team") == pl.col("home_team")).drop("home_team")
    return with_ends(placed, rows)


def team_games(
    players: pl.DataFrame, team_boxes: pl.DataFrame, games: pl.DataFrame
) -> pl.DataFrame:
    """Return one row per (game, team) and version: totals, possessions, pace and ratings.

    Totals are the team log's where there is one, else the sum over its players. Possessions are
    ``FGA + 0.44 FTA + TOV - OREB``; pace is possessions per 48 minutes of the time really
    played, overtime included; ratings are points per 100 possessions.
    """
    sums = players.group_by("game_id", "team", "opponent", KNOWN_AT).agg(
        *[_whole_sum(c) for c in COUNTS],
        _whole_sum("seconds_played"),
        pl.col(SUPERSEDED_AT).first(),
    )
    totals = _with_team_logs(sums, team_boxes)
    totals = with_game(totals, games).with_columns(
        overtimes=_overtimes(pl.col("seconds_played")),
    )
    totals = totals.with_columns(possessions=_possessions())
    totals = totals.with_columns(
        game_minutes=REGULATION_MINUTES + OVERTIME_MINUTES * pl.col("overtimes")
    )
    theirs = totals.select(
        "game_id",
        KNOWN_AT,
        opponent="team",
        opponent_points="points",
        opponent_possessions="possessions",
    )
    both = totals.join(theirs, on=["game_id", "opponent", KNOWN_AT], how="left")
    return both.with_columns(
        pace=on_grid(pl.col("possessions") * REGULATION_MINUTES / pl.col("game_minutes")),
        opponent_pace=on_grid(
            pl.col("opponent_possessions") * REGULATION_MINUTES / pl.col("game_minutes")
        ),
        offensive_rating=on_grid(pl.col("points") / pl.col("possessions") * 100),
        defensive_rating=on_grid(pl.col("opponent_points") / pl.col("opponent_possessions") * 100),
        margin=pl.col("points") - pl.col("opponent_points"),
    )


def _with_team_logs(sums: pl.DataFrame, team_boxes: pl.DataFrame) -> pl.DataFrame:
    """Prefer team logs' totals, by name of the source; known when the players' lines are."""
    if team_boxes.is_empty():
        return sums
    rows = team_boxes.select(
        "game_id", "team", "opponent", "source", "observed_at", "is_deleted", *COUNTS
    )
    versions = at_each_instant(rows, ["game_id"], ["game_id", "team", "source"])
    logs = by_precedence(versions, ["game_id", "team", KNOWN_AT], ()).drop("source")
    joined = sums.sort(KNOWN_AT).join_asof(
        logs.sort(KNOWN_AT).rename({c: f"{c}_log" for c in COUNTS}).drop("opponent"),
        on=KNOWN_AT,
        by=["game_id", "team"],
        check_sortedness=False,
    )
    from_players = joined.with_columns(
        [pl.coalesce(f"{c}_log", c).alias(c) for c in COUNTS]
    ).select(sums.columns)
    alone = with_ends(logs.join(sums, on=["game_id", "team"], how="anti"), rows).with_columns(
        seconds_played=pl.lit(None, dtype=sums.schema["seconds_played"])
    )
    return pl.concat([from_players, alone.select(sums.columns)], how="vertical_relaxed")


def _whole_sum(column: str) -> pl.Expr:
    """A sum that is null where one of its parts is unknown."""
    return (
        pl.when(pl.col(column).null_count() == 0)
        .then(pl.col(column).cast(pl.Int64).sum())
        .alias(column)
    )


def _overtimes(seconds: pl.Expr) -> pl.Expr:
    """Overtime periods: five players share 240 minutes and 25 more per overtime.

    Lines rounded to whole minutes sum to a few minutes more or less, so the nearest count is
    taken. Unknown time is taken as regulation.
    """
    return over(over(seconds, 60) - 240, 25).round(0).clip(0, 8).fill_null(0)


def _possessions() -> pl.Expr:
    return (
        pl.col("field_goals_attempted")
        + 0.44 * pl.col("free_throws_attempted")
        + pl.col("turnovers")
        - pl.col("offensive_rebounds")
    )


def with_rates(players: pl.DataFrame, teams: pl.DataFrame) -> pl.DataFrame:
    """Add usage and true shooting to player games.

    ``usage_rate = 100 (FGA + 0.44 FTA + TOV) (team minutes / 5) / (minutes (team FGA + 0.44 team
    FTA + team TOV))``, team minutes with overtime; null above 100 or without minutes.
    ``true_shooting_share = PTS / (2 (FGA + 0.44 FTA))``.
    """
    of_team = teams.select(
        "game_id",
        "team",
        KNOWN_AT,
        "game_minutes",
        _plays=pl.col("field_goals_attempted")
        + 0.44 * pl.col("free_throws_attempted")
        + pl.col("turnovers"),
    )
    attempts = pl.col("field_goals_attempted") + 0.44 * pl.col("free_throws_attempted")
    minutes = over(pl.col("seconds_played"), 60)
    usage = (
        100
        * (attempts + pl.col("turnovers"))
        * pl.col("game_minutes")
        / (minutes * pl.col("_plays"))
    )
    return (
        players.join(of_team, on=["game_id", "team", KNOWN_AT], how="left")
        .with_columns(
            usage_rate=pl.when((minutes > 0) & (usage <= 100)).then(on_grid(usage)),
            true_shooting_share=pl.when(attempts > 0).then(
                on_grid(pl.col("points") / (2 * attempts))
            ),
        )
        .drop("_plays", "game_minutes")
    )


def _zone_counts() -> list[pl.Expr]:
    three = pl.col("is_three")
    paint = ~three & (pl.col("distance_feet") <= PAINT_FEET)
    masks = {"paint": paint, "mid_range": ~three & ~paint, "three": three}
    attempts = [mask.sum().cast(pl.Int64).alias(f"{zone}_attempts") for zone, mask in masks.items()]
    makes = [
        (mask & pl.col("is_made")).sum().cast(pl.Int64).alias(f"{zone}_makes")
        for zone, mask in masks.items()
    ]
    return [*attempts, *makes]


def zone_games(shots: pl.DataFrame, games: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return one row per game, ``by`` and version with shots attempted and made by zone.

    Paint is a two-pointer from at most 8 feet, three is a three-pointer, mid-range the rest.
    Where several sources hold a game's shots the first in precedence counts.

    Args:
        by: ``("player_id",)`` for shooters or ``("opponent",)`` for the defending team.
    """
    rows = shots.select(
        "game_id",
        "shot_number",
        "source",
        "observed_at",
        "is_deleted",
        "is_three",
        "is_made",
        "distance_feet",
        *by,
    ).filter(pl.all_horizontal(pl.col(c).is_not_null() for c in by))
    versions = at_each_instant(rows, ["game_id"], ["game_id", "shot_number", "source"])
    versions = one_source_per_game(versions, SHOT_SOURCES)
    counts = versions.group_by("game_id", *by, KNOWN_AT).agg(_zone_counts())
    return with_ends(with_game(counts, games), rows)


def one_source_per_game(versions: pl.DataFrame, precedence: Sequence[str]) -> pl.DataFrame:
    """Keep, at each instant of a game, the rows of the first source among those known by then.

    Args:
        versions: rows with ``game_id, source, known_at``.
        precedence: sources, the first first; unlisted ones follow by name.

    Returns:
        The rows that are kept, without ``source``.
    """
    sources = versions["source"].unique().to_list()
    if len(sources) <= 1:
        return versions.drop("source")
    order = {s: i for i, s in enumerate([*precedence, *sorted(set(sources) - set(precedence))])}
    ranked = versions.with_columns(
        _rank=pl.col("source").replace_strict(order, return_dtype=pl.Int32)
    )
    best = ranked.group_by("game_id", KNOWN_AT).agg(pl.col("_rank").min())
    kept = ranked.join(best, on=["game_id", KNOWN_AT, "_rank"], how="semi")
    return kept.drop("_rank", "source")


def with_markets(players: pl.DataFrame) -> pl.DataFrame:
    """Add one column per market that features are built for: the statistic that settles it."""
    new = [m for m in FEATURE_MARKETS if m.columns != (m.name,)]
    return players.with_columns(sum_of(m.columns).alias(m.name) for m in new)


def sum_of(columns: Sequence[str]) -> pl.Expr:
    """The sum of some counts; null where one of them is."""
    first, *others = [pl.col(c) for c in columns]
    return sum(others, first)


def scheduled_games(games: pl.DataFrame) -> pl.DataFrame:
    """Return one row per (game, team) of the schedule; a game counts from its tip-off on."""
    counted = games.filter(
        pl.col("season_type").is_in(COUNTED_SEASON_TYPES) | pl.col("season_type").is_null()
    )
    midnight = pl.col("game_date").cast(pl.Datetime("us", "UTC")) + pl.duration(days=1)
    start = pl.coalesce("tip_off_at", midnight)
    start_type = pl.Datetime("us", "UTC")
    sides = [
        counted.select(
            *_GAME,
            team=pl.col(f"{side}_team"),
            **{KNOWN_AT: start, SUPERSEDED_AT: pl.lit(None, start_type)},
        )
        for side in ("home", "away")
    ]
    return pl.concat(sides)


def quoted_players(quotes: pl.LazyFrame) -> pl.LazyFrame:
    """Say who was quoted on any market, and since when.

    Returns:
        ``game_id, player_id, known_at, game_date``.
    """
    counted = quotes.filter(
        ~pl.col("is_stale"), ~pl.col("is_deleted"), pl.col("player_id").is_not_null()
    )
    return counted.group_by("game_id", "player_id").agg(
        pl.col("observed_at").min().alias(KNOWN_AT), pl.col("game_date").min()
    )


def lined_games(
    players: pl.DataFrame,
    quotes: pl.DataFrame,
    games: pl.DataFrame,
    lead_minutes: int,
    statistic: str,
) -> pl.DataFrame:
    """Return the line that each player-game had at its own decision instant, and the result.

    Args:
        players: the ``player_games`` facts.
        quotes: prop quotes of one market with ``known_at`` and ``superseded_at``.
        games: one row per game with ``tip_off_at``.
        lead_minutes: minutes before tip-off at which that game was decided.
        statistic: the column that settles the market.

    Returns:
        Player games with ``line`` (never null), ``line_median`` (over books) and ``result``;
        known when the box score is.
    """
    as_of = games.select("game_id", _tip_off="tip_off_at").drop_nulls()
    lead = pl.duration(minutes=lead_minutes)
    in_time = (
        main_quotes(quotes).join(as_of, on="game_id").filter(counts_at(pl.col("_tip_off") - lead))
    )
    lines = line_summary(in_time, ["game_id", "player_id"]).select(
        "game_id", "player_id", "line_median", line="line_last"
    )
    return (
        players.filter(pl.col("seconds_played") > 0)
        .select(
            *_GAME, "player_id", KNOWN_AT, SUPERSEDED_AT, result=pl.col(statistic).cast(pl.Float64)
        )
        .drop_nulls("result")
        .join(lines, on=["game_id", "player_id"])
    )
