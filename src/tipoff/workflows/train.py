"""One experiment: train on a window, evaluate on a later one, judge, save and count it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.evaluation import evaluate, judged, with_lines
from tipoff.backtest.lines import LineChoice, line_choice
from tipoff.backtest.model_signs import signs_of_models
from tipoff.domain.guard import planted
from tipoff.domain.market import market_named
from tipoff.domain.plant import Plant
from tipoff.domain.seasons import seasons_between
from tipoff.errors import InputError
from tipoff.models.artifact import Artifact, save
from tipoff.models.fitted import Fitted
from tipoff.models.learner import importances, module_name
from tipoff.models.spec import ModelSpec, Windows, kept_features
from tipoff.store.fingerprint import code_fingerprint, digest
from tipoff.store.lake import Lake
from tipoff.workflows.certificates import newest_certificate
from tipoff.workflows.dataset import (
    Dataset,
    biases_of,
    dataset,
    lines_of,
    with_prior,
)
from tipoff.workflows.experiments import Run, attempts, counted, refuse_repeated, tries
from tipoff.workflows.fitting import Forecaster, forecast, forecaster, told
from tipoff.workflows.graded import keep
from tipoff.workflows.promises import break_seals, registration
from tipoff.workflows.training import training_rows
from tipoff.workflows.versions import mark

Step = Callable[[str, int, int], None]

MIN_TRAIN_ROWS = 1_000
MIN_EVAL_ROWS = 100


@dataclass(frozen=True)
class Options:
    """How a run is done, as opposed to what is trained.

    Attributes:
        folder: where the model and its predictions are saved.
        walkforward: report the evaluation week by week (of one model: it is not fitted again).
        include_no_line: report what share of the training rows had a takeable line.
        force: run again what is in the ledger already.
        open_seal: look at sealed seasons, which is noted for ever.
        min_train_rows, min_eval_rows: fewer rows than these are refused.
        threads: processor threads; they change the time only.
        step: called with what is being done and how far it is.
    """

    folder: Path
    walkforward: bool = False
    include_no_line: bool = False
    force: bool = False
    open_seal: bool = False
    min_train_rows: int = MIN_TRAIN_ROWS
    min_eval_rows: int = MIN_EVAL_ROWS
    threads: int = 2
    step: Step = lambda *_: None


@dataclass(frozen=True)
class Outcome:
    """A run's report, its graded player-games and, of one experiment, model and training rows."""

    report: dict[str, Any]
    on_lines: pl.DataFrame
    own: Forecaster | None = None
    training: pl.DataFrame | None = None


def train(
    lake: Lake,
    spec: ModelSpec,
    windows: Windows,
    line_source: str,
    options: Options,
    plant: Plant | None = None,
) -> Outcome:
    """Run one experiment on stored feature rows.

    Args:
        lake: a lake with feature rows of both windows.
        spec: the recipe.
        windows: dates of training and evaluation.
        line_source: a line choice.
        options: how the run is done.
        plant: read the rows of this planted fault instead.

    Raises:
        InputError: there are too few rows, or the run is in the ledger already.
    """
    data = dataset(
        lake,
        seasons_of(windows),
        market=spec.market,
        feature_set_name=spec.feature_set,
        with_market=not spec.no_vegas,
        plant=plant,
    )
    return run_on(lake, data, spec, windows, line_choice(line_source), options)


def seasons_of(windows: Windows) -> list[str]:
    """Return the names of all seasons that the windows touch."""
    return seasons_between(windows.train_start, windows.eval_end)


def run_on(
    lake: Lake,
    data: Dataset,
    spec: ModelSpec,
    windows: Windows,
    choice: LineChoice,
    options: Options,
) -> Outcome:
    """Run one experiment on a loaded dataset; it is counted whatever becomes of it."""
    asked = asked_of(spec, windows, choice)
    run_id = digest([str(sorted(asked.items())), data.fingerprint, data.plant or ""])[:16]
    if not options.force:
        refuse_repeated(lake, run_id)
    looks = break_seals(
        lake, windows.eval_start, windows.eval_end, run_id, is_allowed=options.open_seal
    )
    run = Run(run_id, spec.name, asked, data.plant or "", data.fingerprint)
    number = mark(lake, "train")
    with counted(lake, run), planted(data.plant):
        tried = tries(lake, spec.market)
        outcome = experiment(data, spec, windows, choice, options, run_id, tried)
        run.report = {
            **outcome.report,
            "rows_hash": keep(lake, outcome.on_lines),
            "code": code_fingerprint(__name__, module_name(spec.learner)),
            "lake_version": number,
            "seals": looks,
            "preregistered": registration(lake, asked),
            "certificate": newest_certificate(lake, spec, data.plant, data.lead_minutes),
        }
    report = {**run.report, "experiments_so_far": attempts(lake)}
    return replace(outcome, report=report)


