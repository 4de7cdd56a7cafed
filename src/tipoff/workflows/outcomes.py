"""What is known of how games ended, as grading needs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from tipoff.domain.market import market_named
from tipoff.errors import InputError
from tipoff.store.games import merged_games, turned_ids, with_canonical_ids
from tipoff.store.lake import Lake, read, scan
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT, counts_at, with_withdrawals
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES
from tipoff.workflows.dataset import told_results
from tipoff.workflows.world import told_games

# A game that is put off goes from the schedule, and comes back onto it, within so long.
_MOVED_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Outcomes:
    """How games ended, as of an instant.

    Attributes:
        results: by market: newest told version of each player-game (see ``with_results``).
        boxes: of each game and team with a box score, what it holds.
        games: the schedule, with the games that were moved.
        closing: by market: quotes that counted at tip-off.
    """

    results: Mapping[str, pl.DataFrame]
    boxes: pl.DataFrame
    games: pl.DataFrame
    closing: Mapping[str, pl.DataFrame]


def outcomes_of(lake: Lake, seasons: Sequence[str], made: pl.DataFrame, at: datetime) -> Outcomes:
    """Return what had become known by an instant of the games of some predictions.

    Args:
        lake: the lake.
        seasons: of the predictions.
        made: predictions: ``season, game_id, game_date, player_id, market, tip_off_at``.
        at: what was observed later does not count.

    Raises:
        InputError: nothing at all was known of the games of a season: this lake is not the one
            that the predictions were made on.
    """
    known = pl.col("observed_at") <= at
    stated = read(lake, GAMES, seasons=seasons).filter(known)
    # A game that is not on a schedule is void; without a schedule nothing is.
    without = sorted(set(made["season"]) - set(stated["season"]))
    if without:
        raise InputError(
            f"Expected games of {', '.join(without)}, of which there are {made.height} "
            f"predictions, but the lake at {lake.url} knows none, so nothing is graded. Grade on "
            "the lake that they were made on, or ingest its schedule first."
        )
    turned = turned_ids(stated)
    ids = made["game_id"].unique().to_list()
    boxes = with_canonical_ids(read(lake, PLAYER_BOXES, seasons=seasons).filter(known), turned)
    boxes = boxes.filter(pl.col("game_id").is_in(ids))
    told = told_games(boxes, stated)
    markets = made["market"].unique().to_list()
    return Outcomes(
        {name: _newest(told, name) for name in markets},
        _boxes(told, boxes),
        _games(stated, made),
        {name: _closing(lake, seasons, turned, made, name, at) for name in markets},
    )


def under_ids_that_count(
    lake: Lake, seasons: Sequence[str], made: pl.DataFrame, at: datetime
) -> pl.DataFrame:
    """Give predictions the game ids that count by now, with what they said as ``said_id``.

    Which of two teams is at home may be found out after a game was predicted; its id is another
    one then, and so are the ids of its box scores.

    Args:
        lake, seasons, at: as of ``outcomes_of``.
        made: rows of ``predictions``.
    """
    stated = read(lake, GAMES, seasons=seasons).filter(pl.col("observed_at") <= at)
    said = made.with_columns(said_id="game_id")
    return with_canonical_ids(said, turned_ids(stated))


def _newest(told: pl.DataFrame, market: str) -> pl.DataFrame:
    versions = told_results(told, market_named(market))
    newest = versions.filter(pl.col(SUPERSEDED_AT).is_null())
    return newest.sort("game_id", "player_id", KNOWN_AT).select(
        "game_id", "player_id", "actual", known_at=KNOWN_AT
    )


def _boxes(told: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    """Of each game and team: seconds of all players, and whether somebody is unknown."""
    newest = told.filter(pl.col(SUPERSEDED_AT).is_null())
    # What was taken back is nobody's line, and no sign of a box score.
    stands = (
        raw.sort("observed_at")
        .unique(list(PLAYER_BOXES.entity), keep="last", maintain_order=True)
        .filter(~pl.col("is_deleted"))
    )
    seconds = newest.group_by("game_id", "team").agg(
        seconds=pl.when(pl.col("seconds_played").is_not_null().any()).then(
            pl.col("seconds_played").sum().cast(pl.Float64)
        )
    )
    unknown = stands.group_by("game_id", "team").agg(
        has_unknown=pl.col("player_id").is_null().any()
    )
    return unknown.join(seconds, on=["game_id", "team"], how="left")


def _games(stated: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """The games that are on the schedule, and where those went that are not any more."""
    merged = merged_games(stated)
    wanted = made.select("game_id", "game_date").unique()
    held = wanted.join(merged.select("game_id", "tip_off_at"), on="game_id")
    listed = held.select("game_id", pl.lit(None, pl.Date).alias("moved_to"), began_at="tip_off_at")
    gone = wanted.join(merged.select("game_id"), on="game_id", how="anti")
    moved = pl.concat([_by_number(stated, merged, gone), _by_pair(stated, merged, gone)])
    later = moved.join(gone, on="game_id").filter(pl.col("moved_to") != pl.col("game_date"))
    once = later.sort("game_id", "moved_to").unique("game_id", keep="first")
    return pl.concat([listed, once.select("game_id", "moved_to")], how="diagonal")


def _by_number(stated: pl.DataFrame, merged: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """The same number of the league stands on another date."""
    numbers = stated.select("game_id", "nba_game_id").drop_nulls().unique()
    now = merged.select("nba_game_id", moved_to="game_date").drop_nulls()
    found = gone.select("game_id").join(numbers, on="game_id").join(now, on="nba_game_id")
    return found.select("game_id", "moved_to")


def _by_pair(stated: pl.DataFrame, merged: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """A game of the same pair came onto the schedule about when this one went."""
    pair = ["home_team", "away_team"]
    left = stated.filter("is_deleted").group_by("game_id").agg(_left=pl.col("observed_at").max())
    teams = stated.select("game_id", *pair).unique("game_id")
    came = stated.group_by("game_id").agg(_came=pl.col("observed_at").min())
    now = merged.select("game_id", *pair, moved_to="game_date").join(came, on="game_id")
    both = (
        gone.select("game_id")
        .join(left, on="game_id")
        .join(teams, on="game_id")
        .join(now.drop("game_id"), on=pair)
    )
    near = (pl.col("_came") - pl.col("_left")).abs() <= _MOVED_WITHIN
    return both.filter(near).select("game_id", "moved_to")


def _closing(
    lake: Lake,
    seasons: Sequence[str],
    turned: Mapping[str, str],
    made: pl.DataFrame,
    market: str,
    at: datetime,
) -> pl.DataFrame:
    """Quotes on the predicted players that counted at tip-off."""
    dates = made["game_date"].unique().to_list()
    said = scan(lake, PROP_QUOTES).filter(
        pl.col("season").is_in(list(seasons)),
        pl.col("market") == market,
        pl.col("game_date").is_in(dates),
        pl.col("observed_at") <= at,
    )
    quotes = said.filter(pl.col("player_id").is_not_null()).drop("row_hash").collect()
    own = made.filter(pl.col("market") == market)
    spine = own.select("game_id", "player_id", "tip_off_at").unique()
    told = with_canonical_ids(with_withdrawals(quotes, PROP_QUOTES.entity), turned)
    counting = told.join(spine, on=["game_id", "player_id"]).filter(counts_at(pl.col("tip_off_at")))
    return (
        counting.drop(SUPERSEDED_AT)
        .rename({KNOWN_AT: "observed_at"})
        .sort("game_id", "player_id", "observed_at", "book", "source", "line", "quote_number")
    )
