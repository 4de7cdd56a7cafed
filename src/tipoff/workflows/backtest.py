"""A true walk-forward: refit as time goes on, predict what comes next, grade it all as one run."""

import time
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from tipoff.backtest.evaluation import evaluate, judged, with_lines
from tipoff.backtest.folds import Fold, WalkForward, folds
from tipoff.backtest.lines import LineChoice, line_choice
from tipoff.backtest.model_signs import signs_of_models
from tipoff.domain.guard import planted
from tipoff.domain.market import market_named
from tipoff.domain.plant import Plant
from tipoff.domain.seasons import season_of, seasons_between, start_year
from tipoff.errors import InputError
from tipoff.models.learner import module_name
from tipoff.models.spec import ModelSpec
from tipoff.processors.catalogue import feature_store
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.fingerprint import code_fingerprint, digest
from tipoff.store.lake import Lake, scan
from tipoff.workflows.certificates import newest_certificate
from tipoff.workflows.dataset import Dataset, biases_of, dataset, lines_of, with_prior
from tipoff.workflows.experiments import Run, attempts, counted, refuse_repeated, tries
from tipoff.workflows.graded import keep
from tipoff.workflows.promises import break_seals, registration
from tipoff.workflows.train import Options, Outcome
from tipoff.workflows.versions import mark
from tipoff.workflows.walk import Walked, walk
from tipoff.workflows.world import view_of


