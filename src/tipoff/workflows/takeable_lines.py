"""The takeable line of every player-game, some games at a time.

Quotes are many: ten books that move five markets sixteen times a day are twenty million a season.
Which of them is taken depends on the quotes of the player's own game only, so games are read a span
at a time, and as much memory is needed for ten seasons as for a week.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import polars as pl

from tipoff.backtest.line_audit import means_of
from tipoff.backtest.lines import LineChoice
from tipoff.backtest.takeable import takeable
from tipoff.domain.market import Market
from tipoff.errors import InputError
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.games import turned_ids, with_canonical_ids
from tipoff.store.lake import Lake, read, scan
from tipoff.store.spine import game_spine
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT, counts_at, with_withdrawals
from tipoff.tables.raw import GAMES, MARKS, PROP_QUOTES
from tipoff.workflows.world import known_games

# Some 600 bytes of memory a quote, while its line is chosen.
QUOTES_AT_ONCE = 1_000_000
_COLUMNS = (
    *("game_id", "name_key", "player_id", "market", "book", "source", "line", "quote_number"),
    *("over_price", "under_price", "observed_at", "observed_basis", "is_deleted"),
    *MARKS,
)
_DATE_OF_ID = pl.col("game_id").str.head(8)


def takeable_between(
    lake: Lake,
    markets: Sequence[Market],
    choice: LineChoice,
    window: tuple[date | None, date | None] = (None, None),
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> pl.DataFrame:
    """Return the takeable lines of all games that the lake knows between two dates.

    Args:
        lake: the lake.
        markets: whose lines.
        choice: which quotes to look at.
        window: first and last game date, both included; None where there is no bound.
        lead_minutes: minutes before tip-off of the decision instant.

    Returns:
        As of ``takeable_in_spans``, after ``season`` and ``game_date``.

    Raises:
        InputError: the lake knows no game there.
    """
    first, last = window[0] or date.min, window[1] or date.max
    games = known_games(lake).filter(pl.col("game_date").is_between(first, last))
    spine = game_spine(games, games["game_date"].unique().to_list(), lead_minutes)
    if spine.is_empty():
        raise InputError(
            "Expected games between the dates, but the lake knows none. Ingest schedules or box "
            "scores of these dates first."
        )
    lines = takeable_in_spans(lake, spine, markets, choice)
    about = spine.select("game_id", "season", "game_date")
    joined = lines.join(about, on="game_id", how="left", maintain_order="left")
    return joined.select("season", "game_date", pl.exclude("season", "game_date"))


def takeable_in_spans(
    lake: Lake,
    spine: pl.DataFrame,
    markets: Sequence[Market],
    choice: LineChoice,
    *,
    at_once: int = QUOTES_AT_ONCE,
) -> pl.DataFrame:
    """Return the takeable lines of some games.

    Args:
        lake: the lake.
        spine: ``game_id, season, as_of, tip_off_at``, one row per game.
        markets: whose lines.
        choice: which quotes to look at.
        at_once: how many quotes to hold in memory, about; a game date is never cut.

    Returns:
        ``market`` and the columns of ``takeable``, ordered by market, game and player.
    """
    turned = turned_ids(read(lake, GAMES, seasons=spine["season"].unique().to_list()))
    games = spine.select("game_id", "as_of", "tip_off_at")
    means = {market.name: means_of(market) for market in markets}
    found = []
    for quotes in _spans(lake, spine, markets, at_once):
        said = with_withdrawals(quotes, PROP_QUOTES.entity)
        in_time = (
            with_canonical_ids(said, turned)
            .join(games, on="game_id")
            .filter(counts_at(pl.col("as_of")))
            .drop(SUPERSEDED_AT)
            .rename({KNOWN_AT: "observed_at"})
        )
        for market in markets:
            own = in_time.filter(pl.col("market") == market.name)
            lines = takeable(own, choice, market, means[market.name])
            found.append(lines.select(pl.lit(market.name).alias("market"), pl.all()))
    return pl.concat(found).sort("market", "game_id", "player_id")


def _spans(
    lake: Lake, spine: pl.DataFrame, markets: Sequence[Market], at_once: int
) -> Iterator[pl.DataFrame]:
    """Give the quotes of some games on known players, whole game dates at a time."""
    quotes = scan(lake, PROP_QUOTES).filter(
        pl.col("season").is_in(spine["season"].unique().to_list()),
        pl.col("market").is_in([market.name for market in markets]),
        pl.col("player_id").is_not_null(),
        # By the game's id, which the store sorts by: whole files and row groups are passed over.
        pl.col("game_id") >= pl.lit(str(spine["game_id"].min())[:8]),
        pl.col("game_id") < pl.lit(f"{str(spine['game_id'].max())[:8]}~"),
    )
    sizes = quotes.group_by(day=_DATE_OF_ID).agg(n=pl.len()).collect(engine="streaming")
    nothing = PROP_QUOTES.empty().select(_COLUMNS)
    if sizes.is_empty():
        yield nothing
    for first, last in _cut(sizes.sort("day").rows(), at_once):
        inside = (pl.col("game_id") >= pl.lit(first)) & (pl.col("game_id") < pl.lit(f"{last}~"))
        yield quotes.filter(inside).select(_COLUMNS).collect()


def _cut(sizes: Sequence[tuple[Any, ...]], at_once: int) -> list[tuple[str, str]]:
    """Cut days with their numbers of rows into spans of so many rows, or of a single day."""
    spans: list[tuple[str, str]] = []
    held = 0
    for day, rows in sizes:
        if spans and held + rows <= at_once:
            spans[-1] = (spans[-1][0], day)
            held += rows
        else:
            spans.append((day, day))
            held = rows
    return spans
