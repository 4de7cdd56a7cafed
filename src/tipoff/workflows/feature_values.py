"""The stored values of one feature: how they are spread by season, and how often they are missing.

Only its own column is read, and the ages of its inputs, which say why a value is missing.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tipoff.domain.market import Market
from tipoff.errors import InputError
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import Feature
from tipoff.features.quality import value_age, why_missing
from tipoff.monitoring.drift import BLOCK_DATES, feature_drift, reference_of
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, scan
from tipoff.workflows.model_drift import LOOKS

# The last game dates are held against so many seasons, their own included.
REFERENCE_SEASONS = 2
_SHARES = {"low": 0.05, "lower": 0.25, "median": 0.5, "upper": 0.75, "high": 0.95}


def stored_values(lake: Lake, feature: Feature, market: Market) -> pl.DataFrame:
    """Return every stored value of a feature: ``season, game_date, value, why`` (it is missing)."""
    return (
        scan(lake, feature_store(market).table)
        .select(
            "season",
            "game_date",
            value=pl.col(feature.column(market)),
            why=why_missing(feature, market),
        )
        .collect()
    )


def spread_by_season(values: pl.DataFrame) -> pl.DataFrame:
    """Return how values are spread, by season.

    Args:
        values: as of ``stored_values``.

    Returns:
        ``season, rows, known, missing_share, low, lower, median, upper, high`` (the 5th, 25th,
        50th, 75th and 95th hundredths of known values) and ``mean``.
    """
    value = pl.col("value")
    return (
        values.group_by("season")
        .agg(
            rows=pl.len(),
            known=value.count(),
            missing_share=value.is_null().mean(),
            **{name: value.quantile(share) for name, share in _SHARES.items()},
            mean=value.mean(),
        )
        .sort("season")
    )


def reasons_by_season(values: pl.DataFrame) -> pl.DataFrame:
    """Return why values are missing: ``season, why, rows, share`` (of the season's rows)."""
    of_season = pl.len().over("season")
    return (
        values.with_columns(of_season=of_season)
        .filter(pl.col("value").is_null())
        .group_by("season", "why")
        .agg(rows=pl.len(), of_season=pl.col("of_season").first())
        .select("season", "why", "rows", share=pl.col("rows") / pl.col("of_season"))
        .sort("season", "rows", descending=[True, True])
    )


def drift_of_values(values: pl.DataFrame) -> dict[str, Any] | None:
    """Hold the last 14 game dates against all before them in the last two seasons.

    Args:
        values: as of ``stored_values``.

    Returns:
        The row of ``monitoring.drift.feature_drift``, with ``first_date, last_date`` of the window
        and ``reference_rows``; None where there are too few game dates to tell.
    """
    seasons = values["season"].unique().sort().tail(REFERENCE_SEASONS)
    recent = values.filter(pl.col("season").is_in(seasons.implode()))
    days = recent["game_date"].unique().sort().tail(BLOCK_DATES)
    if days.is_empty():
        return None
    before, window = (
        recent.filter(pl.col("game_date") < days[0]),
        recent.filter(pl.col("game_date") >= days[0]),
    )
    try:
        reference = reference_of(before, ["value"])
    except InputError:
        return None
    told = feature_drift(reference, window, looks=LOOKS).row(0, named=True)
    about = {"first_date": days[0], "last_date": days[-1], "reference_rows": before.height}
    return {**told, **about}


def missing_shares(
    lake: Lake, season: str, market: Market, features: Sequence[Feature] = FEATURES
) -> dict[str, float]:
    """Return the share of a season's rows in which each feature is missing, by its name."""
    rows = scan(lake, feature_store(market).table).filter(pl.col("season") == season)
    shares = rows.select(
        pl.col(feature.column(market)).is_null().mean().alias(feature.name) for feature in features
    )
    found: dict[str, float] = shares.collect().row(0, named=True)
    return found


def newest_values(lake: Lake, season: str, feature: Feature, market: Market) -> pl.DataFrame:
    """Return a feature's values of the last game date of a season that has rows.

    Returns:
        ``game_date, player_id, player_name, team, opponent, value, age_days, why``.
    """
    rows = scan(lake, feature_store(market).table).filter(pl.col("season") == season)
    return (
        rows.filter(pl.col("game_date") == pl.col("game_date").max())
        .select(
            *("game_date", "player_id", "player_name", "team", "opponent"),
            value=pl.col(feature.column(market)),
            age_days=value_age(feature),
            why=why_missing(feature, market),
        )
        .sort("value", descending=True, nulls_last=True)
        .collect()
    )
