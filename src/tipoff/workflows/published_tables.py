"""Picks and predictions as flat tables, for spreadsheets and other engines. Pure."""

import polars as pl

from tipoff.tables.predictions import PREDICTIONS
from tipoff.workflows.published_documents import ours
from tipoff.workflows.published_rows import GRADE, PUBLISHED, WITHHELD

_ORDER = ("game_date", "market", "game_id", "player_id")
_PICK = (
    *("season", "game_date", "game_id", "player_id", "player_name", "team", "opponent", "is_home"),
    *("market", "side", "line", "price", "book", "observed_at", "prediction", "point_edge"),
    *("probability_edge", "probability", "push_probability", "break_even", "stake_share", "rank"),
    *("subsets", "slate", "slate_hash", "made_at", "as_of", "tip_off_at"),
    *("model_id", "model_name", "is_forced", "halt", "result"),
)
# What makes a prediction a pick; kept back while picks are halted.
_OF_PICKS = ("side", "price", "break_even", "stake_share", "rank", "subsets")


def picks_table(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the published picks that count, one row each, with their newest grade.

    Args:
        rows: prepared rows.
    """
    return (
        rows.filter(pl.col("status") == PUBLISHED)
        .select(*_PICK, *[f"grade_{name}" for name in GRADE])
        .sort(_ORDER)
    )


def predictions_table(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the champions' predictions that count, in the columns of the table.

    What makes one a pick is null where picks are withheld, and ``is_pick`` false.

    Args:
        rows: prepared rows.
    """
    is_withheld = (pl.col("status") == WITHHELD).fill_null(value=False)
    return (
        ours(rows)
        .filter("is_current")
        .with_columns(pl.when(~is_withheld).then(pl.col(name)).alias(name) for name in _OF_PICKS)
        .with_columns(
            is_pick=pl.col("is_pick") & ~is_withheld,
            no_pick_reason=pl.when(is_withheld)
            .then(pl.lit("picks are halted"))
            .otherwise("no_pick_reason"),
        )
        .select(*PREDICTIONS.columns, "result", actual="grade_actual")
        .sort(_ORDER)
    )
