"""Players for people: who there is, a player's games, lines, predictions, and what names are his.

All of it is how things turned out, for looking at; nothing that predicts reads it.
"""

from difflib import get_close_matches
from typing import Any

import polars as pl

from tipoff.backtest.current import current_grades, current_predictions
from tipoff.backtest.metrics import hit_rate
from tipoff.domain.ids import name_key
from tipoff.domain.market import Market
from tipoff.sources.identity import aliases
from tipoff.store.lake import Lake, read, scan
from tipoff.store.quotes import UNUSABLE, main_quotes
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT, with_withdrawals
from tipoff.tables.models import CHAMPION
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.raw import GAMES, NAMED_TABLES, PLAYER_BOXES, PROP_QUOTES
from tipoff.workflows.world import told_games

STATISTICS = ("points", "rebounds", "assists", "threes_made")
# By these it is told which slate counts.
_SPOKEN = [
    "market", "model_id", "game_date", "game_id", "player_id", "slate", "made_at", "tip_off_at",
]  # fmt: skip
_SAID = [
    "player_name", "team", "opponent", "model_name", "is_forced", "as_of", "prediction", "line",
    "point_edge", "probability_edge", "side", "price", "break_even", "is_placeholder", "book",
    "is_pick", "no_pick_reason",
]  # fmt: skip
_ROW = ["slate", "game_id", "player_id"]
_NEAR = 8


def newest_season(lake: Lake, player_id: str | None = None) -> str | None:
    """Return the newest season with box scores, or else predictions; of one player where stated.

    None where there is nothing.
    """
    for table in (PLAYER_BOXES, PREDICTIONS):
        rows = scan(lake, table)
        if player_id is not None:
            rows = rows.filter(pl.col("player_id") == player_id)
        found: str | None = rows.select(pl.col("season").max()).collect().item()
        if found is not None:
            return found
    return None


def season_games(lake: Lake, season: str, player_id: str | None = None) -> pl.DataFrame:
    """Return player-games as the newest box scores tell them, in order of time.

    Returns:
        ``game_date, game_id, player_id, player_name, team, opponent, is_home, is_starter,
        minutes`` and ``STATISTICS``; minutes are null or nought where he did not play.
    """
    boxes = scan(lake, PLAYER_BOXES).filter(pl.col("season") == season)
    if player_id is not None:
        boxes = boxes.filter(pl.col("player_id") == player_id)
    told = told_games(boxes.collect(), read(lake, GAMES, seasons=[season]))
    return (
        told.filter(pl.col(SUPERSEDED_AT).is_null())
        .sort("game_date", "game_id", "player_id")
        .select(
            "game_date", "game_id", "player_id", "player_name", "team", "opponent", "is_home",
            "is_starter", (pl.col("seconds_played") / 60).alias("minutes"), *STATISTICS,
        )
    )  # fmt: skip


def season_players(games: pl.DataFrame) -> pl.DataFrame:
    """Sum up player-games of a season by player, who played most first.

    Args:
        games: of ``season_games``.

    Returns:
        ``player_id, player_name, team`` (his last), ``games, last_game`` and the means a game
        played of ``minutes`` and ``STATISTICS``.
    """
    played = games.filter(pl.col("minutes") > 0)
    return (
        played.group_by("player_id", maintain_order=True)
        .agg(
            pl.col("player_name", "team").last(),
            pl.len().alias("games"),
            pl.col("game_date").last().alias("last_game"),
            pl.col("minutes", *STATISTICS).mean(),
            pl.col("minutes").sum().alias("_whole"),
        )
        .sort("_whole", "player_id", descending=[True, False])
        .drop("_whole")
    )


def named(players: pl.DataFrame, text: str) -> pl.DataFrame:
    """Return the players that a name, or a part of it, may mean; else those that resemble it.

    Args:
        players: of ``season_players``.
        text: a name in any spelling.
    """
    key = name_key(text)
    key = aliases().get(key, key)
    keyed = players.with_columns(
        _key=pl.col("player_name").map_elements(name_key, return_dtype=pl.String)
    )
    canonical = keyed.with_columns(pl.col("_key").replace(aliases()))
    has_it = pl.col("_key").str.contains(key, literal=True)
    found = canonical.filter(has_it | (pl.col("player_id") == text.strip()))
    if found.is_empty():
        near = get_close_matches(key, canonical["_key"].to_list(), _NEAR)
        found = canonical.filter(pl.col("_key").is_in(near))
    return found.drop("_key")


