"""What lines a lake holds: per season or month, source, book and market."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal

import polars as pl

from tipoff.domain.clock import ASSUMED_TIP_OFF_CLOCK, EASTERN, RECORDED
from tipoff.domain.market import MARKETS, market_named
from tipoff.errors import InputError
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.games import merged_games, turned_ids, with_canonical_ids
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import COUNTED_SEASON_TYPES, GAMES, MARKS, PLAYER_BOXES, PROP_QUOTES

By = Literal["season", "month"]

# A player with so many minutes is one whom lines could be expected on.
REGULAR_MINUTES = 15
_COLUMNS = [
    "season", "game_date", "game_id", "name_key", "player_id", "source", "book", "market", "line",
    "over_price", "under_price", "observed_at", "observed_basis", "is_deleted", *MARKS,
]  # fmt: skip
_PERIOD = ["season", "month"]
_GROUP = [*_PERIOD, "source", "book", "market"]
_OF_PLAYER_GAMES = ["priced", "known_time", "usable", "usable_for_evaluation"]
_SHOWN = [
    *_GROUP, "games_scheduled", "game_dates", "games", "player_games", "median_players",
    "regulars", "regulars_covered", "regulars_share", *_OF_PLAYER_GAMES, "quotes",
    "before_tip_off", "two_sided", "whole_line_share",
    "known_tip_off_share", "first_hours_before", "last_hours_before",
]  # fmt: skip


def coverage(
    lake: Lake,
    market: str = "points",
    by: By = "season",
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
    window: tuple[date | None, date | None] = (None, None),
) -> Mapping[str, Any]:
    """Count what lines the lake holds.

    Args:
        lake: the lake.
        market: names or spellings of markets, with commas; ``all`` for every market.
        by: one row per season, or per season and month of the game date.
        lead_minutes: minutes before tip-off by which a usable quote must be known.
        window: first and last game date looked at; open where None.

    Returns:
        ``rows``, as of ``summarise``; ``schedule``, the games of each season (and month);
        ``window``, the dates looked at; ``market`` and ``by``.

    Raises:
        InputError: a market is unknown, or the window ends before it begins.
    """
    names, inside = _markets(market), _within(*window)
    # An id begins with its game date, so sources are compared within the window.
    stored, told, boxes = pl.collect_all([
        scan(lake, GAMES).filter(inside), _quotes(lake, names, inside), _boxes(lake, inside),
    ])  # fmt: skip
    turned = turned_ids(stored)
    games, quotes = _games(stored, by), with_canonical_ids(told, turned)
    scheduled = games.filter("is_counted")
    regulars = _regulars(boxes, scheduled, turned)
    rows = summarise(quotes, games, regulars, by, lead_minutes)
    days = pl.concat([games["game_date"], quotes["game_date"]])
    return {
        "market": ",".join(names) if len(names) < len(MARKETS) else "all",
        "by": by,
        "window": {"start_date": window[0] or days.min(), "end_date": window[1] or days.max()},
        "schedule": scheduled.group_by(_PERIOD).agg(games=pl.len()).sort(_PERIOD).to_dicts(),
        "rows": rows,
    }


def _games(stored: pl.DataFrame, by: By) -> pl.DataFrame:
    kind = pl.col("season_type")
    counted = kind.is_in(COUNTED_SEASON_TYPES) | kind.is_null()
    return merged_games(stored).with_columns(month=_month(by), is_counted=counted)


def _quotes(lake: Lake, markets: list[str], inside: pl.Expr) -> pl.LazyFrame:
    return (
        scan(lake, PROP_QUOTES)
        .filter(pl.col("market").is_in(markets), inside)
        .select(_COLUMNS)
        .filter(~pl.col("is_deleted") & ~pl.col("is_stale"))
    )


def _markets(text: str) -> list[str]:
    if text.strip().lower() == "all":
        return list(MARKETS)
    return list(dict.fromkeys(market_named(name).name for name in text.split(",")))


def _within(start: date | None, end: date | None) -> pl.Expr:
    if start and end and end < start:
        raise InputError(f"Expected a window that ends after it begins, got {start} to {end}.")
    day = pl.col("game_date")
    return (day >= start if start else pl.lit(value=True)) & (
        day <= end if end else pl.lit(value=True)
    )


def _month(by: By) -> pl.Expr:
    return pl.col("game_date").dt.strftime("%Y-%m") if by == "month" else pl.lit(None, pl.String)


def _boxes(lake: Lake, inside: pl.Expr) -> pl.LazyFrame:
    """Box scores of those who played long enough, by any source."""
    return (
        scan(lake, PLAYER_BOXES)
        .filter(inside, pl.col("seconds_played") >= 60 * REGULAR_MINUTES, ~pl.col("is_deleted"))
        .select("game_id", "player_id")
        .drop_nulls()
        .unique()
    )


def _regulars(boxes: pl.DataFrame, games: pl.DataFrame, turned: Mapping[str, str]) -> pl.DataFrame:
    """Return season, month, game and id of everyone who played long enough."""
    placed = with_canonical_ids(boxes, turned).unique()
    return placed.join(games.select("game_id", *_PERIOD), on="game_id")


def summarise(
    quotes: pl.DataFrame,
    games: pl.DataFrame,
    regulars: pl.DataFrame,
    by: By,
    lead_minutes: int,
) -> list[dict[str, Any]]:
    """Summarise quotes that are not stale: they would be about a game of another day.

    Args:
        quotes: rows of ``prop_quotes``.
        games: the games of the window: ``game_id, season, month, tip_off_at`` and whether each
            ``is_counted``: preseason and all-star games are not.
        regulars: ``season, month, game_id, player_id`` of those who played 15 minutes or more.
        by: what a row is about.
        lead_minutes: minutes before tip-off by which a usable quote must be known.

    Returns:
        One row per season (and month), source, book and market: counts of games, of player-games
        with a line, of players of 15 minutes or more, and of quotes, as docs/lines-coverage.md
        defines each.
    """
    judged = _judged(quotes, games, by, lead_minutes)
    each = _player_games(judged)
    rows = each.group_by(_GROUP).agg(
        pl.col(_OF_PLAYER_GAMES).sum(),
        game_dates=pl.col("game_date").n_unique(),
        games=pl.col("game_id").n_unique(),
        player_games=pl.len(),
    )
    for part in (_per_game(each), _of_quotes(judged), _covered(each, regulars)):
        rows = rows.join(part, on=_GROUP, how="left", nulls_equal=True)
    counted = games.filter("is_counted").group_by(_PERIOD).agg(games_scheduled=pl.len())
    played = regulars.group_by(_PERIOD).agg(regulars=pl.len())
    for period in (counted, played):
        rows = rows.join(period, on=_PERIOD, how="left", nulls_equal=True)
    whole = pl.col("games_scheduled", "regulars", "regulars_covered").fill_null(0)
    share = pl.col("regulars_covered") / pl.col("regulars")
    shared = rows.with_columns(whole).with_columns(
        regulars_share=pl.when(pl.col("regulars") > 0).then(share)
    )
    return shared.sort(_GROUP).select(_SHOWN).to_dicts()


def _player_games(judged: pl.DataFrame) -> pl.DataFrame:
    """Say of every player-game with a line whether one of its quotes is as good as that."""
    return judged.group_by([*_GROUP, "game_date", "game_id", "name_key"]).agg(
        pl.col("player_id").drop_nulls().first(),
        priced=pl.col("_two").any(),
        known_time=pl.col("_recorded").any(),
        usable=pl.col("_usable").any(),
        usable_for_evaluation=(pl.col("_usable") & pl.col("_timed")).any(),
    )


def _judged(quotes: pl.DataFrame, games: pl.DataFrame, by: By, lead_minutes: int) -> pl.DataFrame:
    """Say of every quote what can be said of it alone."""
    timed = quotes.join(games.select("game_id", "tip_off_at"), on="game_id", how="left")
    start, seen = _start(), pl.col("observed_at")
    recorded = pl.col("observed_basis") == RECORDED
    one_price = pl.col("over_price").is_not_null() | pl.col("under_price").is_not_null()
    judged = timed.with_columns(
        month=_month(by),
        _before=seen <= start - timedelta(minutes=lead_minutes),
        _ahead=seen < start,
        _two=pl.col("over_price").is_not_null() & pl.col("under_price").is_not_null(),
        _recorded=recorded,
        _timed=recorded & pl.col("tip_off_at").is_not_null(),
        _sold=one_price.any().over("source"),
    )
    return judged.with_columns(
        _usable=~pl.any_horizontal(MARKS) & (pl.col("_two") | ~pl.col("_sold")) & pl.col("_before")
    )


def _start() -> pl.Expr:
    """When the game starts; without a stated tip-off at 19:00 Eastern."""
    assumed = (
        (
            pl.col("game_date").cast(pl.Datetime("us"))
            + pl.duration(hours=ASSUMED_TIP_OFF_CLOCK.hour)
        )
        .dt.replace_time_zone(EASTERN.key)
        .dt.convert_time_zone("UTC")
    )
    return pl.coalesce("tip_off_at", assumed)


def _of_quotes(judged: pl.DataFrame) -> pl.DataFrame:
    ahead = (pl.col("tip_off_at") - pl.col("observed_at")).dt.total_seconds() / 3600
    hours = pl.when("_timed").then(ahead)
    return judged.group_by(_GROUP).agg(
        quotes=pl.len(),
        before_tip_off=pl.col("_ahead").sum(),
        two_sided=pl.col("_two").sum(),
        whole_line_share=(pl.col("line") % 1 == 0).mean(),
        known_tip_off_share=pl.col("tip_off_at").is_not_null().mean(),
        first_hours_before=hours.max(),
        last_hours_before=hours.min(),
    )


def _per_game(each: pl.DataFrame) -> pl.DataFrame:
    players = each.group_by([*_GROUP, "game_id"]).agg(_players=pl.len())
    return players.group_by(_GROUP).agg(median_players=pl.col("_players").median())


def _covered(each: pl.DataFrame, regulars: pl.DataFrame) -> pl.DataFrame:
    lined = each.drop_nulls("player_id").unique([*_GROUP, "game_id", "player_id"])
    found = lined.join(regulars.select("game_id", "player_id"), on=["game_id", "player_id"])
    return found.group_by(_GROUP).agg(regulars_covered=pl.len())
