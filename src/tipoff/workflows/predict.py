"""Predict a date's player-games with every live model, before they are played.

A prediction is what the backtest would have said: the same feature rows, lines, models and
probabilities, by the same functions. What is said is kept as a slate and never changed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from tipoff.backtest.lines import line_choice
from tipoff.backtest.picks import PickPolicy, picked
from tipoff.backtest.probabilities import with_probabilities
from tipoff.domain.market import Market, market_named
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.features.load import status_of
from tipoff.models.learner import predict as predicted_by
from tipoff.models.spec import ModelSpec
from tipoff.registry.records import Registered
from tipoff.registry.stages import live
from tipoff.store.fingerprint import code_fingerprint
from tipoff.store.lake import Lake
from tipoff.workflows.clocks import refuse_clock_behind
from tipoff.workflows.dataset import Dataset, dataset_of, lines_of, with_prior
from tipoff.workflows.decisions import Decision, as_stored
from tipoff.workflows.halts import halted_by
from tipoff.workflows.registered import events_of, loaded, records_of
from tipoff.workflows.serve_features import Asked, Served, served
from tipoff.workflows.slates import Slate, keep, missed

Step = Callable[[str, int, int], None]
_KEY = ["game_id", "player_id"]


@dataclass(frozen=True)
class Question:
    """What is predicted.

    Attributes:
        game_date: the date.
        market: name of the market.
        asked_at: decide at this instant where it is earlier than the models' lead.
        models: beginnings of ids; all live models where empty.
        is_due_only: leave out games whose decision instant has not come yet.
        policy: when a prediction is a pick.
    """

    game_date: date
    market: str = "points"
    asked_at: datetime | None = None
    models: tuple[str, ...] = ()
    is_due_only: bool = False
    policy: PickPolicy = field(default_factory=PickPolicy)


def predict(
    lake: Lake,
    question: Question,
    *,
    now: datetime | None = None,
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Predict the games of a date that have not begun, and keep what is new.

    Args:
        lake: a lake with raw rows and the registry.
        question: what is predicted.
        now: the moment of it; the current time by default. Games that have begun by then are left
            as they were predicted before.
        step: called with what is being done and how far it is.

    Returns:
        ``game_date, market, made_at, state`` (predicted, no models, broken, no games, not due,
        begun), ``reason`` and ``slates``: of each model ``model_id, name, stage, is_forced, slate,
        kept`` (false where it says nothing new), ``games, rows, predicted, lined, picks`` and
        ``reasons`` (no pick, by reason); ``missed``: by model, games that have begun without being
        predicted at their decision; ``broken``: by model, why it can not be read.

    Raises:
        InputError: the lake knows no game on the date, or the clock is
            behind what was observed.
    """
    began = time.perf_counter()
    at = now or datetime.now(UTC)
    market = market_named(question.market)
    refuse_clock_behind(lake, [season_of(question.game_date)], at)
    models, broken = _models(lake, question)
    told: dict[str, Any] = {"game_date": question.game_date, "market": market.name, "made_at": at}
    told |= {"missed": {}, "broken": broken}
    if broken and not models:
        return told | _nothing("broken", " ".join(broken.values()))
    if not models:
        return told | _nothing(
            "no models",
            f"No live model of {market.name}. Train one, then 'tipoff models promote' it to shadow "
            "or champion.",
        )
    slates: list[dict[str, Any]] = []
    built: dict[tuple[int, str], Served] = {}
    state = None
    late = dict[str, list[str]]()
    for place, (model, stage) in enumerate(models):
        step(f"predicting with {model.spec.name}", place, len(models))
        decided = (model.record["lead_minutes"], model.spec.feature_set)
        if decided not in built:
            built[decided] = _served(lake, question, market, model, at)
        rows = built[decided]
        open_rows, state = _open(rows.rows, question, model.record["lead_minutes"], at)
        late |= _missed(lake, question, model, rows.rows, at)
        if open_rows.is_empty():
            continue
        slates.append(_slate(lake, question, model, stage, open_rows, rows, at))
    found = told | {
        "slates": slates,
        "missed": late,
        "seconds": round(time.perf_counter() - began, 3),
    }
    if slates:
        return found | {"state": "predicted", "reason": None}
    state = state or ("no games", "Nobody can be listed yet.")
    return found | _nothing(*state)


def _missed(
    lake: Lake, question: Question, model: Registered, rows: pl.DataFrame, at: datetime
) -> dict[str, list[str]]:
    """Games that began without being predicted at their decision: the job or the clock is late."""
    begun = rows.filter(pl.col("tip_off_at") <= at)
    tips = dict(begun.select("game_id", "tip_off_at").unique().iter_rows())
    slate = Slate(question.game_date, question.market, model.model_id, ())
    games = missed(lake, slate, tips, timedelta(minutes=model.record["lead_minutes"]))
    return {model.spec.name: games} if games else {}


def _nothing(state: str, reason: str) -> dict[str, Any]:
    return {"state": state, "reason": reason, "slates": []}


def _models(
    lake: Lake, question: Question
) -> tuple[list[tuple[Registered, Mapping[str, Any]]], dict[str, str]]:
    """The models that predict, the champion first, with where they stand; and why some can not."""
    standing = live(events_of(lake), market_named(question.market).name).to_dicts()
    wanted = [
        row
        for row in standing
        if not question.models or any(row["model_id"].startswith(m) for m in question.models)
    ]
    if question.models and not wanted:
        raise InputError(
            f"Expected live models of {question.market} by {', '.join(question.models)}, found "
            f"none among {len(standing)}. 'tipoff models list' shows them."
        )
    records = {record["model_id"]: record for record in records_of(lake)}
    models, broken = list[tuple[Registered, Mapping[str, Any]]](), dict[str, str]()
    for row in wanted:
        record = records[row["model_id"]]
        try:
            models.append((loaded(lake, record), row))
        except InputError as error:
            # One that can not be read must not keep the others from predicting.
            broken[record["name"]] = str(error)
    return models, broken


