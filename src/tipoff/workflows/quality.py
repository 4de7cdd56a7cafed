"""The readiness report: how good stored feature rows are, for the feature set asked for."""

from datetime import date
from typing import Any, Literal

import polars as pl

from tipoff.domain.market import Market, market_named
from tipoff.errors import InputError
from tipoff.features.quality import row_quality, why_missing
from tipoff.features.sets import feature_set
from tipoff.features.warm_up import row_warm_up
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, scan
from tipoff.workflows.known_games import KEY, stored_games
from tipoff.workflows.world import played_games

By = Literal["season", "date"]
MOST_REASONS = 5


def quality(
    lake: Lake,
    *,
    by: By = "season",
    feature_set_name: str = "v12",
    market: str = "points",
    start: date | None = None,
    end: date | None = None,
) -> dict[str, Any]:
    """Report the readiness of stored feature rows.

    Args:
        lake: the lake.
        by: one row per season or per game date.
        feature_set_name: the feature set that the rows are judged for.
        market: whose table.
        start: first game date.
        end: last game date, included.

    Returns:
        ``rows``: per season or date ``total``, ``training_ready``, ``pct``, ``avg_quality``,
        ``feature_count``, ``quality_ready``, ``in_warm_up`` and ``warm_up_pct`` (as of
        ``row_warm_up``), the same of those who then ``played``, counts by tier and alert, and
        ``missing``: the features that most rows lack, with why.

    Raises:
        InputError: the set or market is unknown, or no feature rows are stored.
    """
    of = market_named(market)
    rows = _judged(lake, of, feature_set_name, start, end)
    group = "season" if by == "season" else "game_date"
    parts = rows.partition_by(group, as_dict=True)
    return {
        "market": of.name,
        "feature_set": feature_set_name,
        "by": by,
        "rows": [
            {by: key[0], **_summary(part, feature_set_name)} for key, part in sorted(parts.items())
        ],
    }


def _judged(
    lake: Lake, of: Market, feature_set_name: str, start: date | None, end: date | None
) -> pl.DataFrame:
    """Stored rows with their quality for a set, why each value is missing, and who ``played``."""
    features = feature_set(feature_set_name)
    stored = scan(lake, feature_store(of).table)
    if start is not None:
        stored = stored.filter(pl.col("game_date") >= start)
    if end is not None:
        stored = stored.filter(pl.col("game_date") <= end)
    judged = stored.select(
        "season",
        "game_date",
        "game_id",
        "player_id",
        *[f.column(of) for f in features],
        *row_quality(features, of),
        *[why_missing(f, of).alias(f"why_{f.name}") for f in features],
    ).collect()
    if judged.is_empty():
        raise InputError(
            f"Expected stored feature rows of {of.name}, found none. Run 'tipoff backfill' first."
        )
    seasons = judged["season"].unique().to_list()
    known = stored_games(lake, seasons, of)
    played = played_games(lake, seasons).select(*KEY, played=pl.lit(value=True))
    labelled = judged.join(known, on=KEY, how="left").with_columns(row_warm_up(features, of))
    return labelled.join(played, on=KEY, how="left")


def _summary(rows: pl.DataFrame, feature_set_name: str) -> dict[str, Any]:
    played = rows.filter(pl.col("played"))
    return {
        "total": rows.height,
        "training_ready": int(rows["is_training_ready"].sum()),
        "pct": _percent(rows["is_training_ready"]),
        "avg_quality": _rounded(rows["quality_score"].mean()),
        "feature_count": len(feature_set(feature_set_name)),
        "quality_ready": int(rows["is_quality_ready"].sum()),
        "in_warm_up": int(rows["in_warm_up"].sum()),
        "warm_up_pct": _percent(rows["in_warm_up"].drop_nulls()),
        "played": {
            "total": played.height,
            "training_ready": int(played["is_training_ready"].sum()),
            "pct": _percent(played["is_training_ready"]),
            "avg_quality": _rounded(played["quality_score"].mean()),
            "in_warm_up": int(played["in_warm_up"].sum()),
            "warm_up_pct": _percent(played["in_warm_up"].drop_nulls()),
        },
        "tiers": dict(sorted(rows.group_by("quality_tier").len().iter_rows())),
        "alerts": dict(sorted(rows.group_by("alert_level").len().iter_rows())),
        "missing": _missing(rows, feature_set_name),
    }


def _missing(rows: pl.DataFrame, feature_set_name: str) -> list[dict[str, Any]]:
    """The features that most rows lack, each with its most frequent reason."""
    found = []
    for feature in feature_set(feature_set_name):
        why = rows[f"why_{feature.name}"].drop_nulls()
        if why.len():
            counts = why.value_counts().sort("count", why.name, descending=[True, False])
            found.append(
                {
                    "feature": feature.name,
                    "need": feature.need,
                    "rows": why.len(),
                    "why": counts[why.name][0],
                }
            )
    return sorted(found, key=lambda row: (-row["rows"], row["feature"]))[:MOST_REASONS]


def _percent(flags: pl.Series) -> float | None:
    return None if flags.is_empty() else round(100 * float(flags.mean()), 1)  # type: ignore[arg-type]


def _rounded(value: object) -> float | None:
    return None if value is None else round(float(value), 2)  # type: ignore[arg-type]
