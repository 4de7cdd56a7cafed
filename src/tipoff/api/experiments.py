"""Experiments and predictions: train, walk forward, predict a date."""

from datetime import date
from typing import Unpack

import polars as pl

from tipoff.api.given import AnyLake, Day, day, lake_at, span
from tipoff.api.recipe import Recipe, model_spec
from tipoff.api.results import Predicted, Run
from tipoff.backtest.folds import Seasons, WalkForward
from tipoff.domain.seasons import season_of
from tipoff.models.spec import Windows, stated
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.lake import Lake
from tipoff.store.lake import scan as scan_table
from tipoff.tables.predictions import PREDICTIONS
from tipoff.workflows.backtest import backtest
from tipoff.workflows.places import models_folder
from tipoff.workflows.predict import Question
from tipoff.workflows.predict import predict as predict_date
from tipoff.workflows.registering_runs import register_run
from tipoff.workflows.train import MIN_EVAL_ROWS, MIN_TRAIN_ROWS, Options
from tipoff.workflows.train import train as run_train


def train(
    lake: AnyLake,
    *,
    name: str,
    train: tuple[Day, Day],
    evaluate: tuple[Day, Day],
    market: str = "points",
    line_source: str = "draftkings",
    register: bool = False,
    force: bool = False,
    min_train_rows: int = MIN_TRAIN_ROWS,
    min_eval_rows: int = MIN_EVAL_ROWS,
    threads: int = 2,
    **recipe: Unpack[Recipe],
) -> Run:
    """Train one model, grade it on takeable lines, judge it, save it and count the try.

    The run goes into the lake's experiment ledger whatever becomes of it, as that of
    ``tipoff train`` does: verdicts are corrected for how often it was tried.

    Args:
        lake: a lake with feature rows of both windows (``backfill``).
        name: of the experiment: letters, digits, ``_``, ``.`` and ``-``.
        train, evaluate: first and last game date of each window, included; training ends first.
        market: which count is predicted.
        line_source: which lines it is graded on (see ``lines``).
        register: enter the model into the registry as a candidate.
        force: run again what is in the ledger already.
        min_train_rows, min_eval_rows: fewer rows than these are refused.
        threads: processor threads; they change the time only.
        recipe: what the model is; the V12 recipe where nothing is said (see ``Recipe``).

    Raises:
        InputError: the windows or the recipe make no sense, there are too few rows, or the run is
            in the ledger already.
    """
    opened = lake_at(lake)
    spec = model_spec(name, market, recipe)
    windows = _windows(span(*train), span(*evaluate))
    options = _options(opened, min_train_rows, min_eval_rows, threads, force=force)
    outcome = run_train(opened, spec, windows, line_source, options)
    entered = {"registered": False, "model_id": None}
    if register:
        entered = register_run(opened, spec, windows, line_source, outcome)
    return Run({**outcome.report, "skip_register": not register, **entered}, outcome.on_lines)


def walk_forward(
    lake: AnyLake,
    start: Day,
    end: Day,
    *,
    name: str = "walk-forward",
    window: int | None = None,
    embargo: int = 0,
    span: int = 7,
    step: int | None = None,
    cadence: int = 1,
    seasons: Seasons = "carry",
    least: int = 28,
    market: str = "points",
    line_source: str = "draftkings",
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
    force: bool = False,
    min_train_rows: int = MIN_TRAIN_ROWS,
    min_eval_rows: int = MIN_EVAL_ROWS,
    threads: int = 2,
    **recipe: Unpack[Recipe],
) -> Run:
    """Walk through a span of game dates: fit, predict the next ones, step on, grade it all.

    The folds are those of ``WalkForwardSplit``. A walk that was killed goes on where it was when it
    is called again. It goes into the experiment ledger like ``train``.

    Args:
        lake: a lake with feature rows of the span and of what is trained on.
        start, end: first and last game date that is tested, both included.
        name: of the experiment.
        window: longest training window in game dates; everything before where None.
        embargo: game dates between training and test that neither uses.
        span: game dates tested by one fold.
        step: game dates from one fold's test to the next; the span where None.
        cadence: fit anew every so many folds.
        seasons: ``carry`` trains on earlier seasons too, ``own`` on the tested one only.
        least: fewest game dates to train on; folds before that are left out.
        market, line_source, force, min_train_rows, min_eval_rows, threads, recipe: as of ``train``.
        lead_minutes: minutes before tip-off at which it is decided and lines are taken.

    Raises:
        InputError: the plan or the recipe make no sense, there is too little to train or to grade
            on, or the run is in the ledger already.
    """
    opened = lake_at(lake)
    spec = model_spec(name, market, recipe)
    plan = stated(
        WalkForward,
        start=day(start, "start"),
        end=day(end, "end"),
        window=window,
        embargo=embargo,
        span=span,
        step=step,
        cadence=cadence,
        seasons=seasons,
        least=least,
    )
    options = _options(opened, min_train_rows, min_eval_rows, threads, force=force)
    outcome = backtest(opened, spec, plan, line_source, options, lead_minutes=lead_minutes)
    return Run(outcome.report, outcome.on_lines)


def predict(lake: AnyLake, game_date: Day, *, market: str = "points") -> Predicted:
    """Predict the games of a date that have not begun, with every live model, as of now.

    What is said is kept as a slate and never changed. Models come to life by
    ``train(…, register=True)`` and ``tipoff models promote``.

    Args:
        lake: a lake with raw rows and the registry.
        game_date: the date, US Eastern.
        market: which count.

    Returns:
        The rows, one per model and player-game: ``prediction``, probabilities of each side, the
        takeable line with its prices, ``is_pick`` and ``no_pick_reason`` among others; and the
        state, with the reason where nothing was predicted.

    Raises:
        InputError: the lake knows no game on the date, or the clock is behind what was observed.
    """
    opened = lake_at(lake)
    on = day(game_date, "game_date")
    report = predict_date(opened, Question(on, market))
    slates = [slate["slate"] for slate in report["slates"]]
    rows = scan_table(opened, PREDICTIONS).filter(
        pl.col("season") == season_of(on), pl.col("slate").is_in(slates)
    )
    return Predicted(report, rows.sort("slate", "game_id", "player_id").collect())


def _options(
    lake: Lake, min_train_rows: int, min_eval_rows: int, threads: int, *, force: bool
) -> Options:
    return Options(
        folder=models_folder(lake, None),
        force=force,
        min_train_rows=min_train_rows,
        min_eval_rows=min_eval_rows,
        threads=threads,
    )


def _windows(train: tuple[date, date], evaluate: tuple[date, date]) -> Windows:
    return stated(
        Windows,
        train_start=train[0],
        train_end=train[1],
        eval_start=evaluate[0],
        eval_end=evaluate[1],
    )