def _served(
    lake: Lake, question: Question, market: Market, model: Registered, at: datetime
) -> Served:
    # Nothing is decided later than now; a game that is due is decided at its lead.
    asked_at = question.asked_at
    if not question.is_due_only:
        asked_at = min(filter(None, (asked_at, at)))
    decision = Decision(question.game_date, model.record["lead_minutes"], asked_at)
    return served(lake, Asked(decision, market, model.spec.feature_set), now=at)


def _open(
    rows: pl.DataFrame, question: Question, lead_minutes: int, at: datetime
) -> tuple[pl.DataFrame, tuple[str, str] | None]:
    """Rows of games that can still be predicted, or why there are none."""
    if rows.is_empty():
        return rows, ("no games", f"Nobody can be listed for {question.game_date} yet.")
    not_begun = rows.filter(pl.col("tip_off_at") > at)
    if not_begun.is_empty():
        return not_begun, ("begun", f"All games of {question.game_date} have begun by {at}.")
    if not question.is_due_only:
        return not_begun, None
    lead = pl.duration(minutes=lead_minutes)
    due = not_begun.filter(pl.col("tip_off_at") - lead <= at)
    first = not_begun["tip_off_at"].min()
    return due, ("not due", f"The first game is decided {lead_minutes} minutes before {first!s}.")


def _slate(
    lake: Lake,
    question: Question,
    model: Registered,
    stage: Mapping[str, Any],
    rows: pl.DataFrame,
    source: Served,
    at: datetime,
) -> dict[str, Any]:
    market = market_named(question.market)
    said = said_by(model, rows, source.frames, market)
    slate = Slate(question.game_date, market.name, model.model_id, tuple(_games(said)))
    halted = halted_by(lake, market.name)
    about = {
        "market": market.name,
        "model_id": model.model_id,
        "model_name": model.spec.name,
        "stage": stage["stage"],
        "is_forced": stage["is_forced"],
        "made_at": at,
        "asked_at": question.asked_at,
        "lead_minutes": model.record["lead_minutes"],
        "serving": source.report["serving"],
        "lake_version": source.report["lake_version"],
        "code_fingerprint": code_fingerprint(__name__),
    }

    def decide(taken: int) -> pl.DataFrame:
        return picked(said, market, question.policy, taken=taken, halted=halted)

    kept = keep(lake, slate, decide, about)
    decided = kept.rows
    return {
        **{name: about[name] for name in ("model_id", "stage", "is_forced")},
        "name": model.spec.name,
        "slate": kept.number,
        "kept": kept.is_new,
        "halted": halted,
        "games": len(slate.games),
        "rows": decided.height,
        "predicted": decided.height - decided["prediction"].null_count(),
        "lined": decided.height - decided["line"].null_count(),
        "picks": int(decided["is_pick"].sum()),
        "reasons": dict(sorted(_reasons(decided).items())),
    }


def _games(rows: pl.DataFrame) -> Sequence[str]:
    found: list[str] = rows["game_id"].unique().sort().to_list()
    return found


def _reasons(rows: pl.DataFrame) -> dict[str, int]:
    counts = rows.drop_nulls("no_pick_reason").group_by("no_pick_reason").len()
    return dict(counts.iter_rows())


def said_by(
    model: Registered, rows: pl.DataFrame, frames: Mapping[str, pl.DataFrame], market: Market
) -> pl.DataFrame:
    """Return what a model says of served rows, with the line of each as it could be taken.

    Args:
        model: out of the registry.
        rows: of ``decided_rows``, one date's.
        frames: the raw rows that they were built from.
        market: the market.

    Returns:
        One row per player-game: the key and what rows say of themselves, ``prediction``,
        probabilities, and the takeable line's columns, null where there is none.
    """
    data = _dataset(model.spec, rows, frames, market, model.record["lead_minutes"])
    choice = line_choice(model.record["line_source"])
    data = with_prior(data, model.spec, choice)
    lines = lines_of(data, choice, market)
    forecast = data.rows.with_columns(predicted_by(model.fitted, data.rows), model=pl.lit(0))
    lined = forecast.join(lines, on=_KEY, how="left", validate="1:1", maintain_order="left")
    told = with_probabilities(lined, {0: model.distribution}, market)
    quoted = data.quotes.select(_KEY).unique().with_columns(is_quoted=pl.lit(value=True))
    beside = rows.select(*_KEY, "tip_off_basis", injury_status=status_of("injury_risk"))
    return (
        told.join(quoted, on=_KEY, how="left", maintain_order="left")
        .join(beside, on=_KEY, how="left", maintain_order="left")
        .with_columns(pl.col("is_quoted").fill_null(value=False))
    )


def _dataset(
    spec: ModelSpec,
    rows: pl.DataFrame,
    frames: Mapping[str, pl.DataFrame],
    market: Market,
    lead_minutes: int,
) -> Dataset:
    """The backtest's dataset of a single date, made from rows in memory."""
    days = rows["game_date"].unique().to_list()
    own = {
        name: frames[name].filter(pl.col("game_date").is_in(days))
        for name in ("games", "player_boxes", "prop_quotes")
    }
    own["prop_quotes"] = own["prop_quotes"].filter(pl.col("market") == market.name)
    season = pl.lit(season_of(days[0]))
    return dataset_of(
        as_stored(rows, market).with_columns(season=season),
        own,
        market,
        spec.feature_set,
        with_market=not spec.no_vegas,
        about=("", None, lead_minutes),
    )