def asked_of(spec: ModelSpec, windows: Windows, choice: LineChoice) -> dict[str, Any]:
    """Return what a run is asked for, as the ledger keeps it."""
    return {
        "spec": spec.model_dump(mode="json"),
        "windows": windows.model_dump(mode="json"),
        "line_source": choice.text,
    }


def experiment(
    data: Dataset,
    spec: ModelSpec,
    windows: Windows,
    choice: LineChoice,
    options: Options,
    run_id: str,
    tried: int,
) -> Outcome:
    """Run one experiment that no ledger counts.

    Args:
        data, spec, windows, choice, options: as of ``run_on``.
        run_id: what it is called.
        tried: experiments on the market so far, this one included.
    """
    began = time.perf_counter()
    data = with_prior(data, spec, choice)
    market = market_named(spec.market)
    lines = lines_of(data, choice, market)
    features = kept_features(spec, data.features)
    window = (windows.train_start, windows.train_end)
    training = training_rows(data, spec, window, windows.eval_start, lines)
    testing = _within(data.rows, windows.eval_start, windows.eval_end)
    lined = testing.join(lines, on=["game_id", "player_id"], how="semi")
    _refuse_few(training, lined, spec, windows, choice, options)
    own = forecaster(
        spec,
        training,
        features,
        threads=options.threads,
        grown=lambda trees, most: options.step(f"fitting {spec.name}", trees, most),
    )
    predicted = forecast(own, testing).with_columns(model=pl.lit(0), constant=pl.lit(own.mean))
    on_lines = with_lines(predicted, lines, {0: own.distribution}, market, data.closing_quotes)
    numbers = evaluate(predicted, on_lines, choice, market=market)
    if not options.walkforward:
        del numbers["weekly"]
    about = _about(data, spec, windows, run_id)
    artifact = save(own.fitted, spec, options.folder, about)
    on_lines.write_parquet(_predictions(artifact))
    report = judged(
        {
            **about,
            "spec": spec.model_dump(mode="json"),
            "train_rows": training.height,
            **_fit_facts(own.fitted),
            "model_signs": signs_of_models([told(own, spec, training)]),
            **numbers,
            "book_biases": biases_of(data, windows.eval_start, windows.eval_end, market),
            "line_coverage": _coverage(training, lines) if options.include_no_line else None,
            "artifact": _artifact_facts(artifact),
            "seconds": _seconds(own.seconds, began),
        },
        tried,
    )
    return Outcome(report, on_lines, own, training)


def _about(data: Dataset, spec: ModelSpec, windows: Windows, run_id: str) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "name": spec.name,
        "plant": data.plant,
        "fingerprint": data.fingerprint,
        "windows": windows.model_dump(mode="json"),
    }


def _seconds(fit: float, began: float) -> dict[str, float]:
    return {"fit": round(fit, 2), "total": round(time.perf_counter() - began, 2)}


def _fit_facts(fitted: Fitted) -> dict[str, Any]:
    return {
        "features": len(fitted.features),
        "fit_rows": fitted.fit_rows,
        "validation_rows": fitted.validation_rows,
        "validation_start": fitted.validation_start,
        "trees": fitted.trees,
        "importances": importances(fitted),
        "library": fitted.library,
    }


def _artifact_facts(artifact: Artifact) -> dict[str, Any]:
    return {
        "path": str(artifact.path),
        "sha256": artifact.sha256,
        "bytes": artifact.bytes,
        "predictions": str(_predictions(artifact)),
    }


def _predictions(artifact: Artifact) -> Path:
    return artifact.path.with_suffix(".predictions.parquet")


def _within(rows: pl.DataFrame, first: Any, last: Any) -> pl.DataFrame:
    return rows.filter(pl.col("game_date").is_between(first, last))


def _refuse_few(
    training: pl.DataFrame,
    testing: pl.DataFrame,
    spec: ModelSpec,
    windows: Windows,
    choice: LineChoice,
    options: Options,
) -> None:
    of = "" if spec.market == "points" else f" --market {spec.market}"
    if training.height < options.min_train_rows:
        raise InputError(
            f"Expected at least {options.min_train_rows:,} training rows between "
            f"{windows.train_start} and {windows.train_end}, found {training.height:,}. Run "
            f"'tipoff backfill --start-date {windows.train_start} --end-date {windows.eval_end}"
            f"{of}', or choose other dates."
        )
    if testing.height < options.min_eval_rows:
        raise InputError(
            f"Expected at least {options.min_eval_rows:,} player-games with a takeable line from "
            f"{choice.text} between {windows.eval_start} and {windows.eval_end}, found "
            f"{testing.height:,}. 'tipoff lines coverage --by month{of}' shows what there is."
        )


def _coverage(rows: pl.DataFrame, lines: pl.DataFrame) -> dict[str, Any]:
    """Return what share of the training rows had a takeable line."""
    lined = rows.join(lines, on=["game_id", "player_id"], how="semi").height
    return {"rows": rows.height, "with_line": lined, "share": round(lined / max(rows.height, 1), 4)}
