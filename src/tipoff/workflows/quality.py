"""The readiness report: how good stored feature rows are, for the feature set asked for."""

from datetime import date
from typing import Any

import polars as pl

from tipoff.store.lake import Lake
from tipoff.workflows.readiness import (
    PLAYER_GAME,
    By,
    judged_rows,
    missing_values,
    most_missing,
    readiness,
    with_outcomes,
    words_counted,
)

MOST_REASONS = 5


def quality(
    lake: Lake,
    *,
    by: By = "season",
    feature_set_name: str = "v12",
    market: str = "points",
    start: date | None = None,
    end: date | None = None,
    most: int = MOST_REASONS,
) -> dict[str, Any]:
    """Report the readiness of stored feature rows.

    Args:
        lake: the lake.
        by: one row per season, month or game date.
        feature_set_name: the feature set that the rows are judged for.
        market: whose table.
        start: first game date.
        end: last game date, included.
        most: missing features a row of the report.

    Returns:
        ``rows``: per group ``total``, ``training_ready``, ``pct``, ``avg_quality``,
        ``feature_count``, ``quality_ready``, ``in_warm_up`` and ``warm_up_pct`` (as of
        ``row_warm_up``), the same of those who then ``played``, counts by tier and alert, and
        ``missing``: the features that most rows lack, with why.

    Raises:
        InputError: the set or market is unknown, or no feature rows are stored.
    """
    words = ("quality_tier", "alert_level")
    also = (*PLAYER_GAME, *words)
    stored = judged_rows(lake, feature_set_name, market, start=start, end=end, also=also)
    judged = with_outcomes(lake, stored)
    tiers, alerts = (_by_group(words_counted(judged, by, word), by, word) for word in words)
    missing = dict[Any, list[dict[str, Any]]]()
    for row in most_missing(missing_values(judged, by), by, most).to_dicts():
        group = row.pop(by)
        missing.setdefault(group, []).append(
            {"feature": row["feature"], "need": row["need"], "rows": row["rows"], "why": row["why"]}
        )
    return {
        "market": judged.market.name,
        "feature_set": feature_set_name,
        "by": by,
        "rows": [
            {
                by: row[by],
                **_summary(row, len(judged.features)),
                "tiers": tiers[row[by]],
                "alerts": alerts[row[by]],
                "missing": missing.get(row[by], []),
            }
            for row in readiness(judged, by).to_dicts()
        ],
    }


def _by_group(counts: pl.DataFrame, by: By, word: str) -> dict[Any, dict[str, int]]:
    found = dict[Any, dict[str, int]]()
    for group, told, rows in counts.select(by, word, "rows").iter_rows():
        found.setdefault(group, {})[told] = rows
    return found


def _summary(row: dict[str, Any], features: int) -> dict[str, Any]:
    return {
        "total": row["total"],
        "training_ready": row["training_ready"],
        "pct": percent(row["training_ready"], row["total"]),
        "avg_quality": _rounded(row["quality_score"]),
        "feature_count": features,
        "quality_ready": row["quality_ready"],
        "in_warm_up": row["in_warm_up"],
        "warm_up_pct": percent(row["in_warm_up"], row["warm_up_known"]),
        "played": {
            "total": row["played"],
            "training_ready": row["played_training_ready"],
            "pct": percent(row["played_training_ready"], row["played"]),
            "avg_quality": _rounded(row["played_quality_score"]),
            "in_warm_up": row["played_in_warm_up"],
            "warm_up_pct": percent(row["played_in_warm_up"], row["played_warm_up_known"]),
        },
    }


def percent(part: int, whole: int) -> float | None:
    """Return a part of the whole in per cent; None where there is no whole."""
    return None if not whole else round(100 * (part / whole), 1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
