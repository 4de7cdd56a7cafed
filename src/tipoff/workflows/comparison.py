"""Recipes side by side: each walks through the same spans of lines, simple forecasters beside."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.comparison import LAST_10, compared
from tipoff.backtest.probabilities import COLUMNS, with_probabilities
from tipoff.domain.market import market_named
from tipoff.domain.seasons import previous_season, season_of
from tipoff.errors import InputError
from tipoff.models.distribution import Distribution
from tipoff.store.lake import Lake
from tipoff.workflows.backtest import asked_of, backtest
from tipoff.workflows.comparison_config import Comparison, Span
from tipoff.workflows.dataset import dataset
from tipoff.workflows.fitting import calibrated_on
from tipoff.workflows.promises import register
from tipoff.workflows.train import Options

Step = Callable[[str, int, int], None]
_RUN = ("run_id", "fingerprint", "rows_hash", "models", "preregistered", "thermometer", "verdict")


def comparison(
    lake: Lake,
    config: Comparison,
    out: Path,
    options: Options,
    *,
    market: str = "points",
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Walk every recipe through every span, and compare them on the rows that all were graded on.

    Each walk is a run of its own in the ledger; folds that are known are not fitted again.

    Args:
        lake: a lake with feature rows of the spans and of what is trained on.
        config: recipes and spans.
        out: folder of ``comparison.json``, the report's ``spans`` and ``reference``.
        options: how the runs are done.
        market: the market that is predicted.
        step: called with what is being done and how far it is.

    Returns:
        ``reference``, ``report`` (its path) and ``spans``: ``title, role, line_source, rows`` (as
        of ``compared``) and ``runs`` by recipe.

    Raises:
        InputError: there is too little to train or to grade on.
    """
    spans = []
    total = len(config.span) * len(config.recipe)
    for place, span in enumerate(config.span):
        done = place * len(config.recipe)
        spans.append(_of_span(lake, config, span, options, market, (step, done, total)))
    steady = {"reference": config.reference, "market": market, "spans": spans}
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"comparison-{market_named(market).name}.json"
    path.write_text(json.dumps(steady, indent=1, default=str) + "\n", encoding="utf-8")
    return {**steady, "report": str(path)}


def written_down(lake: Lake, config: Comparison, market: str = "points") -> list[dict[str, Any]]:
    """Register the plan of every walk before it is run (see ``promises.register``)."""
    found = []
    for span in config.span:
        for recipe in config.recipe:
            spec, plan = recipe.spec(market), config.plan(recipe, span)
            what = asked_of(spec, plan, span.choice())
            found.append(register(lake, f"{span.title}: {recipe.name}", what, span.start))
    return found


def _of_span(
    lake: Lake,
    config: Comparison,
    span: Span,
    options: Options,
    market: str,
    progress: tuple[Step, int, int],
) -> dict[str, Any]:
    step, done, total = progress
    frames: dict[str, pl.DataFrame] = {}
    runs: dict[str, dict[str, Any]] = {}
    always = replace(options, force=True)
    for recipe in config.recipe:
        step(f"{span.title}: {recipe.name}", done + len(runs), total)
        spec, plan = recipe.spec(market), config.plan(recipe, span)
        outcome = backtest(lake, spec, plan, span.line_source, always)
        frames[recipe.name] = outcome.on_lines
        runs[recipe.name] = {name: outcome.report[name] for name in _RUN}
    frames[LAST_10] = _last_10(lake, frames[config.reference], span, market)
    return {
        "title": span.title,
        "role": span.role,
        "line_source": span.line_source,
        "rows": compared(frames, config.reference),
        "runs": runs,
    }


def _last_10(lake: Lake, graded: pl.DataFrame, span: Span, market: str) -> pl.DataFrame:
    """The same lines predicted by each player's mean over his last 10 games, as likely as before.

    What it says of a line comes from how far it went wrong before the span, in its season and the
    one before.
    """
    rows = graded.drop(COLUMNS).with_columns(
        prediction=pl.col("last_10_average"), model=pl.lit(0, pl.Int64)
    )
    known = rows.drop_nulls("prediction")
    season = season_of(span.start)
    seasons = [previous_season(season), season]
    rows_of = dataset(lake, seasons, market=market_named(market).name).rows
    before = rows_of.filter(pl.col("game_date") < span.start).select(
        "actual", "own_spread", prediction=pl.col("last_10_average")
    )
    usual: Distribution = calibrated_on("conformal", before.drop_nulls(["actual", "prediction"]))
    return with_probabilities(known, {0: usual}, market_named(market))


def chosen(config: Comparison, words: Sequence[str]) -> Comparison:
    """Return the comparison of some spans only, by season, title or role; all where none is named.

    Raises:
        InputError: a word names no span.
    """
    for word in words:
        if not any(span.is_named(word) for span in config.span):
            named = ", ".join(span.title for span in config.span)
            raise InputError(
                f"Expected spans out of {named}, or their seasons or roles; got {word!r}."
            )
    kept = tuple(s for s in config.span if any(s.is_named(word) for word in words))
    return config.model_copy(update={"span": kept}) if words else config
