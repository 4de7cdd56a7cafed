"""What a replay said beside what a backtest of the same walk says, row by row."""

from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.current import current_grades, current_predictions
from tipoff.domain.seasons import seasons_between
from tipoff.store.lake import Lake, scan
from tipoff.store.location import looking_at
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.walks import FOLD_PREDICTIONS
from tipoff.workflows.backtest import backtest
from tipoff.workflows.daily_config import DailyModel
from tipoff.workflows.replay import Asked
from tipoff.workflows.train import Options

_KEY = ["game_id", "player_id"]
# What both say of a player-game with a takeable line; the last three once it was played.
SAID = (
    "prediction",
    "line",
    "over_price",
    "under_price",
    "book",
    "source",
    "observed_at",
    "over_probability",
    "push_probability",
    "under_probability",
    "fair_over",
    "actual",
    "outcome",
    "profit",
)
_EXAMPLES = 5


def beside_backtest(lake: Lake, asked: Asked) -> dict[str, Any]:
    """Walk through the replayed span as a backtest does, and compare.

    Args:
        lake: the lake that was replayed.
        asked: what was replayed.

    Returns:
        ``equal`` and ``models``: of each recipe ``name, predictions`` (``both, only_replay,
        only_backtest, differ, largest``) and ``lined``: the same with ``differ`` by column, and
        ``examples`` of rows that differ.
    """
    models = [_of_model(lake, asked, model) for model in asked.config.model]
    return {"equal": all(m["equal"] for m in models), "models": models}


def _of_model(lake: Lake, asked: Asked, model: DailyModel) -> dict[str, Any]:
    own = looking_at(lake, f"{asked.home}/backtest/{model.name}")
    spec, plan = model.spec(), asked.config.plan(model, asked.end)
    options = Options(
        Path(asked.home) / "models", force=True, min_eval_rows=1, threads=asked.threads
    )
    outcome = backtest(own, spec, plan, model.line_source, options, lead_minutes=model.lead_minutes)
    seasons = seasons_between(asked.start, asked.end)
    walked = scan(own, FOLD_PREDICTIONS).filter(pl.col("season").is_in(seasons)).collect()
    inside = pl.col("game_date").is_between(asked.start, asked.end)
    said = _replayed(looking_at(lake, asked.home), model, asked)
    everyone = _compared(said, walked.filter(inside).unique(_KEY), ("prediction",))
    lined = _compared(
        said.filter(pl.col("line").is_not_null()), outcome.on_lines.filter(inside), SAID
    )
    is_equal = not any(
        part[name] for part in (everyone, lined) for name in ("only_replay", "only_backtest")
    ) and not any(n for part in (everyone, lined) for n in part["differ"].values())
    return {
        "name": model.name,
        "equal": is_equal,
        "predictions": everyone,
        "lined": lined,
        "backtest": {"run_id": outcome.report["run_id"], "folds": len(outcome.report["folds"])},
    }


def _replayed(own: Lake, model: DailyModel, asked: Asked) -> pl.DataFrame:
    seasons = seasons_between(asked.start, asked.end)
    rows = scan(own, PREDICTIONS).filter(
        pl.col("season").is_in(seasons),
        pl.col("game_date").is_between(asked.start, asked.end),
        pl.col("model_name") == model.name,
    )
    made = current_predictions(rows.collect())
    # A model that was followed by its next fit said something of earlier games only.
    newest = pl.col("slate") == pl.col("slate").max().over("game_id")
    grades = current_grades(scan(own, GRADES).filter(pl.col("season").is_in(seasons)).collect())
    told = grades.select("slate", *_KEY, "actual", "outcome", "profit")
    return made.filter(newest).join(told, on=["slate", *_KEY], how="left", maintain_order="left")


def _compared(ours: pl.DataFrame, theirs: pl.DataFrame, columns: tuple[str, ...]) -> dict[str, Any]:
    both = ours.select(*_KEY, "game_date", *columns).join(
        theirs.select(*_KEY, *columns), on=_KEY, suffix="_backtest", validate="1:1"
    )
    differ = {c: pl.col(c).ne_missing(pl.col(f"{c}_backtest")) for c in columns}
    counts = both.select(condition.sum().alias(name) for name, condition in differ.items())
    rows = both.filter(pl.any_horizontal(differ.values())).sort("game_date", *_KEY)
    gap = (both["prediction"] - both["prediction_backtest"]).abs().max()
    return {
        "both": both.height,
        "only_replay": ours.height - both.height,
        "only_backtest": theirs.height - both.height,
        "differ": counts.row(0, named=True),
        "largest": gap,
        "examples": rows.head(_EXAMPLES).to_dicts(),
    }
