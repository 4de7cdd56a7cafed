"""What there is to choose from on several pages."""

from datetime import date

import polars as pl

from tipoff.domain.market import FEATURE_MARKETS, MARKETS
from tipoff.features.sets import SETS
from tipoff.store.lake import Lake, scan
from tipoff.store.watched import Watched
from tipoff.tables.raw import GAMES
from tipoff.tables.table import Table


def markets(_: Watched) -> list[str]:
    """Return the markets' names."""
    return list(MARKETS)


def feature_markets(_: Watched) -> list[str]:
    """Return the names of the markets that features are built for."""
    return [market.name for market in FEATURE_MARKETS]


def feature_sets(_: Watched) -> list[str]:
    """Return the names of the feature sets."""
    return list(SETS)


def newest_season(lake: Lake, table: Table) -> str | None:
    """Return the newest season that a table has rows of, or None where it has none."""
    found: str | None = scan(lake, table).select(pl.col("season").max()).collect().item()
    return found


def season_dates(lake: Lake, season: str) -> tuple[date | None, date | None]:
    """Return the first and last game date of a season that the schedule knows, if any."""
    days = scan(lake, GAMES).filter(pl.col("season") == season).select("game_date").collect()
    first: date | None = days["game_date"].min()  # type: ignore[assignment]
    last: date | None = days["game_date"].max()  # type: ignore[assignment]
    return first, last


def seasons(watched: Watched) -> list[str]:
    """Return the seasons of which games are known, the newest first."""
    return watched.seasons(GAMES)
