"""Ours beside the other ways of doing the same: pandas, single dates, the bare learner and engine.

Each pair computes the same numbers; where it does not, the run stops (``refuse_unequal``). A pair
against the bare engine or learner says what is left to gain: no honest way is faster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import catboost
import numpy as np
import polars as pl

from bench.building import FIRST, LAST
from bench.measure import Result, compared
from bench.pandas_dates import build_date, tables
from bench.quotes import last_quotes, resolved
from tipoff.backtest.lines import line_choice
from tipoff.domain.seasons import season_of
from tipoff.features.declare import POINTS
from tipoff.models.learner import predict
from tipoff.models.matrix import in_order, last_part_by_date, matrix
from tipoff.models.spec import ModelSpec, Windows
from tipoff.processors.catalogue import processor_named
from tipoff.store.door import SPINE_ID, history
from tipoff.store.lake import Lake, read
from tipoff.store.spine import player_spine, team_spine
from tipoff.tables.derived import READY
from tipoff.tables.raw import PROP_QUOTES
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.dataset import Dataset, dataset
from tipoff.workflows.fitting import forecaster
from tipoff.workflows.train import Options, run_on
from tipoff.workflows.training import training_rows
from tipoff.workflows.world import Loaded, known_games, load

SEASON = "2022-23"
_AVERAGES = ("points_avg_last_5", "points_avg_last_10")
SPEC = ModelSpec(name="bench", no_vegas=True, rsm=0.5, grow_policy="Depthwise")
TRAIN = Windows(
    train_start=date(2022, 11, 20),
    train_end=date(2023, 1, 10),
    eval_start=date(2023, 1, 11),
    eval_end=date(2023, 1, 31),
)


def refuse_unequal(gap: float | None, what: str, *, allowed: float = 1e-9) -> None:
    """Stop where a baseline computes something else: it is none then."""
    if gap is None or not gap <= allowed:
        raise SystemExit(f"Expected {what} to be equal in both ways, they differ by {gap}.")


@dataclass(frozen=True)
class Built:
    """Rows of processors 1, 2 and 4."""

    defence: pl.DataFrame
    shots: pl.DataFrame
    cache: pl.DataFrame


def set_based(loaded: Loaded, dates: Sequence[date]) -> Built:
    """Build processors 1, 2 and 4 of some dates in memory, all dates at once."""
    facts = loaded.world.facts
    teams = team_spine(loaded.games, dates, loaded.lead_minutes)
    players = player_spine(teams, facts["player_games"], facts["quoted_players"])
    world = loaded.world_of(POINTS)
    defence = processor_named("team_defense_zone").build(teams, world)
    shots = processor_named("player_shot_zone").build(players, world)
    upstream = players.join(shots, on=SPINE_ID).with_columns(state=pl.lit(READY))
    cache = processor_named("player_daily_cache").build(
        players, world.with_upstream({"player_shot_zone": upstream})
    )
    about = players.select(SPINE_ID, "game_date", "player_id")
    return Built(defence, shots, about.join(cache, on=SPINE_ID))


def in_pandas(frames: Mapping[str, Any], dates: Sequence[date]) -> dict[date, Any]:
    """Build what ``pandas_dates`` makes of each date."""
    return {day: build_date(frames, day, season_of(day)) for day in dates}


def gap_to_pandas(ours: pl.DataFrame, theirs: Mapping[date, Any]) -> float | None:
    """Return the largest difference of averages that both ways give."""
    rows = pl.concat(
        pl.DataFrame(
            {
                "game_date": [day] * len(made),
                "player_id": list(made.index),
                **{f"{c}_pandas": made[c].to_list() for c in _AVERAGES},
            },
            schema_overrides={"game_date": pl.Date},
        )
        for day, made in theirs.items()
    )
    both = ours.filter(pl.col("reason").is_null()).join(rows, on=["game_date", "player_id"])
    return _largest(pl.concat([(both[c] - both[f"{c}_pandas"]).abs() for c in _AVERAGES]))


def _largest(gaps: pl.Series) -> float | None:
    most = gaps.max()
    return None if most is None else float(most)  # type: ignore[arg-type]


def _dates(lake: Lake) -> list[date]:
    days = known_games(lake)["game_date"].unique().sort()
    return [day for day in days if FIRST <= day <= LAST]


def pandas(lake: Lake) -> Result:
    """Processors 1, 2 and 4 of a month in memory: sets against pandas, one date at a time."""
    days = _dates(lake)
    loaded = load(lake, [SEASON], 30, [POINTS])
    frames = tables(loaded.world.facts)
    built = set_based(loaded, days)
    refuse_unequal(gap_to_pandas(built.cache, in_pandas(frames, days)), "averages")
    return compared(
        f"processors 1, 2, 4 of {len(days)} dates",
        lambda: set_based(loaded, days),
        "pandas, date by date",
        lambda: in_pandas(frames, days),
        rows=built.cache.height,
    )


def dates(lake: Lake) -> Result:
    """The same in sets, against the same functions one date at a time."""
    days = _dates(lake)
    loaded = load(lake, [SEASON], 30, [POINTS])

    def single() -> pl.DataFrame:
        return pl.concat([set_based(loaded, [day]).cache for day in days])

    whole = set_based(loaded, days).cache
    key = ["game_date", "player_id"]
    refuse_unequal(
        0.0 if whole.drop(SPINE_ID).sort(key).equals(single().drop(SPINE_ID).sort(key)) else 1,
        "rows of single dates",
    )
    return compared(
        f"processors 1, 2, 4 of {len(days)} dates",
        lambda: set_based(loaded, days),
        "per-date design, same functions",
        single,
        rows=whole.height,
    )


def trained(lake: Lake) -> list[Result]:
    """An experiment against fitting alone, and our fit against the learner on the same matrix."""
    with TemporaryDirectory() as folder:
        backfill(lake, Request(TRAIN.train_start, TRAIN.eval_end), lambda *_: None)
        data = dataset(lake, [SEASON], with_market=False)
        choice = line_choice("median")
        window = (TRAIN.train_start, TRAIN.train_end)
        rows = training_rows(data, SPEC, window, TRAIN.eval_start, pl.DataFrame())
        options = Options(Path(folder), force=True, min_train_rows=100, min_eval_rows=10)

        def bare() -> catboost.CatBoostRegressor:
            return bare_fit(rows, data)

        made = forecaster(SPEC, rows, data.features, threads=2)
        own = predict(made.fitted, rows).to_numpy()
        refuse_unequal(
            float(np.abs(own - bare().predict(matrix(rows, data.features))).max()), "predictions"
        )
        name = f"{rows.height:,} rows, {len(data.features)} features, {made.fitted.trees} trees"
        fit = compared(
            f"fit and calibrate: {name}",
            lambda: forecaster(SPEC, rows, data.features, threads=2),
            "bare CatBoost on the same matrix",
            bare,
            rows=rows.height,
            is_limit=True,
        )
        whole = compared(
            "an experiment: lines, fit, grades, gates, report, ledger",
            lambda: run_on(lake, data, SPEC, TRAIN, choice, options),
            "bare CatBoost on the same matrix",
            bare,
            rows=rows.height,
            is_limit=True,
        )
        return [fit, whole]


def bare_fit(rows: pl.DataFrame, data: Dataset) -> catboost.CatBoostRegressor:
    """Fit what ``SPEC`` says with the library alone, as a script would."""
    ordered = in_order(rows)
    is_late = (ordered["game_date"] >= last_part_by_date(ordered, SPEC.validation_share)).to_numpy()
    values, actual = matrix(ordered, data.features), ordered["actual"].to_numpy()
    model = catboost.CatBoostRegressor(
        loss_function=SPEC.loss,
        iterations=SPEC.iterations,
        learning_rate=SPEC.learning_rate,
        depth=SPEC.depth,
        l2_leaf_reg=SPEC.l2_leaf_reg,
        rsm=SPEC.rsm,
        grow_policy=SPEC.grow_policy,
        random_seed=SPEC.seed,
        thread_count=2,
        allow_writing_files=False,
        logging_level="Silent",
        **({} if SPEC.min_data_in_leaf is None else {"min_data_in_leaf": SPEC.min_data_in_leaf}),
    )
    model.fit(
        values[~is_late],
        actual[~is_late],
        eval_set=(values[is_late], actual[is_late]),
        early_stopping_rounds=SPEC.early_stopping_rounds,
        use_best_model=True,
    )
    return model


def reading(lake: Lake) -> Result:
    """Reading a raw table through the store, against the engine alone on the same files."""
    files = sorted(str(p) for p in (Path(lake.url) / PROP_QUOTES.name).rglob("*.parquet"))

    def bare() -> pl.DataFrame:
        return pl.read_parquet(files, hive_partitioning=True)

    rows = read(lake, PROP_QUOTES)
    refuse_unequal(abs(rows.height - bare().height), "numbers of rows")
    return compared(
        f"read {rows.height:,} quotes",
        lambda: read(lake, PROP_QUOTES),
        "polars on the same files",
        bare,
        rows=rows.height,
        is_limit=True,
    )


def through_the_door(lake: Lake) -> Result:
    """Last-ten averages as of each decision, against a rolling mean that knows no clocks."""
    loaded = load(lake, [SEASON], 30, [POINTS])
    facts = loaded.world.facts
    games = facts["player_games"].filter(pl.col("seconds_played") > 0)
    days = loaded.games.filter(pl.col("season") == SEASON)["game_date"].unique().to_list()
    teams = team_spine(loaded.games, days, 30)
    spine = player_spine(teams, facts["player_games"], facts["quoted_players"])
    world = loaded.world.with_upstream({})

    def ours() -> pl.DataFrame:
        seen = history(world, spine, "player_games", by=["player_id"],
                       columns=["points", "seconds_played"])  # fmt: skip
        played = seen.filter(pl.col("seconds_played") > 0)
        return (
            played.group_by(SPINE_ID, maintain_order=True)
            .head(10)
            .group_by(SPINE_ID)
            .agg(pl.col("points").mean())
        )

    def bare() -> pl.DataFrame:
        ordered = games.sort("player_id", "game_date", "game_id")
        mean = pl.col("points").rolling_mean(10, min_samples=1).shift(1).over("player_id")
        return ordered.select("game_id", "player_id", average=mean)

    both = spine.join(ours(), on=SPINE_ID).join(bare(), on=["game_id", "player_id"])
    refuse_unequal(_largest((both["points"] - both["average"]).abs()), "averages")
    return compared(
        "last-10 averages of a season, as of each decision",
        ours,
        "polars rolling mean, no clocks",
        bare,
        rows=spine.height,
        is_limit=True,
    )


def lines_as_of(lake: Lake) -> Result:
    """Takeable lines straight from the files, against the engine's last quote of each book."""
    lines = resolved(lake)
    if lines.is_empty() or last_quotes(lake).is_empty():
        raise SystemExit("Expected lines in both ways.")
    return compared(
        f"{lines.height:,} takeable lines out of {read(lake, PROP_QUOTES).height:,} quotes",
        lambda: resolved(lake),
        "polars: last quote of a book, median",
        lambda: last_quotes(lake),
        rows=lines.height,
        is_limit=True,
    )
