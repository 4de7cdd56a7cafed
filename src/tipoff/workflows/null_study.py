"""Many experiments where nothing is to be found: how many would be called a discovery?

The built-in league with an efficient market: books know every player's true mean, make no errors of
their own and take no hold, so that nobody can beat them and every side is worth half.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tipoff.backtest.family import judged_together
from tipoff.backtest.gates import PASSED
from tipoff.backtest.lines import line_choice
from tipoff.models.spec import ModelSpec, Windows
from tipoff.sources.league import EFFICIENT, LeagueSettings, append_to, generate
from tipoff.store.lake import Lake
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.dataset import Dataset, dataset
from tipoff.workflows.experiments import tries
from tipoff.workflows.train import Options, run_on

LEVEL = 0.05
Step = Callable[[str, int, int], None]


def built(lake: Lake, settings: LeagueSettings = EFFICIENT) -> Dataset:
    """Put the league into an empty lake and build its last season's features."""
    league = generate(settings)
    append_to(lake, league)
    dates = league.frames["games"]["game_date"]
    backfill(lake, Request(dates.min(), dates.max()), lambda *_: None)  # type: ignore[arg-type]
    season = max(league.frames["games"]["season"].unique().to_list())
    return dataset(lake, [season], with_market=False)


def null_study(
    lake: Lake, data: Dataset, experiments: int, folder: Path, step: Step = lambda *_: None
) -> dict[str, Any]:
    """Run experiments that differ in recipe, features and windows, and count the discoveries.

    Args:
        lake: the league's lake, with its ledger.
        data: its rows, from ``built``.
        experiments: how many.
        folder: where models are saved.
        step: called with what is being done and how far it is.

    Returns:
        ``experiments``, ``picks`` (median), ``best`` (largest hit rate and its picks), ``raw``
        (share with p at most 0.05 before correction), ``holm`` and ``benjamini_hochberg`` (share
        called after it), ``promoted`` (share whose honest gates all pass), ``fit_seconds`` (mean).
    """
    chance = random.Random(experiments)
    options = Options(folder, min_train_rows=200, min_eval_rows=50, threads=2, force=True)
    runs = []
    for number in range(experiments):
        step("null experiments", number, experiments)
        spec, windows = _drawn(chance, data, number)
        choice = line_choice(chance.choice(("median", "draftkings", "fanduel")))
        runs.append(run_on(lake, data, spec, windows, choice, options).report)
    judged = judged_together(runs, {"points": tries(lake, "points")})
    rates = [(r["evidence"]["rate"] or 0.0, r["evidence"]["n"]) for r in judged]
    p_values = [r["evidence"]["p_value"] for r in judged if r["evidence"]["p_value"] is not None]
    return {
        "experiments": experiments,
        "picks": sorted(n for _, n in rates)[len(rates) // 2],
        "best": max(rates),
        "raw": sum(p <= LEVEL for p in p_values) / len(p_values),
        "holm": _share(judged, "holm"),
        "benjamini_hochberg": _share(judged, "benjamini_hochberg"),
        "promoted": sum(r["verdict"] == PASSED for r in judged) / len(judged),
        "fit_seconds": sum(r["seconds"]["fit"] for r in judged) / len(judged),
    }


def _share(judged: list[dict[str, Any]], method: str) -> float:
    called = [r for r in judged if (r["family"][method] or 1.0) <= LEVEL]
    return len(called) / len(judged)


def _drawn(chance: random.Random, data: Dataset, number: int) -> tuple[ModelSpec, Windows]:
    """Draw a recipe and windows."""
    days = sorted(data.rows["game_date"].unique().to_list())
    cut = chance.randint(len(days) // 2, len(days) - 25)
    start = chance.randint(10, cut - 25)
    windows = Windows(
        train_start=days[start],
        train_end=days[cut - 1],
        eval_start=days[cut],
        eval_end=days[min(cut + chance.randint(20, 40), len(days)) - 1],
    )
    left_out = chance.sample(data.features, len(data.features) // 3)
    spec = ModelSpec(
        name=f"null-{number}",
        no_vegas=True,
        loss=chance.choice(("RMSE", "MAE", "Huber:delta=5")),
        iterations=chance.choice((30, 60)),
        learning_rate=chance.choice((0.1, 0.2)),
        depth=chance.choice((3, 4, 6)),
        grow_policy=chance.choice((None, "Depthwise")),
        rsm=chance.choice((0.5, None)),
        seed=number,
        exclude_features=tuple(sorted(left_out)),
    )
    return spec, windows


def mispriced(book: str, points: float, seed: int = 7) -> LeagueSettings:
    """Return a league in which one book adds some points to every line."""
    return replace(EFFICIENT, mispriced_book=book, mispricing=points, hold=0.05, seed=seed)