def rolling(games: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Return a player's results on a market, with what he averaged before each game.

    Args:
        games: one player's rows of ``season_games`` of one season.
        market: whose result.

    Returns:
        The games that he played with ``result``, and the means of his last 5 and 10 games and of
        the season before it: ``last_5, last_10, season_average`` (null before the first).
    """
    result = pl.sum_horizontal(market.columns, ignore_nulls=False).cast(pl.Float64)
    before = pl.col("result").shift(1)
    return (
        games.filter(pl.col("minutes") > 0)
        .with_columns(result=result)
        .with_columns(
            last_5=before.rolling_mean(5, min_samples=1),
            last_10=before.rolling_mean(10, min_samples=1),
            season_average=before.cum_sum() / before.cum_count(),
        )
    )


def book_lines(lake: Lake, season: str, player_id: str, market: Market) -> pl.DataFrame:
    """Return the last main line of each book for each game of a player.

    Returns:
        ``game_date, game_id, book, line, over_price, under_price, source, known_at``.
    """
    columns = ("game_date", "game_id", "book", "line", "over_price", "under_price", "source")
    key = ["game_id", "source", "name_key", "book", "line", "quote_number"]
    quotes = (
        scan(lake, PROP_QUOTES)
        .filter(
            pl.col("season") == season,
            pl.col("player_id") == player_id,
            pl.col("market") == market.name,
        )
        .select(*dict.fromkeys((*columns, *key, "observed_at", "is_deleted", *UNUSABLE)))
        .collect()
    )
    # Each quote was a statement of its own; what was taken back later was none.
    said = with_withdrawals(quotes, key).filter(pl.col(SUPERSEDED_AT).is_null())
    return (
        main_quotes(said)
        .sort(KNOWN_AT, *key)
        .unique(["game_id", "book"], keep="last", maintain_order=True)
        .sort("game_date", "game_id", "book")
        .select(*columns, KNOWN_AT)
    )


def predictions_of(lake: Lake, season: str, player_id: str) -> pl.DataFrame:
    """Return what champions predicted of a player's games, with what became of it.

    Returns:
        What was said of each game with ``outcome, actual, profit, state`` of its grade (null where
        there is none yet), the newest game first.
    """
    rows = scan(lake, PREDICTIONS).filter(pl.col("season") == season)
    is_his = pl.col("player_id") == player_id, pl.col("stage") == CHAMPION
    his = rows.filter(*is_his).select(*_SPOKEN, *_SAID).collect()
    # Of whole games: a slate that came later and left him out counts as well.
    told_of = pl.col("game_id").is_in(his["game_id"].unique().implode())
    newest = current_predictions(rows.filter(told_of).select(_SPOKEN).collect())
    own = his.join(newest, on=_SPOKEN, how="semi")
    # A champion that was refitted spoke again: of one market the last word before tip-off counts.
    last = pl.col("slate") == pl.col("slate").max().over("market", "game_id")
    grades = scan(lake, GRADES).filter(pl.col("season") == season, pl.col("player_id") == player_id)
    seen = grades.select(*_ROW, "version", "graded_at", "outcome", "actual", "profit", "state")
    told = current_grades(seen.collect()).drop("version", "graded_at")
    return (
        own.filter(last)
        .join(told, on=_ROW, how="left", validate="1:1")
        .sort("game_date", "market", descending=[True, False])
    )


def pick_rates(predictions: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the hit rate of the picks of each market, with its interval by game date.

    Args:
        predictions: of ``predictions_of``.
    """
    picks = predictions.filter("is_pick").with_columns(
        pl.col("is_placeholder").fill_null(value=False), edge=pl.col("point_edge")
    )
    return [
        {"market": market, "picks": own.height, **hit_rate(own, 0.0)}
        for (market,), own in sorted(picks.partition_by("market", as_dict=True).items())
    ]


def names_of(lake: Lake, player_id: str) -> pl.DataFrame:
    """Return the names under which each table and source tells of a player.

    Returns:
        ``table, source, player_name, name_key, rows, first_date, last_date``, box scores first,
        and ``basis``: how the name is his.
    """
    parts = [
        scan(lake, table)
        .filter(pl.col("player_id") == player_id)
        .group_by("source", "player_name", "name_key")
        .agg(
            rows=pl.len().cast(pl.Int64),
            first_date=pl.col("game_date").min(),
            last_date=pl.col("game_date").max(),
        )
        .with_columns(table=pl.lit(table.name))
        for table in NAMED_TABLES
        if table in (PLAYER_BOXES, PROP_QUOTES)
    ]
    rows = pl.concat(pl.collect_all(parts)).sort("table", "source", "name_key", "player_name")
    boxes = rows.filter(pl.col("table") == PLAYER_BOXES.name).sort("rows", descending=True)
    if boxes.is_empty():
        return rows.with_columns(basis=pl.lit(None, pl.String))
    his = boxes["name_key"][0]
    same = pl.col("name_key") == his
    aliased = pl.col("name_key").replace(aliases()) == his
    basis = (
        pl.when(same)
        .then(pl.lit("the name of his box scores"))
        .when(aliased)
        .then(pl.lit("an alias says so"))
        .otherwise(pl.lit("by the id of the source, or by letters and team"))
    )
    return rows.with_columns(basis=basis)