def backtest(
    lake: Lake,
    spec: ModelSpec,
    plan: WalkForward,
    line_source: str,
    options: Options,
    plant: Plant | None = None,
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> Outcome:
    """Walk through a span and grade every prediction against the lines that could be taken.

    Folds that were walked before, by a run that was killed or by another one, are not fitted
    again.

    Args:
        lake: a lake with feature rows of the span and of what is trained on.
        spec: the recipe.
        plan: how the span is walked through.
        line_source: a line choice.
        options: how the run is done.
        plant: read the rows of this planted fault instead.
        lead_minutes: minutes before tip-off at which it is decided and lines are taken.

    Raises:
        InputError: there is too little to train or to grade on, or the run is in the ledger.
    """
    data = dataset(
        lake,
        walked_seasons(lake, spec.market, plan, plant, lead_minutes),
        market=spec.market,
        feature_set_name=spec.feature_set,
        with_market=not spec.no_vegas,
        plant=plant,
        lead_minutes=lead_minutes,
    )
    return backtest_on(lake, data, spec, plan, line_choice(line_source), options)


def walked_seasons(
    lake: Lake,
    market: str,
    plan: WalkForward,
    plant: Plant | None = None,
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> list[str]:
    """Return the seasons that are tested, and those before them that training may reach into."""
    first, last = start_year(season_of(plan.start)), start_year(season_of(plan.end))
    if plan.seasons == "own":
        return seasons_between(plan.start, plan.end)
    source = view_of(lake, plant, lead_minutes)
    stored = scan(source, feature_store(market_named(market)).table)
    held = stored.select("season").unique().collect()["season"].to_list()
    earliest = _earliest(plan, first)
    return sorted(s for s in held if earliest <= start_year(s) <= last)


def _earliest(plan: WalkForward, first: int) -> int:
    """The first season that a window may reach into; a season has at least 120 game dates."""
    if plan.window is None:
        return 0
    return first - 1 - (plan.window + plan.embargo) // 120


def backtest_on(
    lake: Lake,
    data: Dataset,
    spec: ModelSpec,
    plan: WalkForward,
    choice: LineChoice,
    options: Options,
) -> Outcome:
    """Run a walk-forward on a loaded dataset; it is counted whatever becomes of it."""
    asked = asked_of(spec, plan, choice, data.lead_minutes)
    run_id = digest([str(sorted(asked.items())), data.fingerprint, data.plant or ""])[:16]
    if not options.force:
        refuse_repeated(lake, run_id)
    looks = break_seals(lake, plan.start, plan.end, run_id, is_allowed=options.open_seal)
    run = Run(run_id, spec.name, asked, data.plant or "", data.fingerprint)
    number = mark(lake, "backtest")
    with counted(lake, run), planted(data.plant):
        outcome = _graded_walk(lake, data, spec, plan, choice, options, tries(lake, spec.market))
        run.report = {
            "run_id": run_id,
            **outcome.report,
            "rows_hash": keep(lake, outcome.on_lines),
            "code": code_fingerprint(__name__, module_name(spec.learner)),
            "lake_version": number,
            "seals": looks,
            "preregistered": registration(lake, asked),
            "certificate": newest_certificate(lake, spec, data.plant, data.lead_minutes),
        }
    return replace(outcome, report={**run.report, "experiments_so_far": attempts(lake)})


def asked_of(
    spec: ModelSpec,
    plan: WalkForward,
    choice: LineChoice,
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> dict[str, Any]:
    """Return what a walk is asked for, as the ledger keeps it."""
    return {
        "spec": spec.model_dump(mode="json"),
        "plan": plan.model_dump(mode="json"),
        "line_source": choice.text,
        "lead_minutes": lead_minutes,
    }


def _graded_walk(
    lake: Lake,
    data: Dataset,
    spec: ModelSpec,
    plan: WalkForward,
    choice: LineChoice,
    options: Options,
    tried: int,
) -> Outcome:
    began = time.perf_counter()
    data = with_prior(data, spec, choice)
    market = market_named(spec.market)
    lines = lines_of(data, choice, market)
    walked_folds = _folds(data, plan)
    _refuse_few(data, walked_folds, lines, choice, options)
    walked = walk(lake, data, spec, walked_folds, lines, threads=options.threads, step=options.step)
    on_lines = with_lines(walked.rows, lines, walked.distributions, market, data.closing_quotes)
    numbers = evaluate(walked.rows, on_lines, choice, market=market)
    report = judged(
        {
            "name": spec.name,
            "plant": data.plant,
            "fingerprint": data.fingerprint,
            "windows": {"eval_start": plan.start, "eval_end": plan.end},
            "spec": spec.model_dump(mode="json"),
            "plan": plan.model_dump(mode="json"),
            "folds": walked.folds,
            **_facts(walked),
            "model_signs": signs_of_models(walked.told),
            **numbers,
            "book_biases": biases_of(data, plan.start, plan.end, market),
            "seconds": {
                "fit": round(sum(f["seconds"] for f in _fitted(walked)), 2),
                "total": round(time.perf_counter() - began, 2),
            },
        },
        tried,
    )
    return Outcome(report, on_lines)


def _folds(data: Dataset, plan: WalkForward) -> list[Fold]:
    days: list[date] = data.rows["game_date"].unique().to_list()
    return folds(plan, days)


def _fitted(walked: Walked) -> list[dict[str, Any]]:
    """Facts of the folds that fitted a model."""
    return [fold for fold in walked.folds if fold["model"] == fold["number"]]


def _facts(walked: Walked) -> dict[str, Any]:
    models = _fitted(walked)
    return {
        "train_rows": sum(fold["train_rows"] for fold in models),
        "trees": round(sum(fold["trees"] for fold in models) / len(models)),
        "models": len(models),
        "resumed": sum(fold["is_resumed"] for fold in walked.folds),
        "artifact": {"path": None, "sha256": digest([fold["sha256"] for fold in models])},
    }


def _refuse_few(
    data: Dataset,
    walked_folds: list[Fold],
    lines: pl.DataFrame,
    choice: LineChoice,
    options: Options,
) -> None:
    first, last = walked_folds[0].test_start, walked_folds[-1].test_end
    tested = data.rows.filter(pl.col("game_date").is_between(first, last))
    lined = tested.join(lines, on=["game_id", "player_id"], how="semi").height
    if lined < options.min_eval_rows:
        raise InputError(
            f"Expected at least {options.min_eval_rows:,} player-games with a takeable line from "
            f"{choice.text} between {first} and {last}, found {lined:,}. "
            "'tipoff lines coverage --by month' shows what there is."
        )
    fold = walked_folds[0]
    ready = data.rows.filter(
        pl.col("game_date").is_between(fold.train_start, fold.train_end),
        pl.col("is_training_ready"),
        pl.col("actual").is_not_null(),
    ).height
    if ready < options.min_train_rows:
        raise InputError(
            f"Expected at least {options.min_train_rows:,} training rows between "
            f"{fold.train_start} and {fold.train_end} for the first fold, found {ready:,}. "
            "Backfill earlier dates, choose a later start, or a longer least."
        )
