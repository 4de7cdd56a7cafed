"""Does the score earn its name? Errors by decile of the score, on seasons it was not fitted on.

A plain model is trained on each season and predicts the next. Good players have larger errors and
better known rows, so an error is held against what rows with such a prediction have on average:
that expectation is fitted on the early seasons only.
"""

from typing import Any

import numpy as np
import polars as pl

from tipoff.domain.market import Market, market_named
from tipoff.domain.seasons import previous_season
from tipoff.errors import InputError
from tipoff.features.quality import row_quality
from tipoff.features.sets import feature_names, feature_set
from tipoff.models.learner import fit, predict
from tipoff.models.spec import ModelSpec
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, scan
from tipoff.workflows.dataset import dataset

DECILES = 10
EARLY_SEASONS = 2


def deciles(lake: Lake, *, feature_set_name: str = "v12", market: str = "points") -> dict[str, Any]:
    """Show errors by decile of the quality score.

    Args:
        lake: a lake with feature rows of four seasons or more.
        feature_set_name: the set that rows are judged for; the model learns its no-vegas twin.
        market: the market that is predicted.

    Returns:
        ``rows``: per part (the early seasons, those after) and decile ``n``, ``from_score``,
        ``mae``, ``expected_mae`` (by the prediction's size) and ``ratio`` of the two with its
        standard error; ``fitted_on`` and ``shown_on``: the seasons of the parts.

    Raises:
        InputError: there are fewer seasons.
    """
    of = market_named(market)
    stored = scan(lake, feature_store(of).table).select("season").unique().collect()
    seasons = [s for s in sorted(stored["season"]) if previous_season(s) in set(stored["season"])]
    if len(seasons) <= EARLY_SEASONS:
        raise InputError(
            f"Expected feature rows of at least {EARLY_SEASONS + 2} seasons in a row, found "
            f"{len(seasons) + 1}; run 'tipoff backfill' over more."
        )
    rows = pl.concat([_predicted(lake, season, feature_set_name, of) for season in seasons])
    early = seasons[:EARLY_SEASONS]
    judged = _with_expectation(rows, early)
    parts = (("fitted", early), ("later", seasons[EARLY_SEASONS:]))
    return {
        "market": of.name,
        "feature_set": feature_set_name,
        "by": "decile",
        "fitted_on": early,
        "shown_on": seasons[EARLY_SEASONS:],
        "rows": [
            {"part": name, **row}
            for name, chosen in parts
            for row in _by_decile(judged.filter(pl.col("season").is_in(chosen)))
        ],
    }


def _predicted(lake: Lake, season: str, feature_set_name: str, market: Market) -> pl.DataFrame:
    """Player-games of a season with the prediction of a model of the season before."""
    names = feature_names(feature_set_name, with_market=False, market=market)
    spec = ModelSpec(
        name="quality", market=market.name, feature_set=feature_set_name, no_vegas=True, loss="RMSE"
    )
    before, now = (
        dataset(lake, [s], market=market.name, feature_set_name=feature_set_name).rows.drop_nulls(
            "actual"
        )
        for s in (previous_season(season), season)
    )
    fitted = fit(spec, before, names)
    score = scan(lake, feature_store(market).table).filter(pl.col("season") == season)
    judged = score.select(
        "game_id", "player_id", *row_quality(feature_set(feature_set_name), market)
    ).collect()
    guessed = now.select("season", "game_date", "game_id", "player_id", "actual").with_columns(
        predict(fitted, now)
    )
    return guessed.join(
        judged.select("game_id", "player_id", "quality_score"), on=["game_id", "player_id"]
    )


def _with_expectation(rows: pl.DataFrame, early: list[str]) -> pl.DataFrame:
    """Add ``error`` and ``expected``: 1, p, sqrt p and p^2 fitted to errors of early seasons."""

    def basis(part: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
        p = part["prediction"].to_numpy()
        return np.column_stack([np.ones_like(p), p, np.sqrt(np.maximum(p, 0)), p * p])

    with_error = rows.with_columns(error=(pl.col("prediction") - pl.col("actual")).abs())
    known = with_error.filter(pl.col("season").is_in(early))
    weights, *_ = np.linalg.lstsq(basis(known), known["error"].to_numpy(), rcond=None)
    return with_error.with_columns(expected=pl.Series(basis(with_error) @ weights))


def _by_decile(rows: pl.DataFrame) -> list[dict[str, Any]]:
    ordered = rows.sort("quality_score", "game_date", "game_id", "player_id").with_columns(
        decile=pl.int_range(pl.len()) * DECILES // pl.len() + 1,
        ratio=pl.col("error") / pl.col("expected"),
    )
    table = ordered.group_by("decile").agg(
        n=pl.len(),
        from_score=pl.col("quality_score").min().round(1),
        mae=pl.col("error").mean().round(3),
        expected_mae=pl.col("expected").mean().round(3),
        ratio=pl.col("ratio").mean().round(4),
        standard_error=(pl.col("ratio").std() / pl.len().sqrt()).round(4),
    )
    return table.sort("decile").to_dicts()
