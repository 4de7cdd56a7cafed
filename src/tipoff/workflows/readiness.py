"""How ready stored feature rows are for a feature set, by season, month or game date.

All groups are counted at once. What the command reports and the page shows is counted here.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import polars as pl

from tipoff.domain.market import Market, market_named
from tipoff.errors import InputError
from tipoff.features.declare import Feature
from tipoff.features.quality import reasons, row_quality
from tipoff.features.sets import feature_set
from tipoff.features.warm_up import row_warm_up, warm_up_inputs
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, scan
from tipoff.workflows.known_games import KEY, stored_games
from tipoff.workflows.world import played_games

By = Literal["season", "month", "date"]

READINESS: dict[str, pl.DataType] = {
    "total": pl.Int64(),
    "training_ready": pl.Int64(),
    "quality_ready": pl.Int64(),
    "quality_score": pl.Float64(),
}
# What is known of rows only where ``with_outcomes`` looked at how games turned out.
OUTCOMES: dict[str, pl.DataType] = {
    "in_warm_up": pl.Int64(),
    "warm_up_known": pl.Int64(),
    "played": pl.Int64(),
    "played_training_ready": pl.Int64(),
    "played_quality_score": pl.Float64(),
    "played_in_warm_up": pl.Int64(),
    "played_warm_up_known": pl.Int64(),
}
MISSING: dict[str, pl.DataType] = {
    "feature": pl.String(),
    "need": pl.String(),
    "why": pl.String(),
    "rows": pl.Int64(),
}
# What ``with_outcomes`` needs of rows.
PLAYER_GAME = (*KEY, "opponent")
_JUDGED = ("quality_score", "is_training_ready", "is_quality_ready")


@dataclass(frozen=True)
class Judged:
    """Stored feature rows with their quality for a set.

    Attributes:
        rows: ``season, game_date``, the set's values, the ages of inputs, of ``row_quality``
            the score and the flags, and what was asked for besides; with outcomes ``in_warm_up``
            and ``played``.
        features: of the set.
        market: whose rows.
    """

    rows: pl.DataFrame
    features: tuple[Feature, ...]
    market: Market


def judged_rows(
    lake: Lake,
    feature_set_name: str,
    market: str,
    *,
    season: str | None = None,
    start: date | None = None,
    end: date | None = None,
    also: Sequence[str] = (),
) -> Judged:
    """Read stored rows and judge them for a set.

    Args:
        lake: the lake.
        feature_set_name: the set.
        market: whose table.
        season: of one season only.
        start: first game date.
        end: last game date, included.
        also: more columns, of the table or of ``row_quality``.

    Raises:
        InputError: the set or market is unknown, or no such rows are stored.
    """
    of, features = market_named(market), feature_set(feature_set_name)
    stored = scan(lake, feature_store(of).table)
    day = pl.col("game_date")
    for bound in (
        None if season is None else pl.col("season") == season,
        None if start is None else day >= start,
        None if end is None else day <= end,
    ):
        stored = stored if bound is None else stored.filter(bound)
    judged = {e.meta.output_name(): e for e in row_quality(features, of)}
    inputs = sorted({name for feature in features for name in feature.reads})
    rows = stored.select(
        "season",
        "game_date",
        *[f.column(of) for f in features],
        *[f"age_{name}" for name in inputs],
        *[judged.get(name, pl.col(name)) for name in (*_JUDGED, *also)],
    ).collect()
    if rows.is_empty():
        raise InputError(
            f"Expected stored feature rows of {of.name}, found none. Run 'tipoff backfill' first."
        )
    return Judged(rows, features, of)


def with_outcomes(lake: Lake, judged: Judged) -> Judged:
    """Say of each row whether it is ``in_warm_up``, and whether he then ``played`` (else null).

    Args:
        lake: the lake.
        judged: rows with the columns of ``PLAYER_GAME``.
    """
    rows, features, market = judged.rows, judged.features, judged.market
    seasons = rows["season"].unique().to_list()
    inputs = warm_up_inputs(features, market)
    # Opening a table reads its log of commits; both open some of their own.
    with ThreadPoolExecutor(2) as threads:
        counted = threads.submit(stored_games, lake, seasons, market, inputs, rows)
        played = threads.submit(played_games, lake, seasons)
    told = played.result().with_columns(played=pl.lit(value=True))
    _, is_early = row_warm_up(features, market)
    # In the order of the rows: the values stay where they are.
    known = counted.result().join(told, on=KEY, how="left", maintain_order="left")
    return replace(judged, rows=rows.with_columns(known.select(is_early, "played")))


def readiness(judged: Judged, by: By) -> pl.DataFrame:
    """Count the rows that are ready, one row per group, in order.

    Returns:
        The group (``season``, ``month`` or ``date``) and ``READINESS``; ``OUTCOMES`` where the
        rows have them. ``quality_score`` is the mean.
    """
    ready, score, played = pl.col("is_training_ready"), pl.col("quality_score"), pl.col("played")
    counts = [
        pl.len().alias("total"),
        ready.sum().alias("training_ready"),
        pl.col("is_quality_ready").sum().alias("quality_ready"),
        score.mean().alias("quality_score"),
    ]
    schema = READINESS
    if "played" in judged.rows.columns:
        warm, own = pl.col("in_warm_up"), pl.col("in_warm_up") & played
        counts += [
            warm.sum().alias("in_warm_up"),
            warm.count().alias("warm_up_known"),
            played.sum().alias("played"),
            (ready & played).sum().alias("played_training_ready"),
            score.filter(played).mean().alias("played_quality_score"),
            own.sum().alias("played_in_warm_up"),
            (warm.is_not_null() & played).sum().alias("played_warm_up_known"),
        ]
        schema = READINESS | OUTCOMES
    grouped = judged.rows.lazy().group_by(_group(by)).agg(counts)
    return grouped.select(by, *_typed(schema)).sort(by).collect()


def words_counted(judged: Judged, by: By, word: str) -> pl.DataFrame:
    """Count rows by a word that ``row_quality`` says of them: the group, the word and ``rows``."""
    grouped = judged.rows.lazy().group_by(_group(by), word).agg(rows=pl.len())
    return grouped.sort(by, word).collect()


def missing_values(judged: Judged, by: By) -> pl.DataFrame:
    """Count the rows without a value of each feature, by the reason.

    Returns:
        The group and ``MISSING``: one row per group, feature and reason that there is; in a group
        those of the feature that most rows lack first, and of a feature the most frequent reason.
    """
    told = sorted(
        (
            (feature.name, why, feature.need, is_why)
            for feature in judged.features
            for why, is_why in reasons(feature, judged.market).items()
        ),
        key=lambda row: row[:2],
    )
    numbers = [str(number) for number in range(len(told))]
    about = pl.DataFrame(
        [row[:3] for row in told], schema=["feature", "why", "need"], orient="row"
    ).with_columns(_number=pl.Series(numbers), _place=pl.int_range(pl.len(), dtype=pl.UInt32))
    rows = pl.col("rows")
    return (
        judged.rows.lazy()
        .group_by(_group(by))
        .agg(row[3].sum().alias(number) for number, row in zip(numbers, told, strict=True))
        .unpivot(numbers, index=by, variable_name="_number", value_name="rows")
        .filter(rows > 0)
        .join(about.lazy(), on="_number")
        .with_columns(_typed(MISSING))
        .with_columns(
            _total=rows.sum().over(by, "feature"), _first=pl.col("_place").min().over("feature")
        )
        .sort(by, -pl.col("_total"), "_first", -rows, "_place")
        .select(by, *MISSING)
        .collect()
    )


def most_missing(missing: pl.DataFrame, by: By, most: int) -> pl.DataFrame:
    """Return the features that most rows of each group lack.

    Args:
        missing: as of ``missing_values``.
        by: its group.
        most: features a group.

    Returns:
        The group and ``MISSING``: ``rows`` over all reasons, ``why`` the most frequent one.
    """
    return (
        missing.group_by(by, "feature", maintain_order=True)
        .agg(pl.col("need", "why").first(), pl.col("rows").sum())
        .group_by(by, maintain_order=True)
        .head(most)
        .select(by, *MISSING)
    )


def _group(by: By) -> pl.Expr:
    day = pl.col("game_date")
    groups = {"season": pl.col("season"), "month": day.dt.strftime("%Y-%m"), "date": day}
    return groups[by].alias(by)


def _typed(schema: dict[str, pl.DataType]) -> list[pl.Expr]:
    return [pl.col(name).cast(dtype) for name, dtype in schema.items()]
