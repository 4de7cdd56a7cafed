"""Published numbers again: saved models graded on two versions of the lake."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from tipoff.backtest.evaluation import with_lines
from tipoff.backtest.lines import line_choice
from tipoff.backtest.metrics import hit_rate, line_errors
from tipoff.backtest.takeable import takeable
from tipoff.domain.market import Market, market_named
from tipoff.errors import TipoffError
from tipoff.models.artifact import load
from tipoff.models.learner import predict
from tipoff.models.spec import ModelSpec, Windows, sentence_of
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, scan
from tipoff.tables.experiments import EXPERIMENTS, FINISHED
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES
from tipoff.workflows.dataset import Dataset, dataset, with_prior
from tipoff.workflows.places import models_folder
from tipoff.workflows.train import seasons_of

Step = Callable[[str, int, int], None]
Dates = Mapping[str, Sequence[date]]


@dataclass(frozen=True)
class _Asked:
    """What a run was asked for, by its row of the ledger."""

    run_id: str
    name: str
    spec: ModelSpec
    windows: Windows
    line_source: str
    report: Mapping[str, Any]

    @property
    def rows(self) -> tuple[tuple[str, ...], str, str, bool]:
        """What tells which dataset it needs."""
        spec = self.spec
        return tuple(seasons_of(self.windows)), spec.market, spec.feature_set, spec.no_vegas


def regraded(
    lake: Lake, old: Lake, new: Lake, changed: Dates, market: Market | None, step: Step
) -> list[dict[str, Any]]:
    """Grade the finished runs that a change touches on two versions of the lake.

    The saved model predicts again on the rows of either version; it is not trained again, so
    changed rows of its training window are only counted.

    Args:
        lake: the lake with the experiment ledger.
        old: the lake at the older version.
        new: the lake at the newer version.
        changed: game dates on which tables differ, by table.
        market: look at runs of this market only.
        step: called with what is being done and how far it is.

    Returns:
        For each run: ``run_id, name, market, lake_version`` (at which it was run), ``published``,
        ``before`` and ``after`` (``n, mae, line_mae, hit_rate{edge, rate, n}``), ``moved`` and
        ``changed_dates{train, eval}``; or ``error`` where it can not be graded again.
    """
    found, touched = [], []
    for row in _finished(lake):
        try:
            asked = _asked(row)
        except ValidationError as error:
            found.append(
                {"run_id": row["run_id"], "name": row["name"], "error": str(sentence_of(error))}
            )
            continue
        if (market is None or asked.spec.market == market.name) and any(
            _touched(asked, changed).values()
        ):
            touched.append(asked)
    loaded: dict[Any, tuple[Dataset, Dataset]] = {}
    for number, asked in enumerate(sorted(touched, key=lambda a: (str(a.rows), a.name, a.run_id))):
        step(f"grading {asked.name} again", number, len(touched))
        entry = _entry(asked, changed)
        try:
            if asked.rows not in loaded:
                # Runs of one dataset follow each other, so one pair is held at a time.
                loaded.clear()
                loaded[asked.rows] = (_rows(old, asked), _rows(new, asked))
            before, after = (_graded(lake, data, asked) for data in loaded[asked.rows])
        except TipoffError as error:
            found.append({**entry, "error": str(error)})
            continue
        found.append({**entry, "before": before, "after": after, "moved": before != after})
    return found


def _finished(lake: Lake) -> list[dict[str, Any]]:
    """The last attempt of every run that ended, but for planted ones."""
    return (
        scan(lake, EXPERIMENTS)
        .filter(pl.col("event") == FINISHED, pl.col("plant") == "")
        .sort("at")
        .unique("run_id", keep="last", maintain_order=True)
        .collect()
        .to_dicts()
    )


def _asked(row: Mapping[str, Any]) -> _Asked:
    asked = json.loads(row["spec"])
    spec, windows = ModelSpec(**asked["spec"]), Windows(**asked["windows"])
    report = json.loads(row["report"])
    return _Asked(row["run_id"], row["name"], spec, windows, asked["line_source"], report)


def _touched(asked: _Asked, changed: Dates) -> dict[str, int]:
    """How many changed game dates lie in a run's windows."""
    store = feature_store(market_named(asked.spec.market)).name
    names = (store, GAMES.name, PLAYER_BOXES.name, PROP_QUOTES.name)
    days = {day for name in names for day in changed.get(name, ())}
    own = asked.windows
    return {
        "train": sum(own.train_start <= day <= own.train_end for day in days),
        "eval": sum(own.eval_start <= day <= own.eval_end for day in days),
    }


def _entry(asked: _Asked, changed: Dates) -> dict[str, Any]:
    lines = asked.report["lines"]
    edge = market_named(asked.spec.market).edges[1]
    return {
        "run_id": asked.run_id,
        "name": asked.name,
        "market": asked.spec.market,
        "lake_version": asked.report.get("lake_version"),
        "published": _numbers(lines, edge, lines["hr"].get(f"{edge:g}", {})),
        "changed_dates": _touched(asked, changed),
    }


def _numbers(errors: Mapping[str, Any], edge: float, hits: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: errors[name] for name in ("n", "mae", "line_mae")},
        "hit_rate": {"edge": edge, "rate": hits.get("rate"), "n": hits.get("n")},
    }


def _rows(lake: Lake, asked: _Asked) -> Dataset:
    return dataset(
        lake,
        seasons_of(asked.windows),
        market=asked.spec.market,
        feature_set_name=asked.spec.feature_set,
        with_market=not asked.spec.no_vegas,
    )


def _graded(lake: Lake, data: Dataset, asked: _Asked) -> dict[str, Any]:
    fitted, _ = load(_saved(lake, asked))
    own, choice = asked.windows, line_choice(asked.line_source)
    data = with_prior(data, asked.spec, choice)
    rows = data.rows.filter(pl.col("game_date").is_between(own.eval_start, own.eval_end))
    market = market_named(asked.spec.market)
    lines = takeable(data.quotes, choice, market)
    predicted = rows.with_columns(predict(fitted, rows), model=pl.lit(0))
    graded = with_lines(predicted, lines, {0: None}, market, data.closing_quotes)
    edge = market.edges[1]
    return _numbers(line_errors(graded), edge, hit_rate(graded, edge))


def _saved(lake: Lake, asked: _Asked) -> Path:
    """Where the model was saved, or the lake's own folder of models where the lake has moved."""
    path = Path(asked.report["artifact"]["path"])
    return path if path.is_file() else models_folder(lake, None) / path.name
