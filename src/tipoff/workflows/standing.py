"""Which models were live at an instant, and what they had predicted by then, as the logs say."""

from datetime import date, datetime

import polars as pl

from tipoff.domain.seasons import season_of
from tipoff.monitoring.expected import LiveModel
from tipoff.store.lake import Lake, scan
from tipoff.tables.models import LIVE, MODEL_EVENTS, MODELS
from tipoff.tables.predictions import COVERAGE, GRADES, PREDICTIONS

NAMES: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "name": pl.String(),
    "market": pl.String(),
    "lead_minutes": pl.Int32(),
}


def live_models(lake: Lake, at: datetime) -> pl.DataFrame:
    """Return the models that were live at an instant: ``model_id, name, market, lead_minutes``.

    Events are ordered as they are numbered, whatever the clock.
    """
    events = scan(lake, MODEL_EVENTS).filter(pl.col("at") <= at).sort("number").collect()
    stages = events.unique("model_id", keep="last").filter(pl.col("to_stage").is_in(LIVE))
    known = scan(lake, MODELS).select(list(NAMES)).collect().unique("model_id", keep="first")
    return known.join(stages, on="model_id", how="semi").sort("market", "name", "model_id")


def as_models(live: pl.DataFrame) -> list[LiveModel]:
    """Return rows of ``live_models`` one by one."""
    return [
        LiveModel(row["model_id"], row["market"], row["lead_minutes"]) for row in live.to_dicts()
    ]


def predictions_of(lake: Lake, start: date, end: date, now: datetime) -> pl.DataFrame:
    """Return the predictions of some game dates that were made by an instant."""
    return (
        scan(lake, PREDICTIONS)
        .filter(_within(start, end), pl.col("made_at") <= now)
        .filter(pl.col("season").is_in([season_of(start), season_of(end)]))
        .collect()
    )


def grades_of(lake: Lake, start: date, end: date, now: datetime) -> pl.DataFrame:
    """Return the grades of some game dates that were given by an instant."""
    return (
        scan(lake, GRADES)
        .filter(_within(start, end), pl.col("graded_at") <= now)
        .filter(pl.col("season").is_in([season_of(start), season_of(end)]))
        .collect()
    )


def coverage_of(lake: Lake, start: date, end: date, now: datetime) -> pl.DataFrame:
    """Return the accounts of some game dates that were made by an instant."""
    rows = scan(lake, COVERAGE).filter(_within(start, end), pl.col("counted_at") <= now)
    return rows.collect()


def _within(start: date, end: date) -> pl.Expr:
    return pl.col("game_date").is_between(start, end)
