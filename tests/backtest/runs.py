"""Whole evaluations on made-up rows: an honest problem and a leaked one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from tests.models.synthetic import FEATURES, feature_rows

from tipoff.backtest.evaluation import evaluate, judged, with_lines
from tipoff.backtest.lines import line_choice
from tipoff.domain.market import MARKETS, Market
from tipoff.models.spec import ModelSpec
from tipoff.tables.raw import PROP_QUOTES
from tipoff.workflows.fitting import forecast, forecaster

# No quote is known after the entries: nothing has a close.
_MOMENT = pl.Datetime("us", "UTC")
NO_QUOTES = PROP_QUOTES.empty().with_columns(
    pl.col("player_id").cast(pl.Int64),
    tip_off_at=pl.lit(None, _MOMENT),
    as_of=pl.lit(None, _MOMENT),
)
SPEC = ModelSpec(name="made-up", iterations=200, depth=4)


def lines_of(rows: pl.DataFrame, seed: int = 5) -> pl.DataFrame:
    """Return a sharp line for each row of four players in five: their level, nearly."""
    rng = np.random.default_rng(seed)
    level = np.linspace(4, 28, rows["player_id"].max())  # type: ignore[arg-type]
    near = level[rows["player_id"].to_numpy() - 1] + rng.normal(0, 0.5, rows.height)
    return rows.select(
        "game_id",
        "player_id",
        line=pl.Series(np.floor(near) + 0.5),
        over_price=pl.lit(-112, pl.Int32),
        under_price=pl.lit(-108, pl.Int32),
        book=pl.lit("draftkings"),
        source=pl.lit("daily_book"),
        observed_at=pl.lit(datetime(2023, 1, 1, tzinfo=UTC)),
        observed_basis=pl.lit("recorded"),
        books=pl.lit(1, pl.Int32),
        consensus=pl.Series(np.floor(near) + 0.5),
        is_placeholder=pl.lit(value=False),
        unaudited_line=pl.Series(np.floor(near) + 0.5),
        unaudited_over_price=pl.lit(-112, pl.Int32),
        unaudited_under_price=pl.lit(-108, pl.Int32),
    ).filter(pl.col("player_id") % 5 != 0)


def run(
    *, leak: bool = False, market: Market = MARKETS["points"]
) -> tuple[dict[str, Any], pl.DataFrame]:
    """Train on forty dates, evaluate on the next thirty, as if on that market."""
    rows = feature_rows(days=70, players=20, leak=leak)
    cut = rows["game_date"].min() + timedelta(days=40)  # type: ignore[operator]
    ready = pl.col("is_training_ready") & pl.col("actual").is_not_null()
    training = rows.filter(pl.col("game_date") < cut, ready)
    testing = rows.filter(pl.col("game_date") >= cut)
    own = forecaster(SPEC, training, FEATURES, threads=1)
    predicted = forecast(own, testing).with_columns(model=pl.lit(0), constant=pl.lit(own.mean))
    on_lines = with_lines(predicted, lines_of(testing), {0: own.distribution}, market, NO_QUOTES)
    numbers = evaluate(predicted, on_lines, line_choice("draftkings"), market=market)
    return judged({**numbers, "plant": None}), on_lines
