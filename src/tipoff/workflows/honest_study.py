"""Made-up seasons, honest and with a planted leak: how many would be quarantined?

Every season is a league of its own, built, trained on and graded in memory by the code that real
runs take; nothing is written down but the models.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.gates import LEAK_SUSPECTED, is_quarantined
from tipoff.backtest.lines import line_choice
from tipoff.backtest.model_signs import BOUNDS
from tipoff.domain.market import MARKETS
from tipoff.domain.plant import Plant
from tipoff.models.spec import ModelSpec, Windows
from tipoff.processors.catalogue import feature_store
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.sources.league import LeagueSettings, generate
from tipoff.workflows.dataset import Dataset, dataset_of
from tipoff.workflows.rebuild import rebuilt
from tipoff.workflows.train import Options, experiment

Step = Callable[[str, int, int], None]
POINTS = MARKETS["points"]
# Of a season's game dates, those before are trained on.
_TRAINED = 0.6
# Fast recipes of every kind of learner that is always installed.
RECIPES: tuple[dict[str, Any], ...] = (
    {"learner": "ridge"},
    {"iterations": 200, "learning_rate": 0.1, "depth": 4},
    {"iterations": 100, "learning_rate": 0.1, "depth": 4, "loss": "Huber:delta=5"},
    {"iterations": 100, "learning_rate": 0.1, "depth": 6, "loss": "MAE"},
)


def season_settings(seed: int) -> LeagueSettings:
    """Return the league of one season: its market sharper or duller by the seed."""
    return LeagueSettings(
        seasons=1,
        teams=10,
        games_per_team=44,
        seed=seed,
        market_error=0.03 * (seed % 4),
        book_error=0.0125 * (seed % 4),
        extra_markets=False,
    )


def season_data(frames: Mapping[str, pl.DataFrame], plant: Plant | None) -> Dataset:
    """Build a season's feature rows in memory.

    Args:
        frames: rows of every raw table.
        plant: a planted fault.
    """
    days = frames["games"]["game_date"].unique().sort().to_list()
    built = rebuilt(frames, days, DEFAULT_LEAD_MINUTES, [POINTS], plant)
    about = ("made-up", plant.name if plant else None, DEFAULT_LEAD_MINUTES)
    stored = built[feature_store(POINTS).name]
    return dataset_of(stored, frames, POINTS, "v12", with_market=False, about=about)


def honest_study(
    seeds: Sequence[int], folder: Path, plant: Plant | None = None, step: Step = lambda *_: None
) -> dict[str, Any]:
    """Train and grade one model in each season.

    Args:
        seeds: of the seasons; each its own league, market and recipe.
        folder: where models are saved.
        plant: a planted fault.
        step: called with what is being done and how far it is.

    Returns:
        ``seasons``, ``quarantined``, ``alarms`` (runs that any condition of the alarm stops,
        whatever was planted), ``suspected`` (their verdict says so), ``signs`` (runs whose models
        show any sign), ``figures`` (lowest and highest of each figure of the models), ``shares``
        (5th, 50th and 95th percentile), ``lows`` (lowest and highest lower end), ``lines`` (median
        n) and ``unseen``: seeds of runs without any alarm.
    """
    runs = []
    for number, seed in enumerate(seeds):
        step("made-up seasons", number, len(seeds))
        runs.append(_run(seed, folder, plant))
    heats = [run["thermometer"] for run in runs]
    raised = [any(not c["passed"] for c in run["alarm"]) for run in runs]
    shares = pl.Series([heat["share"] for heat in heats])
    return {
        "seasons": len(runs),
        "quarantined": sum(is_quarantined(run) for run in runs),
        "alarms": sum(raised),
        "suspected": sum(run["verdict"] == LEAK_SUSPECTED for run in runs),
        "signs": sum(bool(run["model_signs"]["signs"]) for run in runs),
        "figures": {bound.figure: _range(runs, bound.figure) for bound in BOUNDS},
        "shares": [shares.quantile(q, "linear") for q in (0.05, 0.5, 0.95)],
        "lows": [min(h["low"] for h in heats), max(h["low"] for h in heats)],
        "lines": sorted(h["n"] for h in heats)[len(heats) // 2],
        "unseen": [seed for seed, alarm in zip(seeds, raised, strict=True) if not alarm],
    }


def _range(runs: Sequence[Mapping[str, Any]], figure: str) -> list[float] | None:
    models = [model for run in runs for model in run["model_signs"]["models"]]
    known = [model[figure] for model in models if model[figure] is not None]
    return [min(known), max(known)] if known else None


def _run(seed: int, folder: Path, plant: Plant | None) -> dict[str, Any]:
    data = season_data(generate(season_settings(seed)).frames, plant)
    days = data.rows["game_date"].unique().sort().to_list()
    cut = round(_TRAINED * len(days))
    windows = Windows(
        train_start=days[0], train_end=days[cut - 1], eval_start=days[cut], eval_end=days[-1]
    )
    spec = ModelSpec(
        name=f"season-{seed}", no_vegas=True, seed=seed, **RECIPES[seed % len(RECIPES)]
    )
    options = Options(folder, min_train_rows=200, min_eval_rows=50, threads=1)
    choice = line_choice("median")
    return experiment(data, spec, windows, choice, options, f"season-{seed}", 1).report
