"""Fit a live recipe again when its walk says so, and let the new model take the old one's place.

The windows are those of a backtest's folds, so what is live is what was walked through.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from tipoff.backtest.folds import Fold, folds
from tipoff.backtest.lines import line_choice
from tipoff.domain.market import market_named
from tipoff.domain.seasons import seasons_between
from tipoff.errors import InputError
from tipoff.models.spec import ModelSpec, kept_features
from tipoff.processors.catalogue import feature_store
from tipoff.registry.stages import event
from tipoff.store.lake import Lake, scan
from tipoff.tables.models import LIVE, PROMOTED, RETIRED, RETIRED_EVENT
from tipoff.workflows.backtest import walked_seasons
from tipoff.workflows.daily_config import Daily, DailyModel
from tipoff.workflows.dataset import dataset, lines_of, with_prior
from tipoff.workflows.fitting import forecaster
from tipoff.workflows.model_drift import reference
from tipoff.workflows.registered import happened, newest_number, records_of
from tipoff.workflows.registering import Origin, register
from tipoff.workflows.training import training_rows
from tipoff.workflows.world import view_of

Step = Callable[[str, int, int], None]
CURRENT, REFITTED, TOO_LITTLE = "current", "refitted", "too little to train on"
LEAST_ROWS = 1_000


@dataclass(frozen=True)
class How:
    """How it is done.

    Attributes:
        now: the moment of it: results that were told later are nothing to learn from.
        threads: processor threads; they change the time only.
        least_rows: fewer training rows than these fit nothing.
        step: called with what is being done and how far it is.
    """

    now: datetime
    threads: int = 2
    least_rows: int = LEAST_ROWS
    step: Step = lambda *_: None


def refit(lake: Lake, config: Daily, model: DailyModel, day: date, how: How) -> dict[str, Any]:
    """Fit a recipe for a game date, unless the model that it needs is there.

    Args:
        lake: a lake with feature rows of the dates before, and the registry.
        config: the day's job.
        model: the recipe.
        day: the game date that is predicted next.
        how: how it is done.

    Returns:
        ``name, market, state`` (current, refitted, too little to train on), ``reason``,
        ``model_id``, ``train_start, train_end, train_rows``, ``replaces`` and ``stage``.
    """
    began = time.perf_counter()
    told: dict[str, Any] = {"name": model.name, "market": model.market}
    fold, tested_from = _fold(lake, config, model, day)
    if fold is None:
        return told | {"state": TOO_LITTLE, "reason": f"{tested_from}", "model_id": None}
    window = (fold.train_start, fold.train_end)
    spec = model.spec()
    same = [row for row in records_of(lake) if is_of(row, spec, model)]
    own = [row for row in same if (row["train_start"], row["train_end"]) == window]
    held = next((row for row in reversed(same) if row["stage"] in LIVE), None)
    if own and own[-1]["stage"] in LIVE:
        return told | _found(CURRENT, own[-1], None)
    # One that was fitted by a run that was killed is fitted again: it is the same model.
    made = _fitted(lake, config, model, (fold, tested_from), how)
    if isinstance(made, str):
        return told | {"state": TOO_LITTLE, "reason": made, "model_id": None}
    succeeded = _succeed(lake, made, held, how.now)
    seconds = round(time.perf_counter() - began, 3)
    return told | succeeded | {"train_start": window[0], "train_end": window[1], "seconds": seconds}


def is_of(row: Mapping[str, Any], spec: ModelSpec, model: DailyModel) -> bool:
    """Whether a registered model is one of a live recipe."""
    stored = ModelSpec(**json.loads(row["spec"]))
    about = (row["line_source"], row["lead_minutes"], row["plant"])
    return stored == spec and about == (model.line_source, model.lead_minutes, "")


def _found(state: str, row: Mapping[str, Any], replaces: str | None) -> dict[str, Any]:
    names = ("model_id", "stage", "train_start", "train_end", "train_rows")
    return {"state": state, "reason": None, "replaces": replaces} | {n: row[n] for n in names}


def _fold(
    lake: Lake, config: Daily, model: DailyModel, day: date
) -> tuple[Fold | None, date | str]:
    """The fold that tests a date, and the first date that its model is tested on; or why not."""
    plan = config.plan(model, day)
    view = view_of(lake, None, model.lead_minutes)
    seasons = walked_seasons(lake, model.market, plan, None, model.lead_minutes)
    rows = scan(view, feature_store(market_named(model.market)).table)
    stored = rows.filter(pl.col("season").is_in(seasons), pl.col("game_date") < day)
    days = stored.select("game_date").unique().collect()["game_date"].to_list()
    try:
        found = folds(plan, [*days, day])
    except InputError as error:
        # The start of a first season: there is nothing to learn from yet.
        return None, str(error)
    if found[-1].test_end != day:
        return None, f"Expected {day} to be tested by the last fold, which ends {found[-1]}."
    return found[-1], found[found[-1].model].test_start


def _fitted(
    lake: Lake,
    config: Daily,
    model: DailyModel,
    walk: tuple[Fold, date | str],
    how: How,
) -> dict[str, Any] | str:
    (fold, tested_from), spec = walk, model.spec()
    plan = config.plan(model, fold.test_end)
    seasons = walked_seasons(lake, model.market, plan, None, model.lead_minutes)
    needed = [s for s in seasons if s in seasons_between(fold.train_start, fold.test_end)]
    data = dataset(
        lake,
        needed,
        market=spec.market,
        feature_set_name=spec.feature_set,
        with_market=not spec.no_vegas,
        lead_minutes=model.lead_minutes,
    )
    choice = line_choice(model.line_source)
    data = with_prior(data, spec, choice)
    lines = lines_of(data, choice, market_named(spec.market))
    assert isinstance(tested_from, date)
    window = (fold.train_start, fold.train_end)
    training = training_rows(data, spec, window, tested_from, lines)
    if training.height < how.least_rows:
        return (
            f"Expected at least {how.least_rows:,} training rows between {window[0]} and "
            f"{window[1]}, found {training.height:,}."
        )
    own = forecaster(
        spec,
        training,
        kept_features(spec, data.features),
        threads=how.threads,
        grown=lambda trees, most: how.step(f"fitting {spec.name}", trees, most),
    )
    about = (window, model.lead_minutes, model.line_source, data.fingerprint)
    origin = Origin(*about, reference=reference(own, training))
    made = register(lake, spec, own, origin, by="refit", now=how.now)
    return {**made, "market": spec.market, "train_rows": own.train_rows}


def _succeed(
    lake: Lake, made: Mapping[str, Any], held: Mapping[str, Any] | None, now: datetime
) -> dict[str, Any]:
    """Give a new model the place of the one before it; its forced mark goes with the place."""
    number = newest_number(lake)
    row = next(r for r in records_of(lake) if r["model_id"] == made["model_id"])
    if held is None or held["model_id"] == row["model_id"]:
        return _found(REFITTED, row, None)
    old, stage = held["model_id"], held["stage"]
    reason = f"Refitted up to {row['train_end']}; it takes the place of {old[:12]}."
    steps = [
        event(
            held, RETIRED_EVENT, RETIRED, reason=f"Followed by {row['model_id'][:12]}.", by="refit"
        ),
        event(row, PROMOTED, stage, reason=reason, by="refit", is_forced=held["is_forced"]),
    ]
    happened(lake, steps, number, now=now)
    return _found(REFITTED, {**row, "stage": stage}, old)
