"""Whether live models still see what they were trained on, and err as they did then."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tipoff.backtest.current import current_grades, current_predictions
from tipoff.domain.market import market_named
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.models.spec import ModelSpec
from tipoff.monitoring.calibration import calibration_drift
from tipoff.monitoring.drift import BLOCK_DATES, FEWEST_BLOCKS, feature_drift, reference_of
from tipoff.monitoring.residuals import residual_drift, residual_reference
from tipoff.monitoring.verdicts import DRIFTED
from tipoff.registry.stages import live
from tipoff.store.lake import Lake, scan
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.workflows.dataset import dataset
from tipoff.workflows.fitting import Forecaster
from tipoff.workflows.registered import events_of, record_named

# Game dates of a look: about as many as a stretch of training rows.
WINDOW = BLOCK_DATES
# A look on every game date of a season.
LOOKS = 170
_ROW = ["slate", "game_id", "player_id"]


def reference(own: Forecaster, training: pl.DataFrame) -> dict[str, Any]:
    """Return what drift of a model is told from, as it is kept with it.

    Args:
        own: the fitted model.
        training: the rows that it was trained on.

    Returns:
        ``features`` (``monitoring.drift.reference_of``), ``residuals``
        (``monitoring.residuals.residual_reference``) and ``gap`` (mean error on the held-out rows);
        None in place of what too few rows tell.
    """
    dates = training["game_date"].n_unique()
    block = min(BLOCK_DATES, dates // FEWEST_BLOCKS)
    features = None
    if block >= 1:
        features = reference_of(training, own.fitted.features, block_dates=block)
    try:
        residuals = residual_reference(own.held_out)
    except InputError:
        residuals = None
    return {"features": features, "residuals": residuals}


def model_drift(lake: Lake, day: date, market: str, *, looks: int = LOOKS) -> dict[str, Any]:
    """Hold the last weeks of every live model against its training.

    Args:
        lake: the lake.
        day: the game date that is decided next; what came before it is looked at.
        market: whose models.
        looks: how often in a season this is asked.

    Returns:
        ``models``: of each ``model_id, name, stage`` and ``features, residuals, calibration``:
        lists of what was checked, each with ``state`` and ``sentence``; ``drifted``: the sentences
        of all that drifted; ``unknown``: why something could not be told.
    """
    name = market_named(market).name
    rows = live(events_of(lake), name).to_dicts()
    told = [_of_model(lake, day, row, looks) for row in rows]
    checks = [
        (model, check)
        for model in told
        for kind in ("features", "residuals", "calibration")
        for check in model[kind]
    ]
    drifted = [f"{m['name']}: {c['sentence']}" for m, c in checks if c["state"] == DRIFTED]
    unknown = [f"{m['name']}: {why}" for m in told for why in m["unknown"]]
    return {"market": name, "models": told, "drifted": drifted, "unknown": unknown}


def models_drifted(report: Mapping[str, Any]) -> str | None:
    """Return what of a report drifted or could not be told, in words, or None."""
    return " ".join([*report["drifted"], *report["unknown"]]) or None


def _of_model(lake: Lake, day: date, row: Mapping[str, Any], looks: int) -> dict[str, Any]:
    record = record_named(lake, row["model_id"])
    kept = {} if record["reference"] is None else json.loads(record["reference"])
    unknown: list[str] = []
    features: list[dict[str, Any]] = []
    residuals: list[dict[str, Any]] = []
    made = _graded(lake, day, record)
    if kept.get("features"):
        features = feature_drift(kept["features"], _seen(lake, day, record), looks=looks).to_dicts()
    else:
        unknown.append("nothing of its training rows was kept to tell drift of features from")
    if kept.get("residuals"):
        residuals = residual_drift(kept["residuals"], made, looks=looks).to_dicts()
    else:
        unknown.append("too few held-out rows were kept to tell drift of residuals from")
    calibrated = calibration_drift(made, looks=looks).to_dicts()
    return {
        **{n: record[n] for n in ("model_id", "name", "stage")},
        "features": features,
        "residuals": residuals,
        "calibration": calibrated,
        "unknown": unknown,
    }


def _seen(lake: Lake, day: date, record: Mapping[str, Any]) -> pl.DataFrame:
    """Rows such as the model was trained on, of the last game dates."""
    spec = ModelSpec(**json.loads(record["spec"]))
    data = dataset(
        lake,
        [season_of(day)],
        market=spec.market,
        feature_set_name=spec.feature_set,
        with_market=not spec.no_vegas,
        lead_minutes=record["lead_minutes"],
    )
    before = data.rows.filter(
        pl.col("game_date") < day, pl.col("is_training_ready"), pl.col("actual").is_not_null()
    )
    days = before["game_date"].unique().sort().tail(WINDOW)
    return before.filter(pl.col("game_date").is_in(days.implode()))


def _graded(lake: Lake, day: date, record: Mapping[str, Any]) -> pl.DataFrame:
    """What models of the recipe said in the last game dates, and what became of it."""
    season = season_of(day)
    rows = scan(lake, PREDICTIONS).filter(
        pl.col("season") == season,
        pl.col("game_date") < day,
        pl.col("market") == record["market"],
        pl.col("model_name") == record["name"],
        pl.col("is_training_ready"),
    )
    made = current_predictions(rows.collect())
    days = made["game_date"].unique().sort().tail(WINDOW)
    recent = made.filter(pl.col("game_date").is_in(days.implode()))
    grades = current_grades(scan(lake, GRADES).filter(pl.col("season") == season).collect())
    return recent.join(grades.select(*_ROW, "actual"), on=_ROW)
