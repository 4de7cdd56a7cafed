"""What should be there of predictions and grades and is not, and what is there and should not be.

Everything is named: which player of which game, for which model, and why. Nothing is repaired.
"""

from datetime import datetime

import polars as pl

from tipoff.backtest.account import KEPT, STEPS
from tipoff.backtest.current import current_predictions
from tipoff.monitoring.schedule import next_days
from tipoff.tables.predictions import GRADES, PREDICTIONS, SETTLED, VOID

_ROW = ["slate", "game_id", "player_id"]
_PLAYER = ["game_id", "player_id"]
_ABOUT = ["game_date", "game_id", "player_id", "player_name", "market", "model_id", "model_name"]
_COUNT = ["game_date", "market", "model_id", "counted_at"]

# Who should be predicted: ``has_line`` says that a quote on the market was known at the decision.
EXPECTED: dict[str, pl.DataType] = {
    "game_date": pl.Date(),
    "game_id": pl.String(),
    "player_id": pl.String(),
    "player_name": pl.String(),
    "market": pl.String(),
    "model_id": pl.String(),
    "model_name": pl.String(),
    "as_of": pl.Datetime("us", "UTC"),
    "status": pl.String(),
    "has_line": pl.Boolean(),
}


def standing(predictions: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that count (``current_predictions``), each once: doubles are named apart."""
    return current_predictions(predictions).unique(_ROW, keep="first", maintain_order=True)


def missing_predictions(expected: pl.DataFrame, predictions: pl.DataFrame) -> pl.DataFrame:
    """Name who should have been predicted and was not.

    Args:
        expected: ``EXPECTED``; who has no line or is out is not asked for.
        predictions: rows known at the instant.

    Returns:
        ``_ABOUT`` columns and ``why``, by game, player and model.
    """
    wanted = expected.filter(pl.col("has_line"), (pl.col("status") != "out").fill_null(value=True))
    rows = standing(predictions)
    key = [*_PLAYER, "market", "model_id"]
    slates = rows.select("model_id", "market", "game_id", _slate=True).unique()
    own = rows.select(*key, "prediction", "no_pick_reason", _there=True)
    found = wanted.join(own, on=key, how="left").join(
        slates, on=["model_id", "market", "game_id"], how="left"
    )
    empty = pl.format(
        "his row has no prediction: {}", pl.col("no_pick_reason").fill_null("no reason is stated")
    )
    why = (
        pl.when(pl.col("_slate").is_null())
        .then(pl.lit("the model has no slate that covers the game"))
        .when(pl.col("_there").is_null())
        .then(pl.lit("the model's slate of the game leaves him out"))
        .when(pl.col("prediction").is_null())
        .then(empty)
    )
    named = found.with_columns(why=why).filter(pl.col("why").is_not_null())
    return named.select(*_ABOUT, "why").sort("game_id", "player_id", "market", "model_id")


def over(predictions: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Return the standing predictions that must be graded by an instant.

    They are graded the day after, whenever their game began.
    """
    return standing(predictions).filter(next_days() <= now, pl.col("prediction").is_not_null())


def missing_grades(predictions: pl.DataFrame, grades: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Name the standing predictions of games that are over and have no grade."""
    found = over(predictions, now).join(grades, on=_ROW, how="anti")
    return found.select("slate", *_ABOUT, "is_pick", "tip_off_at").sort(_ROW)


def unsettled_picks(predictions: pl.DataFrame, grades: pl.DataFrame) -> pl.DataFrame:
    """Name the picks whose newest grade does not say what became of them."""
    newest = grades.sort(*_ROW, "version").unique(_ROW, keep="last", maintain_order=True)
    picks = predictions.filter("is_pick").unique(_ROW, keep="first").select("slate", *_ABOUT)
    both = picks.join(
        newest.select(*_ROW, "version", "state", "void_reason", "outcome", "profit", "actual"),
        on=_ROW,
    )
    why = (
        pl.when((pl.col("state") == VOID) & pl.col("void_reason").is_null())
        .then(pl.lit("void without a reason"))
        .when((pl.col("state") == SETTLED) & pl.col("actual").is_null())
        .then(pl.lit("settled without a result"))
        .when((pl.col("state") == SETTLED) & pl.col("outcome").is_null())
        .then(pl.lit("settled without an outcome"))
        .when((pl.col("state") == SETTLED) & pl.col("profit").is_null())
        .then(pl.lit("settled without a profit"))
    )
    named = both.with_columns(why=why).filter(pl.col("why").is_not_null())
    return named.select("slate", *_ABOUT, "version", "why").sort(_ROW)


def duplicates(predictions: pl.DataFrame, grades: pl.DataFrame) -> pl.DataFrame:
    """Name keys that are there more than once, and slates that share a number or say the same.

    Returns:
        ``what``, ``key`` (as text) and ``n``.
    """
    found = [_twice(PREDICTIONS.name, predictions, _ROW)]
    found.append(_twice(GRADES.name, grades, list(GRADES.key)))
    slates = predictions.select("slate", "slate_hash", "model_id", "game_date").unique()
    found.append(_twice("slates of one number", slates, ["slate"]))
    whole = predictions.select("slate", "slate_hash", "model_id", "game_date").unique("slate")
    found.append(_twice("slates that say the same", whole, ["game_date", "model_id", "slate_hash"]))
    return pl.concat(found)


def _twice(what: str, rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    many = rows.group_by(key).agg(n=pl.len().cast(pl.Int64)).filter(pl.col("n") > 1).sort(key)
    text = pl.concat_str([pl.col(c).cast(pl.String) for c in key], separator=" ")
    return many.select(what=pl.lit(what), key=text, n="n")


def orphan_grades(predictions: pl.DataFrame, grades: pl.DataFrame) -> pl.DataFrame:
    """Name grades of predictions that nobody made."""
    lost = grades.join(predictions, on=_ROW, how="anti")
    return lost.select("game_date", *_ROW, "version", "market", "model_id").sort(*_ROW, "version")


def late_predictions(predictions: pl.DataFrame) -> pl.DataFrame:
    """Name predictions that were made once their game had begun: they predict nothing."""
    late = predictions.filter(
        (pl.col("made_at") >= pl.col("tip_off_at")) | (pl.col("as_of") > pl.col("tip_off_at"))
    )
    return late.select("slate", *_ABOUT, "made_at", "as_of", "tip_off_at").sort(_ROW)


def uneven_accounts(coverage: pl.DataFrame) -> pl.DataFrame:
    """Name the steps of slates' accounts that do not take up what the step before kept.

    Returns:
        ``game_date, market, model_id, counted_at, step, total`` and ``kept_before``.
    """
    told = coverage.group_by(*_COUNT, "step").agg(
        total=pl.col("n").sum(),
        kept=pl.col("n").filter(pl.col("reason") == KEPT).sum(),
    )
    # A step that nobody reached has no rows.
    order = pl.DataFrame({"step": STEPS}).with_row_index("_place")
    steps = told.select(_COUNT).unique().join(order, how="cross")
    counted = steps.join(told, on=[*_COUNT, "step"], how="left").sort(*_COUNT, "_place")
    filled = counted.with_columns(pl.col("total", "kept").fill_null(0))
    before = filled.with_columns(kept_before=pl.col("kept").shift(1).over(_COUNT))
    uneven = before.filter(
        pl.col("kept_before").is_not_null(), pl.col("total") != pl.col("kept_before")
    )
    return uneven.select(*_COUNT, "step", "total", "kept_before")
