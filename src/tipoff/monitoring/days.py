"""What a model's graded picks came to on each game date: the sums that decay is judged by.

Sums are exact (``store.exact``), so that they do not depend on the order of rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from tipoff.backtest.resampling import Codes, Floats
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.store.exact import on_grid

OUTCOMES = ("win", "loss", "push", "void")
NUMBERS = ("prediction", "actual", "line", "over_probability")
COLUMNS = ("game_date", "model_id", "outcome", "side", *NUMBERS)
# Where rows say which pick they are, no pick may be there twice.
PICK = ("model_id", "game_date", "game_id", "player_id")


@dataclass(frozen=True)
class Days:
    """Sums by model and game date.

    Attributes:
        models: ids of models, sorted.
        dates: game dates, in order of time.
        seasons: for each date the number of its season, from zero.
        is_on: whether the date is the model's first one or later, ``models x dates``.
        sums: by name, ``models x dates``; see ``days_of``.
    """

    models: Sequence[str]
    dates: Sequence[date]
    seasons: Codes
    is_on: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    sums: Mapping[str, Floats]


def days_of(
    picks: pl.DataFrame, reference: str = "break_even", game_dates: Sequence[date] = ()
) -> Days:
    """Sum up graded picks by model and game date.

    Args:
        picks: ``game_date, model_id, outcome`` (win, loss, push, void; null where not graded
            yet), ``prediction, actual, line, over_probability, side`` and the reference. Where
            there are ``game_id`` and ``player_id``, a model has one pick each.
        reference: column of each pick's probability to win that it is held against (0 to 1), such
            as the break-even of the price taken, or what the model itself stated.
        game_dates: dates to show though no model has a pick on them.

    Returns:
        The sums ``picks``; ``n`` (won or lost, with a reference), ``wins``, ``expected`` (of the
        reference p) and ``spread`` (of p (1 - p)) over them; ``missing`` (picks without an
        outcome, or won or lost without a reference, or not void without prediction, line or
        actual); ``played`` (picks with prediction, line and actual), ``model_error``,
        ``line_error``, ``bias``, ``edge`` (absolute) and ``edge_squared`` over them; ``stated``
        (of these, with an over-probability and no push) and ``brier`` over them.

    Raises:
        InputError: a column is missing, a value is none that it may be, or a pick is there twice.
    """
    _refuse(picks, reference)
    by_date = _numbered(picks, reference).group_by("model_id", "game_date").agg(_sums())
    models = sorted(by_date["model_id"].unique())
    dates = sorted({*by_date["game_date"].unique(), *game_dates})
    rows = by_date["model_id"].rank("dense").cast(pl.Int64) - 1
    places = pl.Series(dates, dtype=pl.Date).search_sorted(by_date["game_date"]).cast(pl.Int64)
    sums = {}
    for name in by_date.columns[2:]:
        sums[name] = np.zeros((len(models), len(dates)))
        sums[name][rows.to_numpy(), places.to_numpy()] = by_date[name].to_numpy()
    named = [season_of(day) for day in dates]
    order = sorted(set(named))
    return Days(
        models=models,
        dates=dates,
        seasons=np.array([order.index(name) for name in named], dtype=np.int64),
        is_on=np.cumsum(sums["picks"], axis=1) > 0,
        sums=sums,
    )


def _numbered(picks: pl.DataFrame, reference: str) -> pl.DataFrame:
    """Each pick with what it adds to the sums, null where it is no part of one."""
    outcome = pl.col("outcome")
    rows = picks.select(
        "model_id",
        "game_date",
        "outcome",
        *(on_grid(pl.col(name).cast(pl.Float64)) for name in NUMBERS),
        _p=on_grid(pl.col(reference).cast(pl.Float64)),
    )
    is_decided = outcome.is_in(["win", "loss"])
    is_whole = pl.all_horizontal(pl.col("prediction", "actual", "line").is_not_null())
    rows = rows.with_columns(
        _counts=(is_decided & pl.col("_p").is_not_null()).fill_null(value=False),
        _played=(is_whole & (outcome != "void")).fill_null(value=False),
        _missing=outcome.is_null()
        | (is_decided & pl.col("_p").is_null())
        | ((outcome != "void") & ~is_whole),
    )
    return rows.with_columns(
        _stated=pl.col("_played")
        & pl.col("over_probability").is_not_null()
        & (pl.col("actual") != pl.col("line"))
    )


def _sums() -> list[pl.Expr]:
    p, actual = pl.col("_p"), pl.col("actual")
    edge = (pl.col("prediction") - pl.col("line")).abs()
    over = pl.col("over_probability") - (actual > pl.col("line"))
    counted = {
        "wins": (pl.col("outcome") == "win").cast(pl.Float64),
        "expected": p,
        "spread": on_grid(p * (1 - p)),
    }
    played = {
        "model_error": (pl.col("prediction") - actual).abs(),
        "line_error": (pl.col("line") - actual).abs(),
        "bias": pl.col("prediction") - actual,
        "edge": edge,
        "edge_squared": on_grid(edge * edge),
    }
    return [
        pl.len().cast(pl.Float64).alias("picks"),
        *(
            pl.col(f"_{name}").sum().cast(pl.Float64).alias(told)
            for name, told in (
                ("counts", "n"),
                ("missing", "missing"),
                ("played", "played"),
                ("stated", "stated"),
            )
        ),
        *(value.filter(pl.col("_counts")).sum().alias(name) for name, value in counted.items()),
        *(value.filter(pl.col("_played")).sum().alias(name) for name, value in played.items()),
        on_grid(over * over).filter(pl.col("_stated")).sum().alias("brier"),
    ]


def _refuse(picks: pl.DataFrame, reference: str) -> None:
    absent = [name for name in (*COLUMNS, reference) if name not in picks.columns]
    if absent:
        raise InputError(f"Expected graded picks with the columns {', '.join(absent)}; they lack.")
    nameless = picks.filter(pl.any_horizontal(pl.col("game_date", "model_id").is_null())).height
    if nameless:
        raise InputError(f"Expected a game date and a model of every pick; {nameless} lack one.")
    for column, words in (("outcome", OUTCOMES), ("side", ("over", "under"))):
        unknown = picks.filter(~pl.col(column).is_in(words))[column].unique().sort()
        if unknown.len():
            raise InputError(f"Expected {column} out of {', '.join(words)}; got {unknown[0]!r}.")
    p, over = pl.col(reference), pl.col("over_probability")
    allowed = {
        **{name: pl.col(name).cast(pl.Float64).is_finite() for name in NUMBERS},
        "over_probability": over.is_between(0, 1),
        reference: p.is_between(0, 1, closed="none"),
    }
    for column, is_right in allowed.items():
        wrong = picks.filter(~is_right)[column]
        if wrong.len():
            asked = "a chance" if column in {"over_probability", reference} else "a number"
            raise InputError(f"Expected {asked} or null in {column}; got {wrong[0]!r}.")
    if set(PICK) <= set(picks.columns):
        twice = picks.height - picks.select(PICK).unique().height
        if twice:
            raise InputError(
                f"Expected one graded pick of a model per player and game; {twice} are there "
                "twice. Pass the pick that stood, not those that it superseded."
            )
