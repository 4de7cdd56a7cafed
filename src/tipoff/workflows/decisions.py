"""Feature rows as they stand at a decision, built by the backfill's own code from raw frames.

A decision is made a lead before each tip-off, or at a stated instant where that is earlier. What
is decided earlier is what a backfill with that longer lead gives, for earlier games' lines too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from tipoff.domain.market import MARKETS, Market
from tipoff.domain.plant import Plant
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import POINTS
from tipoff.processors.catalogue import feature_store
from tipoff.processors.ml_feature_store import columns_of
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.fingerprint import code_fingerprint
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake
from tipoff.store.spine import game_spine
from tipoff.tables.served import ABOUT, served_table
from tipoff.workflows import rebuild
from tipoff.workflows.rebuild import rebuilt
from tipoff.workflows.world import raw_rows

Frames = Mapping[str, pl.DataFrame]

SERVED = served_table(columns_of(POINTS))
KEY = ("game_date", "game_id", "player_id")
NUMBERS = tuple(column.name for column in columns_of(POINTS))
_MINUTE = 60_000_000


@dataclass(frozen=True)
class Decision:
    """When the games of a date are decided.

    Attributes:
        game_date: the date.
        lead_minutes: minutes before each tip-off.
        asked_at: an instant (UTC); games are decided at it where it comes before their lead.
    """

    game_date: date
    lead_minutes: int = DEFAULT_LEAD_MINUTES
    asked_at: datetime | None = None


def frames_of(lake: Lake, season: str) -> dict[str, pl.DataFrame]:
    """Return what rows of a season are built from: who is listed depends on every market."""
    return raw_rows(lake, [season], list(MARKETS.values()))


def rows_code() -> str:
    """Return the fingerprint of all code that feature rows come from."""
    return code_fingerprint(rebuild.__name__)


def leads(games: pl.DataFrame, decisions: Sequence[Decision]) -> pl.DataFrame:
    """Return ``decision`` (its place), ``game_id, game_date, as_of, lead`` (whole minutes).

    Args:
        games: rows of the raw table.
        decisions: of dates; several may be of one date.
    """
    dates = sorted({decision.game_date for decision in decisions})
    spine = game_spine(merged_games(games), dates, 0).select("game_id", "game_date", "tip_off_at")
    asked = pl.DataFrame(
        [(n, d.game_date, d.lead_minutes, d.asked_at) for n, d in enumerate(decisions)],
        schema={
            "decision": pl.Int64,
            "game_date": pl.Date,
            "_least": pl.Int64,
            "_asked_at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )
    until = (pl.col("tip_off_at") - pl.col("_asked_at")).dt.total_microseconds()
    return (
        asked.join(spine, on="game_date")
        .with_columns(lead=pl.max_horizontal("_least", -(-until // _MINUTE)))
        .with_columns(as_of=pl.col("tip_off_at") - pl.duration(minutes="lead"))
        .select("decision", "game_id", "game_date", "as_of", "lead")
        .sort("decision", "game_id")
    )


def decided_rows(
    frames: Frames, decisions: Sequence[Decision], market: Market, plant: Plant | None = None
) -> pl.DataFrame:
    """Build a market's feature rows of some decisions, those of one lead at once.

    Args:
        frames: rows of every raw table, by its name.
        decisions: what to build; of one season.
        market: whose features.
        plant: a planted fault.

    Returns:
        ``decision`` (its place), the key, what rows say of themselves, features under their names
        for points and ages of inputs; ordered by decision and key.
    """
    asked = leads(frames["games"], decisions)
    name = feature_store(market).name
    parts = [SERVED.empty().select(pl.lit(0, pl.Int64).alias("decision"), *_columns())]
    for lead in sorted(asked["lead"].unique().to_list()):
        own = asked.filter(pl.col("lead") == lead)
        dates = own["game_date"].unique().sort().to_list()
        built = rebuilt(frames, dates, lead, (market,), plant)[name]
        parts.append(shaped(built.join(own.select("decision", "game_id"), on="game_id"), market))
    return pl.concat(parts).sort("decision", *KEY)


def shaped(rows: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Give rows of a market's feature store, with ``decision``, the columns of served rows."""
    named = rows.rename({f.column(market): f.name for f in FEATURES if f.is_of_market})
    types = SERVED.columns
    return named.select("decision", *[pl.col(name).cast(types[name]) for name in _columns()])


def as_stored(rows: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Return served rows with their features under the names of the market's feature store."""
    return rows.rename({f.name: f.column(market) for f in FEATURES if f.is_of_market})


def _columns() -> list[str]:
    return [*KEY, *ABOUT, *NUMBERS]
