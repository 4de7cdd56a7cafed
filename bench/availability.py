"""What knowing who is out is worth: models with and without it, on a made-up league."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import polars as pl

from bench.measure import Result
from tipoff.backtest.statistics import difference_interval
from tipoff.models.learner import fit, predict
from tipoff.models.spec import ModelSpec
from tipoff.sources.league import LeagueSettings, append_to, generate
from tipoff.store.lake import Lake, open_lake, read
from tipoff.tables.raw import GAMES
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.dataset import dataset

LEARNERS: tuple[Literal["lightgbm", "ridge"], ...] = ("lightgbm", "ridge")
SETS = ("v12_no_lines", "v12")
OF_AVAILABILITY = (
    "injury_risk",
    "star_teammates_out",
    "teammate_usage_available",
    "usage_spike_score",
)


def availability() -> tuple[Result, dict[str, Any]]:
    """Build a league of three seasons; learn from two, predict the third.

    Returns:
        Seconds of training with the features of availability against those without; and errors.
    """
    with TemporaryDirectory() as folder:
        lake = open_lake(str(Path(folder) / "lake"))
        append_to(lake, generate(LeagueSettings()))
        days = read(lake, GAMES)["game_date"].sort()
        backfill(lake, Request(days[0], days[-1]), lambda *_: None)
        return worth(lake)


def worth(lake: Lake) -> tuple[Result, dict[str, Any]]:
    """Compare the errors in the last season of models that learnt from the ones before.

    Returns:
        The seconds, and by feature set and learner: mean absolute errors and their difference
        (without minus with) of all who played and of those with a star out.
    """
    *earlier, last = sorted(read(lake, GAMES)["season"].unique())
    figures: dict[str, Any] = {}
    spent = {True: 0.0, False: 0.0}
    for name in SETS:
        data = dataset(lake, [*earlier, last], feature_set_name=name)
        played = data.rows.filter("is_training_ready", "played").drop_nulls("actual")
        is_last = pl.col("season") == last
        training, test = played.filter(~is_last), played.filter(is_last)
        for learner in LEARNERS:
            spec = ModelSpec(name="availability", learner=learner, feature_set=name)
            errors = test.select("game_date", "game_id", "player_id", "star_teammates_out")
            for has_news in (True, False):
                names = tuple(f for f in data.features if has_news or f not in OF_AVAILABILITY)
                began = time.perf_counter()
                found = predict(fit(spec, training, names), test)
                spent[has_news] += time.perf_counter() - began
                error = (found - test["actual"]).abs()
                errors = errors.with_columns(error.alias("with" if has_news else "without"))
            figures[f"{name}, {learner}"] = {
                "all": _errors(errors),
                "a star out": _errors(errors.filter(pl.col("star_teammates_out") > 0)),
                "no star out": _errors(errors.filter(pl.col("star_teammates_out") == 0)),
            }
    return Result("with availability", spent[True], "without", spent[False]), figures


def _errors(rows: pl.DataFrame) -> dict[str, Any]:
    less = difference_interval(rows, "without", "with")
    return {
        "n": rows.height,
        "with": rows["with"].mean(),
        "without": rows["without"].mean(),
        "difference": [less.value, less.low, less.high],
    }
